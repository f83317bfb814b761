package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// grouped is a read that finds things by their security group.
type grouped struct {
	outer, list string // where the answer has its list
	most        int    // elements of a page
	secondary   bool   // primary interfaces are not found
}

// byGroup are those reads. By a group the API finds instances, which have the groups of
// their primary interfaces, and the other interfaces: "the ID of the security group to which
// the secondary ENI belongs", says the reference of DescribeNetworkInterfaces.
var byGroup = map[string]grouped{
	"ecs:DescribeInstances":         {"Instances", "Instance", 100, false},
	"ecs:DescribeNetworkInterfaces": {"NetworkInterfaceSets", "NetworkInterfaceSet", 500, true},
}

const (
	leastPage    = 10              // elements; the API makes less into its default
	surveyRoom   = 24 << 20        // bytes that lists may take, of a function with 128 MB: 100,000 instances
	keptRoom     = 4 << 20         // bytes that other answers may take
	surveyPage   = 5 * time.Second // that a judgement waits for a page that it does not need
	surveyFaults = 3               // pages that are not answered, after which a list is given up
)

// Surveyed is a reader for one part of a sweep, which lasts minutes. Who is in each of many
// security groups it takes from lists of the whole region, and what many judgements read
// alike it reads once. Its answers have the form of the API's, and may be as old as the part:
// it is for judging which practices are to be woken, and they read for themselves.
//
// How many groups are still to be asked about nobody knows here, and in some regions there
// are fewer groups than pages of instances. So each question about one group is answered by
// the API as long as the list is not complete, and makes the list longer by one page: lists
// never cost more than the questions did. Pages that somebody else reads are taken as well.
// A list that cannot be read, or that there is no room for, is given up and that is
// logged: the API goes on to answer.
func Surveyed(r Reader, log *slog.Logger) Reader { return surveyed(r, log, surveyRoom, keptRoom) }

func surveyed(r Reader, log *slog.Logger, room, kept int64) *survey {
	return &survey{reader: r, log: log, room: room, rolls: map[string]*roll{}, kept: &keeper{room: kept, answers: map[string][]byte{}, open: map[string]*chain{}}}
}

type survey struct {
	reader Reader
	log    *slog.Logger
	room   int64 // of all lists together
	used   atomic.Int64
	kept   *keeper

	mu    sync.Mutex
	rolls map[string]*roll // by action and region
}

func (s *survey) Read(ctx context.Context, call Call, out any) error {
	if _, ok := byGroup[call.RAM()]; ok {
		r := s.roll(call)
		if group, page, ok := member(call); ok {
			return s.ask(ctx, r, call, group, page, out)
		}
		if taken, err := s.take(ctx, r, call, out); taken {
			return err
		}
	}
	if !common(call) {
		return s.reader.Read(ctx, call, out)
	}
	return s.kept.read(ctx, s.reader, call, out)
}

func (s *survey) roll(call Call) *roll {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := call.RAM() + "/" + call.Region
	if s.rolls[key] == nil {
		kind := byGroup[call.RAM()]
		next := New(call.Product, call.Action, call.Region, "MaxResults", strconv.Itoa(kind.most))
		s.rolls[key] = &roll{kind: kind, next: next, list: list{kind: kind, seed: maphash.MakeSeed()}}
	}
	return s.rolls[key]
}

// member tells whether a call asks for the first page of what is in one group, and for
// nothing else.
func member(call Call) (group string, page int, ok bool) {
	page, err := strconv.Atoi(call.Params["MaxResults"])
	group = call.Params["SecurityGroupId"]
	return group, page, err == nil && group != "" && len(call.Params) == 2 && page >= leastPage && page <= byGroup[call.RAM()].most
}

// ask answers a question about one group.
func (s *survey) ask(ctx context.Context, r *roll, call Call, group string, page int, out any) error {
	if l := r.done.Load(); l != nil {
		// What does not fit a page has more of them, whose tokens only the API can give.
		if body, err := l.answer(group, page); err == nil && body != nil {
			return Decode(call, body, out)
		}
		return s.reader.Read(ctx, call, out)
	}
	err := s.reader.Read(ctx, call, out)
	if err == nil && r.turn.TryLock() {
		defer r.turn.Unlock()
		few, cancel := context.WithTimeout(ctx, surveyPage)
		defer cancel()
		s.step(ctx, few, r)
	}
	return err
}

// take reads a page for somebody who reads the list of the region, if it is the next.
func (s *survey) take(ctx context.Context, r *roll, call Call, out any) (taken bool, err error) {
	if !r.turn.TryLock() {
		return false, nil
	}
	defer r.turn.Unlock()
	if r.over || !maps.Equal(call.Params, r.next.Params) {
		return false, nil
	}
	body, err := s.step(ctx, ctx, r)
	if err != nil {
		return true, err
	}
	return true, Decode(call, body, out)
}

// A roll is a list of a region that is being read.
type roll struct {
	kind grouped
	done atomic.Pointer[list] // as soon as it is complete

	turn   sync.Mutex // held by who reads a page; guards what follows
	next   Call
	pages  int
	faults int
	over   bool // it is complete, or given up
	list   list
}

