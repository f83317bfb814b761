package securitygroup_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

func TestAllPagesOfAGroupAreRead(t *testing.T) {
	var rules []string
	for port := 1; port <= 1050; port++ {
		rules = append(rules, fmt.Sprintf("id: sgr-%d, protocol: TCP, ports: %d/%d, source: 10.0.0.0/8", port, port, port))
	}
	w := begin(t, group1(rules...))
	g := w.group()
	seen := map[string]bool{}
	for _, r := range g.Rules {
		seen[r.SecurityGroupRuleID] = true
	}
	if len(g.Rules) != 1050 || len(seen) != 1050 || w.calls("ecs:DescribeSecurityGroupAttribute") != 2 {
		t.Errorf("%d rules, %d of them different, in %d calls", len(g.Rules), len(seen), w.calls("ecs:DescribeSecurityGroupAttribute"))
	}
}

func TestAGroupIsReadWithItsNameTagsAndManager(t *testing.T) {
	w := begin(t, `
ecs:
  security-groups:
    - {id: sg-1, name: web, service-managed: true, tags: {owner: sato}}
    - {id: sg-2, name: other}
`)
	g := w.group()
	if g.Name != "web" || g.Tags["owner"] != "sato" || g.Managed == "" {
		t.Errorf("%+v", g)
	}
	groups, err := securitygroup.Read(t.Context(), pass(w, "sg-2"))
	if err != nil || len(groups) != 1 || groups[0].Managed != "" {
		t.Errorf("%+v, %v", groups, err)
	}
}

func TestAMissingGroupIsGone(t *testing.T) {
	w := begin(t, group1())
	for _, id := range []string{"sg-missing", "pl-missing", "prl-missing"} {
		if _, err := securitygroup.Read(t.Context(), pass(w, id)); !errors.Is(err, practice.ErrGone) {
			t.Errorf("%s: %v", id, err)
		}
	}
	// A refusal is not an absence.
	w.cloud.Inject(cloud.Deny("ecs:DescribeSecurityGroups"))
	if _, err := securitygroup.Read(t.Context(), pass(w, "sg-1")); !ours.Forbidden(err) || errors.Is(err, practice.ErrGone) {
		t.Errorf("%v", err)
	}
}

// A list that a rule names and that is missing is unknown, not empty, and does not
// make the group gone.
func TestAMissingListIsAnError(t *testing.T) {
	for rule, want := range map[string]string{
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Drop","Priority":1,"IpProtocol":"TCP","PortRange":"22/22","SourcePrefixListId":"pl-x"}`:                               "pl-x",
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Drop","Priority":1,"IpProtocol":"TCP","PortRange":"","PortRangeListId":"prl-x","SourceCidrIp":"0.0.0.0/0"}`:           "prl-x",
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"","SourceCidrIp":"0.0.0.0/0"}`:                                   "neither",
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"22/22"}`:                                                         "no source",
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"everywhere"}`:                             "everywhere",
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"all","SourceCidrIp":"0.0.0.0/0"}`:                                "all",
		`{"SecurityGroupRuleId":"sgr-7","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"22/22","SourceGroupId":"","SourceGroupOwnerAccount":"12345678"}`: "no source",
	} {
		_, err := securitygroup.Read(t.Context(), pass(ruled(rule), "sg-1"))
		if err == nil || errors.Is(err, practice.ErrGone) || !strings.Contains(err.Error(), "rule sgr-7") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v", rule, err)
		}
	}
}

func TestAPriorityIsANumberOrAText(t *testing.T) {
	const rule = `{"SecurityGroupRuleId":"sgr-7","Policy":"Accept","Priority":%s,"IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"0.0.0.0/0"}`
	for text, want := range map[string]int{`3`: 3, `"3"`: 3, `100`: 100, `"0"`: 0, `101`: 0, `null`: 0, `""`: 0, `"high"`: 0, `1.5`: 0} {
		groups, err := securitygroup.Read(t.Context(), pass(ruled(fmt.Sprintf(rule, text)), "sg-1"))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := groups[0].Exposure()
		if want == 0 {
			if err == nil || !strings.Contains(err.Error(), "rule sgr-7: priority") {
				t.Errorf("priority %s: %v, %v", text, rules, err)
			}
			continue
		}
		if err != nil || len(rules) != 1 || rules[0].Priority != want {
			t.Errorf("priority %s: %v, %v", text, rules, err)
		}
	}
}

