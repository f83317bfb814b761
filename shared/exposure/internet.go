package exposure

import (
	"net/netip"
	"slices"
	"sync"

	"go4.org/netipx"
)

// Private are the blocks that machines of private networks have their addresses in. The
// VPC's own may be others.
var Private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), // RFC 1918
	netip.MustParsePrefix("fc00::/7"), // RFC 4193
}

// Shared is inside wherever it is, as private blocks are: carriers' inside, and Alibaba
// Cloud's own services. No packet with such an address crosses the internet.
var Shared = netip.MustParsePrefix("100.64.0.0/10")

// Public tells whether an address may be that of a host on the internet. It is the one
// definition that all share; the blocks for documentation count.
func Public(a netip.Addr) bool {
	if a = a.Unmap(); a.Is6() {
		return globalUnicast.Contains(a)
	}
	return a.IsValid() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// AnyPublic tells whether some of the addresses may be those of hosts on the internet.
func AnyPublic(s *netipx.IPSet) bool {
	return slices.ContainsFunc(s.Prefixes(), func(p netip.Prefix) bool {
		if p.Addr().Is6() {
			return p.Overlaps(globalUnicast)
		}
		return !slices.ContainsFunc(notPublic, contains(p))
	})
}

// notPublic are the IPv4 blocks that no host on the internet has. The blocks
// for documentation count as public: examples and tests use them as such.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),  // "this network", never a sender beyond its link
	netip.MustParsePrefix("10.0.0.0/8"), // RFC 1918
	Shared,
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
