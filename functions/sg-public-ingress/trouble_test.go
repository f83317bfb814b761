package sgpublicingress_test

import (
	"slices"
	"strings"
	"testing"

	sgpublicingress "github.com/ecsguard/ecsguard/functions/sg-public-ingress"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

func in(t *testing.T, name string, want practice.Outcome, trouble func(*cloud.Cloud)) scenario.Trouble {
	t.Helper()
	came := scenario.In(t, sgpublicingress.Practice, name, trouble)
	if came.Err != nil || !slices.Equal(came.Outcomes, []practice.Outcome{want}) {
		t.Fatalf("outcomes %v, want %s; %v", came.Outcomes, want, came.Err)
	}
	return came
}

// The cloud answers that it has revoked, and has not. It is never called fixed, and
// the people on call are told that the port is open.
func TestARevokeThatDoesNothing(t *testing.T) {
	came := in(t, "01-ssh-open", practice.Partly, func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:RevokeSecurityGroup", Ignore: true})
	})
	last := came.Records[len(came.Records)-1]
	if came.Changed || last.Kind != ledger.Result || last.Outcome != practice.Partly {
		t.Errorf("changed %v, the last record is %s %s", came.Changed, last.Kind, last.Outcome)
	}
	for _, word := range []string{"TCP 22/22 from 0.0.0.0/0", "still wrong"} {
		if !strings.Contains(came.Alert, word) {
			t.Errorf("the alert does not say %q:\n%s", word, came.Alert)
		}
	}
}

// The cloud has nothing to revoke the first time, and does what it says the second:
// the look in between has noticed.
func TestARevokeThatDoesNothingOnce(t *testing.T) {
	came := in(t, "01-ssh-open", practice.Fixed, func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:RevokeSecurityGroup", Ignore: true, Times: 1})
	})
	if len(came.Calls) != 2 || !came.AsWanted {
		t.Errorf("the end is not what was wanted, after\n%s", strings.Join(came.Calls, "\n"))
	}
}

// Where rules have to be made first and the group is full, nothing is revoked, since
// that would cut the web ports; a person is told why.
func TestAFullGroupThatNeedsMoreRules(t *testing.T) {
	came := in(t, "02-all-ports", practice.Failed, func(c *cloud.Cloud) { c.RuleQuota = 3 })
	if came.Changed || len(came.Calls) > 0 || !strings.Contains(came.Alert, "AuthorizationLimitExceed") {
		t.Errorf("changed %v by %v, told\n%s", came.Changed, came.Calls, came.Alert)
	}
}

// What is refused for the moment only is tried again, whatever the refusal is called.
func TestARefusalForTheMoment(t *testing.T) {
	for code, status := range map[string]int{"Throttling": 400, "Throttling.Api": 400, "ServiceUnavailable": 503, "InternalError": 500} {
		for _, action := range []string{"ecs:DescribeSecurityGroupAttribute", "ecs:RevokeSecurityGroup"} {
			came := in(t, "01-ssh-open", practice.Fixed, func(c *cloud.Cloud) {
				c.Inject(cloud.Fault{Action: action, Times: 1, Status: status, Code: code})
			})
			if !came.AsWanted || len(came.Calls) != 1 {
				t.Errorf("%s of %s: the end is not what was wanted, after %s", code, action, came.Calls)
			}
		}
	}
}