// Without an id a rule could not be revoked, or another would be.
func TestARuleWithoutAnID(t *testing.T) {
	groups, err := securitygroup.Read(t.Context(), pass(ruled(`{"Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"0.0.0.0/0"}`), "sg-1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := groups[0].Exposure(); err == nil || !strings.Contains(err.Error(), "no id") {
		t.Errorf("%v", err)
	}
}

func TestEachListIsReadOnce(t *testing.T) {
	w := begin(t, `
ecs:
  prefix-lists:
    - {id: pl-1, entries: [10.0.0.0/8, 192.0.2.0/24]}
    - {id: pl-2, entries: []}
  port-lists:
    - {id: prl-1, entries: [22/22, 8000/8100]}
    - {id: prl-empty, entries: []}
  security-groups:
    - id: sg-1
      rules:
        - {id: sgr-1, protocol: TCP, ports: 22/22, prefix-list: pl-1}
        - {id: sgr-2, protocol: TCP, port-list: prl-1, prefix-list: pl-1}
        - {id: sgr-3, protocol: UDP, port-list: prl-1, source: 0.0.0.0/0}
        - {id: sgr-4, protocol: TCP, ports: 23/23, prefix-list: pl-2}
        - {id: sgr-5, protocol: TCP, port-list: prl-empty, source: 0.0.0.0/0}
        - {id: sgr-6, protocol: UDP, port-list: prl-empty, source: 0.0.0.0/0}
`)
	g := w.group()
	if a, b := w.calls("ecs:DescribePrefixListAttributes"), w.calls("ecs:DescribePortRangeListEntries"); a != 2 || b != 2 {
		t.Errorf("%d and %d calls, want one for each list", a, b)
	}
	blocks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.0/24")}
	ports := []exposure.PortRange{{From: 22, To: 22}, {From: 8000, To: 8100}}
	if r := g.Find("sgr-2"); !slices.Equal(r.Sources, blocks) || !slices.Equal(r.Ports, ports) {
		t.Errorf("%+v", r)
	}
	rules, err := g.Exposure()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if r.ID == "sgr-5" || r.ID == "sgr-6" {
			t.Errorf("a rule with an empty port list is taken for one with every port: %+v", r)
		}
	}
	if got := exposure.Breaches(rules, web); len(got) != 1 || got[0].Rule.ID != "sgr-3" {
		t.Errorf("breaches: %v", got)
	}
}

// A list is about every group that names it, over all pages.
func TestTheGroupsThatNameAList(t *testing.T) {
	state := "ecs:\n  prefix-lists: [{id: pl-1, entries: [0.0.0.0/0]}]\n  port-lists: [{id: prl-1, entries: [22/22]}]\n  security-groups:\n    - {id: sg-none}\n"
	for n := range 25 {
		state += fmt.Sprintf("    - id: sg-%02d\n      rules: [{protocol: TCP, port-list: prl-1, prefix-list: pl-1}, {protocol: TCP, ports: 23/23, prefix-list: pl-1}]\n", n)
	}
	w := begin(t, state)
	for _, list := range []string{"pl-1", "prl-1"} {
		groups, err := securitygroup.Read(t.Context(), pass(w, list))
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, g := range groups {
			ids = append(ids, g.ID)
		}
		slices.Sort(ids)
		if len(ids) != 25 || len(slices.Compact(ids)) != 25 || slices.Contains(ids, "sg-none") {
			t.Errorf("%s: %v", list, ids)
		}
	}
}

// One of them is deleted while the others are read: those are judged all the same.
func TestAGroupThatIsDeletedMeanwhile(t *testing.T) {
	w := begin(t, `
ecs:
  prefix-lists: [{id: pl-1, entries: [0.0.0.0/0]}]
  security-groups:
    - {id: sg-1, rules: [{protocol: TCP, ports: 22/22, prefix-list: pl-1}]}
    - {id: sg-2, rules: [{protocol: TCP, ports: 22/22, prefix-list: pl-1}]}
`)
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == "ecs:DescribePrefixListAssociations" {
			w.do(ours.New("ecs", "DeleteSecurityGroup", region, "SecurityGroupId", "sg-1"))
		}
	})
	groups, err := securitygroup.Read(t.Context(), pass(w, "pl-1"))
	if err != nil || len(groups) != 1 || groups[0].ID != "sg-2" {
		t.Errorf("%v, %v", groups, err)
	}
}

func TestListNamesEveryGroup(t *testing.T) {
	state := "ecs:\n  security-groups:\n    - {id: sg-elsewhere, region: cn-shanghai}\n"
	for n := range 230 {
		state += fmt.Sprintf("    - {id: sg-%03d, name: n%d}\n", n, n)
	}
	w := begin(t, state)
	found, err := securitygroup.List(t.Context(), pass(w, "sg-any"))
	if err != nil || len(found) != 230 || found[229].Name != "n229" || found[0].Region != region || found[0].Type != securitygroup.Type {
		t.Errorf("%d groups, %v", len(found), err)
	}
	if n := w.calls("ecs:DescribeSecurityGroups"); n != 3 {
		t.Errorf("%d calls", n)
	}
}

