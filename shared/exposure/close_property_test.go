package exposure

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// These compare Close and Admitted with the second reading of property_test.go,
// extended by source groups. The long run is `make soak`.

// A sender is an address, in a group or in none.
type sender struct {
	addr  netip.Addr
	group string
}

var groups = []string{"sg-a", "sg-b"}

func senders(v6 bool) (all []sender) {
	for _, a := range map[bool][]atom{false: atoms4, true: atoms6}[v6] {
		for _, g := range []string{"", "sg-a", "sg-b", "sg-unheard-of"} {
			all = append(all, sender{a.first, g})
		}
	}
	return all
}

// lets is the first match in the order of priority, for a sender of either kind.
func (o oracle) lets(s sender, protocol string, port uint16) bool {
	for _, r := range o {
		if r.Group != "" && r.Group == s.group {
			r.Sources = []netip.Prefix{netip.PrefixFrom(s.addr, s.addr.BitLen())}
		}
		if concerns(r, s.addr, protocol, port) {
			return !r.Drop
		}
	}
	return false
}

func drawMoreRules(t *rapid.T) []Rule {
	rules := drawRules(t)
	for i := range rules {
		if rapid.IntRange(0, 5).Draw(t, "from a group") == 0 {
			rules[i].Sources, rules[i].Group = nil, rapid.SampledFrom(groups).Draw(t, "group")
		}
		rules[i].Priority = rapid.SampledFrom([]int{1, 2, 3, 99, 100}).Draw(t, "priority")
	}
	return rules
}

func drawMorePolicy(t *rapid.T) Policy {
	p := drawPolicy(t)
	p.AllowOther = rapid.Bool().Draw(t, "allow other")
	p.Everyone = rapid.Bool().Draw(t, "everyone")
	p.DropRules = rapid.Bool().Draw(t, "drop rules")
	p.TrustedGroups = rapid.SliceOfNDistinct(rapid.SampledFrom(groups), 0, 1, rapid.ID[string]).Draw(t, "trusted groups")
	return p
}

func TestPropertyClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, policy := drawMoreRules(t), drawMorePolicy(t)
		plan, err := Close(rules, policy)
		switch {
		case len(plan.Breaches) == 0 && (err != nil || len(plan.Edits) > 0):
			t.Fatalf("nothing is wrong, and yet: %v %v", plan.Edits, err)
		case err != nil && !policy.AllowOther:
			t.Fatal(err) // every part can be written as a rule
		case err != nil && len(plan.Edits)+len(plan.After) > 0:
			t.Fatal("an edit that was not proved")
		case err != nil:
			return
		}
		after := edited(rules, plan.Edits)
		if !sameRules(after, plan.After) {
			t.Fatalf("the edits make\n%v\nnot\n%v", after, plan.After)
		}
		c := closing{t, rules, policy, plan, newOracle(rules), newOracle(after)}
		for _, protocol := range questions {
			for _, port := range portsOf(protocol) {
				c.check(protocol, port, false)
				c.check(protocol, port, true)
			}
		}
	})
}

// edited makes the edits, as a group of rules would take them.
func edited(rules []Rule, edits []Edit) (out []Rule) {
	for _, r := range rules {
		if !slices.ContainsFunc(edits, func(e Edit) bool { return e.Goes && e.Rule.ID == r.ID }) {
			out = append(out, r)
		}
	}
	for _, e := range edits {
		for _, k := range e.New {
			out = append(out, k.Rule)
		}
	}
	return out
}

func sameRules(a, b []Rule) bool {
	if len(a) != len(b) {
		return false
	}
	for _, r := range a {
		if !slices.ContainsFunc(b, func(x Rule) bool { return sameRule(r, x) && r.Group == x.Group }) {
			return false
		}
	}
	return true
}

type closing struct {
	t             *rapid.T
	rules         []Rule
	policy        Policy
	plan          Plan
	before, after oracle
}

func (c *closing) check(protocol string, port uint16, v6 bool) {
	may := c.mayBeOpen(protocol, port)
	unreal := protocol == "ICMP" && v6 || protocol == "ICMPv6" && !v6
	others := newOracle(slices.DeleteFunc(slices.Clone(c.rules), func(r Rule) bool { return !r.Drop && c.isNamed(r) }))
	for _, s := range senders(v6) {
		was, is := c.before.lets(s, protocol, port), c.after.lets(s, protocol, port)
		trusted := s.group == "" && inBlocks(c.policy.Trusted, s.addr) || slices.Contains(c.policy.TrustedGroups, s.group)
		switch {
		case is && !was && !(s.group != "" && trusted):
			c.t.Fatalf("%s %d from %+v is newly let in", protocol, port, s)
		case was && !is && !unreal && (may || trusted || others.lets(s, protocol, port)):
			c.t.Fatalf("%s %d from %+v is shut out", protocol, port, s)
		}
	}
	c.checkClosed(protocol, port, v6)
}

func (c *closing) mayBeOpen(protocol string, port uint16) bool {
	return mayBeOpen(c.policy, protocol, port) || c.policy.AllowOther && slices.Contains([]string{"GRE", "SCTP", "ESP"}, protocol)
}

