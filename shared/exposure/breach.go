package exposure

import (
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// A Breach is an accept rule that opens to the internet what the policy does
// not allow. Revoking the rule and adding Keep closes exactly that.
type Breach struct {
	Rule     Rule
	Sources  string      // who is let in, as a person writes it: "0.0.0.0/0", "16 blocks, 1.6e8 addresses"
	Protocol string      // "TCP", "TCP and UDP", "all protocols"; Open has the details
	Ports    []PortRange // the ports opened that the policy does not allow; nil: every port, or none to speak of
	Open     []Opening   // the same by protocol, exactly
	Jointly  bool        // nowhere broad enough alone: named for what it adds to other rules
	Keep     []KeepRule  // the compliant parts, which must survive the rule
}

// An Opening is the forbidden part of one protocol.
type Opening struct {
	Protocol string      // as in Rule, or "other protocols" for what only ALL matches
	Ports    []PortRange // nil: every port
}

// Breaches gives the accept rules by which the internet gets in where the
// policy does not allow it, in the order of rules. The answer is exact, for
// every source, protocol and port, and does not depend on the order or on
// the IDs of the rules:
//
//   - Only what gets past the Drop rules of the same or a better priority
//     counts. A rule that is wholly behind them is not named.
//   - Each protocol, port and family of addresses is judged by itself. A rule
//     is named where it lets in the internet (see Policy) alone.
//   - Where the remaining rules let in the internet together, the broadest
//     are named, one after the other, until the rest no longer does. So a
//     rule for an office stays out of it.
//
// A rule for ALL also opens protocols that no other rule can name, so it is
// a breach however many ports are allowed. Rules of several groups on one
// interface are merged by the cloud, and can be given together.
func Breaches(rules []Rule, policy Policy) []Breach {
	return newJudgement(rules, policy).breaches()
}

// Judge gives the breaches of several policies, one policy after the other, without what
// is kept of them: for those who only tell.
func Judge(rules []Rule, policies ...Policy) (breaches []Breach) {
	for _, policy := range policies {
		breaches = append(breaches, newJudgement(rules, policy).objected()...)
	}
	return breaches
}

func (j *judgement) breaches() []Breach {
	breaches := j.objected()
	if len(breaches) == 0 {
		return nil
	}
	j.complete()
	j.collect()
	for n, i := range j.indices() {
		breaches[n].Keep = j.keep(i)
	}
	return breaches
}

// objected gives the breaches without what is kept of them.
func (j *judgement) objected() (breaches []Breach) {
	for _, l := range j.lanes {
		l.sweep(l.judge)
		l.forbid(j.policy.allowed(l.protocol))
	}
	if len(j.lanes) == 0 {
		return nil
	}
	for i := range j.rules {
		if open := j.openings(i); len(open) > 0 {
			j.breached[i] = true
			breaches = append(breaches, j.breach(i, open))
		}
	}
	j.chosen = j.breached
	return breaches
}

// A judgement is one call of Breaches.
type judgement struct {
	rules    []Rule
	policy   Policy
	trusted  *netipx.IPSet
	outside  *netipx.IPSet // whom the policy is about
	families []family      // none where a glance shows that nothing is wrong
	lanes    []*lane
	breached []bool // by rule
	chosen   []bool // those of the breached that an edit is to close
}

// A family is one of the two kinds of addresses, as rules cut it.
type family struct {
	space   *space
	sources []source
}

// newJudgement has the lanes in which the policy closes something, and in these the
// rules that open it.
func newJudgement(rules []Rule, policy Policy) *judgement {
	j := &judgement{rules: rules, policy: policy, breached: make([]bool, len(rules))}
	j.trusted, j.outside = policy.sets()
	closed := map[string][]PortRange{}
	protocols := protocolsOf(rules)
	for _, protocol := range protocols {
		if ports := policy.closed(protocol); len(ports) > 0 {
			closed[protocol] = ports
		}
	}
	opens := make([][]string, len(rules)) // by rule: in which protocols it opens what is closed
	for i := range rules {
		opens[i] = rules[i].opens(protocols, closed, policy)
	}
	for _, whole := range []netip.Prefix{ipv4, ipv6} {
		if !policy.mayObject(whole, rules, opens) {
			continue
		}
		f := j.family(whole)
		for _, protocol := range protocols {
			if len(closed[protocol]) == 0 {
				continue
			}
			l := newLane(protocol, f.space, rules, f.sources, policy, func(i int) bool { return slices.Contains(opens[i], protocol) })
			if len(l.narrow)+len(l.broad) > 0 {
				j.lanes = append(j.lanes, l)
			}
		}
	}
	return j
}

// family is the addresses of a family, cut once.
func (j *judgement) family(whole netip.Prefix) family {
	for _, f := range j.families {
		if f.space.whole == whole {
			return f
		}
	}
	s := newSpace(whole, j.rules, j.outside, j.policy.limit(whole))
	if j.policy.Everyone {
		s.countAtoms(j.outside)
	}
	f := family{s, s.sources(j.rules)}
	j.families = append(j.families, f)
	return f
}

// complete adds the lanes in which nothing is closed, for what is kept of the rules that
// are named.
func (j *judgement) complete() {
	var all []*lane
	for _, whole := range []netip.Prefix{ipv4, ipv6} {
		f := j.family(whole)
		for _, protocol := range protocolsOf(j.rules) {
			at := slices.IndexFunc(j.lanes, func(l *lane) bool { return l.space == f.space && l.protocol == protocol })
			if at >= 0 {
				all = append(all, j.lanes[at])
				continue
			}
			l := newLane(protocol, f.space, j.rules, f.sources, j.policy, func(i int) bool { return j.breached[i] })
			if len(l.narrow)+len(l.broad) > 0 {
				all = append(all, l)
			}
		}
	}
	j.lanes = all
}

// protocolsOf gives every protocol that the rules tell apart.
func protocolsOf(rules []Rule) []string {
	known := []string{tcp, udp, icmp, icmpv6, gre}
	var unknown []string
	for i := range rules {
		if p := canonical(rules[i].Protocol); p != all && !slices.Contains(known, p) {
			unknown = append(unknown, p)
		}
	}
	slices.Sort(unknown)
	return append(append(known, slices.Compact(unknown)...), otherProtocols)
}

// forbid takes the allowed ports out of what is named.
func (l *lane) forbid(allowed []PortRange) {
	for _, classes := range [][]*class{l.narrow, l.broad} {
		for _, c := range classes {
			c.named = subtractPorts(c.named, allowed)
		}
	}
}

// namedPorts gives the ports for which a rule is to lose the sources of a lane.
func (l *lane) namedPorts(r *Rule, i int) []PortRange {
	c := l.of[i]
	if c == nil || len(c.named) == 0 {
		return nil
	}
	return intersectPorts(c.named, r.ports())
}

// openings gives what the rule opens, in the order of the protocols.
func (j *judgement) openings(i int) []Opening {
	var open []Opening
	for _, l := range j.lanes {
		ports := l.namedPorts(&j.rules[i], i)
		if len(ports) == 0 {
			continue
		}
		at := slices.IndexFunc(open, func(o Opening) bool { return o.Protocol == l.protocol })
		if at < 0 {
			open = append(open, Opening{l.protocol, ports})
		} else {
			open[at].Ports = mergePorts(append(open[at].Ports, ports...))
		}
	}
	for n := range open {
		open[n].Ports = orNil(open[n].Ports)
	}
	return open
}

func (j *judgement) breach(i int, open []Opening) Breach {
	b := Breach{Rule: j.rules[i], Open: open, Jointly: true, Sources: j.sourcesText(i)}
	b.Protocol, b.Ports = summary(open)
	for _, l := range j.lanes {
		named := l.namedPorts(&j.rules[i], i)
		if len(named) > 0 && len(intersectPorts(named, l.of[i].alone)) > 0 {
			b.Jointly = false
		}
	}
	return b
}
