package ecsinstanceramrole_test

import (
	"strings"
	"testing"

	ecsinstanceramrole "github.com/ecsguard/ecsguard/functions/ecs-instance-ram-role"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// ecsguard's role may not pass the role, or the cloud answers with success and a count of what failed, which is
// all that HTTP says: it is never called fixed, and people are told why.
func TestARoleThatIsNotAttached(t *testing.T) {
	for word, fault := range map[string]cloud.Fault{
		"InvalidUser.PassRoleForbidden": {Action: "ecs:AttachInstanceRamRole", Code: "InvalidUser.PassRoleForbidden", Status: 403},
		"found it still wrong":          {Action: "ecs:AttachInstanceRamRole", Ignore: true},
	} {
		came := scenario.In(t, ecsinstanceramrole.Practice, "02-attached", func(c *cloud.Cloud) { c.Inject(fault) })
		if came.Err != nil || came.Changed || len(came.Outcomes) != 1 || !came.Outcomes[0].Wrong() || !strings.Contains(came.Alert, word) {
			t.Errorf("%s: %v, %v, changed %v, told\n%s", word, came.Err, came.Outcomes, came.Changed, came.Alert)
		}
	}
}
