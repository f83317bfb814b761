package cloud

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// param is one parameter that an action takes.
type param struct {
	name     string
	kind     string // as the metadata of the API says: String, Integer, RepeatList …
	required bool
	allowed  []string // values, where only some are valid
	min, max int      // where max > 0
	fields   []param  // of a list of objects or a structure
}

// specs are the parameters of the rows that have been read. Every cloud has the same
// tables, and a process of tests starts hundreds of clouds.
var specs sync.Map

// specOf is parseParams, once a process. The result belongs to all.
func specOf(s string) []param {
	if spec, ok := specs.Load(s); ok {
		return spec.([]param)
	}
	spec := parseParams(s)
	specs.Store(s, spec)
	return spec
}

// parseParams reads a row's parameters, which are written as
//
//	SecurityGroupId! Direction=ingress|egress|all MaxResults:Integer=10..1000 Tag:RepeatList(Key Value)
//
// "!" is required, ":" the type (String when left out), "=" the valid values.
// It panics on a mistake: the tables are part of the program. What comes of a row is
// kept, because tests start very many clouds, and nobody may change it.
func parseParams(s string) []param {
	if list, ok := parsed.Load(s); ok {
		return list.([]param)
	}
	list := readParams(s)
	parsed.Store(s, list)
	return list
}

var parsed sync.Map

func readParams(s string) []param {
	var list []param
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
			p.fields = readParams(fields)
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

func parseParam(word string) param {
	p := param{kind: "String"}
	word, values, restricted := strings.Cut(word, "=")
	p.name = word
	if name, kind, ok := strings.Cut(word, ":"); ok {
		p.name, p.kind = name, kind
	}
	if strings.HasSuffix(p.kind, "!") || strings.HasSuffix(p.name, "!") {
		p.required = true
		p.kind, p.name = strings.TrimSuffix(p.kind, "!"), strings.TrimSuffix(p.name, "!")
	}
	if !restricted {
		return p
	}
	if from, to, ok := strings.Cut(values, ".."); ok {
		p.min, p.max = mustInt(from), mustInt(to)
		return p
	}
	p.allowed = strings.Split(values, "|")
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
func (q *rpcRequest) validate() error {
	if region := cmp.Or(q.params["regionId"], q.params["RegionId"]); region != "" && !slices.Contains(regions, region) {
		return refuse(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
	}
	q.unknown = nil
	for _, p := range q.action.spec {
		if p.required && !q.given(p) {
			return q.product.missing(p.name)
		}
	}
	for _, name := range sortedKeys(q.params) {
		p := findParam(q.action.spec, name)
		if p == nil {
			if ownerParams[name] {
				continue
			}
			if q.c.Strict {
				return unknownParameter(q.action.name, name)
			}
			q.unknown = append(q.unknown, name)
			continue
		}
		if err := p.check(name, q.params[name]); err != nil {
			return err
		}
	}
	return nil
}

// given says whether a parameter, or any element of it, was sent.
func (q *rpcRequest) given(p param) bool {
	if q.params[p.name] != "" {
		return true
	}
	for name, v := range q.params {
		if v != "" && strings.HasPrefix(name, p.name+".") {
			return true
		}
	}
	return false
}

// findParam finds the row for "Permissions.1.PortRange", "Tag.2.Key",
// "SecurityGroupRuleId.3", "SystemDisk.Encrypted" or a plain name.
func findParam(spec []param, name string) *param {
	for i := range spec {
		p := &spec[i]
		if p.name == name && p.kind != "Array" && p.kind != "RepeatList" {
			return p
		}
	}
	for i := range spec {
		p := &spec[i]
		rest, ok := strings.CutPrefix(name, p.name+".")
		if !ok {
			continue
		}
		if p.kind == "Array" || p.kind == "RepeatList" {
			var index string
			index, rest, _ = strings.Cut(rest, ".")
			if n, err := strconv.Atoi(index); err != nil || n < 1 {
				continue
			}
			if rest == "" && len(p.fields) == 0 {
				return &param{name: p.name, kind: "String"}
			}
		}
		if f := findParam(p.fields, rest); f != nil {
			return f
		}
	}
	return nil
}

func (p *param) check(name, value string) error {
	bad := func() error { return refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", name) }
	if value == "" {
		return nil
	}
	switch p.kind {
	case "Integer", "Long":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || p.max > 0 && (int(n) < p.min || int(n) > p.max) {
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
	if len(p.allowed) > 0 && !slices.Contains(p.allowed, value) {
		return bad()
	}
	return nil
}

// The parameters as a handler wants them. Types were checked before.

func (q *rpcRequest) has(name string) bool { return q.params[name] != "" }

func (q *rpcRequest) str(name string) string { return q.params[name] }

func (q *rpcRequest) orElse(name, fallback string) string {
	if v := q.params[name]; v != "" {
		return v
	}
	return fallback
}

func (q *rpcRequest) is(name string) bool { return strings.EqualFold(q.params[name], "true") }

func (q *rpcRequest) num(name string, fallback int) int {
	n, err := strconv.Atoi(q.params[name])
	if err != nil {
		return fallback
	}
	return n
}

// list is a repeated parameter: Name.1, Name.2 …
func (q *rpcRequest) list(name string) []string {
	var values []string
	for i := 1; ; i++ {
		v, ok := q.params[fmt.Sprintf("%s.%d", name, i)]
		if !ok {
			return values
		}
		values = append(values, v)
	}
}

// fieldsOf is one element of a repeated structure.
type fieldsOf map[string]string

// items is a repeated structure: Name.1.Field, Name.2.Field …
func (q *rpcRequest) items(name string) []fieldsOf {
	var items []fieldsOf
	for i := 1; ; i++ {
		prefix := fmt.Sprintf("%s.%d.", name, i)
		item := fieldsOf{}
		for k, v := range q.params {
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

// jsonList is a parameter that holds a JSON array of ids: InstanceIds.
func (q *rpcRequest) jsonList(name string, most int) ([]string, error) {
	if !q.has(name) {
		return nil, nil
	}
	var ids []string
	if err := json.Unmarshal([]byte(q.params[name]), &ids); err != nil {
		return nil, refuse(400, "InvalidParameter", "The specified parameter %q is not valid: it is not a JSON array.", name)
	}
	if len(ids) > most {
		return nil, refuse(400, "InvalidParameter", "The specified parameter %q is not valid: at most %d.", name, most)
	}
	return ids, nil
}

// missingAtGateway and missingInECS name a parameter that was not sent.
func missingAtGateway(name string) error {
	return refuse(400, "Missing"+name, "%s is mandatory for this action.", name)
}

func missingInECS(name string) error {
	return refuse(400, "MissingParameter", "The input parameter %q that is mandatory for processing this request is not supplied.", name)
}

// needs refuses a call without a parameter that its metadata does not call
// required.
func (q *rpcRequest) needs(names ...string) error {
	for _, name := range names {
		if !q.has(name) && len(q.list(name)) == 0 {
			return q.product.missing(name)
		}
	}
	return nil
}

// chosenBy says whether an id is among those that a call lists, if any.
func (q *rpcRequest) chosenBy(list, id string) bool {
	ids := q.list(list)
	return len(ids) == 0 || slices.Contains(ids, id)
}

// Parameters of many actions.
const (
	appTag  = "Tag:Array(Key Value) "
	appOnce = "ClientToken DryRun:Boolean "
)
