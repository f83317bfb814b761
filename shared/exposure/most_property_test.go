package exposure

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What several policies object to is closed or told, and nothing else is lost: asked
// packet by packet, also of packets that only some of the narrowed rules match.
func TestPropertyCloseMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawMoreRules(t)
		for i := range rules {
			if !rules[i].Drop && rapid.IntRange(0, 4).Draw(t, "narrowed") == 0 {
				rules[i].Partial, rules[i].Only = true, rapid.SampledFrom(narrowings).Draw(t, "to")
			}
		}
		var beside [][]Rule
		if rapid.IntRange(0, 3).Draw(t, "has neighbours") == 0 {
			beside = [][]Rule{drawMoreRules(t), drawMoreRules(t)}
		}
		var policies []Policy
		for range rapid.IntRange(1, 3).Draw(t, "policies") {
			p := drawMorePolicy(t)
			p.Beside = beside
			policies = append(policies, p)
		}
		var fits func([]Edit) error
		if rapid.IntRange(0, 3).Draw(t, "is full") == 0 {
			fits = roomFor(rapid.IntRange(0, 4).Draw(t, "room"))
		}
		plan, left := CloseMost(rules, fits, policies...)
		if fits != nil && fits(plan.Edits) != nil {
			t.Fatalf("there is no room for %v", plan.Edits)
		}
		if after := edited(rules, plan.Edits); !sameRules(after, plan.After) {
			t.Fatalf("the edits make\n%v\nnot\n%v", after, plan.After)
		}
		m := closingMost{t, rules, policies, plan, left, fits, beside, map[int][]Breach{}, map[string]oracle{}}
		for n, p := range policies {
			m.faults[n] = append(Judge(rules, p), plan.Breaches...)
		}
		m.checkLeft()
		for _, only := range [][]string{nil, narrowings[:1], narrowings[1:], narrowings} {
			m.checkPaths(only, nil)
			for _, others := range beside {
				m.checkPaths(only, others)
			}
		}
		m.checkNext()
		if _, err := Close(rules, policies...); err == nil && len(left) > 0 && len(policies) == 1 && fits == nil {
			t.Fatalf("all can be closed, and this is left: %v", left)
		}
	})
}

// roomFor takes edits that make so many rules more than they revoke.
func roomFor(more int) func([]Edit) error {
	return func(edits []Edit) error {
		n := 0
		for _, e := range edits {
			for _, k := range e.New {
				n += max(1, len(k.Sources)) * max(1, len(k.Ports)) // one source and one range a rule
			}
			if e.Goes {
				n--
			}
		}
		if n > more {
			return fmt.Errorf("there is room for %d, and this needs %d", more, n)
		}
		return nil
	}
}

var narrowings = []string{"to 10.9.9.9/32", "from port 1000"}

// matching is the rules that count for packets which some narrowings match.
func matching(rules []Rule, only []string) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return r.Partial && !r.Drop && !slices.Contains(only, r.Only) })
}

type closingMost struct {
	t        *rapid.T
	rules    []Rule
	policies []Policy
	plan     Plan
	left     []Left
	fits     func([]Edit) error
	beside   [][]Rule
	faults   map[int][]Breach // by policy
	known    map[string]oracle
}

func (m *closingMost) may(p Policy, s sender, protocol string, port uint16) bool {
	return mayBeOpen(p, protocol, port) || p.AllowOther && slices.Contains([]string{"GRE", "SCTP", "ESP"}, protocol) ||
		s.group == "" && inBlocks(p.Trusted, s.addr) || slices.Contains(p.TrustedGroups, s.group)
}

// checkPaths checks that nobody is let in, and nobody shut out whom no policy is about.
// Others are the rules of another group that the same interfaces are in.
func (m *closingMost) checkPaths(only []string, others []Rule) {
	before, after := newOracle(slices.Concat(matching(m.rules, only), others)), newOracle(slices.Concat(matching(m.plan.After, only), others))
	rules := matching(m.rules, only)
	own := fmt.Sprint(only)
	if others != nil {
		own = fmt.Sprint(only, others)
	}
	for _, protocol := range questions {
		for _, port := range portsOf(protocol) {
			for _, s := range slices.Concat(senders(false), senders(true)) {
				was, is := before.lets(s, protocol, port), after.lets(s, protocol, port)
				unreal := protocol == "ICMP" && s.addr.Is6() || protocol == "ICMPv6" && !s.addr.Is6()
				trusted := slices.ContainsFunc(m.policies, func(p Policy) bool { return slices.Contains(p.TrustedGroups, s.group) })
				forbidden := slices.ContainsFunc(m.policies, func(p Policy) bool { return !m.may(p, s, protocol, port) })
				switch {
				case is && !was && !trusted:
					m.t.Fatalf("%s %d from %+v is newly let in where %q match", protocol, port, s, only)
				case was && !is && !unreal && (!forbidden || m.blameless(own, rules, others, s, protocol, port).lets(s, protocol, port)):
					m.t.Fatalf("%s %d from %+v is shut out where %q match, beside %d other rules", protocol, port, s, only, len(others))
				}
			}
		}
	}
}

