package ecskeypairlogin_test

import (
	"strings"
	"testing"

	ecskeypairlogin "github.com/ecsguard/ecsguard/functions/ecs-keypair-login"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// The cloud answers with success and a count of what failed, which is all that HTTP says: it is never called fixed.
func TestAKeyThatIsNotBound(t *testing.T) {
	came := scenario.In(t, ecskeypairlogin.Practice, "02-bound", func(c *cloud.Cloud) { c.Inject(cloud.Fault{Action: "ecs:AttachKeyPair", Ignore: true}) })
	if came.Err != nil || came.Changed || len(came.Outcomes) != 1 || !came.Outcomes[0].Wrong() || !strings.Contains(came.Alert, "found it still wrong") {
		t.Errorf("%v, %v, changed %v, told\n%s", came.Err, came.Outcomes, came.Changed, came.Alert)
	}
}
