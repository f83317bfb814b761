package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"

	"go4.org/netipx"
)

// The two families never mix: a rule for 0.0.0.0/0 says nothing about IPv6.
var (
	ipv4 = netip.MustParsePrefix("0.0.0.0/0")
	ipv6 = netip.MustParsePrefix("::/0")
)

// A space is one family of addresses, cut wherever a source of a rule, the public
// internet or another set begins or ends. Between two cuts no rule can tell one
// address from another, so all reasoning is about these atoms, by number.
type space struct {
	whole  netip.Prefix
	starts []netip.Addr // the first address of each atom
	before []size       // public addresses before each atom, and the total
	limit  size         // so many public addresses are the internet
}

// atoms is how many there are, and all is everybody.
func (s *space) atoms() int32 { return int32(len(s.starts)) }

func (s *space) all() []span { return []span{{0, s.atoms()}} }

// A span is the atoms from..to-1. A list of spans is sorted; they neither
// touch nor overlap.
type span struct{ from, to int32 }

func newSpace(whole netip.Prefix, rules []Rule, public *netipx.IPSet, limit size, more ...*netipx.IPSet) *space {
	s := &space{whole: whole, limit: limit, starts: []netip.Addr{whole.Addr()}}
	for i := range rules {
		for _, p := range rules[i].Sources {
			if s.has(p) {
				s.cut(p.Masked().Addr(), netipx.PrefixLastIP(p))
			}
		}
	}
	for _, set := range append(more, public) {
		s.cutSet(set)
	}
	slices.SortFunc(s.starts, netip.Addr.Compare)
	s.starts = slices.Compact(s.starts)
	s.measure(public)
	return s
}

func (s *space) cutSet(set *netipx.IPSet) {
	for _, r := range set.Ranges() {
		if r.From().BitLen() == s.whole.Addr().BitLen() {
			s.cut(r.From(), r.To())
		}
	}
}

// has tells whether a prefix is of this family.
func (s *space) has(p netip.Prefix) bool {
	return p.IsValid() && p.Addr().BitLen() == s.whole.Addr().BitLen()
}

// among gives the prefixes that are of this family.
func (s *space) among(prefixes []netip.Prefix) (out []netip.Prefix) {
	for _, p := range prefixes {
		if s.has(p) {
			out = append(out, p)
		}
	}
	return out
}

func (s *space) cut(first, last netip.Addr) {
	s.starts = append(s.starts, first)
	if next := last.Next(); next.IsValid() {
		s.starts = append(s.starts, next)
	}
}

func (s *space) measure(public *netipx.IPSet) {
	s.before = make([]size, s.atoms()+1)
	for i, first := range s.starts {
		s.before[i+1] = s.before[i]
		if public.Contains(first) {
			s.before[i+1] = s.before[i].plus(count(first, s.last(i)))
		}
	}
}

// countAtoms measures otherwise: each atom of outsiders is one. Where one is too
// many nobody asks how large they are, and all of IPv6 is more than a size holds.
func (s *space) countAtoms(outside *netipx.IPSet) {
	for n, first := range s.starts {
		s.before[n+1] = s.before[n]
		if outside.Contains(first) {
			s.before[n+1] = s.before[n].plus(size{lo: 1})
		}
	}
}

// last is the last address of an atom.
func (s *space) last(atom int) netip.Addr {
	if atom+1 < len(s.starts) {
		return s.starts[atom+1].Prev()
	}
	return netipx.PrefixLastIP(s.whole)
}

// spans gives the atoms of the prefixes that are of this family.
func (s *space) spans(prefixes []netip.Prefix) []span {
	var out []span
	for _, p := range prefixes {
		if s.has(p) {
			last := netipx.PrefixLastIP(p)
			out = append(out, span{s.atom(p.Masked().Addr()), s.atom(last) + 1})
		}
	}
	return mergeSpans(out)
}

// isWhole tells whether spans are everybody.
func (s *space) isWhole(spans []span) bool {
	return len(spans) == 1 && spans[0] == (span{0, s.atoms()})
}

// atom is the number of the atom that holds an address.
func (s *space) atom(a netip.Addr) int32 {
	after := sort.Search(len(s.starts), func(i int) bool { return a.Less(s.starts[i]) })
	return int32(after - 1)
}

// prefixes is the way back from spans.
func (s *space) prefixes(spans []span) []netip.Prefix {
	var out []netip.Prefix
	for _, sp := range spans {
		r := netipx.IPRangeFrom(s.starts[sp.from], s.last(int(sp.to)-1))
		out = r.AppendPrefixes(out)
	}
	return out
}

// size counts the public addresses.
func (s *space) size(spans []span) size {
	var n size
	for _, sp := range spans {
		n = n.plus(s.before[sp.to].minus(s.before[sp.from]))
	}
	return n
}

// mergeSpans sorts its argument in place.
func mergeSpans(spans []span) []span {
	slices.SortFunc(spans, compareSpan)
	out := spans[:0]
	for _, sp := range spans {
		if n := len(out); n > 0 && sp.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, sp.to)
		} else {
			out = append(out, sp)
		}
	}
	return out
}

func compareSpan(a, b span) int {
	if c := cmp.Compare(a.from, b.from); c != 0 {
		return c
	}
	return cmp.Compare(a.to, b.to)
}

// subtractSpans appends to dst the parts of a that are outside of b.
func subtractSpans(dst, a, b []span) []span {
	for _, sp := range a {
		j := sort.Search(len(b), func(j int) bool { return b[j].to > sp.from })
		for ; j < len(b) && b[j].from < sp.to; j++ {
			if sp.from < b[j].from {
				dst = append(dst, span{sp.from, b[j].from})
			}
			sp.from = b[j].to
		}
		if sp.from < sp.to {
			dst = append(dst, sp)
		}
	}
	return dst
}

// intersectSpans gives what two lists have in common.
func intersectSpans(a, b []span) (out []span) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if s := (span{max(a[i].from, b[j].from), min(a[i].to, b[j].to)}); s.from < s.to {
			out = append(out, s)
		}
		if a[i].to < b[j].to {
			i++
		} else {
			j++
		}
	}
	return out
}
