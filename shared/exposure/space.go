package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
	"sync"

	"go4.org/netipx"
)

// The two families never mix: a rule for 0.0.0.0/0 says nothing about IPv6.
var (
	ipv4 = netip.MustParsePrefix("0.0.0.0/0")
	ipv6 = netip.MustParsePrefix("::/0")
)

// notPublic are the IPv4 blocks that no host on the internet has. The blocks
// for documentation count as public: examples and tests use them as such.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // "this network", never a sender beyond its link
	netip.MustParsePrefix("10.0.0.0/8"),     // RFC 1918
	netip.MustParsePrefix("100.64.0.0/10"),  // carriers' inside; Alibaba Cloud's own services
	netip.MustParsePrefix("127.0.0.0/8"),    // loopback
	netip.MustParsePrefix("169.254.0.0/16"), // link-local
	netip.MustParsePrefix("172.16.0.0/12"),  // RFC 1918
	netip.MustParsePrefix("192.168.0.0/16"), // RFC 1918
	netip.MustParsePrefix("224.0.0.0/3"),    // multicast and reserved, to the end
}

// globalUnicast holds every IPv6 address of the internet. Loopback,
// link-local, unique local and multicast addresses are outside of it.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// sets are the trusted addresses of a policy and those that it is about: all but the
// trusted ones, and of these the public ones unless it is about everyone. They depend on
// settings only, and are made once for each.
func (p Policy) sets() (trusted, outside *netipx.IPSet) {
	key := make([]byte, 0, 64)
	if p.Everyone {
		key = append(key, '*')
	}
	for _, t := range p.Trusted {
		key = append(t.AppendTo(key), ' ')
	}
	known.Lock()
	defer known.Unlock()
	if pair, ok := known.sets[string(key)]; ok {
		return pair[0], pair[1]
	}
	trusted = setOf(p.Trusted)
	if outside = publicSet(trusted); p.Everyone {
		var b netipx.IPSetBuilder
		b.AddPrefix(ipv4)
		b.AddPrefix(ipv6)
		b.RemoveSet(trusted)
		outside = mustSet(&b)
	}
	if len(known.sets) >= mostKnown {
		clear(known.sets)
	}
	known.sets[string(key)] = [2]*netipx.IPSet{trusted, outside}
	return trusted, outside
}

// known are the sets of policies, and mostKnown how many are kept: there are as many as
// practices, unless policies are made up anew for each group.
var known = struct {
	sync.Mutex
	sets map[string][2]*netipx.IPSet
}{sets: map[string][2]*netipx.IPSet{}}

const mostKnown = 100

// publicSet is every public address of both families but for the trusted.
func publicSet(trusted *netipx.IPSet) *netipx.IPSet {
	var b netipx.IPSetBuilder
	b.AddPrefix(ipv4)
	b.AddPrefix(globalUnicast)
	for _, p := range notPublic {
		b.RemovePrefix(p)
	}
	b.RemoveSet(trusted)
	return mustSet(&b)
}

// setOf gives the addresses that some prefix holds.
func setOf(prefixes []netip.Prefix) *netipx.IPSet {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		if p.IsValid() {
			b.AddPrefix(p)
		}
	}
	return mustSet(&b)
}

// mustSet is for builders that were given valid values only, which cannot fail.
func mustSet(b *netipx.IPSetBuilder) *netipx.IPSet {
	set, err := b.IPSet()
	if err != nil {
		panic("exposure: " + err.Error())
	}
	return set
}

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

// A painter counts the public addresses of a growing union. Every atom is
// painted once, however often it is asked for.
type painter struct {
	space *space
	next  []int32 // for each atom, one that is not behind the next bare one
	total size
}

func (s *space) painter() *painter {
	next := make([]int32, s.atoms()+1)
	for i := range next {
		next[i] = int32(i)
	}
	return &painter{space: s, next: next}
}

func (p *painter) paint(spans []span) {
	for _, sp := range spans {
		for i := p.bare(sp.from); i < sp.to; i = p.bare(i) {
			p.total = p.total.plus(p.space.before[i+1].minus(p.space.before[i]))
			p.next[i] = i + 1
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
