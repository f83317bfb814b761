package exposure

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The property test compares Breaches with a second reading of the rules that
// shares nothing with it: it asks every address, protocol and port of a small
// universe one by one, with a sort and a search for the first match, and
// counts addresses with math/big.
//
// The long run is
//
//	go test ./shared/exposure -run Property -rapid.checks=20000

// The sources and ports that rules are made of. Their edges, and the edges of
// what is public, are all the edges of the universe.
var (
	blocks4 = prefixes("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/2", "20.0.0.0/7", "203.0.0.0/8", "203.0.0.0/9",
		"203.128.0.0/9", "22.0.0.0/9", "22.128.0.0/10", "172.0.0.0/8", "100.0.0.0/8", "10.0.0.0/8", "192.168.0.0/16",
		"224.0.0.0/3", "203.0.113.0/24", "198.51.100.7/32", "255.255.255.255/32", "0.0.0.0/32")
	blocks6 = prefixes("::/0", "::/1", "8000::/1", "2000::/3", "2000::/4", "3000::/4", "2400::/15", "2400::/16", "2400::/17",
		"2400:8000::/18", "2001:db8::/32", "2001:db8::1/128", "fc00::/7", "ffff::/16", "::/128")
	crowd4 = prefixes("203.0.0.0/9", "203.128.0.0/9", "203.0.0.0/10", "22.0.0.0/9", "22.128.0.0/10", "22.192.0.0/11",
		"22.224.0.0/11", "203.0.113.0/24", "172.0.0.0/9", "22.0.0.0/11")
	crowd6    = prefixes("2400::/17", "2400:8000::/18", "2400:c000::/18", "2401::/17", "2401:8000::/17", "2001:db8::/32")
	trustable = prefixes("203.0.113.0/24", "203.128.0.0/9", "198.51.100.7/32", "10.0.0.0/8", "2001:db8::/32", "2400::/17", "0.0.0.0/3",
		"10.7.0.0/16", "192.168.7.0/24", "fc00::/7", "fd00:7::/32") // private ones as well: a block is trusted wherever it lies
	edges     = []uint16{1, 20, 22, 25, 80, 443, 65535}
	protocols = []string{"TCP", "TCP", "TCP", "tcp", "UDP", "ALL", "ALL", "ICMP", "icmpv6", "GRE", "SCTP"}
	questions = []string{"TCP", "UDP", "ICMP", "ICMPv6", "GRE", "SCTP", "ESP"}
	portsSeen = portEdges()
	atoms4    = atomsOf(netip.MustParsePrefix("0.0.0.0/0"), slices.Concat(blocks4, crowd4))
	atoms6    = atomsOf(netip.MustParsePrefix("::/0"), slices.Concat(blocks6, crowd6))
)

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// portEdges gives the ports at and around every edge.
func portEdges() []uint16 {
	seen := map[uint16]bool{}
	for _, e := range edges {
		for _, p := range []int{int(e) - 1, int(e), int(e) + 1} {
			if p >= 1 && p <= 65535 {
				seen[uint16(p)] = true
			}
		}
	}
	var out []uint16
	for p := range seen {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// An atom is a stretch of addresses that all sources treat alike: its first
// address stands for it.
type atom struct {
	first  netip.Addr
	weight *big.Int // public addresses, trusted or not
}

func atomsOf(whole netip.Prefix, blocks []netip.Prefix) []atom {
	special := prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "2000::/3")
	bits := whole.Addr().BitLen()
	cuts := map[string]*big.Int{}
	cut := func(n *big.Int) { cuts[n.String()] = n }
	for _, p := range slices.Concat(blocks, trustable, special) {
		if p.Addr().BitLen() != bits {
			continue
		}
		first := new(big.Int).SetBytes(p.Addr().AsSlice())
		cut(first)
		cut(new(big.Int).Add(first, new(big.Int).Lsh(big.NewInt(1), uint(bits-p.Bits()))))
	}
	var sorted []*big.Int
	for _, n := range cuts {
		sorted = append(sorted, n)
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Cmp(sorted[j]) < 0 })
	var out []atom
	for i := range len(sorted) - 1 {
		addr, _ := netip.AddrFromSlice(sorted[i].FillBytes(make([]byte, bits/8)))
		weight := big.NewInt(0)
		if onTheInternet(addr) {
			weight.Sub(sorted[i+1], sorted[i])
		}
		out = append(out, atom{addr, weight})
	}
	return out
}

func onTheInternet(a netip.Addr) bool {
	if a.Is6() {
		return a.AsSlice()[0]>>5 == 1
	}
	b := a.As4()
	carrier := b[0] == 100 && b[1]>>6 == 1
	return !(a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || carrier || b[0] == 0 || b[0] >= 224)
}

