package securitygroup_test

import (
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// What the cloud answers once a plan is carried out is what was proved of it, and once
// it is undone what was there before. The long run is `make soak`.
func TestPropertyTheCloudAgrees(t *testing.T) {
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
		rules, before := w.exposure(), w.plain()
		plan, err := exposure.Close(rules, policies...)
		if err != nil {
			return // nothing is changed
		}
		changes := w.group().Changes(plan.Edits)
		for _, change := range changes {
			w.do(change.Call)
		}
		if got, want := exposure.Admitted(w.exposure()), exposure.Admitted(plan.After); !got.Equal(want) {
			t.Fatalf("the cloud lets in\n%v\nproved was\n%v\nafter\n%s", got, want, whys(changes))
		}
		w.undone(changes)
		if after := w.plain(); !maps.Equal(before, after) {
			t.Fatalf("after the undo\n%v\nbefore\n%v", after, before)
		}
	})
}

func whys(changes []practice.Change) string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, c.Why)
	}
	return strings.Join(lines, "\n")
}

// drawState draws a group with rules of every kind. The cloud has each rule once.
func drawState(t *rapid.T) string {
	some := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	seen := map[string]bool{}
	var lines []string
	for range rapid.IntRange(1, 8).Draw(t, "rules") {
		protocol := some("protocol", "TCP", "TCP", "TCP", "UDP", "ALL", "ICMP", "GRE")
		rule := "protocol: " + protocol
		if protocol == "TCP" || protocol == "UDP" {
			rule += some("ports", ", ports: 22/22", ", ports: 20/30", ", ports: 1/65535", ", ports: 80/80", ", ports: 443/8000", ", port-list: prl-1")
		} else {
			rule += ", ports: -1/-1"
		}
		rule += some("source", ", source: 0.0.0.0/0", ", source: 0.0.0.0/0", ", source: '::/0'", ", source: 0.0.0.0/1", ", source: 128.0.0.0/1",
			", source: 203.0.113.0/24", ", source: 10.0.0.0/8", ", prefix-list: pl-4", ", group: sg-peer", ", group: sg-bridge")
		if protocol == "ICMP" && strings.Contains(rule, "::") {
			continue
		}
		rule += some("policy", "", "", "", ", policy: drop") + some("priority", "", ", priority: 2", ", priority: 99", ", priority: 100")
		if !seen[rule] {
			seen[rule] = true
			lines = append(lines, fmt.Sprintf("        - {id: sgr-%d, %s}\n", len(lines)+1, rule))
		}
	}
	return `ecs:
  prefix-lists: [{id: pl-4, entries: [0.0.0.0/2, 64.0.0.0/2, 203.0.113.0/24]}]
  port-lists: [{id: prl-1, entries: [22/22, 443/443, 8000/8100]}]
  security-groups:
    - {id: sg-peer, vpc: vpc-1}
    - {id: sg-bridge, vpc: vpc-1}
    - id: sg-1
      vpc: vpc-1
      rules:
` + strings.Join(lines, "")
}

func drawPolicy(t *rapid.T) exposure.Policy {
	ports := rapid.SampledFrom([][]exposure.PortRange{nil, {{From: 22, To: 22}}, {{From: 80, To: 80}, {From: 443, To: 443}}, {{From: 1, To: 65535}}})
	p := exposure.Policy{Allowed: ports.Draw(t, "allowed"), AllowedUDP: ports.Draw(t, "allowed UDP")}
	if rapid.Bool().Draw(t, "forbid") {
		p = exposure.Forbid(ports.Draw(t, "closed"), ports.Draw(t, "closed UDP"))
	}
	p.Everyone = rapid.Bool().Draw(t, "everyone")
	p.DropRules = rapid.Bool().Draw(t, "drop rules")
	if rapid.Bool().Draw(t, "trusted") {
		p.Trusted = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("10.1.0.0/16")}
		p.TrustedGroups = []string{"sg-bridge"}
	}
	return p
}