// blameless gives those of some rules that no policy names for a sender. The rules are
// told from others by a text.
func (m *closingMost) blameless(text string, rules, others []Rule, s sender, protocol string, port uint16) oracle {
	var forbidding []int
	for n, p := range m.policies {
		if !m.may(p, s, protocol, port) {
			forbidding = append(forbidding, n)
		}
	}
	key := fmt.Sprint(text, forbidding, protocol, port)
	o, known := m.known[key]
	if !known {
		o = oracleOf(slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool {
			return !r.Drop && slices.ContainsFunc(forbidding, func(n int) bool {
				return slices.ContainsFunc(m.faults[n], func(b Breach) bool { return b.Rule.ID == r.ID && opens(b, protocol, port) })
			})
		}), others)
		m.known[key] = o
	}
	return o
}

func oracleOf(rules, others []Rule) oracle { return newOracle(slices.Concat(rules, others)) }

// opens tells whether a breach is about a packet, or about what only ALL can name.
func opens(b Breach, protocol string, port uint16) bool {
	if !slices.Contains([]string{"TCP", "UDP", "ICMP", "ICMPv6", "GRE"}, protocol) {
		return true
	}
	return slices.ContainsFunc(b.Open, func(o Opening) bool {
		return o.Protocol == protocol && (o.Ports == nil || protocol != "TCP" && protocol != "UDP" || inRanges(o.Ports, port))
	})
}

// checkNext checks that who gets in by rules at no fault does so also when the plan is
// carried out in part only and somebody plans anew from there, and again.
func (m *closingMost) checkNext() {
	var some []Edit
	for _, e := range m.plan.Edits {
		if n := rapid.IntRange(0, 2).Draw(m.t, "of an edit"); n > 0 {
			e.Goes = e.Goes && n > 1 // what is new comes first
			some = append(some, e)
		}
	}
	next := *m
	for round := range 2 {
		rules := edited(m.rules, some)
		if round > 0 {
			rules = next.plan.After
		}
		for i := range rules {
			rules[i].ID = fmt.Sprint(round, "-", i)
		}
		next.plan, _ = CloseMost(rules, nil, m.policies...)
		after := next.plan.After
		for _, only := range [][]string{nil, narrowings} {
			lets := newOracle(matching(after, only))
			rules := matching(m.rules, only)
			for _, protocol := range []string{"TCP", "UDP"} {
				for _, port := range portsOf(protocol) {
					for _, s := range slices.Concat(senders(false), senders(true)) {
						if m.blameless(fmt.Sprint(only), rules, nil, s, protocol, port).lets(s, protocol, port) && !lets.lets(s, protocol, port) {
							m.t.Fatalf("%s %d from %+v is shut out in the end, where %q match:\n%v", protocol, port, s, only, after)
						}
					}
				}
			}
		}
	}
}

// checkLeft checks that without the rules that are told nothing forbidden is open, and
// that each of them is told by its own name.
func (m *closingMost) checkLeft() {
	for n, p := range m.policies {
		open := Breaches(m.plan.After, p)
		var told []Left
		for _, l := range m.left {
			if l.Policy == n {
				told = append(told, l)
			}
		}
		if len(open) != len(told) {
			m.t.Fatalf("policy %d: open are\n%s\nand told is %v", n, report(open), told)
		}
		for i, l := range told {
			if l.Flaw == nil || l.Breach.String() != open[i].String() || !slices.ContainsFunc(m.rules, func(r Rule) bool { return sameRule(r, l.Breach.Rule) }) {
				m.t.Fatalf("policy %d: %v is told for %v", n, l, open[i])
			}
		}
		rest := slices.DeleteFunc(slices.Clone(m.plan.After), func(r Rule) bool {
			return !r.Drop && slices.ContainsFunc(open, func(b Breach) bool { return sameRule(b.Rule, r) && b.Rule.Group == r.Group })
		})
		c := closing{m.t, nil, p, Plan{}, nil, newOracle(rest)}
		for _, protocol := range questions {
			for _, port := range portsOf(protocol) {
				c.checkClosed(protocol, port, false)
				c.checkClosed(protocol, port, true)
			}
		}
	}
}
