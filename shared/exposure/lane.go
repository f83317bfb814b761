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
	covered    int      // how many covers were made
	buffer     []span
}

// A class is the rules of a lane with the same sources, priority and policy.
type class struct {
	spans    []span
	size     size // public addresses held
	drop     bool
	priority int
	rank     int // how many priorities of Drop go before (of an Accept); or which one it is (of a Drop)
	ports    []PortRange
	active   bool // applies where the sweep is

	open   size   // public addresses let in under cover seen
	seen   *cover // nil before the first look
	named  []PortRange
	alone  bool // on some port it is the internet without help
	wanted bool // its remains are asked for
	left   []remains
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
// key that is the same for the same spans.
func newLane(protocol string, s *space, rules []Rule, sources []source) *lane {
	l := &lane{protocol: protocol, space: s, of: make([]*class, len(rules))}
	type key struct {
		source, priority int
		drop             bool
	}
	classes := map[key]*class{}
	for i := range rules {
		r, src := &rules[i], sources[i]
		if len(src.spans) == 0 || !r.covers(protocol) {
			continue
		}
		k := key{src.key, r.Priority, r.Drop}
		c := classes[k]
		if c == nil {
			c = &class{spans: src.spans, size: s.size(src.spans), drop: r.Drop, priority: r.Priority}
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
	for _, accepts := range [][]*class{l.narrow, l.broad} {
		slices.SortFunc(accepts, func(a, b *class) int {
			return cmp.Or(a.size.compare(b.size), compareClass(a, b))
		})
		for _, c := range accepts {
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
	return cmp.Or(slices.CompareFunc(a.spans, b.spans, compareSpan), cmp.Compare(a.priority, b.priority))
}

// sweep goes over the ports and stops at every stretch on which the same
// classes apply.
func (l *lane) sweep(visit func(PortRange)) {
	for i := 0; i < len(l.events); {
		port := l.events[i].port
		for ; i < len(l.events) && l.events[i].port == port; i++ {
			l.turn(l.events[i])
		}
		if i < len(l.events) {
			visit(PortRange{uint16(port), uint16(l.events[i].port - 1)})
		}
	}
}

func (l *lane) turn(e event) {
	c := e.class
	c.active = e.on
	switch {
	case c.drop:
		l.valid = min(l.valid, c.rank)
	case !c.size.less(l.space.limit):
	case e.on:
		l.narrowSize = l.narrowSize.plus(c.size)
	default:
		l.narrowSize = l.narrowSize.minus(c.size)
	}
}

// cover gives what the best priorities of Drop take away here.
func (l *lane) cover(rank int) *cover {
	for ; l.valid < rank; l.valid++ {
		l.covers[l.valid+1] = l.widen(l.covers[l.valid], l.drops[l.valid])
	}
	return l.covers[rank]
}

func (l *lane) widen(c *cover, drops []*class) *cover {
	if len(c.spans) == 1 && c.spans[0] == (span{0, int32(len(l.space.starts))}) {
		return c
	}
	spans := slices.Clone(c.spans)
	for _, d := range drops {
		if d.active {
			spans = append(spans, d.spans...)
		}
	}
	if len(spans) == len(c.spans) {
		return c
	}
	return &cover{mergeSpans(spans)}
}

// remain gives the sources that a class lets in here. The next call reuses
// the memory.
func (l *lane) remain(c *class) []span {
	l.buffer = subtractSpans(l.buffer[:0], c.spans, l.cover(c.rank).spans)
	return l.buffer
}

// open counts the public addresses that a class lets in here.
func (l *lane) open(c *class) size {
	cover := l.cover(c.rank)
	if c.seen != cover {
		c.open = l.space.size(l.remain(c))
		c.seen = cover
	}
	return c.open
}

// judge names the classes that open a stretch of ports to the internet. A
// class that does so alone is named whatever the others do. Of the rest the
// broadest are named, one after the other, until what is left is less than
// the internet.
func (l *lane) judge(ports PortRange) {
	var pool []*class
	bound := l.narrowSize
	for _, c := range l.broad {
		if !c.active {
			continue
		}
		if open := l.open(c); open.less(l.space.limit) {
			pool = append(pool, c)
			bound = bound.plus(open)
		} else {
			c.alone = true
			c.named = appendPorts(c.named, ports)
		}
	}
	if bound.less(l.space.limit) {
		return
	}
	for _, c := range l.narrow {
		if c.active && !l.open(c).zero() {
			pool = append(pool, c)
		}
	}
	for _, c := range l.excess(pool) {
		c.named = appendPorts(c.named, ports)
	}
}

// excess gives the broadest classes of the pool, as few as have to go. Naming
// from the broad end until the union of the rest is small enough is the same
// as keeping from the narrow end while it is.
func (l *lane) excess(pool []*class) []*class {
	slices.SortFunc(pool, func(a, b *class) int {
		return cmp.Or(a.open.compare(b.open), compareClass(a, b))
	})
	p := l.space.painter()
	for n, c := range pool {
		p.paint(l.remain(c))
		if !p.total.less(l.space.limit) {
			return pool[n:]
		}
	}
	return nil
}

// collect notes what the wanted classes really let in on a stretch of ports.
func (l *lane) collect(wanted []*class, ports PortRange) {
	for _, c := range wanted {
		if !c.active {
			continue
		}
		if spans := l.remain(c); len(spans) > 0 {
			c.keepRemains(spans, ports)
		}
	}
}

func (c *class) keepRemains(spans []span, ports PortRange) {
	for i := range c.left {
		if slices.Equal(c.left[i].spans, spans) {
			c.left[i].ports = appendPorts(c.left[i].ports, ports)
			return
		}
	}
	c.left = append(c.left, remains{slices.Clone(spans), []PortRange{ports}})
}

// A source is the part of a rule's sources in one family.
type source struct {
	spans []span
	key   int // the same for the same spans
}

func (s *space) sources(rules []Rule) []source {
	keys := map[string]int{}
	out := make([]source, len(rules))
	var text []byte
	for i := range rules {
		spans := s.spans(rules[i].Sources)
		text = text[:0]
		for _, sp := range spans {
			text = strconv.AppendInt(text, int64(sp.from), 36)
			text = append(text, '-')
			text = strconv.AppendInt(text, int64(sp.to), 36)
			text = append(text, ' ')
		}
		if _, known := keys[string(text)]; !known {
			keys[string(text)] = len(keys)
		}
		out[i] = source{spans, keys[string(text)]}
	}
	return out
}
