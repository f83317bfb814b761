package kernel

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// What one cloud holds. The cloud runs beside the tests of whoever uses it, and may not take
// their machine: what is larger is refused, in words, before it is built.
const (
	MaxState      = 4 << 20 // bytes of a state file
	maxNodes      = 500_000 // values of one, once its aliases are written out
	maxNesting    = 200     // of its lists and maps
	MaxEach       = 10_000  // entries of each list of it, and resources that calls make
	MaxGroupRules = 2_000   // of one security group; the real service has 200, and more on request
	MaxCalls      = 200_000 // that are remembered
	MaxNoted      = 64 << 10
)

// checkState refuses a document that is small and means something enormous.
func checkState(document []byte) error {
	if len(document) > MaxState {
		return fmt.Errorf("it has %d bytes, and the local cloud takes %d", len(document), MaxState)
	}
	if line := tooDeep(string(document)); line > 0 {
		return fmt.Errorf("line %d: more than %d lists or maps in one another", line, maxNesting)
	}
	if !aliases.Match(document) {
		return nil
	}
	file, err := parser.ParseBytes(document, 0)
	if err != nil {
		return err
	}
	s := &sizes{of: map[string]int{}, open: map[string]bool{}}
	for _, doc := range file.Docs {
		s.node(doc.Body)
	}
	switch {
	case s.loop != "":
		return fmt.Errorf("the alias *%s is a part of itself", s.loop)
	case s.total > maxNodes:
		return fmt.Errorf("with its aliases written out it has more than %d values", maxNodes)
	}
	return nil
}

// aliases is what an alias looks like. A text that only looks like one costs some time.
var aliases = regexp.MustCompile(`(?m)(^|[\s\[{,:])\*[^\s,\]}*]`)

// tooDeep is the first line at which lists and maps are too deep in one another, or 0. It
// reads brackets in texts too, which are few.
func tooDeep(text string) int {
	depth, number := 0, 0
	for line := range strings.Lines(text) {
		number++
		within := 0 // "- - - x" is three lists
		for rest := strings.TrimLeft(line, " "); ; within++ {
			next, ok := strings.CutPrefix(rest, "- ")
			if !ok {
				if next, ok = strings.CutPrefix(rest, "? "); !ok {
					break
				}
			}
			rest = strings.TrimLeft(next, " ")
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		for _, r := range line {
			switch r {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > maxNesting {
				return number
			}
		}
		if within > maxNesting || indent > 10*maxNesting {
			return number
		}
	}
	return 0
}

// sizes counts values with aliases written out. It stops counting where it is too much.
// An anchor that holds aliases of others doubles with every line: a kilobyte can mean millions of
// values. Hence they are counted before the document is decoded.
type sizes struct {
	total int
	of    map[string]int // by anchor
	open  map[string]bool
	loop  string
}

// It does not go into values that say nothing (n is a nil pointer within an interface then).
func (s *sizes) node(n ast.Node) {
	if s.total > maxNodes || n == nil || reflect.ValueOf(n).IsNil() {
		return
	}
	s.total++
	switch n := n.(type) {
	case *ast.AnchorNode:
		name, before := n.Name.String(), s.total
		s.open[name] = true
		s.node(n.Value)
		delete(s.open, name)
		s.of[name] = s.total - before
	case *ast.AliasNode:
		name := n.Value.String()
		if s.open[name] {
			s.loop = name
		}
		s.total += s.of[name]
	case *ast.MappingNode:
		for _, v := range n.Values {
			s.node(v)
		}
	case *ast.MappingValueNode:
		s.node(n.Key)
		s.node(n.Value)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			s.node(v)
		}
	case *ast.TagNode:
		s.node(n.Value)
	}
}

// countEach looks at every list below v, for too many entries, for those that say nothing and
// for what their kind does not have.
func countEach(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return countEach(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			at := path + "." + name
			switch {
			case options == "inline":
				at = path
				if err := leftOut(v.Type().Field(i), v.Field(i)); err != nil {
					return At(err, "%s", path)
				}
			case name == "" || name == "-":
				continue
			}
			if err := countEach(v.Field(i), at); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if v.Len() > MaxEach {
			return At(fmt.Errorf("%d entries, and the local cloud holds %d", v.Len(), MaxEach), "%s", path)
		}
		for i := range v.Len() {
			if one := v.Index(i); one.Kind() == reflect.Pointer && one.IsNil() {
				return At(errors.New("an entry that says nothing"), "%s[%d]", path, i)
			}
			if err := countEach(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		if v.Len() > MaxEach {
			return At(fmt.Errorf("%d entries, and the local cloud holds %d", v.Len(), MaxEach), "%s", path)
		}
	}
	return nil
}

// leftOut refuses what a kind of resource does not have: a dump would forget it.
func leftOut(f reflect.StructField, v reflect.Value) error {
	for _, part := range fieldsOf(f.Type) {
		if !v.FieldByIndex(part.index).IsZero() && strings.Contains(f.Tag.Get("dump"), "no "+part.name) {
			return fmt.Errorf("unknown field %q", part.name)
		}
	}
	return nil
}

// room is how much of something there is, and how a call is refused that makes one more
// where there is no room. The codes are those of the real quotas, which are smaller.
type room struct {
	taken         func() int // mu is held
	code, message string
}

// full is the refusal of a call that makes something where there is no room for more. mu
// is held.
func (c *Cloud) full(q *Request) error {
	r, ok := c.rooms[q.Product.Code+":"+q.Action.Name]
	if !ok || r.taken() < MaxEach {
		return nil
	}
	return Refuse(403, r.code, "%s (The local cloud holds %d.)", r.message, MaxEach)
}

// Bound keeps a call from making more than there is room for.
// The action is written "Ecs:CreateDisk". It is called while a product is made, before the first
// call.
func (c *Cloud) Bound(action string, taken func() int, code, message string) {
	c.rooms[action] = room{taken, code, message}
}

// noted is a value as the list of calls keeps it.
func noted(value string) string {
	if len(value) <= MaxNoted {
		return value
	}
	return strings.ToValidUTF8(value[:MaxNoted], "") + fmt.Sprintf("… (%d bytes)", len(value))
}
