package exposure

import (
	"cmp"
	"slices"
	"strconv"
)

// A lane is one protocol in one family of addresses. Lanes are judged apart.
//
// What a lane admits is the union, over its accept rules, of the sources of
// the rule less those of every Drop of the same or a better priority: an
// Accept never takes anything away. So rules with the same sources and the
// same priority differ by their ports only, and are judged as one class.
type lane struct {
	protocol string
	space    *space
	of       []*class // by rule; nil where the rule is not in this lane
	narrow   []*class // accept classes that hold less than the internet ...
	broad    []*class // ... and those that may not; each ordered by breadth
	drops    [][]*class
	events   []event

	// Where the sweep is.
	narrowSize size     // what the narrow classes hold that apply here, overlaps counted twice
	covers     []*cover // covers[n] is what the n best priorities of Drop take away
	valid      int      // covers[:valid+1] are up to date
	buffer     []span
	pool       []*class
	painter    *painter
}

// A class is the rules of a lane with the same sources, priority and policy.
type class struct {
	spans    []span
	size     size // public addresses held
	drop     bool
	priority int
	group    string // whose members alone it is about; empty: whoever has the address
	rank     int    // how many priorities of Drop go before (of an Accept); or which one it is (of a Drop)
	place    int    // of an Accept, by breadth as written
	ports    []PortRange
	active   bool // applies where the sweep is

	open   size        // public addresses let in under cover seen
	seen   *cover      // nil before the first look
	named  []PortRange // where it is to go
	alone  []PortRange // where it is the internet without help
	left   []remains   // what gets past the Drop rules; see collect
	wanted bool
}

// remains are the sources that a class really lets in, and on which ports.
type remains struct {
	spans []span
	ports []PortRange
}

// A cover is what Drop rules take away, for one class or more.
type cover struct{ spans []span }

// An event is a port where a class begins to apply, or no longer does.
type event struct {
	port  int
	class *class
	on    bool
}

// newLane takes, for each rule, the spans of its sources in this family and a
// key that is the same for the same spans. Of the accept rules only those are in it that
// count.
func newLane(protocol string, s *space, rules []Rule, sources []source, policy Policy, counts func(int) bool) *lane {
	l := &lane{protocol: protocol, space: s, of: make([]*class, len(rules))}
	type key struct {
		source, priority int
		drop             bool
		group            string
	}
	classes := map[key]*class{}
	for i := range rules {
		r, src := &rules[i], sources[i]
		if len(src.spans) == 0 || !r.covers(protocol) || !r.Drop && (policy.lets(r.Group) || !counts(i)) {
			continue
		}
		k := key{src.key, r.Priority, r.Drop, r.Group}
		c := classes[k]
		if c == nil {
			c = &class{spans: src.spans, size: s.size(src.spans), drop: r.Drop, priority: r.Priority, group: r.Group}
			classes[k] = c
			l.add(c)
		}
		c.ports = append(c.ports, r.ports()...)
		l.of[i] = c
	}
	l.arrange()
	return l
}

func (l *lane) add(c *class) {
	switch {
	case c.drop:
		l.drops = append(l.drops, []*class{c})
	case c.size.less(l.space.limit):
		l.narrow = append(l.narrow, c)
	default:
		l.broad = append(l.broad, c)
	}
}

// arrange orders the classes, ranks the priorities and lists the events.
func (l *lane) arrange() {
	l.drops = byPriority(l.drops)
	for rank, drops := range l.drops {
		for _, c := range drops {
			c.rank = rank
			l.schedule(c)
		}
	}
	l.covers = make([]*cover, len(l.drops)+1)
	l.covers[0] = &cover{}
	place := 0
	for _, accepts := range [][]*class{l.narrow, l.broad} {
		slices.SortFunc(accepts, func(a, b *class) int {
			return cmp.Or(a.size.compare(b.size), compareClass(a, b))
		})
		for _, c := range accepts {
			c.place = place
			place++
			c.rank = l.before(c.priority)
			l.schedule(c)
		}
	}
	slices.SortFunc(l.events, func(a, b event) int { return cmp.Compare(a.port, b.port) })
}

func (l *lane) schedule(c *class) {
	c.ports = mergePorts(c.ports)
	for _, r := range c.ports {
		l.events = append(l.events, event{int(r.From), c, true}, event{int(r.To) + 1, c, false})
	}
}

// before counts the priorities of Drop that win over an Accept.
func (l *lane) before(priority int) int {
	n := 0
	for n < len(l.drops) && l.drops[n][0].priority <= priority {
		n++
	}
	return n
}

// byPriority joins the groups of one priority, the best first.
func byPriority(groups [][]*class) [][]*class {
	slices.SortFunc(groups, func(a, b []*class) int {
		return cmp.Or(cmp.Compare(a[0].priority, b[0].priority), compareClass(a[0], b[0]))
	})
	var out [][]*class
	for _, g := range groups {
		if n := len(out); n > 0 && out[n-1][0].priority == g[0].priority {
			out[n-1] = append(out[n-1], g...)
		} else {
			out = append(out, g)
		}
	}
	return out
}

// compareClass is an order that does not depend on how the rules were listed,
// so that neither do the answers.
func compareClass(a, b *class) int {
	return cmp.Or(slices.CompareFunc(a.spans, b.spans, compareSpan), cmp.Compare(a.priority, b.priority), cmp.Compare(a.group, b.group))
}

// A source is the part of a rule's sources in one family.
type source struct {
	spans []span
	key   int // the same for the same spans
}

func (s *space) sources(rules []Rule) []source {
	keys := map[string]int{}
	out := make([]source, len(rules))
	for i := range rules {
		spans := s.spans(rules[i].Sources)
		if rules[i].Group != "" {
			spans = s.all() // whatever addresses its members have
		}
		text := spansKey(spans)
		if _, known := keys[text]; !known {
			keys[text] = len(keys)
		}
		out[i] = source{spans, keys[text]}
	}
	return out
}

// spansKey is a text that is the same for the same spans only.
func spansKey(spans []span) string {
	text := make([]byte, 0, 16*len(spans))
	for _, sp := range spans {
		text = strconv.AppendInt(text, int64(sp.from), 36)
		text = append(text, '-')
		text = strconv.AppendInt(text, int64(sp.to), 36)
		text = append(text, ' ')
	}
	return string(text)
}
