package securitygroup_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// actions are the calls of changes in short: action, and how many rules.
func actions(changes []practice.Change) (list []string) {
	for _, c := range changes {
		rules := 0
		for name := range c.Call.Params {
			if strings.HasPrefix(name, "SecurityGroupRuleId.") || strings.HasSuffix(name, ".IpProtocol") {
				rules++
			}
		}
		list = append(list, fmt.Sprintf("%s %d", c.Call.Action, rules))
	}
	return list
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// made applies changes, and undone takes them back.
func (w *world) made(changes []practice.Change) {
	w.Helper()
	for _, c := range changes {
		w.do(c.Call)
	}
}

func (w *world) undone(changes []practice.Change) {
	w.Helper()
	for _, c := range slices.Backward(changes) {
		w.do(*c.Undo)
	}
}

func TestMoreRulesThanACallTakes(t *testing.T) {
	var rules []string
	for port := 1001; port <= 1101; port++ {
		rules = append(rules, fmt.Sprintf("id: sgr-%d, protocol: TCP, ports: %d/%d, source: 0.0.0.0/0", port, port, port))
	}
	w := begin(t, group1(append(rules, "id: sgr-web, protocol: TCP, ports: 443/443, source: 0.0.0.0/0")...))
	before := w.plain()
	changes := w.close(web)
	want(t, actions(changes), "RevokeSecurityGroup 100", "RevokeSecurityGroup 1")
	w.made(changes)
	if left := w.group().Rules; len(left) != 1 || left[0].SecurityGroupRuleID != "sgr-web" {
		t.Errorf("%d rules are left", len(left))
	}
	w.undone(changes)
	if after := w.plain(); !maps.Equal(before, after) {
		t.Errorf("%d rules after the undo, %d before", len(after), len(before))
	}
}

// lines are the group's rules, as source, protocol and ports.
func (w *world) lines() (list []string) {
	w.Helper()
	for _, r := range w.group().Rules {
		list = append(list, r.SourceCidrIp+r.Ipv6SourceCidrIp+r.SourcePrefixListID+" "+r.IpProtocol+" "+r.PortRange)
	}
	slices.Sort(list)
	return list
}

// missing are the lines of a that b lacks, or has less often.
func missing(a, b []string) (list []string) {
	b = slices.Clone(b)
	for _, line := range a {
		if i := slices.Index(b, line); i >= 0 {
			b = slices.Delete(b, i, i+1)
		} else {
			list = append(list, line)
		}
	}
	return list
}

func TestWhatIsAllowedIsKept(t *testing.T) {
	trusting := web
	trusting.Trusted = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("198.51.100.7/32")}
	for _, c := range []struct {
		name   string
		policy exposure.Policy
		lists  string
		rules  []string
		kept   []string
	}{
		{"a rule for each range of ports", web, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 20/500, source: 0.0.0.0/0, priority: 7"},
			[]string{"0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80"}},
		{"a prefix list is named again", web, "  prefix-lists: [{id: pl-1, entries: [0.0.0.0/1, 128.0.0.0/1]}]\n",
			[]string{"id: sgr-1, protocol: TCP, ports: 20/500, prefix-list: pl-1"},
			[]string{"pl-1 TCP 443/443", "pl-1 TCP 80/80"}},
		{"a rule for each block that is trusted", trusting, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 22/22, source: 0.0.0.0/0"},
			[]string{"198.51.100.7/32 TCP 22/22", "203.0.113.0/24 TCP 22/22"}},
		{"every port of TCP has a number", trusting, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 1/65535, source: 0.0.0.0/0"},
			[]string{"0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80", "198.51.100.7/32 TCP 1/65535", "203.0.113.0/24 TCP 1/65535"}},
		{"every protocol", trusting, "",
			[]string{"id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0"},
			[]string{"0.0.0.0/0 ICMP -1/-1", "0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80", "198.51.100.7/32 ALL -1/-1", "203.0.113.0/24 ALL -1/-1"}},
		{"IPv6", web, "",
			[]string{"id: sgr-1, protocol: ALL, ports: -1/-1, source: '::/0'"},
			[]string{"::/0 ICMPv6 -1/-1", "::/0 TCP 443/443", "::/0 TCP 80/80"}},
		{"the ports of a list", web, "  port-lists: [{id: prl-1, entries: [22/22, 443/443, 8000/8100]}]\n",
			[]string{"id: sgr-1, protocol: TCP, port-list: prl-1, source: 0.0.0.0/0"},
			[]string{"0.0.0.0/0 TCP 443/443"}},
		{"what two rules have in common is kept once", web, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 400/1000, source: 0.0.0.0/0, description: more"},
			[]string{"0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80"}},
		{"what another rule lets in is not kept again", web, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 443/443, source: 0.0.0.0/0"},
			[]string{"0.0.0.0/0 TCP 80/80"}},
		{"a rule for some source ports lets in no other", web, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 443/443, source: 0.0.0.0/0, source-ports: 1000/2000"},
			[]string{"0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80"}},
		{"a rule for one address lets in to no other", web, "",
			[]string{"id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 443/443, source: 0.0.0.0/0, dest: 172.16.0.9/32"},
			[]string{"0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := begin(t, strings.Replace(group1(c.rules...), "ecs:\n", "ecs:\n"+c.lists, 1))
			before, lines := w.plain(), w.lines()
			changes := w.close(c.policy)
			w.made(changes)
			want(t, missing(w.lines(), lines), c.kept...)
			if left := exposure.Breaches(w.exposure(), c.policy); len(left) > 0 {
				t.Errorf("still open: %v", left)
			}
			if again := w.close(c.policy); len(again) > 0 {
				t.Errorf("it is not done: %v", actions(again))
			}
			w.undone(changes)
			if after := w.plain(); !maps.Equal(before, after) {
				t.Errorf("after the undo\n%v\nbefore\n%v", after, before)
			}
		})
	}
}

