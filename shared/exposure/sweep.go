package exposure

import (
	"cmp"
	"slices"
)

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
	if l.space.isWhole(c.spans) {
		return c
	}
	spans := slices.Clone(c.spans)
	for _, d := range drops {
		if d.active && d.group == "" {
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
	l.buffer = l.buffer[:0]
	if !l.dropped(c) {
		l.buffer = subtractSpans(l.buffer, c.spans, l.cover(c.rank).spans)
	}
	return l.buffer
}

// dropped tells whether a Drop for the group of a class goes before it.
func (l *lane) dropped(c *class) bool {
	if c.group == "" {
		return false
	}
	for _, drops := range l.drops[:c.rank] {
		if slices.ContainsFunc(drops, func(d *class) bool { return d.active && d.group == c.group }) {
			return true
		}
	}
	return false
}

// open counts the public addresses that a class lets in here, and leaves the
// number in c.open.
func (l *lane) open(c *class) size {
	cover := l.cover(c.rank)
	if c.seen != cover || c.group != "" {
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
	pool := l.pool[:0]
	bound := l.narrowSize
	for _, c := range l.broad {
		if !c.active {
			continue
		}
		if open := l.open(c); open.less(l.space.limit) {
			pool = append(pool, c)
			bound = bound.plus(open)
		} else {
			c.alone = appendPorts(c.alone, ports)
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
	l.pool = pool
	for _, c := range l.excess(pool) {
		c.named = appendPorts(c.named, ports)
	}
}

// excess gives the broadest classes of the pool, as few as have to go; of the
// equally broad, those that are broader as written. Naming from the broad end
// until the union of the rest is small enough is the same as keeping from the
// narrow end while it is.
func (l *lane) excess(pool []*class) []*class {
	slices.SortFunc(pool, func(a, b *class) int {
		return cmp.Or(a.open.compare(b.open), cmp.Compare(a.place, b.place))
	})
	if l.painter == nil {
		l.painter = l.space.painter()
	}
	p := l.painter
	p.clear()
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
