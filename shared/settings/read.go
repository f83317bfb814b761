package settings

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A reader takes a file's values one by one. A decoder that goes by Go's types knows
// neither the line nor a word for what is wrong, and rounds what it should refuse.
type reader struct {
	set    Settings
	faults []error
	all    []*practice.Practice // what their params are is known
	read   int                  // values
}

// maxRead is how many values are read. Names for what is said before (&name, *name) can
// make a short file say more than any machine has room for.
var maxRead = 2_000_000

// A field reads the value at a path.
type field func(value *yaml.Node, path string)

func (r *reader) fault(at *yaml.Node, path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if path != "" {
		text = path + ": " + text
	}
	r.faults = append(r.faults, fmt.Errorf("line %d: %s", at.Line, text))
}

// file reads all there is.
func (r *reader) file(body *yaml.Node) {
	s := &r.set
	r.table(body, "", "setting", map[string]field{
		"mode":                  func(v *yaml.Node, path string) { s.Mode = r.mode(v, path, wrongMode); s.mark(path, v) },
		"practices":             r.practices,
		"break-glass":           func(v *yaml.Node, path string) { s.BreakGlass = r.blocks(v, path) },
		"break-glass-users":     func(v *yaml.Node, path string) { s.Users = r.identities(v, path, resource.TypeUser) },
		"protected":             func(v *yaml.Node, path string) { s.Protected = r.identities(v, path, "") },
		"administrators":        func(v *yaml.Node, path string) { s.Admins = r.identities(v, path, "") },
		"regions":               r.regions,
		"no-sweeps":             func(v *yaml.Node, path string) { s.NoSweeps = r.yes(v, path) },
		"exemptions":            r.exemptions,
		"ignore-exemption-tags": func(v *yaml.Node, path string) { s.IgnoreTags = r.yes(v, path) },
		"changes-per-hour":      func(v *yaml.Node, path string) { s.PerHour = r.count(v, path) },
		"touches-per-hour":      func(v *yaml.Node, path string) { s.Touches = r.count(v, path) },
		"changes-per-sweep":     func(v *yaml.Node, path string) { s.PerSweep = r.count(v, path) },
		"heartbeat":             r.heartbeat,
	})
}

// aRegion is how the ids of regions are written.
var aRegion = regexp.MustCompile(`^[a-z]{2}-[a-z0-9-]+$`)

// regions are those of Alibaba Cloud: a misspelt one would leave a region unwatched without a word.
var regions = []string{
	"cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-hangzhou", "cn-shanghai", "cn-nanjing", "cn-fuzhou",
	"cn-shenzhen", "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-wuhan-lr", "cn-zhengzhou-jva", "cn-zhongwei", "cn-hongkong",
	"cn-beijing-finance-1", "cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-shenzhen-finance-1", "cn-heyuan-acdr-1", "cn-north-2-gov-1",
	"ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5",
	"ap-southeast-6", "ap-southeast-7", "eu-central-1", "eu-west-1", "me-central-1", "me-east-1", "na-south-1",
	"us-east-1", "us-southeast-1", "us-west-1",
}

func (r *reader) regions(value *yaml.Node, path string) {
	r.set.Regions = r.words(value, path)
	r.set.mark(path, value)
	for i, id := range r.set.Regions {
		switch node, at := element(value, path, i); {
		case !aRegion.MatchString(id):
			r.fault(node, at, "%q is not the id of a region, such as cn-hangzhou", id)
		case !slices.Contains(regions, id): // there may be a new one
			r.set.doubt(node, at, "%s is none of the regions that are known here%s", id, near(id, slices.Clone(regions)))
		}
	}
}

// identities are names of identities, each in the one way in which it is written: alice,
// role/deploy, LTAI…. Where only one kind is meant, others are refused.
func (r *reader) identities(value *yaml.Node, path, only string) (all List) {
	for i, word := range r.words(value, path) {
		node, at := element(value, path, i)
		kind, id, err := resource.IdentityOf(word)
		switch {
		case err != nil:
			r.fault(node, at, "%v", err)
		case only != "" && kind != only:
			r.fault(node, at, "%q is no RAM user: roles and keys stand in protected", word)
		case kind == resource.TypeRole:
			all = append(all, "role/"+id)
		default:
			all = append(all, id)
		}
	}
	return all
}

// element is where the word of a list stands, which may be one word without its list.
func element(value *yaml.Node, path string, i int) (*yaml.Node, string) {
	if isList(value) {
		return value.Content[i], fmt.Sprintf("%s[%d]", path, i)
	}
	return value, path
}

func (r *reader) heartbeat(value *yaml.Node, path string) {
	r.table(value, path, "setting of the heartbeat", map[string]field{
		"url": func(v *yaml.Node, path string) {
			r.set.Heartbeat.URL = r.word(v, path)
			if u, err := url.Parse(r.set.Heartbeat.URL); err != nil || u.Scheme != "https" || u.Hostname() == "" {
				r.fault(v, path, "it is no https address") // without the address, which is a secret
			}
		},
		"canary": func(v *yaml.Node, path string) {
			r.set.Heartbeat.Canary = r.word(v, path)
			if !groupID.MatchString(r.set.Heartbeat.Canary) {
				r.fault(v, path, "%q is not the id of a security group, such as sg-bp1abc", r.set.Heartbeat.Canary)
			}
		},
	})
}

