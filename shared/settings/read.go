package settings

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A reader takes a file's values one by one. A decoder that goes by Go's types knows
// neither the line nor a word for what is wrong, and rounds what it should refuse.
type reader struct {
	set     Settings
	faults  []error
	anchors map[string]ast.Node
}

// A field reads the value at a path.
type field func(value ast.Node, path string)

func (r *reader) fault(at ast.Node, path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if path != "" {
		text = path + ": " + text
	}
	r.faults = append(r.faults, fmt.Errorf("line %d: %s", at.GetToken().Position.Line, text))
}

// file reads all there is.
func (r *reader) file(body ast.Node) {
	s := &r.set
	r.table(body, "", "setting", map[string]field{
		"mode":                  func(v ast.Node, path string) { s.Mode = r.mode(v, path, wrongMode) },
		"practices":             r.practices,
		"break-glass":           func(v ast.Node, path string) { s.BreakGlass = r.blocks(v, path) },
		"regions":               func(v ast.Node, path string) { s.Regions = r.words(v, path) },
		"no-sweeps":             func(v ast.Node, path string) { s.NoSweeps = r.yes(v, path) },
		"exemptions":            r.exemptions,
		"ignore-exemption-tags": func(v ast.Node, path string) { s.IgnoreTags = r.yes(v, path) },
		"changes-per-hour":      func(v ast.Node, path string) { s.PerHour = r.count(v, path) },
		"touches-per-hour":      func(v ast.Node, path string) { s.Touches = r.count(v, path) },
		"changes-per-sweep":     func(v ast.Node, path string) { s.PerSweep = r.count(v, path) },
		"heartbeat":             r.heartbeat,
	})
}

func (r *reader) heartbeat(value ast.Node, path string) {
	r.table(value, path, "setting of the heartbeat", map[string]field{
		"url": func(v ast.Node, path string) {
			r.set.Heartbeat.URL = r.word(v, path)
			if u, err := url.Parse(r.set.Heartbeat.URL); err != nil || u.Scheme != "https" || u.Hostname() == "" {
				r.fault(v, path, "it is no https address") // without the address, which is a secret
			}
		},
		"canary": func(v ast.Node, path string) {
			r.set.Heartbeat.Canary = r.word(v, path)
			if !groupID.MatchString(r.set.Heartbeat.Canary) {
				r.fault(v, path, "%q is not the id of a security group, such as sg-bp1abc", r.set.Heartbeat.Canary)
			}
		},
	})
}

var groupID = regexp.MustCompile(`^sg-[a-zA-Z0-9-]+$`)

func (r *reader) practices(value ast.Node, path string) {
	r.entries(value, path, func(id string, at, value ast.Node) {
		var p Practice
		r.set.mark(path+"."+id, at)
		r.table(value, path+"."+id, "setting of a practice", map[string]field{
			"mode":             func(v ast.Node, path string) { p.Mode = r.mode(v, path, wrongOwnMode) },
			"changes-per-hour": func(v ast.Node, path string) { p.PerHour = r.count(v, path) },
			"params": func(v ast.Node, path string) {
				p.Params = map[string]List{}
				r.entries(v, path, func(name string, at, value ast.Node) {
					path := path + "." + name
					r.set.mark(path, at)
					if name == practice.Trusted {
						p.Params[name] = r.blocks(value, path)
					} else {
						p.Params[name] = r.words(value, path)
					}
				})
			},
		})
		if r.set.Practices == nil {
			r.set.Practices = map[string]Practice{}
		}
		r.set.Practices[id] = p
	})
}

