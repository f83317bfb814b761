package exposure

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is proved apart for the members of a group is what is proved of all rules.
func TestPropertyApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawMoreRules(t)
		var policies []Policy
		for range rapid.IntRange(1, 3).Draw(t, "policies") {
			policies = append(policies, drawMorePolicy(t))
		}
		c := newCloser(rules, nil, policies)
		for n, policy := range policies {
			j, breaches := c.ask(n, policy)
			if len(breaches) == 0 {
				continue
			}
			for after := range j.ways(c.live, breaches) {
				after = slices.DeleteFunc(after, func(line) bool { return rapid.IntRange(0, 3).Draw(t, "missing") == 0 })
				e := c.editionOf(after, j.faults)
				for _, whole := range wholes {
					checkApart(t, e.inFamily(whole, func(*Rule) bool { return true }))
				}
			}
		}
	})
}

func checkApart(t *rapid.T, p *familyProof) {
	if p == nil {
		return
	}
	everybody := p.ready()
	a := apart{all: p, everybody: everybody}
	for _, protocol := range protocolsOf(p.rulesOf()) {
		everybody.protocol = protocol
		if p.proveMembers(everybody, nobodys) != nil {
			continue
		}
		for _, group := range p.members {
			if p.onlyAccepts(group) && a.proves(protocol, group) {
				if err := p.proveMembers(everybody, group); err != nil {
					t.Fatalf("%v, of all rules", err)
				}
			}
		}
	}
}

// A member in a trusted address gets in by one rule that stays, where a sender in no group
// has another one as well. Taking that one rule away is wrong for the members only, and neither
// the rules for their group nor a sender in none shows it.
func TestMembersWithATrustedAddress(t *testing.T) {
	policy := with(ssh, func(p *Policy) { p.Everyone, p.Trusted = true, prefixes("203.0.113.0/24") })
	tcp22 := Rule{Protocol: tcp, Ports: ports(22), Priority: 1}
	everywhere, office, group := tcp22, tcp22, tcp22
	everywhere.Sources, office.Sources, group.Group = prefixes("0.0.0.0/0"), prefixes("203.0.113.0/24"), "sg-a"
	c := newCloser([]Rule{everywhere, office, group}, nil, []Policy{policy})
	kept := c.live[0].part(KeepRule{Rule: office})
	if err := c.editionOf([]line{kept, c.live[1]}, c.faults).prove(); err != nil {
		t.Error("the office's rule stays:", err)
	}
	if err := c.editionOf([]line{kept}, c.faults).prove(); err == nil {
		t.Error("no flaw where the office's rule goes")
	}
}
