package kernel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Param is one parameter that an action takes.
type Param struct {
	Name     string
	Kind     string // as the metadata of the API says: String, Integer, RepeatList …
	Required bool
	Allowed  []string // values, where only some are valid
	min, Max int      // where max > 0
	Fields   []Param  // of a list of objects or a structure
}

// specs are the parameters of the rows that have been read. Every cloud has the same
// tables, and a process of tests starts hundreds of clouds.
var specs sync.Map

// specOf is parseParams, once a process. The result belongs to all.
// Nobody may change it: clouds in parallel tests read it at once.
func specOf(s string) []Param {
	if spec, ok := specs.Load(s); ok {
		return spec.([]Param)
	}
	spec := ParseParams(s)
	specs.Store(s, spec)
	return spec
}

// ParseParams reads a row's parameters, which are written as
//
//	SecurityGroupId! Direction=ingress|egress|all MaxResults:Integer=10..1000 Tag:RepeatList(Key Value)
//
// "!" is required, ":" the type (String when left out), "=" the valid values.
// It panics on a mistake: the tables are part of the program. What comes of a row is
// kept, because tests start very many clouds, and nobody may change it.
func ParseParams(s string) []Param {
	if list, ok := parsed.Load(s); ok {
		return list.([]Param)
	}
	list := readParams(s)
	parsed.Store(s, list)
	return list
}

var parsed sync.Map

// readParams reads a list; what stands in parentheses are the fields of an element.
func readParams(s string) []Param {
	var list []Param
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		word, fields := s, ""
		if i := strings.IndexAny(s, " \n\t("); i >= 0 {
			word = s[:i]
			if s[i] == '(' {
				end := closing(s[i:]) + i
				fields, s = s[i+1:end], s[end+1:]
			} else {
				s = s[i:]
			}
		} else {
			s = ""
		}
		p := parseParam(word)
		if fields != "" {
			p.Fields = readParams(fields)
		}
		list = append(list, p)
	}
	return list
}

// closing finds the parenthesis that closes the first.
func closing(s string) int {
	depth := 0
	for i, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	panic("unclosed parenthesis in " + s)
}

// parseParam reads one word of the list. "!" may stand behind the name or behind the type.
func parseParam(word string) Param {
	p := Param{Kind: "String"}
	word, values, restricted := strings.Cut(word, "=")
	p.Name = word
	if name, kind, ok := strings.Cut(word, ":"); ok {
		p.Name, p.Kind = name, kind
	}
	if strings.HasSuffix(p.Kind, "!") || strings.HasSuffix(p.Name, "!") {
		p.Required = true
		p.Kind, p.Name = strings.TrimSuffix(p.Kind, "!"), strings.TrimSuffix(p.Name, "!")
	}
	if !restricted {
		return p
	}
	if from, to, ok := strings.Cut(values, ".."); ok {
		p.min, p.Max = mustInt(from), mustInt(to)
		return p
	}
	p.Allowed = strings.Split(values, "|")
	return p
}

func mustInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("not a number in a parameter table: " + s)
	}
	return n
}

// validate checks the parameters against the table: unknown, missing, of the
// wrong type, out of range.
func (q *Request) validate() error {
	if region := cmp.Or(q.Params["regionId"], q.Params["RegionId"]); region != "" && !slices.Contains(Regions, region) {
		return Refuse(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
	}
	q.unknown = nil
	for _, p := range q.Action.Spec {
		// Missing ones are told before wrong ones, in the order of the reference.
		if p.Required && !q.given(p) {
			return q.Product.Missing(p.Name)
		}
	}
	// In the order of names, so that of two mistakes the same is told each time.
	for _, name := range SortedKeys(q.Params) {
		p := FindParam(q.Action.Spec, name)
		if p == nil {
			if OwnerParams[name] {
				continue
			}
			if q.C.Strict {
				return unknownParameter(q.Action.Name, name)
			}
			q.unknown = append(q.unknown, name)
			continue
		}
		if err := p.check(name, q.Params[name]); err != nil {
			return err
		}
	}
	return nil
}

// given says whether a parameter, or any element of it, was sent.
func (q *Request) given(p Param) bool {
	if q.Params[p.Name] != "" {
		return true
	}
	for name, v := range q.Params {
		if v != "" && strings.HasPrefix(name, p.Name+".") {
			return true
		}
	}
	return false
}

// FindParam finds the row for "Permissions.1.PortRange", "Tag.2.Key",
// "SecurityGroupRuleId.3", "SystemDisk.Encrypted" or a plain name.
// nil where the action has no such parameter. Of a list both "Tag.1" and "Tag.1.Key" are looked
// for, by what the row says that an element has.
func FindParam(spec []Param, name string) *Param {
	for i := range spec {
		p := &spec[i]
		if p.Name == name && p.Kind != "Array" && p.Kind != "RepeatList" {
			return p
		}
	}
	for i := range spec {
		p := &spec[i]
		rest, ok := strings.CutPrefix(name, p.Name+".")
		if !ok {
			continue
		}
		if p.Kind == "Array" || p.Kind == "RepeatList" {
			var index string
			index, rest, _ = strings.Cut(rest, ".")
			if n, err := strconv.Atoi(index); err != nil || n < 1 {
				continue
			}
			if rest == "" && len(p.Fields) == 0 {
				return &Param{Name: p.Name, Kind: "String"}
			}
		}
		if f := FindParam(p.Fields, rest); f != nil {
			return f
		}
	}
	return nil
}

// check judges the value alone. An empty one counts as not sent, as at the real gateway.
func (p *Param) check(name, value string) error {
	bad := func() error { return Refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", name) }
	if value == "" {
		return nil
	}
	switch p.Kind {
	case "Integer", "Long":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || p.Max > 0 && (int(n) < p.min || int(n) > p.Max) {
			return bad()
		}
	case "Float":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return bad()
		}
	case "Boolean":
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return bad()
		}
	}
	if len(p.Allowed) > 0 && !slices.Contains(p.Allowed, value) {
		return bad()
	}
	return nil
}

