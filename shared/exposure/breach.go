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
	lanes    []*lane
	breached []bool // by rule
	chosen   []bool // those of the breached that an edit is to close
}

func newJudgement(rules []Rule, policy Policy) *judgement {
	j := &judgement{rules: rules, policy: policy, trusted: setOf(policy.Trusted), breached: make([]bool, len(rules))}
	public := policy.outsiders(j.trusted)
	protocols := protocolsOf(rules)
	for _, family := range []netip.Prefix{ipv4, ipv6} {
		s := newSpace(family, rules, public, policy.limit(family))
		if policy.Everyone {
			s.countAtoms(public)
		}
		sources := s.sources(rules)
		for _, protocol := range protocols {
			if l := newLane(protocol, s, rules, sources, policy); len(l.narrow)+len(l.broad) > 0 {
				j.lanes = append(j.lanes, l)
			}
		}
	}
	return j
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
