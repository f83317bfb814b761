package exposure

import (
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// A KeepRule is an accept rule for a compliant part of a rule that is to be
// revoked. It has the priority of that rule and lets in nothing that the rule
// did not.
//
// The API has one source and one range of ports a rule: it takes a rule for
// each pair of them. A rule that is there already is accepted and not doubled.
type KeepRule struct {
	Rule             // without an ID
	SameSources bool // all sources of the revoked rule, so a prefix list can be named again
}

// keep gives the compliant parts of a rule that is named:
//
//   - the ports that the policy allows, from all its sources;
//   - the trusted ones among its sources, on all its ports;
//   - ports for which it is not named, from the sources that get past the
//     Drop rules. Behind a Drop nothing is kept: it would look like a hole,
//     and be one as soon as the Drop is gone.
//
// So revoking "22 from anywhere" also ends private access to 22 by that very
// rule. This is meant: private access wants a rule that says so.
//
// Parts that another rule, one that stays, lets in anyway are left out. What
// only ALL can express (ESP, say) is kept for trusted sources only.
func (j *judgement) keep(i int, live []line) []KeepRule {
	r := &j.rules[i]
	k := &keeper{rule: r, trusted: j.trusted}
	if canonical(r.Protocol) != all {
		allowed := j.policy.allowed(canonical(r.Protocol))
		k.add(canonical(r.Protocol), intersectPorts(r.ports(), allowed), r.Sources)
	}
	for _, l := range j.lanes {
		if c := l.of[i]; c != nil && l.expressible(r) {
			k.addLane(l, c, j.policy)
		}
	}
	if trusted := j.trustedOf(r); len(trusted) > 0 {
		k.add(canonical(r.Protocol), r.ports(), trusted)
	}
	if r.Group == "" {
		for _, g := range j.policy.TrustedGroups {
			j.keepGroup(k, i, g)
		}
	}
	return j.prune(k.rules, live)
}

// expressible tells whether a part of the rule in this lane can be written as
// a rule of its own.
func (l *lane) expressible(r *Rule) bool {
	switch {
	case canonical(r.Protocol) == l.protocol:
		return true
	case l.protocol == icmp:
		return l.space.whole == ipv4
	case l.protocol == icmpv6:
		return l.space.whole == ipv6
	}
	return l.protocol == gre || hasPorts(l.protocol)
}

// A keeper gathers the parts of one rule that are kept.
type keeper struct {
	rule    *Rule
	trusted *netipx.IPSet
	rules   []KeepRule
}

func (k *keeper) addLane(l *lane, c *class, policy Policy) {
	allowed := policy.allowed(l.protocol)
	sources := l.space.among(k.rule.Sources)
	if canonical(k.rule.Protocol) == all {
		k.add(l.protocol, allowed, sources)
	}
	for _, left := range c.left {
		ports := intersectPorts(left.ports, k.rule.ports())
		ports = subtractPorts(subtractPorts(ports, c.named), allowed)
		remains := sources // as written, where no Drop touches them
		if !slices.Equal(left.spans, c.spans) && len(ports) > 0 {
			remains = l.space.prefixes(left.spans)
		}
		if k.rule.Group != "" || !k.allTrusted(remains) { // those are kept on all ports
			k.add(l.protocol, ports, remains)
		}
	}
}

// keepGroup keeps what a rule is named for to a trusted group, whose members may be
// among its sources, and with it what goes because only ALL can name it.
func (j *judgement) keepGroup(k *keeper, i int, group string) {
	for _, l := range j.lanes {
		if l.of[i] != nil && !l.expressible(k.rule) && len(j.policy.closed(l.protocol)) > 0 {
			k.addGroup(canonical(k.rule.Protocol), k.rule.ports(), group)
			return
		}
	}
	for _, l := range j.lanes {
		if ports := l.namedPorts(k.rule, i); len(ports) > 0 {
			k.addGroup(l.protocol, ports, group)
		}
	}
}

func (k *keeper) addGroup(protocol string, ports []PortRange, group string) {
	for i := range k.rules {
		if r := &k.rules[i]; r.Group == group && r.Protocol == protocol {
			r.Ports = mergePorts(append(r.Ports, ports...))
			return
		}
	}
	r := Rule{Protocol: protocol, Ports: slices.Clone(ports), Group: group, Priority: k.rule.Priority, Partial: k.rule.Partial, Only: k.rule.Only}
	k.rules = append(k.rules, KeepRule{Rule: r})
}

func (k *keeper) allTrusted(sources []netip.Prefix) bool {
	return !slices.ContainsFunc(sources, func(p netip.Prefix) bool { return !k.trusted.ContainsPrefix(p) })
}

// add keeps some ports for some sources. Parts with the same protocol and
// sources become one.
func (k *keeper) add(protocol string, ports []PortRange, sources []netip.Prefix) {
	if len(ports) == 0 || len(sources) == 0 && k.rule.Group == "" {
		return
	}
	for i := range k.rules {
		if kept := &k.rules[i]; kept.Protocol == protocol && slices.Equal(kept.Sources, sources) {
			kept.Ports = mergePorts(append(kept.Ports, ports...))
			return
		}
	}
	k.rules = append(k.rules, KeepRule{
		Rule: Rule{
			Protocol: protocol,
			Ports:    slices.Clone(ports),
			Sources:  slices.Clone(sources),
			Group:    k.rule.Group,
			Priority: k.rule.Priority,
			Partial:  k.rule.Partial,
			Only:     k.rule.Only,
		},
		SameSources: slices.Equal(sources, k.rule.Sources),
	})
}

// collect finds out what named rules really let in. It is a second sweep
// because few rules are named, and for the others nobody asks.
func (j *judgement) collect() {
	for _, l := range j.lanes {
		var wanted []*class
		for i, c := range l.of {
			if c != nil && j.breached[i] && !c.wanted {
				c.wanted = true
				wanted = append(wanted, c)
			}
		}
		if len(wanted) > 0 {
			l.sweep(func(ports PortRange) { l.collect(wanted, ports) })
		}
	}
}

// prune takes away what rules that stay let in anyway. They count when their
// priority is no worse: then every Drop before them is before the part, too. Where
// another policy objects to one, it does not stay.
func (j *judgement) prune(parts []KeepRule, live []line) []KeepRule {
	kept := parts[:0]
	for _, part := range parts {
		var families []family
		var spans [][]span // of the part's sources
		for i := range j.rules {
			stays := &j.rules[i]
			if j.breached[i] || !stays.mayInclude(&part) {
				continue
			}
			if families == nil && part.Group == "" {
				for _, whole := range wholes {
					if part.hasFamily(whole) {
						f := j.family(whole)
						families, spans = append(families, f), append(spans, f.space.spans(part.Sources))
					}
				}
			}
			if inside(families, spans, i) {
				ports := stays.ports()
				if live != nil {
					ports = j.faults.sure(&live[i], part.Protocol)
				}
				part.Ports = subtractPorts(part.Ports, ports)
			}
		}
		if len(part.Ports) > 0 {
			part.Ports = orNil(part.Ports)
			kept = append(kept, part)
		}
	}
	return kept
}

// mayInclude tells whether an accept rule lets in a part, with its protocol, sources aside
// and as many of its ports as the two have in common.
func (r *Rule) mayInclude(part *KeepRule) bool {
	return !r.Drop && !r.Partial && r.Priority <= part.Priority && r.covers(part.Protocol) && r.Group == part.Group &&
		(!r.ported() || anyMeet(r.Ports, part.Ports))
}

// inside tells whether spans, by family, are all among the sources of a rule.
func inside(families []family, spans [][]span, i int) bool {
	for n, f := range families {
		if len(subtractSpans(nil, spans[n], f.sources[i].spans)) > 0 {
			return false
		}
	}
	return true
}

// contains tells of a block whether another one is inside of it.
func contains(p netip.Prefix) func(netip.Prefix) bool {
	return func(q netip.Prefix) bool { return q.IsValid() && q.Bits() <= p.Bits() && q.Contains(p.Addr()) }
}

// trustedOf gives the trusted ones among the sources of a rule.
func (j *judgement) trustedOf(r *Rule) []netip.Prefix {
	var b netipx.IPSetBuilder
	b.AddSet(setOf(r.Sources))
	b.Intersect(j.trusted)
	return mustSet(&b).Prefixes()
}
