package securitygroup_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// twoGroups is a state in which sg-1 lets in everything, and the office comes in by
// sg-2, which a machine wears as well.
const twoGroups = `
ecs:
  security-groups:
    - id: sg-1
      vpc: vpc-1
      rules:
        - {id: sgr-all, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0}
    - id: sg-2
      vpc: vpc-1
      rules:
        - {id: sgr-office, protocol: TCP, ports: 23/23, source: 198.51.100.0/24}
`

// A Drop rule also stops what another group of the same interface lets in. So it is
// made where it does not.
func TestADropRuleBesideAnotherGroup(t *testing.T) {
	for name, c := range map[string]struct{ wearers, want string }{
		"nobody wears both":     {"  instances: [{id: i-1, security-groups: [sg-1]}, {id: i-2, security-groups: [sg-2]}]\n", "AuthorizeSecurityGroup"},
		"an instance":           {"  instances: [{id: i-1, security-groups: [sg-1, sg-2]}]\n", "AuthorizeSecurityGroup RevokeSecurityGroup"},
		"a secondary interface": {"  network-interfaces: [{id: eni-1, security-groups: [sg-1, sg-2]}]\n", "AuthorizeSecurityGroup RevokeSecurityGroup"},
	} {
		w := begin(t, twoGroups+c.wearers)
		found, err := w.objects(pass(w, "sg-1"), securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}})
		if err != nil {
			t.Fatal(err)
		}
		var actions []string
		for _, change := range found[0].Changes {
			actions = append(actions, change.Call.Action)
			w.do(change.Call)
		}
		if got := strings.Join(actions, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		other, err := securitygroup.ReadIngress(t.Context(), pass(w, "sg-2"), "sg-2")
		if err != nil {
			t.Fatal(err)
		}
		rules, err := other.Exposure()
		if err != nil {
			t.Fatal(err)
		}
		together := exposure.Admitted(slices.Concat(w.exposure(), rules))
		if both := len(actions) == 2; both && !together.Contains(netip.MustParseAddr("198.51.100.7"), "TCP", 23) || together.Contains(netip.MustParseAddr("203.0.113.7"), "TCP", 23) {
			t.Errorf("%s: let in is\n%s", name, together)
		}
	}
}

// Who wears the group must be known before a Drop rule is made.
func TestWhoWearsTheGroupIsNotKnown(t *testing.T) {
	w := begin(t, twoGroups)
	w.cloud.Inject(cloud.Deny("ecs:DescribeNetworkInterfaces"))
	found, err := w.objects(pass(w, "sg-1"), securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}})
	if err == nil {
		t.Errorf("%+v", found)
	}
	// It does not matter to who only tells, nor where no Drop rule is made.
	found, err = w.objects(pass(w, "sg-1"), securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}, Tells: true})
	if err != nil || len(found) != 1 {
		t.Errorf("%v, %+v", err, found)
	}
}

// A rule that steps back must not get behind a Drop rule that is narrowed, which stops
// a part of what the rule lets in, and which was behind it.
func TestNoStepBackBehindANarrowedDrop(t *testing.T) {
	const all, office = "id: sgr-all, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, priority: 5", "id: sgr-office, protocol: TCP, ports: 23/23, source: 198.51.100.0/24, priority: 5"
	for drop, changed := range map[string]bool{
		"id: sgr-drop, protocol: TCP, ports: 443/443, source: 0.0.0.0/0, policy: drop, dest: 172.16.0.9/32, priority: 5": true,
		"id: sgr-drop, protocol: TCP, ports: 443/443, source: 0.0.0.0/0, policy: drop, dest: 172.16.0.9/32, priority: 6": false,
		"id: sgr-drop, protocol: TCP, ports: 443/443, source: 0.0.0.0/0, policy: drop, dest: 172.16.0.9/32, priority: 7": true,
	} {
		found := objects(t, securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}}, all, office, drop)
		if len(found) != 1 || len(found[0].Changes) > 0 != changed {
			t.Errorf("with %s: %+v", drop, found)
		}
	}
}