// step reads the next page of a list. Its error is that of the call: what a page lacks is no
// concern of who reads it. The whole is the time of who asks, and few what this may take.
func (s *survey) step(whole, few context.Context, r *roll) (body json.RawMessage, err error) {
	if r.over {
		return nil, nil
	}
	if err := s.reader.Read(few, r.next, &body); err != nil {
		if r.faults++; whole.Err() == nil && (!Retryable(err) || r.faults == surveyFaults) {
			s.giveUp(r, err)
		}
		return nil, err
	}
	token, took, err := r.list.add(body)
	used := s.used.Add(took)
	r.pages++
	switch {
	case err != nil:
		s.giveUp(r, fmt.Errorf("%s: %w", r.next.RAM(), err))
	case used > s.room:
		s.giveUp(r, errors.New("there are so many that there is no room for them"))
	case token == "":
		r.list.close()
		r.over = true
		r.done.Store(&r.list)
	case r.pages == maxPages:
		s.giveUp(r, errors.New("the answer has more than 10,000 pages"))
	default:
		r.next = r.next.With("NextToken", token)
	}
	return body, nil
}

// giveUp leaves all questions to the API.
func (s *survey) giveUp(r *roll, why error) {
	s.log.Warn("who is in a security group is asked for each group, and not read in one list", "action", r.next.RAM(), "region", r.next.Region, "pages", r.pages, "error", why)
	s.used.Add(-r.list.size)
	r.over, r.list = true, list{}
}

// A list is everything of a kind in a region, each packed by itself: they are much alike, so
// the first ones are a dictionary for the others.
type list struct {
	kind   grouped
	seed   maphash.Seed
	size   int64
	rest   map[string]json.RawMessage // of an answer, without its list
	pack   *packer
	all    [][]byte
	places []place // by their groups' hashes
}

// A place says that an element is in a group, of which it knows a hash only.
type place struct {
	group   uint64
	element uint32
}

// What an element and a place take, besides what is packed.
const (
	elementSize = 24
	placeSize   = 16
)

// dictionary is how long the first elements are that make one: as far back as packing looks.
const dictionary = 16 << 10

// add takes in a page, and tells the token of the next and the bytes that this one takes.
func (l *list) add(body json.RawMessage) (token string, took int64, err error) {
	var whole, outer map[string]json.RawMessage
	var elements []json.RawMessage
	if json.Unmarshal(body, &whole) != nil || json.Unmarshal(whole[l.kind.outer], &outer) != nil || json.Unmarshal(outer[l.kind.list], &elements) != nil || elements == nil {
		return "", 0, errors.New("the answer has no list")
	}
	if raw, ok := whole["NextToken"]; ok && json.Unmarshal(raw, &token) != nil {
		return "", 0, errors.New("the answer's token is none")
	}
	delete(whole, l.kind.outer)
	l.rest = whole
	if l.pack == nil {
		var first []byte
		for i := 0; i < len(elements) && len(first)+len(elements[i]) <= dictionary; i++ {
			first = append(first, elements[i]...)
		}
		l.pack = newPacker(first)
	}
	before := l.size
	for _, raw := range elements {
		groups, primary, err := groupsOf(raw)
		if err != nil {
			return "", l.size - before, err
		}
		if l.kind.secondary && primary || len(groups) == 0 {
			continue
		}
		for _, group := range groups {
			l.places = append(l.places, place{maphash.String(l.seed, group), uint32(len(l.all))})
		}
		packed := l.pack.pack(raw)
		l.all = append(l.all, packed)
		l.size += int64(len(packed) + elementSize + len(groups)*placeSize)
	}
	return token, l.size - before, nil
}

// groupsOf are the security groups that an element says it is in.
func groupsOf(raw json.RawMessage) (groups []string, primary bool, err error) {
	var element struct {
		Type             string
		SecurityGroupIDs *struct{ SecurityGroupID []string }
	}
	if json.Unmarshal(raw, &element) != nil || element.SecurityGroupIDs == nil {
		return nil, false, errors.New("an element does not say which security groups it is in")
	}
	slices.Sort(element.SecurityGroupIDs.SecurityGroupID)
	return slices.Compact(element.SecurityGroupIDs.SecurityGroupID), element.Type == "Primary", nil
}

// close makes a complete list one that answers.
func (l *list) close() {
	slices.SortFunc(l.places, func(a, b place) int { return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.element, b.element)) })
	l.places, l.all = slices.Clip(l.places), slices.Clip(l.all)
	l.pack.close()
}

// answer is what the API would answer to who asks for the first page of what is in a
// group; nil, where that is not all.
func (l *list) answer(group string, page int) (json.RawMessage, error) {
	hash := maphash.String(l.seed, group)
	at, _ := slices.BinarySearchFunc(l.places, hash, func(p place, hash uint64) int { return cmp.Compare(p.group, hash) })
	in := []json.RawMessage{}
	for ; at < len(l.places) && l.places[at].group == hash; at++ {
		if len(in) == page {
			return nil, nil
		}
		raw, err := l.pack.unpack(l.all[l.places[at].element])
		if err != nil {
			return nil, err
		}
		groups, _, err := groupsOf(raw)
		if err != nil {
			return nil, err
		}
		if slices.Contains(groups, group) {
			in = append(in, raw)
		}
	}
	answer := make(map[string]any, len(l.rest)+1)
	for name, raw := range l.rest {
		answer[name] = raw
	}
	answer[l.kind.outer] = map[string]any{l.kind.list: in}
	if _, ok := answer["TotalCount"]; ok {
		answer["TotalCount"] = len(in)
	}
	return json.Marshal(answer)
}