// A kept part is no wider than the rule that it comes from.
func TestAKeptPartIsAsNarrowAsTheRule(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0, source-ports: 1024/65535, dest: 172.16.0.9/32, priority: 7, description: 'a; b'"))
	w.made(w.close(web))
	rules := w.group().Rules
	if len(rules) != 2 {
		t.Fatalf("%d rules", len(rules))
	}
	for _, r := range rules {
		if r.SourcePortRange != "1024/65535" || r.DestCidrIp != "172.16.0.9/32" || r.Priority != "7" || r.Description != "a; b" || r.SourceCidrIp != "0.0.0.0/0" {
			t.Errorf("%+v", r)
		}
	}
}

// What is revoked can be made again as it was, whatever it was.
func TestAnUndoMakesEveryFieldAgain(t *testing.T) {
	state := `
ecs:
  prefix-lists:
    - {id: pl-4, entries: [0.0.0.0/0]}
    - {id: pl-6, family: IPv6, entries: ['::/0']}
  port-lists: [{id: prl-1, entries: [22/22, 3389/3389]}]
  security-groups:
    - {id: sg-peer}
    - id: sg-1
      vpc: VPC
      rules:
        - {id: sgr-1, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, priority: 100, description: "émoji 🐈, 'quoted' & \"twice\"; x=1"}
        - {id: sgr-2, protocol: UDP, ports: 1/65535, source: '::/0', priority: 2}
        - {id: sgr-3, protocol: TCP, ports: 1433/1433, source: 0.0.0.0/1, source-ports: 1024/65535}
        - {id: sgr-4, protocol: TCP, ports: 1433/1433, source: 128.0.0.0/1}
        - {id: sgr-5, protocol: ALL, ports: -1/-1, source: 8.0.0.0/7, description: big}
        - {id: sgr-6, protocol: GRE, ports: -1/-1, source: 0.0.0.0/0}
LISTS`
	lists := `        - {id: sgr-11, protocol: TCP, port-list: prl-1, prefix-list: pl-4, priority: 3}
        - {id: sgr-12, protocol: TCP, ports: 6379/6379, prefix-list: pl-6}
        - {id: sgr-13, protocol: TCP, ports: 3306/3306, source: 0.0.0.0/0, dest: 172.16.0.9/32}
        - {id: sgr-14, protocol: TCP, ports: 3306/3306, source: '::/0', dest: 'fd00::9/128'}
        - {id: sgr-15, protocol: TCP, ports: 9999/9999, group: sg-peer}
`
	for name, state := range map[string]string{
		"a VPC":               strings.NewReplacer("VPC", "vpc-1", "LISTS", lists).Replace(state),
		"the classic network": strings.NewReplacer("VPC", "classic", "LISTS", "").Replace(state),
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, state)
			before := w.plain()
			changes := w.close(web)
			w.made(changes)
			if after := w.plain(); maps.Equal(before, after) || len(exposure.Breaches(w.exposure(), web)) > 0 {
				t.Fatalf("nothing was closed: %v", actions(changes))
			}
			w.undone(changes)
			after := w.plain()
			for r := range before {
				if before[r] != after[r] {
					t.Errorf("missing after the undo: %s", r)
				}
			}
			for r := range after {
				if before[r] != after[r] {
					t.Errorf("too much after the undo: %s", r)
				}
			}
		})
	}
}

