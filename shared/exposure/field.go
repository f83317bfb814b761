package exposure

import (
	"cmp"
	"math/bits"
	"slices"
)

// A field answers for every atom of a space whether it gets in, while a sweep
// goes over the ports and switches rules on and off. It reads the rules as the
// cloud does, the best priority first, and shares nothing with the lanes that
// judge: what they conclude is proved by it.
type field struct {
	ranks  *ranks
	n      int
	counts []uint32    // by atom, policy and rank of priority: the rules that apply
	masks  [][4]uint64 // by atom: the ranks that have an Accept (0, 1), that have a Drop (2, 3)
	// Behind the last atom are the rules that apply to all of them, such as those for a
	// group, so that one of these costs no more than a rule for an atom.
}

// priorities is how many a field tells apart; 0 to 100 are in use.
const priorities = 128

// ranks number the priorities that are in use, the best first.
type ranks [priorities]uint8

func clamped(priority int) int { return min(max(priority, 0), priorities-1) }

func (r *ranks) add(priority int) { r[clamped(priority)] = 1 }

// arrange numbers them and tells how many there are.
func (r *ranks) arrange() int {
	n := 0
	for p, used := range r {
		if used > 0 {
			r[p] = uint8(n + 1)
			n++
		}
	}
	return n
}

func newField(atoms int32, r *ranks, n int) *field {
	return &field{r, n, make([]uint32, int(atoms+1)*2*n), make([][4]uint64, atoms+1)}
}

func (f *field) turn(spans []span, priority int, drop, on bool) {
	rank := int(f.ranks[clamped(priority)]) - 1
	slot, word, bit := rank, rank/64, uint64(1)<<(rank%64)
	if drop {
		slot, word = slot+f.n, word+2
	}
	if all := int32(len(f.masks) - 1); len(spans) == 1 && spans[0] == (span{0, all}) {
		spans = []span{{all, all + 1}}
	}
	for _, sp := range spans {
		for atom := int(sp.from); atom < int(sp.to); atom++ {
			n := &f.counts[atom*2*f.n+slot]
			if on {
				*n++
				f.masks[atom][word] |= bit
			} else if *n--; *n == 0 {
				f.masks[atom][word] &^= bit
			}
		}
	}
}

// admits tells whether the best Accept goes before every Drop.
func (f *field) admits(atom int32) bool {
	m, all := &f.masks[atom], &f.masks[len(f.masks)-1]
	return first(m[0]|all[0], m[1]|all[1]) < first(m[2]|all[2], m[3]|all[3])
}

// first is the best priority in a mask, or the number of them where it is empty.
// So without an Accept nothing is before a Drop, nor before nothing.
func first(low, high uint64) int {
	if low != 0 {
		return bits.TrailingZeros64(low)
	}
	return 64 + bits.TrailingZeros64(high)
}

// A switched is a rule as a field sees it: where and on which ports it applies.
type switched struct {
	spans    []span
	marks    []span      // the atoms that are asked about
	ports    []PortRange // merged
	priority int
	drop     bool
	fields   []*field
}

type switching struct {
	port int
	rule *switched
	on   bool
}

// goOver sweeps the ports, and visits each stretch on which the same rules
// apply. The atoms given are those for which something has changed.
func goOver(atoms int32, rules []switched, visit func(PortRange, []int32)) {
	var events []switching
	for i := range rules {
		for _, p := range rules[i].ports {
			events = append(events, switching{int(p.From), &rules[i], true}, switching{int(p.To) + 1, &rules[i], false})
		}
	}
	slices.SortFunc(events, func(a, b switching) int { return cmp.Compare(a.port, b.port) })
	dirty := changes{marked: make([]bool, atoms)}
	for i := 0; i < len(events); {
		port := events[i].port
		for ; i < len(events) && events[i].port == port; i++ {
			dirty.take(events[i])
		}
		if i < len(events) {
			visit(PortRange{uint16(port), uint16(events[i].port - 1)}, dirty.atoms)
			dirty.clear()
		}
	}
}

// changes are atoms without repetition.
type changes struct {
	marked []bool
	atoms  []int32
}

func (c *changes) take(e switching) {
	for _, f := range e.rule.fields {
		f.turn(e.rule.spans, e.rule.priority, e.rule.drop, e.on)
	}
	for _, sp := range e.rule.marks {
		for atom := sp.from; atom < sp.to; atom++ {
			if !c.marked[atom] {
				c.marked[atom] = true
				c.atoms = append(c.atoms, atom)
			}
		}
	}
}

func (c *changes) clear() {
	for _, atom := range c.atoms {
		c.marked[atom] = false
	}
	c.atoms = c.atoms[:0]
}
