package cloudassistantcommandaudit_test

import (
	"strings"
	"testing"

	cloudassistantcommandaudit "github.com/ecsguard/ecsguard/functions/cloud-assistant-command-audit"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Instances were chosen by tags, and it cannot be read which: whether one of them is protected is not known, and that is said.
func TestInstancesThatCannotBeRead(t *testing.T) {
	came := scenario.In(t, cloudassistantcommandaudit.Practice, "28-by-tags", func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:DescribeInvocations", Status: 403, Code: "Forbidden.RAM", Times: 99})
	})
	if came.Err != nil || len(came.Outcomes) != 1 || !came.Outcomes[0].Wrong() || !strings.Contains(came.Alert, "Reading on which instances it was") {
		t.Errorf("%v, %v, told\n%s", came.Err, came.Outcomes, came.Alert)
	}
}
