package securitygroup_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// crowded closes what a policy does not allow in a group that has no room, after a rule
// of the usual edit was refused.
func (w *world) crowded(policy exposure.Policy) practice.Finding {
	w.Helper()
	w.cloud.RuleQuota = len(w.group().Rules)
	p := pass(w, "sg-1")
	p.Refused = "AuthorizationLimitExceed"
	found, err := w.objects(p, securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{policy}})
	if err != nil {
		w.Fatal(err)
	}
	return found[0]
}

// In a group that can take no more rules a rule is narrowed in its place, and what is
// made of rules besides takes the room of those that go.
func TestAFullGroup(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules []string
		calls []string
		left  []string // what the group has afterwards
		told  string
	}{
		{"narrowed in its place",
			[]string{"id: sgr-1, protocol: TCP, ports: 400/500, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 1/65535, source: 10.0.0.0/8"},
			[]string{"ModifySecurityGroupRule 0"},
			[]string{"0.0.0.0/0 TCP 443/443", "10.0.0.0/8 TCP 1/65535"}, ""},
		{"what goes makes room",
			[]string{"id: sgr-1, protocol: TCP, ports: 1/65535, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 22/22, source: '::/0'"},
			[]string{"RevokeSecurityGroup 1", "AuthorizeSecurityGroup 1", "ModifySecurityGroupRule 0"},
			[]string{"0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80"}, ""},
		{"what cannot be closed keeps nothing else open",
			[]string{"id: sgr-1, protocol: TCP, ports: 1/65535, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 400/500, source: '::/0'"},
			[]string{"ModifySecurityGroupRule 0"},
			[]string{"0.0.0.0/0 TCP 1/65535", "::/0 TCP 443/443"}, "sgr-1 stays as it is, because the group takes no more rules (AuthorizationLimitExceed), and this needs 1 more."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := begin(t, group1(c.rules...))
			before := w.plain()
			found := w.crowded(web)
			want(t, actions(found.Changes), c.calls...)
			w.made(found.Changes)
			want(t, w.lines(), c.left...)
			if c.told != "" && !strings.HasPrefix(found.Advice, c.told) || c.told == "" && found.Advice != "" {
				t.Errorf("told is %q", found.Advice)
			}
			w.undone(found.Changes)
			if after := w.plain(); !maps.Equal(before, after) {
				t.Errorf("after the undo\n%v\nbefore\n%v", after, before)
			}
		})
	}
}

// A full group of 200: 22 for all goes, and what needs a rule more than that is told.
func TestAFullGroupOfManyRules(t *testing.T) {
	rules := []string{"id: sgr-ssh, protocol: TCP, ports: 22/22, source: 0.0.0.0/0", "id: sgr-all, protocol: TCP, ports: 1/65535, source: '::/0'"}
	for i := range 198 {
		rules = append(rules, fmt.Sprintf("id: sgr-%d, protocol: TCP, ports: 22/22, source: 198.51.%d.0/24", i, i))
	}
	w := begin(t, group1(rules...))
	found := w.crowded(exposure.Forbid([]exposure.PortRange{{From: 22, To: 22}, {From: 3306, To: 3306}, {From: 3389, To: 3389}}, nil))
	want(t, actions(found.Changes), "RevokeSecurityGroup 1")
	if !strings.HasPrefix(found.Advice, "sgr-all stays as it is, because the group takes no more rules") {
		t.Errorf("told is %q", found.Advice)
	}
}

// The API has defaults for some fields (accept, priority 1), which a rule that is
// narrowed must not fall back to: at priority 1 it would go before Drop rules.
func TestANarrowedRuleNamesWhatHasADefault(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0, priority: 50", "id: sgr-2, protocol: TCP, ports: 80/80, source: 0.0.0.0/0"))
	changes := w.crowded(web).Changes
	want(t, actions(changes), "ModifySecurityGroupRule 0")
	for _, call := range []ours.Call{changes[0].Call, *changes[0].Undo} {
		p := call.Params
		if p["Priority"] != "50" || p["Policy"] != "accept" || p["IpProtocol"] != "TCP" || p["PortRange"] == "" || p["NicType"] != "" {
			t.Errorf("%s", call)
		}
	}
}

// How many rules there may be is counted before the first call, of the group and of an
// interface over all its groups: nothing is half made.
func TestRulesAreCountedFirst(t *testing.T) {
	filler := func(n int) (rules []string) {
		for i := range n {
			rules = append(rules, fmt.Sprintf("id: sgr-f%d, protocol: TCP, ports: 443/443, source: 198.%d.%d.0/24", i, i/250, i%250))
		}
		return rules
	}
	neighbour := func(n int) string {
		return "    - id: sg-2\n      vpc: vpc-1\n      rules:\n        - {" + strings.Join(filler(n), "}\n        - {") + "}\n  instances:\n    - {id: i-1, security-groups: [sg-1, sg-2]}\n"
	}
	const open, split = "id: sgr-all, protocol: TCP, ports: 1/65535, source: '::/0'", "AuthorizeSecurityGroup 2, RevokeSecurityGroup 1"
	for name, c := range map[string]struct {
		state, calls, told string
	}{
		"room":                {group1(append(filler(100), open)...), split, ""},
		"room for one":        {group1(append(filler(198), open)...), "AuthorizeSecurityGroup 1, ModifySecurityGroupRule 0", ""},
		"no room":             {group1(append(filler(199), open)...), "", "sgr-all stays as it is, because the group has 200 rules, of 200 that one may have, and this needs"},
		"a raised quota":      {group1(append(filler(300), open)...), split, ""},
		"a small neighbour":   {group1(open) + neighbour(900), split, ""},
		"a neighbour of 999":  {group1(open) + neighbour(999), "", "sgr-all stays as it is, because i-1 has 1000 rules over all its groups, of 1000 that it may have, and this needs"},
		"what goes only":      {group1(append(filler(199), "id: sgr-1, protocol: TCP, ports: 22/22, source: 0.0.0.0/0")...), "RevokeSecurityGroup 1", ""},
		"narrowed in a group": {group1(append(filler(199), "id: sgr-1, protocol: TCP, ports: 400/500, source: 0.0.0.0/0")...), "ModifySecurityGroupRule 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, c.state)
			w.cloud.RuleQuota = 1000
			found, err := w.objects(pass(w, "sg-1"), securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{web}})
			if err != nil || len(found) != 1 {
				t.Fatalf("%v, %v", found, err)
			}
			if got := strings.Join(actions(found[0].Changes), ", "); got != c.calls {
				t.Errorf("calls %q, want %q", got, c.calls)
			}
			if !strings.HasPrefix(found[0].Advice, c.told) || c.told == "" && found[0].Advice != "" {
				t.Errorf("told is %q", found[0].Advice)
			}
		})
	}
}
