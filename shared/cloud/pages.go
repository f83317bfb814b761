package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// listed is a read that takes a list of ids.
type listed struct {
	ids         string // the parameter: a JSON list, or with a dot at its end one parameter an id
	outer, list string // where the answer has its list
	id          string // of an element
	most        int    // how many ids are asked for at once
}

// lists are the reads that practices make for one id of several that an event names. The
// most is what the API takes for the list and for a page; of interfaces, what the request's
// first line has room for.
var lists = map[string]listed{
	"ecs:DescribeInstances":         {"InstanceIds", "Instances", "Instance", "InstanceId", 100},
	"ecs:DescribeDisks":             {"DiskIds", "Disks", "Disk", "DiskId", 100},
	"ecs:DescribeSecurityGroups":    {"SecurityGroupIds", "SecurityGroups", "SecurityGroup", "SecurityGroupId", 50},
	"ecs:DescribeNetworkInterfaces": {"NetworkInterfaceId.", "NetworkInterfaceSets", "NetworkInterfaceSet", "NetworkInterfaceId", 50},
}

const defaultPage = 10 // elements, where a call does not say

// pageAge is how long what a page says is taken for what is.
const pageAge = 10 * time.Second

// Pages reads for many ids at once what is asked for each: a launch of a hundred instances
// costs one call and not a hundred. Each call is answered as the API would have answered
// it, once: who makes it again wants to know what is now, and is answered by the API, as is
// who asks for what no page holds. It is for looking; what is read before a change is read
// by a reader without it.
type Pages struct {
	reader Reader
	kinds  map[string][]string // the ids by their prefix
	place  map[string]int      // of an id among those of its kind

	mu    sync.Mutex
	pages map[string]*sheet
}

// NewPages reads together what is read for any of some ids, of whatever kinds.
func NewPages(reader Reader, ids ...string) *Pages {
	p := &Pages{reader: reader, kinds: map[string][]string{}, place: map[string]int{}, pages: map[string]*sheet{}}
	for _, id := range ids {
		if _, known := p.place[id]; known || id == "" {
			continue
		}
		kind, _, _ := strings.Cut(id, "-")
		p.place[id] = len(p.kinds[kind])
		p.kinds[kind] = append(p.kinds[kind], id)
	}
	return p
}

// beside are the ids that are asked for with one, it included: always the same.
func (p *Pages) beside(id string, most int) []string {
	place, known := p.place[id]
	if !known {
		return nil
	}
	kind, _, _ := strings.Cut(id, "-")
	all := p.kinds[kind]
	from := place / most * most
	return all[from:min(from+most, len(all))]
}

// Read answers from a page where it can.
func (p *Pages) Read(ctx context.Context, call Call, out any) error {
	l, id, ok := single(call)
	if !ok {
		return p.reader.Read(ctx, call, out)
	}
	some := p.beside(id, l.most)
	if len(some) < 2 {
		return p.reader.Read(ctx, call, out)
	}
	together, sized := l.together(call, some)
	s := p.sheet(together)
	body, err := s.answer(ctx, p.reader, together, l, id, sized)
	switch {
	case err != nil:
		return err
	case body == nil:
		return p.reader.Read(ctx, call, out)
	}
	return Decode(call, body, out)
}

func (p *Pages) sheet(together Call) *sheet {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := together.String()
	if p.pages[key] == nil {
		p.pages[key] = &sheet{turn: make(chan struct{}, 1)}
	}
	return p.pages[key]
}

// single tells whether a call asks for the first page about one id.
func single(call Call) (l listed, id string, ok bool) {
	l, ok = lists[call.RAM()]
	if !ok || call.Params["NextToken"] != "" || call.Params["PageNumber"] != "" || call.Params["PageSize"] != "" {
		return l, "", false
	}
	if strings.HasSuffix(l.ids, ".") {
		id = call.Params[l.ids+"1"]
		return l, id, id != "" && call.Params[l.ids+"2"] == ""
	}
	var ids []string
	if json.Unmarshal([]byte(call.Params[l.ids]), &ids) != nil || len(ids) != 1 {
		return l, "", false
	}
	return l, ids[0], true
}

// together is the call for some ids, and whether it had to say how long a page is.
func (l listed) together(call Call, some []string) (_ Call, sized bool) {
	if strings.HasSuffix(l.ids, ".") {
		for i, id := range some {
			call = call.With(l.ids+strconv.Itoa(i+1), id)
		}
	} else {
		call = call.With(l.ids, IDs(some...))
	}
	if n, err := strconv.Atoi(call.Params["MaxResults"]); err == nil {
		return call.With("MaxResults", strconv.Itoa(max(n, l.most))), false
	}
	return call.With("PageSize", strconv.Itoa(l.most)), true
}

// sheet is one page that was read.
type sheet struct {
	turn    chan struct{} // held by who reads it or reads in it
	at      time.Time
	whole   map[string]json.RawMessage
	found   map[string]json.RawMessage // by id; what was given is gone
	refused bool                       // it cannot be had: ids are asked for one by one
}

// answer is what the API would answer to the call for one id; nil, where it is to be asked.
func (s *sheet) answer(ctx context.Context, reader Reader, together Call, l listed, id string, sized bool) (json.RawMessage, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, TimeUp(together.RAM())
	}
	if s.refused {
		return nil, nil
	}
	if s.whole == nil || time.Since(s.at) > pageAge {
		if err := s.read(ctx, reader, together, l); err != nil {
			// One id that is malformed, or not allowed, must not cost the others their
			// answers. What passes by itself would only be met again by each.
			if ctx.Err() != nil || Retryable(err) {
				return nil, err
			}
			s.refused = true
			return nil, nil
		}
	}
	element := s.found[id]
	delete(s.found, id)
	if element == nil {
		return nil, nil
	}
	return s.cut(l, element, sized)
}

func (s *sheet) read(ctx context.Context, reader Reader, together Call, l listed) error {
	at := time.Now() // before: what it says is no newer
	var body json.RawMessage
	if err := reader.Read(ctx, together, &body); err != nil {
		return err
	}
	var whole, outer map[string]json.RawMessage
	var list []json.RawMessage
	found := map[string]json.RawMessage{}
	if json.Unmarshal(body, &whole) != nil || json.Unmarshal(whole[l.outer], &outer) != nil || json.Unmarshal(outer[l.list], &list) != nil || list == nil {
		return fmt.Errorf("%s: the answer has no list", together.RAM())
	}
	var next string
	if raw, ok := whole["NextToken"]; ok && (json.Unmarshal(raw, &next) != nil || next != "") {
		return fmt.Errorf("%s: a page does not hold what was asked for", together.RAM())
	}
	for _, raw := range list {
		var element map[string]json.RawMessage
		var id string
		if json.Unmarshal(raw, &element) != nil || json.Unmarshal(element[l.id], &id) != nil || id == "" {
			return fmt.Errorf("%s: an element has no %s", together.RAM(), l.id)
		}
		found[id] = raw
	}
	s.at, s.whole, s.found = at, whole, found
	return nil
}

// cut makes the answer for one id: the whole one's, with a list of one.
func (s *sheet) cut(l listed, element json.RawMessage, sized bool) (json.RawMessage, error) {
	answer := make(map[string]any, len(s.whole))
	for name, raw := range s.whole {
		answer[name] = raw
	}
	answer[l.outer] = map[string]any{l.list: []json.RawMessage{element}}
	if _, ok := answer["TotalCount"]; ok {
		answer["TotalCount"] = 1
	}
	if _, ok := answer["PageSize"]; ok && sized {
		answer["PageSize"] = defaultPage
	}
	return json.Marshal(answer)
}