// Paths that are allowed are there at every moment: rules are made before others are
// revoked.
func TestWhatIsAllowedIsNeverCut(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0"))
	for _, c := range w.close(web) {
		w.do(c.Call)
		if !exposure.Admits(w.exposure(), netip.MustParseAddr("203.0.113.9"), "TCP", 443) {
			t.Fatalf("port 443 is cut after: %s", c.Why)
		}
	}
	if exposure.Admits(w.exposure(), netip.MustParseAddr("203.0.113.9"), "TCP", 22) {
		t.Error("port 22 is open")
	}
}

func TestAReasonIsShort(t *testing.T) {
	var rules []string
	for port := 1001; port <= 1050; port++ {
		rules = append(rules, fmt.Sprintf("id: sgr-%d, protocol: TCP, ports: %d/%d, source: 0.0.0.0/0", port, port, port))
	}
	w := begin(t, group1(rules...))
	why := w.close(web)[0].Why
	if !strings.HasPrefix(why, "revoke TCP 1001/1001 from 0.0.0.0/0 (sgr-1001); ") || !strings.HasSuffix(why, "and 45 more") {
		t.Error(why)
	}
}

// A part that is there as a rule of its own already is not made again: the undo would
// take away that rule.
func TestAPartThatIsThereAlready(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 22/443, source: 0.0.0.0/0, dest: 172.16.0.9/32",
		"id: sgr-2, protocol: TCP, ports: 443/443, source: 0.0.0.0/0, dest: 172.16.0.9/32"))
	before := w.plain()
	changes := w.close(web)
	w.made(changes)
	want(t, w.lines(), "0.0.0.0/0 TCP 443/443", "0.0.0.0/0 TCP 80/80")
	w.undone(changes)
	if after := w.plain(); !maps.Equal(before, after) {
		t.Errorf("after the undo\n%v\nbefore\n%v", after, before)
	}
}

// A rule is made worse by a priority, and becomes what another one is: that other stays,
// and is not made again. Without it port 8080 would be cut, which a Drop of the third
// priority stops.
func TestAPartThatAnotherRuleIs(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: ALL, ports: -1/-1, priority: 1, source: 0.0.0.0/0", "id: sgr-2, protocol: ALL, ports: -1/-1, priority: 2, source: 0.0.0.0/0",
		"id: sgr-in, protocol: TCP, ports: 3306/3306, source: 10.0.0.0/8", "id: sgr-drop, protocol: TCP, ports: 8080/8080, priority: 3, source: 0.0.0.0/0, policy: drop"))
	db := exposure.Forbid([]exposure.PortRange{{From: 3306, To: 3306}}, nil)
	db.DropRules = true
	before := w.plain()
	changes := w.close(db)
	w.made(changes)
	var left []string
	for _, r := range w.group().Rules {
		left = append(left, fmt.Sprintf("%s %s %s %s", r.Policy, r.IpProtocol, r.PortRange, r.Priority))
	}
	slices.Sort(left)
	want(t, left, "Accept ALL -1/-1 2", "Accept TCP 3306/3306 1", "Drop TCP 3306/3306 2", "Drop TCP 8080/8080 3")
	if !exposure.Admits(w.exposure(), netip.MustParseAddr("203.0.113.9"), "TCP", 8080) {
		t.Error("port 8080 is cut")
	}
	w.undone(changes)
	if after := w.plain(); !maps.Equal(before, after) {
		t.Errorf("after the undo\n%v\nbefore\n%v", after, before)
	}
}

