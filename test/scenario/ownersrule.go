package scenario

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// office are the addresses to which an owner corrects a rule that lets in too many, where
// the practice does not say which addresses it keeps.
const office4, office6 = "198.51.100.77/32", "2001:db8:77::7/128"

// revokes tells whether a rule of a security group is revoked, or narrowed, in a scenario.
func revokes(p *practice.Practice, s scenario) bool {
	return alone(p, s) && (s.does("RevokeSecurityGroup") || s.does("ModifySecurityGroupRule"))
}

// does tells whether a scenario asks for a call.
func (s scenario) does(action string) bool {
	return slices.ContainsFunc(s.calls, func(c string) bool { return strings.HasPrefix(c, "ecs "+action+" ") })
}

// makesRules sets those scenarios apart in which what is left of a rule is made anew.
func makesRules(s scenario) string { return fmt.Sprint(s.does("AuthorizeSecurityGroup")) }

// ownersRule: the owner corrects or revokes the first rule that is to be revoked, at each
// moment. His correction stands, and what he has closed is not opened anew.
func ownersRule(t *testing.T, p *practice.Practice, s scenario) {
	before, alone := begin(t, p, s, practice.Enforce), begin(t, p, s, practice.Enforce)
	if _, err := alone.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	o := owner{alone: alone}
	o.group, o.rule = before.offending(alone.made())
	if o.rule.SecurityGroupRuleID == "" {
		t.Fatal("what is revoked was not there before")
	}
	for _, kind := range []struct {
		name string
		call ours.Call
	}{{"revoked", o.revokes()}, {"corrected", o.corrects()}} {
		if kind.call.Action != "" {
			t.Run(kind.name, func(t *testing.T) { o.changes(t, p, s, kind.call) })
		}
	}
}

// owner is somebody who looks after a rule of a group himself.
type owner struct {
	alone *world // what becomes of it where he does nothing
	group string
	rule  securitygroup.Rule
}

func (o owner) revokes() ours.Call {
	return ours.New("ecs", "RevokeSecurityGroup", region, "SecurityGroupId", o.group, "SecurityGroupRuleId.1", o.rule.SecurityGroupRuleID)
}

// corrects is the call that lets in only his office, as the console makes it: the rule
// keeps its id. What lets in a group or a list of prefixes cannot be changed so.
//
// His office is among the addresses that the practice keeps: a rule for any others would be
// revoked, and rightly so.
func (o owner) corrects() ours.Call {
	r := o.rule
	call := ours.New("ecs", "ModifySecurityGroupRule", region, "SecurityGroupId", o.group, "SecurityGroupRuleId", r.SecurityGroupRuleID,
		"IpProtocol", r.IpProtocol, "PortRange", r.PortRange, "Policy", strings.ToLower(r.Policy), "Priority", string(r.Priority))
	switch {
	case r.SourceCidrIp != "":
		return call.With("SourceCidrIp", o.among(r.SourceCidrIp, office4))
	case r.Ipv6SourceCidrIp != "":
		return call.With("Ipv6SourceCidrIp", o.among(r.Ipv6SourceCidrIp, office6))
	}
	return ours.Call{}
}

// among is the office if what is kept of a block has it, and otherwise the first address
// of those that are kept. Where no part of the block is kept, all of it is, for some ports, or
// nothing. A single address that is kept has a rule already, or gets it.
func (o owner) among(block, office string) string {
	all, at := netip.MustParsePrefix(block), netip.MustParsePrefix(office)
	var first string
	for _, call := range o.alone.made() {
		for name, value := range call.Params {
			kept, err := netip.ParsePrefix(value)
			if !strings.Contains(name, "SourceCidrIp") || call.Action == "RevokeSecurityGroup" || err != nil || !all.Contains(kept.Addr()) || kept.Bits() <= all.Bits() || kept.IsSingleIP() {
				continue
			}
			if kept.Contains(at.Addr()) {
				return office
			}
			if one := netip.PrefixFrom(kept.Addr(), kept.Addr().BitLen()).String(); first == "" || one < first {
				first = one
			}
		}
	}
	return cmp.Or(first, office)
}

// is his rule as it is in a world; empty: it is not there.
func (o owner) is(w *world) string {
	for _, r := range w.ingress(o.group) {
		if r.SecurityGroupRuleID == o.rule.SecurityGroupRuleID {
			return fmt.Sprintf("%+v", r)
		}
	}
	return ""
}