func (r *reader) exemptions(value ast.Node, path string) {
	for i, one := range r.list(value, path) {
		path := fmt.Sprintf("%s[%d]", path, i)
		e := Exemption{line: one.GetToken().Position.Line}
		before := len(r.faults)
		word := func(to *string) field {
			return func(v ast.Node, path string) {
				*to = r.word(v, path)
				e.line = v.GetToken().Position.Line
			}
		}
		r.table(one, path, "field of an exemption", map[string]field{
			"practice": word(&e.Practice), "resource": word(&e.Resource), "because": word(&e.Because), "by": word(&e.By),
			"until": func(v ast.Node, path string) {
				var err error
				if text := r.word(v, path); text != "" {
					if e.Until, err = ParseDate(text); err != nil {
						r.fault(v, path, "want a day such as 2026-12-31, got %s", text)
					}
				}
			},
		})
		if len(r.faults) > before {
			continue // what is missing may be what is wrong
		}
		for _, f := range []struct {
			name  string
			empty bool
		}{{"practice", e.Practice == ""}, {"resource", e.Resource == ""}, {"until", e.Until.IsZero()}, {"because", e.Because == ""}, {"by", e.By == ""}} {
			if f.empty {
				r.fault(one, path, "%q is missing: an exemption says what, until when, why, and who answers for it", f.name)
			}
		}
		if _, err := filepath.Match(e.Resource, ""); err != nil {
			r.fault(one, path+".resource", "%q is no pattern: %v", e.Resource, err)
		}
		r.set.Exemptions = append(r.set.Exemptions, e)
	}
}

func (r *reader) mode(value ast.Node, path string, wrong func(practice.Mode) string) practice.Mode {
	m := practice.Mode(r.word(value, path))
	if why := wrong(m); why != "" {
		r.fault(value, path, "%s", why)
	}
	return m
}

// blocks are words that are addresses or blocks of them, and not everyone.
func (r *reader) blocks(value ast.Node, path string) List {
	words := r.words(value, path)
	before := len(r.faults)
	for i, word := range words {
		node, at := value, path
		if list, ok := value.(*ast.SequenceNode); ok {
			node, at = list.Values[i], fmt.Sprintf("%s[%d]", path, i)
		}
		switch prefix, ok := block(word); {
		case !ok:
			r.fault(node, at, "%q is neither an address nor a block of addresses", word)
		case everyone(prefix):
			r.fault(node, at, "%q is everyone: nothing would ever be closed", word)
		case prefix.Masked() != prefix:
			r.set.doubt(node, at, "%s counts as %s: is that meant?", word, prefix.Masked())
		}
	}
	if len(r.faults) == before && everyone(prefixes(words)...) {
		r.fault(value, path, "together these blocks are everyone: nothing would ever be closed")
	}
	return words
}

// table reads names with values, each of which must be known.
func (r *reader) table(value ast.Node, path, what string, known map[string]field) {
	r.entries(value, path, func(name string, at, value ast.Node) {
		read, ok := known[name]
		if !ok {
			var names []string
			for name := range known {
				names = append(names, name)
			}
			r.fault(at, join(path, name), "there is no such %s%s", what, near(name, names))
			return
		}
		if !isNull(value) {
			read(value, join(path, name))
		}
	})
}

// entries reads names with values.
func (r *reader) entries(value ast.Node, path string, each func(name string, at, value ast.Node)) {
	value = r.resolve(value, path)
	var pairs []*ast.MappingValueNode
	switch n := value.(type) {
	case nil, *ast.NullNode:
		return
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		r.fault(value, path, "want names with values, got %s", kind(value))
		return
	}
	for _, pair := range pairs {
		name, ok := pair.Key.(*ast.StringNode)
		if !ok {
			r.fault(pair.Key, path, "%s is no name here", pair.Key.GetToken().Value)
			continue
		}
		each(name.Value, pair.Key, r.resolve(pair.Value, join(path, name.Value)))
	}
}

// list is the elements of a list.
func (r *reader) list(value ast.Node, path string) []ast.Node {
	switch n := value.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		elements := make([]ast.Node, 0, len(n.Values))
		for i, v := range n.Values {
			if v = r.resolve(v, fmt.Sprintf("%s[%d]", path, i)); v == nil {
				return nil // the fault is noted
			}
			elements = append(elements, v)
		}
		return elements
	}
	r.fault(value, path, "want a list, got %s", kind(value))
	return nil
}

