package securitygroup_test

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Two who carry out edits under one policy at once, the second planned at any moment of
// the first, end with everything forbidden closed and nothing allowed lost.
func TestPropertyTwins(t *testing.T) {
	c, err := cloud.New(cloud.Options{Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := worldOf(t, c)
	rapid.Check(t, func(t *rapid.T) {
		if err := c.Load([]byte(drawState(t))); err != nil {
			t.Fatal(err)
		}
		policies := []exposure.Policy{drawPolicy(t)}
		if rapid.Bool().Draw(t, "two policies") {
			policies = append(policies, drawPolicy(t))
		}
		before := w.exposure()
		plan, left := exposure.CloseMost(before, nil, policies...)
		first := w.group().Changes(plan.Edits)
		begun := rapid.IntRange(0, len(first)).Draw(t, "begun")
		for _, change := range first[:begun] {
			w.do(change.Call)
		}
		late, _ := exposure.CloseMost(w.exposure(), nil, policies...)
		first, second := first[begun:], w.group().Changes(late.Edits)
		for len(first)+len(second) > 0 {
			next := &first
			if len(first) == 0 || len(second) > 0 && rapid.Bool().Draw(t, "the second") {
				next = &second
			}
			w.do((*next)[0].Call)
			*next = (*next)[1:]
		}
		after := w.exposure()
		if open := exposure.Judge(after, policies...); len(left) == 0 && len(open) > 0 {
			t.Fatalf("still open: %v", open)
		}
		lost(t, before, after, plan, policies)
	})
}

// lost fails where somebody no longer gets in whom no policy is against, or whom a rule
// lets in that is not at fault.
func lost(t *rapid.T, before, after []exposure.Rule, plan exposure.Plan, policies []exposure.Policy) {
	fault := append(exposure.Judge(before, policies...), plan.Breaches...)
	others := slices.DeleteFunc(slices.Clone(before), func(r exposure.Rule) bool {
		return !r.Drop && slices.ContainsFunc(fault, func(b exposure.Breach) bool { return b.Rule.ID == r.ID })
	})
	was, is, stays := exposure.Admitted(before), exposure.Admitted(after), exposure.Admitted(others)
	for _, a := range []string{"8.8.8.8", "130.0.0.1", "203.0.113.9", "10.0.0.1", "10.1.2.3", "2400::1"} {
		for _, group := range []string{"", "sg-peer", "sg-bridge"} {
			for _, protocol := range []string{"TCP", "UDP"} {
				for _, port := range []uint16{21, 22, 25, 80, 443, 500, 8050} {
					addr := netip.MustParseAddr(a)
					allowed := !slices.ContainsFunc(policies, func(p exposure.Policy) bool { return forbids(p, addr, group, protocol, port) })
					if was.ContainsMember(group, addr, protocol, port) && !is.ContainsMember(group, addr, protocol, port) &&
						(allowed || stays.ContainsMember(group, addr, protocol, port)) {
						t.Fatalf("%s %d from %s in %q is cut", protocol, port, a, group)
					}
				}
			}
		}
	}
}

func forbids(p exposure.Policy, addr netip.Addr, group, protocol string, port uint16) bool {
	allowed := p.Allowed
	if protocol == "UDP" {
		allowed = p.AllowedUDP
	}
	trusted := slices.Contains(p.TrustedGroups, group) || group == "" && slices.ContainsFunc(p.Trusted, func(b netip.Prefix) bool { return b.Contains(addr) })
	return !trusted && !slices.ContainsFunc(allowed, func(r exposure.PortRange) bool { return r.From <= port && port <= r.To })
}

// The owner corrects a rule at any moment of an edit, and what he has made of it stays.
func TestPropertyACorrectionStays(t *testing.T) {
	c, err := cloud.New(cloud.Options{Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := worldOf(t, c)
	rapid.Check(t, func(t *rapid.T) {
		if err := c.Load([]byte(drawState(t))); err != nil {
			t.Fatal(err)
		}
		plan, _ := exposure.CloseMost(w.exposure(), nil, drawPolicy(t))
		if len(plan.Breaches) == 0 {
			return
		}
		changes := w.group().Changes(plan.Edits)
		rule := *w.group().Find(plan.Breaches[0].Rule.ID)
		at := rapid.IntRange(0, len(changes)).Draw(t, "corrected")
		for i, change := range slices.Concat(changes[:at], []practice.Change{{Call: corrected(rule)}}, changes[at:]) {
			if i != at || w.group().Find(rule.SecurityGroupRuleID) != nil {
				w.do(change.Call)
			} else {
				return // it has gone before
			}
		}
		if r := w.group().Find(rule.SecurityGroupRuleID); r == nil || r.Priority != "50" {
			t.Fatalf("%+v was corrected and is %+v", rule, r)
		}
	})
}