// changes makes his change at each moment.
func (o owner) changes(t *testing.T, p *practice.Practice, s scenario, change ours.Call) {
	first := begin(t, p, s, practice.Enforce) // he comes first
	if err := first.byOwner([]ours.Call{change}); err != nil {
		t.Fatal(err)
	}
	his := o.is(first)
	if _, err := first.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	// A full group is one in which a rule is written over, as shared/securitygroup says.
	stands := his != "" && o.is(first) == his && !s.does("ModifySecurityGroupRule")
	meetings(t, p, s, []ours.Call{change}, func(m *meeting) (faults []string) {
		if m.err != nil {
			faults = append(faults, m.err.Error())
		}
		switch {
		case o.tooLate(m):
			return slices.Concat(faults, m.endsAs(o.alone.state()), m.honest())
		case m.missed != nil:
			faults = append(faults, "the owner's change was refused: "+m.missed.Error())
		case !m.late():
			faults = append(faults, m.admitsAs(first)...)
		case stands && o.is(m.world) != his:
			faults = append(faults, "the owner's rule does not stand:\n"+his+"\nit is:\n"+o.is(m.world))
		}
		return slices.Concat(faults, m.honest(), m.closed())
	})
}

// admitsAs compares the state with that of another world. In a full group, which rule is
// written over and keeps its id depends on when the group was found to be full: what the
// rules say is compared there, and not their ids.
func (m *meeting) admitsAs(other *world) []string {
	if !m.s.does("ModifySecurityGroupRule") {
		return m.endsAs(other.state())
	}
	if diff := compare(inAnyOrder(unnamed(other.state())), inAnyOrder(unnamed(m.state()))); diff != "" {
		return []string{"the rules say something else (- missing, + not expected):\n" + diff}
	}
	return nil
}

// unnamed is a state without the ids of its rules.
func unnamed(state string) string { return ruleID.ReplaceAllString(state, "sgr") }

var ruleID = regexp.MustCompile(`\bsgr-[0-9A-Za-z-]+`)

// tooLate tells whether the rule had been revoked already when its owner came.
func (o owner) tooLate(m *meeting) bool {
	for _, c := range m.cloud.Calls()[:m.at] {
		if c.Action == "ecs:RevokeSecurityGroup" && c.Code == "" && c.Principal.Type == "assumed-role" && named(c.Params, o.rule) {
			return true
		}
	}
	return false
}

// closed: another delivery of the event finds nothing more to change.
func (m *meeting) closed() []string {
	n := len(m.changes())
	again := m.as("again", m.practice, 0)
	if _, err := again.handle(m.t.Context(), m.s.event); err != nil {
		return []string{err.Error()}
	}
	if more := m.changes()[n:]; len(more) > 0 {
		return []string{"another delivery finds more to change:\n" + list(more)}
	}
	return nil
}

// offending is the first rule that calls take away or narrow, if it can be one with an address, and
// its group.
func (w *world) offending(calls []ours.Call) (group string, found securitygroup.Rule) {
	for _, call := range calls {
		if call.Action != "RevokeSecurityGroup" && call.Action != "ModifySecurityGroupRule" {
			continue
		}
		for _, r := range w.ingress(call.Params["SecurityGroupId"]) {
			if named(call.Params, r) && (group == "" || found.SourceCidrIp+found.Ipv6SourceCidrIp == "") {
				group, found = call.Params["SecurityGroupId"], r
			}
		}
	}
	return group, found
}

// named tells whether a call that revokes rules means this one, by what it says or by its
// id.
func named(params map[string]string, r securitygroup.Rule) bool {
	for name, value := range params {
		if strings.HasPrefix(name, "SecurityGroupRuleId") && value == r.SecurityGroupRuleID {
			return true
		}
	}
	for i := 1; params[fmt.Sprintf("Permissions.%d.IpProtocol", i)] != ""; i++ {
		is := func(name, value string) bool {
			return strings.EqualFold(params[fmt.Sprintf("Permissions.%d.%s", i, name)], value)
		}
		if is("IpProtocol", r.IpProtocol) && is("PortRange", r.PortRange) && is("PortRangeListId", r.PortRangeListID) && is("Policy", r.Policy) &&
			is("Priority", string(r.Priority)) && is("SourceCidrIp", r.SourceCidrIp) && is("Ipv6SourceCidrIp", r.Ipv6SourceCidrIp) &&
			is("SourceGroupId", r.SourceGroupID) && is("SourcePrefixListId", r.SourcePrefixListID) {
			return true
		}
	}
	return false
}

// ingress are the rules of a group.
func (w *world) ingress(group string) []securitygroup.Rule {
	w.t.Helper()
	p := &practice.Practice{ID: w.practice.ID, Reads: securitygroup.Reads}
	pass := practice.NewPass(p, practice.Resource{Region: region}, &events.Event{}, time.Now(), asRoot{w.root()}, nil)
	g, err := securitygroup.ReadIngress(w.t.Context(), pass, group)
	if err != nil {
		w.t.Fatal(err)
	}
	inner, err := securitygroup.InnerIngress(w.t.Context(), pass, group) // the same ones again, but in the classic network
	if err != nil {
		w.t.Fatal(err)
	}
	all := slices.Clone(g.Rules)
	for _, r := range inner {
		if g.Find(r.SecurityGroupRuleID) == nil {
			all = append(all, r)
		}
	}
	return all
}