// An oracle is one way to read the rules: in the order in which they decide.
type oracle []Rule

func newOracle(rules []Rule) oracle {
	sorted := slices.Clone(rules)
	sort.SliceStable(sorted, func(i, j int) bool {
		if sorted[i].Priority != sorted[j].Priority {
			return sorted[i].Priority < sorted[j].Priority
		}
		return sorted[i].Drop && !sorted[j].Drop
	})
	return sorted
}

func (o oracle) admits(addr netip.Addr, protocol string, port uint16) bool {
	for _, r := range o {
		if concerns(r, addr, protocol, port) {
			return !r.Drop
		}
	}
	return false
}

func concerns(r Rule, addr netip.Addr, protocol string, port uint16) bool {
	if !strings.EqualFold(r.Protocol, "ALL") {
		if !strings.EqualFold(r.Protocol, protocol) {
			return false
		}
		if ported := protocol == "TCP" || protocol == "UDP"; ported && len(r.Ports) > 0 && !inRanges(r.Ports, port) {
			return false
		}
	}
	return inBlocks(r.Sources, addr)
}

func inRanges(ports []PortRange, port uint16) bool {
	return slices.ContainsFunc(ports, func(p PortRange) bool { return p.From <= port && port <= p.To })
}

func inBlocks(blocks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(blocks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func mayBeOpen(p Policy, protocol string, port uint16) bool {
	switch protocol {
	case "TCP":
		return inRanges(p.Allowed, port)
	case "UDP":
		return inRanges(p.AllowedUDP, port)
	case "ICMP", "ICMPv6":
		return !p.ForbidICMP
	}
	return false
}

// limitOf is three quarters of a block of the length in the policy.
func limitOf(p Policy, v6 bool) *big.Int {
	bits, length := 32, p.BroadIPv4
	if length == 0 {
		length = 8
	}
	if v6 {
		if bits, length = 128, p.BroadIPv6; length == 0 {
			length = 16
		}
	}
	n := new(big.Int).Lsh(big.NewInt(3), uint(bits-length))
	n.Add(n, big.NewInt(3)) // rounded up
	return n.Rsh(n, 2)
}

// weigh counts the addresses of the internet that get in.
func weigh(atoms []atom, p Policy, getsIn func(netip.Addr) bool) *big.Int {
	sum := big.NewInt(0)
	for _, a := range atoms {
		if a.weight.Sign() > 0 && !inBlocks(p.Trusted, a.first) && getsIn(a.first) {
			sum.Add(sum, a.weight)
		}
	}
	return sum
}

// drawRules draws from blocks of every breadth, or from a crowd of those that
// are the internet only together.
func drawRules(t *rapid.T) []Rule {
	families := [][]netip.Prefix{blocks4, blocks4, blocks6}
	if rapid.IntRange(0, 2).Draw(t, "crowd") == 0 {
		families = [][]netip.Prefix{crowd4, crowd4, crowd4, crowd6}
	}
	mixed := rapid.IntRange(0, 9).Draw(t, "mixed") == 0
	n := rapid.IntRange(0, 9).Draw(t, "rules")
	var rules []Rule
	for i := range n {
		from := rapid.SampledFrom(families).Draw(t, "family")
		if mixed {
			from = slices.Concat(blocks4, blocks6)
		}
		rules = append(rules, Rule{
			ID:       fmt.Sprintf("r%d", i),
			Protocol: rapid.SampledFrom(protocols).Draw(t, "protocol"),
			Ports:    drawPorts(t),
			Sources:  rapid.SliceOfN(rapid.SampledFrom(from), 0, 3).Draw(t, "sources"),
			Drop:     rapid.IntRange(0, 3).Draw(t, "drop") == 0,
			Priority: rapid.IntRange(1, 3).Draw(t, "priority"),
		})
	}
	return rules
}

func drawPorts(t *rapid.T) []PortRange {
	var out []PortRange
	for range rapid.IntRange(0, 2).Draw(t, "ranges") {
		a, b := rapid.SampledFrom(edges).Draw(t, "from"), rapid.SampledFrom(edges).Draw(t, "to")
		out = append(out, PortRange{min(a, b), max(a, b)})
	}
	return out
}

func drawPolicy(t *rapid.T) Policy {
	return Policy{
		Allowed:    drawPorts(t),
		AllowedUDP: drawPorts(t),
		ForbidICMP: rapid.Bool().Draw(t, "forbid ICMP"),
		Trusted:    rapid.SliceOfN(rapid.SampledFrom(trustable), 0, 2).Draw(t, "trusted"),
		BroadIPv4:  rapid.SampledFrom([]int{0, 0, 1, 7, 10, 24, 31, 32}).Draw(t, "broad IPv4"),
		BroadIPv6:  rapid.SampledFrom([]int{0, 0, 3, 15, 18, 128}).Draw(t, "broad IPv6"),
	}
}

func TestPropertyBreaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, policy := drawRules(t), drawPolicy(t)
		breaches := Breaches(rules, policy)
		named := namedRules(t, rules, breaches)
		for i, b := range breaches {
			for _, k := range b.Keep {
				if k.Drop || k.Priority != b.Rule.Priority || len(k.Sources) == 0 {
					t.Fatalf("breach %d keeps %+v", i, k)
				}
			}
		}
		c := comparison{t, rules, policy, breaches, named, newOracle(rules), newOracle(apply(rules, breaches)), map[int]bool{}}
		for _, protocol := range questions {
			for _, port := range portsOf(protocol) {
				c.compare(protocol, port, atoms4, false)
				c.compare(protocol, port, atoms6, true)
			}
		}
		for n, b := range breaches {
			if !slices.ContainsFunc(rules, bothFamilies) && b.Jointly == c.alone[named[n]] {
				t.Fatalf("%s: jointly is %v", b.Rule.ID, b.Jointly)
			}
		}
	})
}