// checkClosed checks that nothing is open that the policy is against.
func (c *closing) checkClosed(protocol string, port uint16, v6 bool) {
	if c.mayBeOpen(protocol, port) {
		return
	}
	if c.policy.Everyone {
		for _, s := range senders(v6) {
			trusted := inBlocks(c.policy.Trusted, s.addr) || slices.Contains(c.policy.TrustedGroups, s.group)
			if !trusted && c.after.lets(s, protocol, port) {
				c.t.Fatalf("%s %d from %+v still gets in", protocol, port, s)
			}
		}
		return
	}
	atoms := map[bool][]atom{false: atoms4, true: atoms6}[v6]
	in := weigh(atoms, c.policy, func(a netip.Addr) bool { return c.after.admits(a, protocol, port) })
	if in.Cmp(limitOf(c.policy, v6)) >= 0 {
		c.t.Fatalf("%s %d: the internet still gets in", protocol, port)
	}
}

func (c *closing) isNamed(r Rule) bool {
	return slices.ContainsFunc(c.plan.Breaches, func(b Breach) bool { return b.Rule.ID == r.ID })
}

// One policy after the other: what the first one kept, the second may close.
func TestPropertyCloseTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, one, two := drawMoreRules(t), drawMorePolicy(t), drawMorePolicy(t)
		plan, err := Close(rules, one, two)
		if err != nil {
			return
		}
		if after := edited(rules, plan.Edits); !sameRules(after, plan.After) {
			t.Fatalf("the edits make\n%v\nnot\n%v", after, plan.After)
		}
		if left := Breaches(plan.After, two); len(left) > 0 {
			t.Fatalf("the second still objects:\n%s", report(left))
		}
		before, after := newOracle(rules), newOracle(plan.After)
		for _, protocol := range questions {
			for _, port := range portsOf(protocol) {
				for _, s := range slices.Concat(senders(false), senders(true)) {
					trusted := slices.Contains(slices.Concat(one.TrustedGroups, two.TrustedGroups), s.group)
					if after.lets(s, protocol, port) && !before.lets(s, protocol, port) && !trusted {
						t.Fatalf("%s %d from %+v is newly let in", protocol, port, s)
					}
				}
			}
		}
	})
}

func TestPropertyAdmitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawMoreRules(t)
		set, o := Admitted(rules), newOracle(rules)
		for _, protocol := range questions {
			for _, port := range portsOf(protocol) {
				for _, s := range slices.Concat(senders(false), senders(true)) {
					want, got := o.lets(s, protocol, port), set.ContainsMember(s.group, s.addr, protocol, port)
					if got != want {
						t.Fatalf("%s %d from %+v: in the set: %v\n%v", protocol, port, s, got, set)
					}
				}
			}
		}
		if other := Admitted(cut(t, rules)); !set.Equal(other) {
			t.Fatalf("written otherwise, the same rules admit\n%v\nnot\n%v", other, set)
		}
	})
}

// cut writes the same rules otherwise: in another order, and some in two halves.
func cut(t *rapid.T, rules []Rule) (out []Rule) {
	for _, r := range rapid.Permutation(rules).Draw(t, "order") {
		if n := len(r.Sources); n > 1 {
			half := r
			half.Sources = r.Sources[:n/2]
			r.Sources = r.Sources[n/2:]
			out = append(out, half)
		}
		r.Protocol = strings.ToUpper(r.Protocol)
		out = append(out, r)
	}
	return out
}

// Where an interface is in further groups, in one of them or in all, nobody is shut out
// whom their rules let in, and nobody is newly let in.
func TestPropertyCloseBeside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, policy := drawMoreRules(t), drawMorePolicy(t)
		policy.Beside = [][]Rule{drawMoreRules(t), drawMoreRules(t)}
		plan, err := Close(rules, policy)
		if err != nil && !policy.AllowOther {
			t.Fatal(err) // every part can be written as a rule
		}
		if err != nil {
			return
		}
		for _, others := range append(policy.Beside, slices.Concat(policy.Beside...)) {
			c := closing{t, rules, policy, plan, newOracle(slices.Concat(rules, others)), newOracle(slices.Concat(plan.After, others))}
			c.rules = slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return !r.Drop && c.isNamed(r) })
			stay := newOracle(slices.Concat(c.rules, others))
			for _, protocol := range questions {
				for _, port := range portsOf(protocol) {
					c.checkBeside(stay, protocol, port, false)
					c.checkBeside(stay, protocol, port, true)
				}
			}
		}
	})
}

func (c *closing) checkBeside(stay oracle, protocol string, port uint16, v6 bool) {
	for _, s := range senders(v6) {
		was, is := c.before.lets(s, protocol, port), c.after.lets(s, protocol, port)
		unreal := protocol == "ICMP" && v6 || protocol == "ICMPv6" && !v6
		switch {
		case is && !was && !slices.Contains(c.policy.TrustedGroups, s.group):
			c.t.Fatalf("%s %d from %+v is newly let in", protocol, port, s)
		case was && !is && !unreal && stay.lets(s, protocol, port):
			c.t.Fatalf("%s %d from %+v is shut out", protocol, port, s)
		}
	}
}
