package exposure

import (
	"net/netip"
	"slices"
	"sync"

	"go4.org/netipx"
)

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