// words takes a list of words or one word.
func (r *reader) words(value ast.Node, path string) (words List) {
	if !isList(value) {
		if isNull(value) {
			return nil
		}
		return List{r.word(value, path)}
	}
	for i, v := range r.list(value, path) {
		words = append(words, r.word(v, fmt.Sprintf("%s[%d]", path, i)))
	}
	return words
}

// word takes what stands there as it is written: 80 is one as well.
func (r *reader) word(value ast.Node, path string) string {
	switch n := value.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	r.fault(value, path, "want one word, got %s", kind(value))
	return ""
}

func (r *reader) count(value ast.Node, path string) int {
	text := value.GetToken().Value
	n, err := strconv.Atoi(text)
	switch _, whole := value.(*ast.IntegerNode); {
	case !whole || err != nil:
		r.fault(value, path, "want a whole number such as 10, got %s", kind(value))
		return 0
	case n < 0:
		r.fault(value, path, "%d is less than nothing; leave it out for the default", n)
	}
	return n
}

func (r *reader) yes(value ast.Node, path string) bool {
	n, ok := value.(*ast.BoolNode)
	if !ok {
		r.fault(value, path, "want true or false, got %s", kind(value))
		return false
	}
	return n.Value
}

// resolve gives what stands at a node. A fault is nothing there.
func (r *reader) resolve(value ast.Node, path string) ast.Node {
	switch n := value.(type) {
	case *ast.AnchorNode:
		v := r.resolve(n.Value, path)
		if v != nil {
			r.anchors[n.Name.GetToken().Value] = v
		}
		return v
	case *ast.AliasNode:
		v, ok := r.anchors[n.Value.GetToken().Value]
		if !ok {
			r.fault(n, path, "nothing before it has the name %s", n.Value.GetToken().Value)
			return nil
		}
		return v
	case *ast.TagNode:
		r.fault(n, path, "%s says of which type a value is, which is not for settings to say", n.GetToken().Value)
		return nil
	}
	return value
}

func isList(n ast.Node) bool { _, is := n.(*ast.SequenceNode); return is }

func isNull(n ast.Node) bool {
	_, is := n.(*ast.NullNode)
	return is || n == nil
}

// kind names a value in words.
func kind(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "names with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.StringNode:
		if strings.Contains(n.Value, "://") {
			return "an address" // of a heartbeat it is a secret
		}
		return fmt.Sprintf("the word %q", n.Value)
	case *ast.LiteralNode:
		return "a text of several lines"
	}
	return n.GetToken().Value
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// near offers the name that is like a wrong one, if one is.
func near(wrong string, names []string) string {
	best, least := "", 1+max(1, (len(wrong)+1)/3)
	slices.Sort(names)
	for _, name := range names {
		if d := distance(wrong, name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; is %s meant?", best)
}

// distance is how many letters have to be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// block reads an address or a block of them.
func block(word string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(word)
	if err != nil {
		addr, err := netip.ParseAddr(word)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix, true
}

func prefixes(words []string) (blocks []netip.Prefix) {
	for _, word := range words {
		if p, ok := block(word); ok {
			blocks = append(blocks, p)
		}
	}
	return blocks
}

// everyone tells whether blocks hold so many addresses that they are everyone, however
// they are written: a sixteenth of IPv4, or of the IPv6 that hosts on the internet have.
func everyone(blocks ...netip.Prefix) bool {
	const length = 12 // narrower ones are not what somebody writes for everyone
	four, six := map[int]bool{}, map[int]bool{}
	for _, p := range blocks {
		addr := p.Masked().Addr().AsSlice()
		first := int(addr[0])<<4 | int(addr[1])>>4
		for part := first; p.Bits() <= length && part < first+1<<(length-p.Bits()); part++ {
			if p.Addr().Is4() {
				four[part] = true
			} else if exposure.Public(netip.AddrFrom16([16]byte{byte(part >> 4), byte(part << 4)})) {
				six[part] = true
			}
		}
	}
	return len(four) >= 1<<(length-4) || len(six) >= 1<<(length-3-4)
}