func portsOf(protocol string) []uint16 {
	if protocol == "TCP" || protocol == "UDP" {
		return portsSeen
	}
	return []uint16{0}
}

// namedRules checks that breaches name accept rules in order, each once.
func namedRules(t *rapid.T, rules []Rule, breaches []Breach) []int {
	var named []int
	i := 0
	for _, b := range breaches {
		for i < len(rules) && rules[i].ID != b.Rule.ID {
			i++
		}
		if i == len(rules) || !sameRule(rules[i], b.Rule) || b.Rule.Drop || len(b.Open) == 0 {
			t.Fatalf("breach %+v names no rule in its turn", b)
		}
		named = append(named, i)
		i++
	}
	return named
}

type comparison struct {
	t             *rapid.T
	rules         []Rule
	policy        Policy
	breaches      []Breach
	named         []int
	before, after oracle
	alone         map[int]bool // named rules that are the internet by themselves somewhere
}

// compare checks the claims for one protocol and port in one family.
func (c *comparison) compare(protocol string, port uint16, atoms []atom, v6 bool) {
	cell := fmt.Sprintf("%s %d, IPv6 %v", protocol, port, v6)
	may := mayBeOpen(c.policy, protocol, port)
	opened := c.openedBy(protocol, port)
	if may && len(opened) > 0 {
		c.t.Fatalf("%s: allowed, and named", cell)
	}
	for _, a := range atoms {
		was, is := c.before.admits(a.first, protocol, port), c.after.admits(a.first, protocol, port)
		if got := Admits(c.rules, a.first, protocol, port); got != was {
			c.t.Fatalf("%s: Admits(%v) = %v", cell, a.first, got)
		}
		if is && !was {
			c.t.Fatalf("%s: %v is newly admitted", cell, a.first)
		}
		if was && !is && c.mustStay(a.first, protocol, port, opened, v6) {
			c.t.Fatalf("%s: %v has lost its way in", cell, a.first)
		}
	}
	if may {
		return
	}
	in := weigh(atoms, c.policy, func(a netip.Addr) bool { return c.after.admits(a, protocol, port) })
	if in.Cmp(limitOf(c.policy, v6)) >= 0 {
		c.t.Fatalf("%s: the internet still gets in, %v addresses", cell, in)
	}
	c.compareNames(cell, protocol, port, atoms, v6)
}

// openedBy gives the rules that a breach says open the port.
func (c *comparison) openedBy(protocol string, port uint16) []int {
	var out []int
	for n, b := range c.breaches {
		for _, o := range b.Open {
			same := o.Protocol == protocol || o.Protocol == "other protocols" && protocol == "ESP"
			same = same || o.Protocol == "other protocols" && protocol == "SCTP" && !c.mentions("SCTP")
			if same && (len(o.Ports) == 0 || inRanges(o.Ports, port)) {
				out = append(out, c.named[n])
				break
			}
		}
	}
	return out
}

func (c *comparison) mentions(protocol string) bool {
	return slices.ContainsFunc(c.rules, func(r Rule) bool { return r.Protocol == protocol })
}

// mustStay tells whether a packet that got in before has to get in after: what
// the policy allows, what it trusts, and whatever rules let in that are not
// named for it. What no rule but ALL can express cannot stay.
func (c *comparison) mustStay(a netip.Addr, protocol string, port uint16, opened []int, v6 bool) bool {
	if inBlocks(c.policy.Trusted, a) {
		return true
	}
	if protocol == "ICMP" && v6 || protocol == "ICMPv6" && !v6 {
		return c.staysByOwnRule(a, protocol, port, opened)
	}
	if mayBeOpen(c.policy, protocol, port) {
		return true
	}
	if protocol == "ESP" || protocol == "SCTP" {
		return c.staysByOwnRule(a, protocol, port, opened)
	}
	return c.staysBy(a, protocol, port, func(i int) bool { return !slices.Contains(opened, i) })
}

