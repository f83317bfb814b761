package exposure

import (
	"net/netip"
	"slices"
)

// A protocolSet is protocols by their numbers.
type protocolSet uint64

func (s protocolSet) has(n int) bool { return n > mostProtocols || s&(1<<n) != 0 }

// mostProtocols is how many are told apart at a glance. Of more all are looked into.
const mostProtocols = 63

// opens gives, by rule, the protocols in which it may open what a policy closes.
func (p *Prepared) opens(protocols []string, policy Policy) []protocolSet {
	opens := make([]protocolSet, len(p.rules))
	for n, protocol := range protocols {
		closed := policy.closed(protocol)
		if len(closed) == 0 || n > mostProtocols {
			continue
		}
		for i := range p.rules {
			r := &p.rules[i]
			if r.Drop || !r.covers(protocol) || policy.lets(r.Group) {
				continue
			}
			if !r.ported() || anyMeet(r.Ports, closed) {
				opens[i] |= 1 << n
			}
		}
	}
	if len(protocols) > mostProtocols {
		for i := range opens {
			opens[i] |= 1 << mostProtocols // whatever it is, it is looked into
		}
	}
	return opens
}

// anyMeet tells whether ranges, in any order, have a port in common with merged ones.
func anyMeet(some, merged []PortRange) bool {
	return slices.ContainsFunc(some, func(p PortRange) bool {
		return slices.ContainsFunc(merged, func(q PortRange) bool { return max(p.From, q.From, 1) <= min(p.To, q.To) })
	})
}

// mayObject tells at a glance whether a policy can have anything against rules in a
// family, by which protocols each opens: mostly it cannot. Too much is judged in vain,
// too little never.
func (p Policy) mayObject(whole netip.Prefix, rules []Rule, opens []protocolSet) bool {
	limit := p.limit(whole)
	var sum size
	for i := range rules {
		if opens[i] == 0 {
			continue
		}
		if rules[i].Group != "" {
			return true
		}
		for _, source := range rules[i].Sources {
			if !source.IsValid() || source.Addr().BitLen() != whole.Addr().BitLen() || p.outOfQuestion(source) {
				continue
			}
			if source.Bits() == 0 {
				return true // all of IPv6 is more than a size holds
			}
			if sum = sum.plus(power(source.Addr().BitLen() - source.Bits())); p.Everyone || !sum.less(limit) {
				return true
			}
		}
	}
	return false
}

// outOfQuestion tells whether a block holds nobody whom the policy is about.
func (p Policy) outOfQuestion(source netip.Prefix) bool {
	if slices.ContainsFunc(p.Trusted, contains(source)) {
		return true
	}
	if p.Everyone {
		return false
	}
	if source.Addr().Is6() {
		return !globalUnicast.Overlaps(source)
	}
	return slices.ContainsFunc(notPublic, contains(source))
}
