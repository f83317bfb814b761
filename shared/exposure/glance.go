package exposure

import (
	"net/netip"
	"slices"
)

// opens gives the protocols in which an accept rule may open what a policy closes.
func (r *Rule) opens(protocols []string, closed map[string][]PortRange, policy Policy) (open []string) {
	if r.Drop || policy.lets(r.Group) {
		return nil
	}
	own := canonical(r.Protocol)
	for _, protocol := range protocols {
		ports := closed[protocol]
		if len(ports) == 0 || own != all && own != protocol {
			continue
		}
		if own == all || !r.ported() || anyMeet(r.Ports, ports) {
			open = append(open, protocol)
		}
	}
	return open
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
func (p Policy) mayObject(whole netip.Prefix, rules []Rule, opens [][]string) bool {
	limit := p.limit(whole)
	var sum size
	for i := range rules {
		if len(opens[i]) == 0 {
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