// The parameters as a handler wants them. Types were checked before.

func (q *Request) Has(name string) bool { return q.Params[name] != "" }

func (q *Request) Str(name string) string { return q.Params[name] }

func (q *Request) OrElse(name, fallback string) string {
	if v := q.Params[name]; v != "" {
		return v
	}
	return fallback
}

func (q *Request) Is(name string) bool { return strings.EqualFold(q.Params[name], "true") }

// fallback where it was not sent, or is no number: validate has refused the latter where the row
// has a type.
func (q *Request) Num(name string, fallback int) int {
	n, err := strconv.Atoi(q.Params[name])
	if err != nil {
		return fallback
	}
	return n
}

// List is a repeated parameter: Name.1, Name.2 …
// It ends at the first number that is missing, as the real gateway does.
func (q *Request) List(name string) []string {
	var values []string
	for i := 1; ; i++ {
		v, ok := q.Params[fmt.Sprintf("%s.%d", name, i)]
		if !ok {
			return values
		}
		values = append(values, v)
	}
}

// FieldsOf is one element of a repeated structure.
type FieldsOf map[string]string

// Items is a repeated structure: Name.1.Field, Name.2.Field …
// A structure with no field sent ends the list.
func (q *Request) Items(name string) []FieldsOf {
	var items []FieldsOf
	for i := 1; ; i++ {
		prefix := fmt.Sprintf("%s.%d.", name, i)
		item := FieldsOf{}
		for k, v := range q.Params {
			if field, ok := strings.CutPrefix(k, prefix); ok {
				item[field] = v
			}
		}
		if len(item) == 0 {
			return items
		}
		items = append(items, item)
	}
}

// JSONList is a parameter that holds a JSON array of ids: InstanceIds.
// nil where it was not sent, which is not the same as an empty list.
func (q *Request) JSONList(name string, most int) ([]string, error) {
	if !q.Has(name) {
		return nil, nil
	}
	var ids []string
	if err := json.Unmarshal([]byte(q.Params[name]), &ids); err != nil {
		return nil, Refuse(400, "InvalidParameter", "The specified parameter %q is not valid: it is not a JSON array.", name)
	}
	if len(ids) > most {
		return nil, Refuse(400, "InvalidParameter", "The specified parameter %q is not valid: at most %d.", name, most)
	}
	return ids, nil
}

// MissingAtGateway and missingInECS name a parameter that was not sent.
func MissingAtGateway(name string) error {
	return Refuse(400, "Missing"+name, "%s is mandatory for this action.", name)
}

func MissingInECS(name string) error {
	return Refuse(400, "MissingParameter", "The input parameter %q that is mandatory for processing this request is not supplied.", name)
}

// Needs refuses a call without a parameter that its metadata does not call
// required.
// They are checked in the order given.
func (q *Request) Needs(names ...string) error {
	for _, name := range names {
		if !q.Has(name) && len(q.List(name)) == 0 {
			return q.Product.Missing(name)
		}
	}
	return nil
}

// ChosenBy says whether an id is among those that a call lists, if any.
func (q *Request) ChosenBy(list, id string) bool {
	ids := q.List(list)
	return len(ids) == 0 || slices.Contains(ids, id)
}

// Parameters of many actions.
const (
	AppTag  = "Tag:Array(Key Value) "
	AppOnce = "ClientToken DryRun:Boolean "
)
