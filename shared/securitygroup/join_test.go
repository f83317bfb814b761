package securitygroup_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// joined is the edit for what several practices object to in the group, the worst first.
func (w *world) joined(objections ...securitygroup.Objection) practice.Edit {
	w.Helper()
	p := pass(w, "sg-1")
	for i, o := range objections {
		o.Key = string(rune('a' + i))
		if err := w.group().Object(w.Context(), p, o); err != nil {
			w.Fatal(err)
		}
	}
	for _, f := range p.Findings() {
		if len(f.Changes) > 0 {
			w.Errorf("a judgement plans: %+v", f)
		}
	}
	edit, err := securitygroup.Join(w.Context(), p, p.Findings())
	if err != nil {
		w.Fatal(err)
	}
	return edit
}

// closes is an objection to TCP ports that everyone reaches.
func closes(ports ...uint16) securitygroup.Objection {
	var ranges []exposure.PortRange
	for _, p := range ports {
		ranges = append(ranges, exposure.PortRange{From: p, To: p})
	}
	return securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{exposure.Forbid(ranges, nil)}}
}

// Each of two practices would keep what the other one closes. By one edit both are done.
func TestTwoPracticesAndOneRule(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 1/65535, source: 0.0.0.0/0"))
	edit := w.joined(closes(22, 3306), closes(8080))
	if len(edit.Left) > 0 {
		t.Errorf("left is %+v", edit.Left)
	}
	want(t, actions(edit.Changes), "AuthorizeSecurityGroup 4", "RevokeSecurityGroup 1")
	w.made(edit.Changes)
	want(t, w.lines(), "0.0.0.0/0 TCP 1/21", "0.0.0.0/0 TCP 23/3305", "0.0.0.0/0 TCP 3307/8079", "0.0.0.0/0 TCP 8081/65535")
}

// What cannot be closed is told of the finding that it is a part of, or all of.
func TestWhatIsLeft(t *testing.T) {
	w := begin(t, group1("id: sgr-all, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, priority: 100", "id: sgr-in, protocol: TCP, ports: 22/22, source: 10.0.0.0/8, priority: 100",
		"id: sgr-six, protocol: TCP, ports: 22/22, source: '::/0'"))
	edit := w.joined(closes(22), closes(8080), closes(22))
	want(t, actions(edit.Changes), "AuthorizeSecurityGroup 1", "RevokeSecurityGroup 1")
	if len(edit.Left) != 2 || edit.Left[0].Finding != 0 || edit.Left[1].Finding != 2 {
		t.Fatalf("left is %+v", edit.Left)
	}
	for _, left := range edit.Left {
		if left.Whole || !strings.HasPrefix(left.Why, "No edit closes sgr-all and leaves the rest as it is: ") || !strings.HasSuffix(left.Why, "TCP 22 from 10.0.0.0 would be shut out. Change the rule yourself.") {
			t.Errorf("%+v", left)
		}
	}
	w.made(edit.Changes)
	if edit := w.joined(closes(22)); len(edit.Changes) > 0 || len(edit.Left) != 1 || !edit.Left[0].Whole {
		t.Errorf("%+v", edit)
	}
}

// An objection may have something against the edit for all, and is left out of it: of
// the others nothing is kept open by that.
func TestWhoHasSomethingAgainstTheEdit(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 20/30, source: 0.0.0.0/0"))
	careful := closes(22)
	careful.Unless = func(before, after []exposure.Rule) string {
		if securitygroup.Open(before, exposure.PortRange{From: 22, To: 22}) && !securitygroup.Open(after, exposure.PortRange{From: 22, To: 22}) {
			return "nobody could come in any more"
		}
		return ""
	}
	edit := w.joined(closes(23), careful)
	if len(edit.Left) != 1 || edit.Left[0].Finding != 1 || !edit.Left[0].Whole || edit.Left[0].Why != "Not changed, because nobody could come in any more." {
		t.Errorf("left is %+v", edit.Left)
	}
	w.made(edit.Changes)
	want(t, w.lines(), "0.0.0.0/0 TCP 20/22", "0.0.0.0/0 TCP 24/30")
	// Where another one closes it all the same, nothing is left of it.
	w = begin(t, group1("id: sgr-1, protocol: TCP, ports: 20/30, source: 0.0.0.0/0"))
	if edit := w.joined(closes(22, 23), careful); len(edit.Left) > 0 || len(edit.Changes) != 2 {
		t.Errorf("%+v", edit)
	}
}

// A finding that says nothing of what it wants is a mistake of whoever asks.
func TestAFindingWithoutAWish(t *testing.T) {
	if _, err := securitygroup.Join(t.Context(), pass(nil, "sg-1"), []practice.Finding{{Key: "told"}}); err == nil {
		t.Error("no error")
	}
}

// Rules for every protocol overlap, and a Drop rule for one of them goes before others as
// well: 34 ports of three sources take 102 rules, where a group holds 200.
func TestADropRuleIsMadeOnce(t *testing.T) {
	var rules []string
	for i, source := range []string{"0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/2", "128.0.0.0/2", "8.0.0.0/5", "'::/0'"} {
		rules = append(rules, fmt.Sprintf("id: sgr-%d, protocol: ALL, ports: -1/-1, source: %s", i, source))
	}
	var ports []uint16
	for i := range 34 {
		ports = append(ports, uint16(1000+2*i))
	}
	edit := begin(t, group1(rules...)).joined(closes(ports...))
	want(t, actions(edit.Changes), "AuthorizeSecurityGroup 100", "AuthorizeSecurityGroup 2")
}