var groupID = regexp.MustCompile(`^sg-[a-zA-Z0-9-]+$`)

func (r *reader) practices(value *yaml.Node, path string) {
	r.entries(value, path, func(id string, at, value *yaml.Node) {
		var p Practice
		r.set.mark(path+"."+id, at)
		r.table(value, path+"."+id, "setting of a practice", map[string]field{
			"mode":             func(v *yaml.Node, path string) { p.Mode = r.mode(v, path, wrongOwnMode) },
			"changes-per-hour": func(v *yaml.Node, path string) { p.PerHour = r.count(v, path) },
			"params": func(v *yaml.Node, path string) {
				p.Params = map[string]List{}
				r.entries(v, path, func(name string, at, value *yaml.Node) {
					path := path + "." + name
					r.set.mark(path, at)
					if r.kind(id, name) == practice.AddressBlocks {
						p.Params[name] = r.blocks(value, path)
					} else {
						p.Params[name] = r.words(value, path)
						if strings.HasPrefix(name, "allowed-") && allPorts(p.Params[name]) {
							r.set.doubt(value, path, "this is every port: nothing would be closed")
						}
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

// kind is what the values of a practice's param are. What nobody has declared is words.
func (r *reader) kind(id, param string) practice.ParamKind {
	for _, p := range r.all {
		if i := slices.IndexFunc(p.Params, func(q practice.Param) bool { return q.Name == param }); p.ID == id && i >= 0 {
			return p.Params[i].Kind
		}
	}
	return practice.AnyWords
}

func (r *reader) exemptions(value *yaml.Node, path string) {
	for i, one := range r.list(value, path) {
		path := fmt.Sprintf("%s[%d]", path, i)
		e := Exemption{line: one.Line}
		before := len(r.faults)
		word := func(to *string) field {
			return func(v *yaml.Node, path string) {
				*to = r.word(v, path)
				e.line = v.Line
			}
		}
		r.table(one, path, "field of an exemption", map[string]field{
			"practice": word(&e.Practice), "resource": word(&e.Resource), "because": word(&e.Because), "by": word(&e.By),
			"until": func(v *yaml.Node, path string) {
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

func (r *reader) mode(value *yaml.Node, path string, wrong func(practice.Mode) string) practice.Mode {
	m := practice.Mode(r.word(value, path))
	if why := wrong(m); why != "" {
		r.fault(value, path, "%s", why)
	}
	return m
}

// blocks are words that are addresses or blocks of them, and not everyone.
func (r *reader) blocks(value *yaml.Node, path string) List {
	words := r.words(value, path)
	before := len(r.faults)
	for i, word := range words {
		node, at := element(value, path, i)
		switch prefix, ok := block(word); {
		case !ok:
			r.fault(node, at, "%q is neither an address nor a block of addresses%s", word, elsewhere(path))
		case everyone(prefix):
			r.fault(node, at, "%q is everyone: nothing would ever be closed", word)
		case prefix.IsSingleIP() && prefix.Addr().IsUnspecified():
			r.set.doubt(node, at, "%s is one address, which nobody has: what is meant?", word)
		case prefix.Masked() != prefix:
			r.set.doubt(node, at, "%s counts as %s: is that meant?", word, prefix.Masked())
		}
	}
	if len(r.faults) == before && everyone(prefixes(words)...) {
		r.fault(value, path, "together these blocks are everyone: nothing would ever be closed")
	}
	return words
}

// elsewhere says where people stand that are no addresses.
func elsewhere(path string) string {
	if path != "break-glass" {
		return ""
	}
	return "; RAM users stand in break-glass-users"
}

// table reads names with values, each of which must be known.
func (r *reader) table(value *yaml.Node, path, what string, known map[string]field) {
	r.entries(value, path, func(name string, at, value *yaml.Node) {
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
func (r *reader) entries(value *yaml.Node, path string, each func(name string, at, value *yaml.Node)) {
	value = r.resolve(value, path)
	switch {
	case isNull(value):
		return
	case value.Kind != yaml.MappingNode:
		r.fault(value, path, "want names with values, got %s", kind(value))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(value.Content); i += 2 {
		key := value.Content[i]
		if key.Kind != yaml.ScalarNode || key.Tag != strTag || key.Style&yaml.TaggedStyle != 0 {
			r.fault(key, path, "%s is no name here", kind(key))
			continue
		}
		if line, twice := first[key.Value]; twice {
			r.fault(key, join(path, key.Value), "it is set twice; the first is in line %d", line)
			continue
		}
		first[key.Value] = key.Line
		each(key.Value, key, r.resolve(value.Content[i+1], join(path, key.Value)))
	}
}

// list is the elements of a list.
func (r *reader) list(value *yaml.Node, path string) []*yaml.Node {
	switch {
	case isNull(value):
		return nil
	case !isList(value):
		r.fault(value, path, "want a list, got %s", kind(value))
		return nil
	}
	elements := make([]*yaml.Node, 0, len(value.Content))
	for i, v := range value.Content {
		if v = r.resolve(v, ""); v == nil {
			r.fault(value.Content[i], fmt.Sprintf("%s[%d]", path, i), "this cannot be read")
			return nil
		}
		elements = append(elements, v)
	}
	return elements
}

// words takes a list of words or one word.
func (r *reader) words(value *yaml.Node, path string) (words List) {
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
func (r *reader) word(value *yaml.Node, path string) string {
	switch {
	case value.Kind != yaml.ScalarNode || isNull(value):
		r.fault(value, path, "want one word, got %s", kind(value))
		return ""
	case value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return strings.TrimSpace(value.Value)
	}
	return value.Value
}

func (r *reader) count(value *yaml.Node, path string) int {
	n, err := strconv.Atoi(value.Value)
	switch {
	case value.Tag != "!!int" || err != nil:
		r.fault(value, path, "want a whole number such as 10, got %s", kind(value))
		return 0
	case n < 0:
		r.fault(value, path, "%d is less than nothing; leave it out for the default", n)
	case value.Value != strconv.Itoa(n):
		r.fault(value, path, "%s may be read as another number: write %d", value.Value, n)
	case n == 0:
		r.set.doubt(value, path, "0 counts as if it were left out: the default is in force. mode: observe changes nothing")
	}
	return n
}

func (r *reader) yes(value *yaml.Node, path string) bool {
	yes, err := strconv.ParseBool(value.Value)
	if value.Tag != "!!bool" || err != nil {
		r.fault(value, path, "want true or false, got %s", kind(value))
		return false
	}
	return yes
}

// resolve gives what stands at a node. A fault is nothing there.
func (r *reader) resolve(value *yaml.Node, path string) *yaml.Node {
	if value == nil || r.read > maxRead {
		return nil
	}
	if r.read++; r.read > maxRead {
		r.fault(value, path, "this is more than %d values: the names for what is said before (*name) say it too often", maxRead)
		return nil
	}
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	if value.Style&yaml.TaggedStyle != 0 {
		r.fault(value, path, "%s says of which type a value is, which is not for settings to say", value.Tag)
		return nil
	}
	return value
}

const strTag = "!!str"

func isList(n *yaml.Node) bool { return n != nil && n.Kind == yaml.SequenceNode }

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// kind names a value in words.
func kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "names with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "*" + n.Value
	case isNull(n):
		return "nothing"
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return "a text of several lines"
	case strings.Contains(n.Value, "://"):
		return "an address" // of a heartbeat it is a secret
	case n.Tag == strTag:
		return fmt.Sprintf("the word %q", n.Value)
	}
	return n.Value
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
	return fmt.Sprintf("; did you mean %s?", best)
}

// Alike tells whether one word is most likely the other, misspelt: up to three letters of
// a longer one are wrong.
func Alike(wrong, right string) bool {
	return distance(wrong, right) <= min(3, len(right)/4)
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
	var four, six []span
	for _, p := range blocks {
		addr := p.Masked().Addr()
		if addr.Is4() {
			first := uint64(binary.BigEndian.Uint32(addr.AsSlice()))
			four = append(four, span{first, first + 1<<(32-p.Bits()) - 1})
			continue
		}
		if p.Contains(mapped) {
			return true // all of IPv4, as IPv6 writes it
		}
		if p.Bits() > 64 {
			continue // they are few, whatever is written
		}
		first := binary.BigEndian.Uint64(addr.AsSlice()) // of networks of 64 bits
		last := first | (uint64(1)<<(64-p.Bits()) - 1)   // 1<<64 is 0
		const low, high = 0x2000 << 48, 0x4000<<48 - 1   // 2000::/3, as exposure.Public has it
		if first <= high && last >= low {
			six = append(six, span{max(first, low), min(last, high)})
		}
	}
	return cover(four) >= 1<<(32-4) || cover(six) >= 1<<(64-3-4)
}

// allPorts tells whether ports and ranges (8000/8100) are nearly all there are.
func allPorts(words []string) bool {
	var spans []span
	for _, word := range words {
		first, last, both := strings.Cut(word, "/")
		if !both {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err == nil && err2 == nil && from <= to {
			spans = append(spans, span{from, to})
		}
	}
	return cover(spans) >= 60_000
}

// mapped is in every block of IPv6 that holds all of IPv4, and in none that holds a part.
var mapped = netip.AddrFrom16(netip.MustParseAddr("::ffff:0.0.0.0").As16())

// A span is numbers from one to another.
type span struct{ first, last uint64 }

// cover counts what is in any of the spans.
func cover(spans []span) (n uint64) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	next := uint64(0) // not counted yet
	for _, s := range spans {
		if first := max(s.first, next); first <= s.last {
			n, next = n+s.last-first+1, s.last+1
		}
	}
	return n
}
