package sgpublicingress_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	sgpublicingress "github.com/ecsguard/ecsguard/functions/sg-public-ingress"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// event is a call of somebody's on the rules of the group.
func event(id int, name, who string) string {
	return fmt.Sprintf(`sample actiontrail/authorize-security-group-permissions
/data/eventId = "event-%d"
/data/eventName = %q
/data/userIdentity/userName = %q
/data/requestParameters/SecurityGroupId = "sg-web"
`, id, name, who)
}

func opened(port int) cloud.Call {
	return cloud.New("ecs", "AuthorizeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-web", "Permissions.1.IpProtocol", "TCP",
		"Permissions.1.PortRange", fmt.Sprintf("%d/%d", port, port), "Permissions.1.SourceCidrIp", "0.0.0.0/0", "Permissions.1.Policy", "accept", "Permissions.1.Priority", "1")
}

func closed(port int) cloud.Call {
	call := opened(port)
	call.Action = "RevokeSecurityGroup"
	return call
}

const group = "ecs:\n  security-groups:\n    - {id: sg-web, name: web, vpc: vpc-1}\n"

// A port is opened, closed by somebody else, and opened again within the hour: both are
// told, since it was right in between.
func TestOpenedAgainIsNews(t *testing.T) {
	told := scenario.Sequence(t, sgpublicingress.Practice, practice.Observe, group,
		scenario.Step{Calls: []cloud.Call{opened(22)}, Event: event(1, "AuthorizeSecurityGroup", "sato")},
		scenario.Step{Calls: []cloud.Call{closed(22)}, Event: event(2, "RevokeSecurityGroup", "suzuki")},
		scenario.Step{Calls: []cloud.Call{opened(22)}, Event: event(3, "AuthorizeSecurityGroup", "sato")})
	for i, want := range []bool{true, false, true} {
		if got := strings.Contains(told[i].Alert, "TCP 22/22"); got != want {
			t.Errorf("step %d: told is %v: %s", i+1, got, told[i].Alert)
		}
	}
}

// What a title has no room for is news as well.
func TestWhatATitleCutsIsNews(t *testing.T) {
	var before []cloud.Call
	for port := 1001; port <= 1006; port++ {
		before = append(before, opened(port))
	}
	told := scenario.Sequence(t, sgpublicingress.Practice, practice.Observe, group,
		scenario.Step{Calls: before, Event: event(1, "AuthorizeSecurityGroup", "sato")},
		scenario.Step{Event: event(2, "AuthorizeSecurityGroup", "sato")},
		scenario.Step{Calls: []cloud.Call{closed(1005), opened(3389)}, Event: event(3, "AuthorizeSecurityGroup", "sato")})
	for i, want := range []bool{true, false, true} {
		if got := told[i].Alert != ""; got != want {
			t.Errorf("step %d: told is %v: %s", i+1, got, told[i].Alert)
		}
	}
}

// Twenty different ports in one run of a tool are no fight: all are closed.
func TestTwentyPortsAreNoFight(t *testing.T) {
	var steps []scenario.Step
	for i := range 20 {
		steps = append(steps, scenario.Step{Calls: []cloud.Call{opened(2000 + i)}, Event: event(i, "AuthorizeSecurityGroup", "terraform")})
	}
	for i, told := range scenario.Sequence(t, sgpublicingress.Practice, practice.Enforce, group, steps...) {
		if !slices.Equal(told.Outcomes, []practice.Outcome{practice.Fixed}) {
			t.Errorf("port %d: %v", 2000+i, told.Outcomes)
		}
	}
}

// A prefix list of one rule cannot be read: what else is opened in the group is closed
// all the same, and what cannot be told is told once.
func TestAListThatCannotBeReadKeepsNothingOpen(t *testing.T) {
	const state = `ecs:
  prefix-lists:
    - {id: pl-1, entries: [198.51.100.0/24]}
  security-groups:
    - {id: sg-web, name: web, vpc: vpc-1, rules: [{id: sgr-list, protocol: TCP, ports: 22/22, prefix-list: pl-1}]}
`
	told := scenario.Sequence(t, sgpublicingress.Practice, practice.Enforce, state,
		scenario.Step{Deny: "ecs:DescribePrefixListAttributes", Event: event(1, "AuthorizeSecurityGroup", "sato")},
		scenario.Step{Event: event(2, "AuthorizeSecurityGroup", "sato")},
		scenario.Step{Calls: []cloud.Call{opened(3389)}, Event: event(3, "AuthorizeSecurityGroup", "sato")})
	if !strings.Contains(told[0].Alert, "cannot be told: TCP 22/22 from pl-1") || told[1].Alert != "" {
		t.Errorf("told first: %s\nand then: %s", told[0].Alert, told[1].Alert)
	}
	if !slices.Contains(told[2].Outcomes, practice.Fixed) || !strings.Contains(told[2].Alert, "TCP 3389/3389") || strings.Contains(told[2].Alert, "cannot be told") {
		t.Errorf("3389: %v\n%s", told[2].Outcomes, told[2].Alert)
	}
}