// A rule that somebody has corrected since it was read has the same id. It is not touched.
func TestWhatIsAnotherRuleByNowStays(t *testing.T) {
	w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 22/22, source: 0.0.0.0/0", "id: sgr-2, protocol: TCP, ports: 23/23, source: 0.0.0.0/0"))
	changes := w.close(web)
	w.do(ours.New("ecs", "ModifySecurityGroupRule", region, "SecurityGroupId", "sg-1", "SecurityGroupRuleId", "sgr-1",
		"IpProtocol", "TCP", "PortRange", "22/22", "Policy", "accept", "Priority", "1", "SourceCidrIp", "198.51.100.0/24"))
	w.made(changes)
	want(t, w.lines(), "198.51.100.0/24 TCP 22/22")
}

// A Drop rule in front of a rule that is narrowed is not: what it leaves open would
// count as open for ever, since what is narrowed on the sender's side can be chosen.
func TestADropRuleIsNotNarrowed(t *testing.T) {
	for _, narrowed := range []string{"dest: 172.16.0.9/32", "source-ports: -1/-1, dest: 172.16.0.0/24"} {
		w := begin(t, group1("id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, "+narrowed))
		w.made(w.close(telnet))
		if got := exposure.Breaches(w.exposure(), telnet); len(got) > 0 {
			t.Errorf("%s: still open by %v, with\n%s", narrowed, got, strings.Join(w.lines(), "\n"))
		}
	}
}

// A rule is revoked by all that it says, and no other one goes with it that differs in
// one thing only.
func TestTheRuleThatIsMeantIsRevoked(t *testing.T) {
	rules := []string{
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/0",
		"protocol: TCP, ports: 22/23, source: 0.0.0.0/0",
		"protocol: UDP, ports: 22/22, source: 0.0.0.0/0",
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/1",
		"protocol: TCP, ports: 22/22, source: '::/0'",
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/0, priority: 2",
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/0, policy: drop",
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/0, dest: 172.16.0.9/32",
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/0, dest: 172.16.0.8/32",
		"protocol: TCP, ports: 22/22, source: 0.0.0.0/0, source-ports: 1024/65535",
		"protocol: TCP, ports: 22/22, source: '::/0', dest: 'fd00::9/128'",
		"protocol: TCP, port-list: prl-1, source: 0.0.0.0/0",
		"protocol: TCP, port-list: prl-2, source: 0.0.0.0/0",
		"protocol: TCP, ports: 22/22, prefix-list: pl-1",
		"protocol: TCP, ports: 22/22, prefix-list: pl-2",
		"protocol: TCP, ports: 22/22, group: sg-peer",
		"protocol: TCP, ports: 22/22, group: sg-of-another-account, group-owner: '1234567890123456'",
		"protocol: ALL, ports: -1/-1, source: 0.0.0.0/0",
		"protocol: ALL, ports: -1/-1, source: '::/0'",
		"protocol: ICMPv6, ports: -1/-1, source: '::/0'",
	}
	state := `ecs:
  prefix-lists: [{id: pl-1, entries: [0.0.0.0/0]}, {id: pl-2, entries: [0.0.0.0/0]}]
  port-lists: [{id: prl-1, entries: [22/22]}, {id: prl-2, entries: [22/22]}]
  security-groups:
    - {id: sg-peer, vpc: vpc-1}
    - {id: sg-1, vpc: vpc-1, rules: [`
	for i, r := range rules {
		state += fmt.Sprintf("{id: sgr-%d, %s}, ", i, r)
	}
	w := begin(t, state+"]}\n")
	for left := w.group().Rules; len(left) > 0; left = left[1:] {
		for _, change := range w.group().Changes([]exposure.Edit{{Rule: exposure.Rule{ID: left[0].SecurityGroupRuleID}, Goes: true}}) {
			w.do(change.Call)
		}
		if now := w.group(); len(now.Rules) != len(left)-1 || now.Find(left[0].SecurityGroupRuleID) != nil {
			t.Fatalf("%s was meant, and %d rules are left of %d", left[0], len(now.Rules), len(left))
		}
	}
	// And on either side of the classic network.
	w = begin(t, `ecs: {security-groups: [{id: sg-1, vpc: classic, rules: [
  {id: sgr-1, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, nic: intranet}, {id: sgr-2, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, nic: internet}]}]}`)
	for _, change := range w.group().Changes([]exposure.Edit{{Rule: exposure.Rule{ID: "sgr-2"}, Goes: true}}) {
		w.do(change.Call)
	}
	if left, err := w.cloud.Dump(); err != nil || !strings.Contains(string(left), "sgr-1") || strings.Contains(string(left), "sgr-2") {
		t.Errorf("%s, %v", left, err)
	}
}