// A Drop that is narrowed leaves the rest open.
func TestADropOfAPartIsNoProtection(t *testing.T) {
	const open = "id: sgr-open, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, priority: 10"
	for drop, protects := range map[string]bool{
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop":                            true,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, source-ports: 1/65535":     true,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, dest: 0.0.0.0/0":           true,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, source-ports: 1024/65535":  false,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, dest: 172.16.0.9/32":       false,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, priority: 11":              false,
		"id: sgr-drop, protocol: UDP, ports: 22/22, source: 0.0.0.0/0, policy: drop":                            false,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 10.0.0.0/8, policy: drop, source-ports: 1000/1000":  false,
		"id: sgr-drop, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, policy: drop, priority: 10":              true,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: '::/0', policy: drop":                               false,
		"id: sgr-drop, direction: egress, protocol: TCP, ports: 22/22, dest: 0.0.0.0/0, policy: drop":           false,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, dest: 172.16.0.0/12":       false,
		"id: sgr-drop, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop, source-ports: '2000/2000'": false,
	} {
		w := begin(t, group1(open, drop))
		if got := exposure.Breaches(w.exposure(), web); (len(got) == 0) != protects {
			t.Errorf("behind %s\nthe port is open: %t", drop, len(got) > 0)
		}
	}
}

// A group has more rules than a page has.
func TestRulesOfEveryPage(t *testing.T) {
	var rules []string
	for n := range 1001 {
		rules = append(rules, fmt.Sprintf("protocol: TCP, ports: %d/%d, source: 10.0.0.0/8", 2000+n, 2000+n))
	}
	w := begin(t, group1(append(rules, "id: sgr-last, protocol: TCP, ports: 22/22, source: 0.0.0.0/0")...))
	if got := exposure.Breaches(w.exposure(), web); len(got) != 1 || got[0].Rule.ID != "sgr-last" {
		t.Errorf("breaches: %v", got)
	}
	if n := w.calls("ecs:DescribeSecurityGroupAttribute"); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// Of several sources the cloud looks at one: an address goes before a group, and that
// before a list. What it does not look at is not sent when the rule is made again.
func TestARuleWithTwoSources(t *testing.T) {
	const rule = `{"SecurityGroupRuleId":"sgr-1","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"0.0.0.0/0","SourceGroupId":"sg-2","SourcePrefixListId":"pl-1"}`
	groups, err := securitygroup.Read(t.Context(), pass(ruled(rule), "sg-1"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := groups[0].Exposure()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := exposure.Close(rules, web)
	if err != nil || len(plan.Edits) != 1 {
		t.Fatalf("%v, %v", plan, err)
	}
	undo := groups[0].Changes(plan.Edits)[0].Undo.String()
	if !strings.Contains(undo, "SourceCidrIp") || strings.Contains(undo, "SourceGroupId") || strings.Contains(undo, "SourcePrefixListId") {
		t.Errorf("the undo is %s", undo)
	}
}

// A range beside a port list would be taken for the list when the rule is made again.
func TestARuleWithARangeBesideItsPortList(t *testing.T) {
	reader := ruled(`{"SecurityGroupRuleId":"sgr-1","Policy":"Accept","Priority":1,"IpProtocol":"TCP","PortRange":"1/65535","PortRangeListId":"prl-1","SourceCidrIp":"0.0.0.0/0"}`)
	reader["DescribePortRangeListEntries"] = `{"Entries":[{"PortRange":"22/22"}]}`
	groups, err := securitygroup.Read(t.Context(), pass(reader, "sg-1"))
	if err != nil {
		t.Fatal(err)
	}
	if r := groups[0].Rules[0]; r.PortRange != "" || !slices.Equal(r.Ports, []exposure.PortRange{{From: 22, To: 22}}) {
		t.Errorf("%+v", r)
	}
}

// Protocols by their numbers are the same ones, and one without ports says what it
// likes for a range.
func TestProtocolsByTheirNumbers(t *testing.T) {
	const rule = `{"SecurityGroupRuleId":"sgr-1","Policy":"Accept","Priority":1,"IpProtocol":"%s","PortRange":"%s","SourceCidrIp":"0.0.0.0/0"}`
	for _, c := range []struct{ protocol, ports, want string }{
		{"6", "22/22", "TCP 22/22 from 0.0.0.0/0"},
		{"17", "53/53", "UDP 53/53 from 0.0.0.0/0"},
		{"1", "8/0", ""},
		{"ICMP", "", ""},
		{"47", "0/0", "GRE from 0.0.0.0/0"},
		{"ALL", "0/65535", "all protocols from 0.0.0.0/0"},
	} {
		groups, err := securitygroup.Read(t.Context(), pass(ruled(fmt.Sprintf(rule, c.protocol, c.ports)), "sg-1"))
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		rules, err := groups[0].Exposure()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, b := range exposure.Breaches(rules, web) {
			got += b.String()
		}
		if got != c.want {
			t.Errorf("%v: %q", c, got)
		}
	}
}
