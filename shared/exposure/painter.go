package exposure

// A painter counts the public addresses of a growing union. Every atom is
// painted once, however often it is asked for.
type painter struct {
	space   *space
	next    []int32 // for each atom, one that is not behind the next bare one
	painted []int32
	total   size
}

func (s *space) painter() *painter {
	next := make([]int32, s.atoms()+1)
	for i := range next {
		next[i] = int32(i)
	}
	return &painter{space: s, next: next}
}

// clear begins a new union, in the time that the last one took.
func (p *painter) clear() {
	for _, i := range p.painted {
		p.next[i] = i
	}
	p.painted, p.total = p.painted[:0], size{}
}

func (p *painter) paint(spans []span) {
	for _, sp := range spans {
		for i := p.bare(sp.from); i < sp.to; i = p.bare(i) {
			p.total = p.total.plus(p.space.before[i+1].minus(p.space.before[i]))
			p.next[i] = i + 1
			p.painted = append(p.painted, i)
		}
	}
}

// bare finds the first atom from i on that is not painted, and shortens the
// way there for the next time.
func (p *painter) bare(i int32) int32 {
	for p.next[i] != i {
		p.next[i] = p.next[p.next[i]]
		i = p.next[i]
	}
	return i
}