func (c *comparison) staysByOwnRule(a netip.Addr, protocol string, port uint16, opened []int) bool {
	return c.staysBy(a, protocol, port, func(i int) bool {
		own := !strings.EqualFold(c.rules[i].Protocol, "ALL") || !slices.Contains(c.named, i)
		return own && !slices.Contains(opened, i)
	})
}

// staysBy tells whether one of some accept rules lets a packet in, behind all
// the Drop rules.
func (c *comparison) staysBy(a netip.Addr, protocol string, port uint16, some func(int) bool) bool {
	for i, r := range c.rules {
		if !r.Drop && some(i) && c.aloneWith(i).admits(a, protocol, port) {
			return true
		}
	}
	return false
}

// aloneWith is an accept rule with all the Drop rules.
func (c *comparison) aloneWith(i int) oracle {
	only := []Rule{c.rules[i]}
	for _, r := range c.rules {
		if r.Drop {
			only = append(only, r)
		}
	}
	return newOracle(only)
}

// compareNames checks that neither too few nor too many rules are named: each
// one that is the internet alone, and of the others the broadest, as long as
// it is needed. Rules of both families are left out, since an opening does
// not say which family it is about.
func (c *comparison) compareNames(cell, protocol string, port uint16, atoms []atom, v6 bool) {
	limit := limitOf(c.policy, v6)
	opened := c.openedBy(protocol, port)
	var names, rest []int    // names: the narrowest of the named
	var least, most *big.Int // of the named, of the rest
	for i, r := range c.rules {
		if r.Drop {
			continue
		}
		if bothFamilies(r) {
			return
		}
		alone := c.aloneWith(i)
		in := weigh(atoms, c.policy, func(a netip.Addr) bool { return alone.admits(a, protocol, port) })
		switch {
		case slices.Contains(opened, i) && ofFamily(r, v6):
			if least == nil || in.Cmp(least) < 0 {
				least, names = in, nil
			}
			if in.Cmp(least) == 0 {
				names = append(names, i)
			}
			c.alone[i] = c.alone[i] || in.Cmp(limit) >= 0
		case in.Cmp(limit) >= 0:
			c.t.Fatalf("%s: %s is the internet and not named", cell, r.ID)
		default:
			rest = append(rest, i)
			if most == nil || in.Cmp(most) > 0 {
				most = in
			}
		}
	}
	if len(names) == 0 {
		return
	}
	if most != nil && most.Cmp(least) > 0 {
		c.t.Fatalf("%s: a rule is named that is narrower than one that is not", cell)
	}
	if !c.needed(names, rest, protocol, port, atoms, limit) {
		c.t.Fatalf("%s: the last rule named is not needed", cell)
	}
}

// needed tells whether one of the named rules would bring the internet back.
func (c *comparison) needed(names, rest []int, protocol string, port uint16, atoms []atom, limit *big.Int) bool {
	for _, i := range names {
		var both []oracle
		for _, k := range append(slices.Clone(rest), i) {
			both = append(both, c.aloneWith(k))
		}
		in := weigh(atoms, c.policy, func(a netip.Addr) bool {
			return slices.ContainsFunc(both, func(o oracle) bool { return o.admits(a, protocol, port) })
		})
		if in.Cmp(limit) < 0 {
			continue
		}
		return true
	}
	return false
}

func ofFamily(r Rule, v6 bool) bool {
	return slices.ContainsFunc(r.Sources, func(p netip.Prefix) bool { return p.Addr().Is6() == v6 })
}

func bothFamilies(r Rule) bool { return ofFamily(r, true) && ofFamily(r, false) }

// The answer does not depend on how the rules are listed, and once it is
// followed there is nothing more to say.
func TestPropertyStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, policy := drawRules(t), drawPolicy(t)
		breaches := Breaches(rules, policy)
		shuffled := rapid.Permutation(rules).Draw(t, "order")
		if a, b := lines(breaches), lines(Breaches(shuffled, policy)); a != b {
			t.Fatalf("in another order:\n%s\nnot\n%s", b, a)
		}
		if again := Breaches(apply(rules, breaches), policy); len(again) > 0 {
			t.Fatalf("once put right:\n%s", report(again))
		}
	})
}

func lines(breaches []Breach) string {
	var texts []string
	for _, b := range breaches {
		texts = append(texts, report([]Breach{b}))
	}
	slices.Sort(texts)
	return strings.Join(texts, "")
}
