package exposure

import (
	"net/netip"
	"slices"
	"sync"

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
	return Prepare(rules).Judge(policies...)
}

// Prepared are rules that many policies are asked about. What the answers have in common
// is worked out once, and by several goroutines at a time if need be.
type Prepared struct {
	rules    []Rule
	mu       sync.Mutex
	families map[familyKey]family
}

type familyKey struct {
	whole   netip.Prefix
	outside *netipx.IPSet
	limit   size
}

// Prepare takes rules that nobody changes from now on.
func Prepare(rules []Rule) *Prepared {
	return &Prepared{rules: rules, families: map[familyKey]family{}}
}

// Rules are what was prepared.
func (p *Prepared) Rules() []Rule { return p.rules }

// Judge is Judge for the rules.
func (p *Prepared) Judge(policies ...Policy) (breaches []Breach) {
	for _, policy := range policies {
		breaches = append(breaches, p.judgement(policy).objected()...)
	}
	return breaches
}

func (j *judgement) breaches() []Breach {
	breaches := j.objected()
	if len(breaches) == 0 {
		return nil
	}
	j.complete()
	j.kept(breaches, nil)
	return breaches
}

// kept adds what is kept of each. The judgement is complete. Live are the lines that were
// judged, where the faults that other policies find with them are known.
func (j *judgement) kept(breaches []Breach, live []line) {
	j.collect()
	for n, i := range j.indices() {
		breaches[n].Keep = j.keep(i, live)
	}
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
	j.breached = make([]bool, len(j.rules))
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
	*Prepared
	policy   Policy
	trusted  *netipx.IPSet
	outside  *netipx.IPSet // whom the policy is about
	lanes    []*lane
	breached []bool // by rule
	chosen   []bool // those of the breached that an edit is to close
	faults   faults // where it is part of a plan: all that policies have found so far
}

// A family is one of the two kinds of addresses, as rules cut it.
type family struct {
	space   *space
	sources []source
}

func newJudgement(rules []Rule, policy Policy) *judgement { return Prepare(rules).judgement(policy) }

// judgement has the lanes in which the policy closes something, and in these the
// rules that open it.
func (p *Prepared) judgement(policy Policy) *judgement {
	j := &judgement{Prepared: p, policy: policy}
	j.trusted, j.outside = policy.sets()
	protocols := protocolsOf(p.rules)
	opens := p.opens(protocols, policy)
	for _, whole := range wholes {
		if !policy.mayObject(whole, p.rules, opens) {
			continue
		}
		f := j.family(whole)
		for n, protocol := range protocols {
			counts := func(i int) bool { return opens[i].has(n) }
			if !slices.ContainsFunc(opens, func(o protocolSet) bool { return o.has(n) }) {
				continue
			}
			l := newLane(protocol, f.space, p.rules, f.sources, policy, counts)
			if len(l.narrow)+len(l.broad) > 0 {
				j.lanes = append(j.lanes, l)
			}
		}
	}
	return j
}

// wholes are the families of addresses, in the order in which they are looked at.
var wholes = []netip.Prefix{ipv4, ipv6}

// family is the addresses of a family, cut once for all policies that are about the same.
func (j *judgement) family(whole netip.Prefix) family {
	key := familyKey{whole, j.outside, j.policy.limit(whole)}
	j.mu.Lock()
	defer j.mu.Unlock()
	f, known := j.families[key]
	if !known {
		s := newSpace(whole, j.rules, j.outside, key.limit)
		if j.policy.Everyone {
			s.countAtoms(j.outside)
		}
		f = family{s, s.sources(j.rules)}
		j.families[key] = f
	}
	return f
}

// complete adds the lanes in which nothing is closed, for what is kept of the rules that
// are named.
func (j *judgement) complete() {
	var all []*lane
	named := func(i int) bool { return j.breached[i] }
	for _, whole := range wholes {
		concerned := func(i int) bool { return j.rules[i].hasFamily(whole) }
		if !slices.ContainsFunc(j.indices(), concerned) {
			continue
		}
		f := j.family(whole)
		for _, protocol := range protocolsOf(j.rules) {
			at := slices.IndexFunc(j.lanes, func(l *lane) bool { return l.space == f.space && l.protocol == protocol })
			if at >= 0 {
				all = append(all, j.lanes[at])
				continue
			}
			if !slices.ContainsFunc(j.indices(), func(i int) bool { return j.rules[i].covers(protocol) }) {
				continue
			}
			l := newLane(protocol, f.space, j.rules, f.sources, j.policy, named)
			if len(l.narrow)+len(l.broad) > 0 {
				all = append(all, l)
			}
		}
	}
	j.lanes = all
}

// hasFamily tells whether some of the rule's sources are, or may be, of a family.
func (r *Rule) hasFamily(whole netip.Prefix) bool {
	return r.Group != "" || slices.ContainsFunc(r.Sources, func(s netip.Prefix) bool { return s.IsValid() && s.Addr().BitLen() == whole.Addr().BitLen() })
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
