package ecsdiskdefaultencryption_test

import (
	"slices"
	"strings"
	"testing"

	ecsdiskdefaultencryption "github.com/ecsguard/ecsguard/functions/ecs-disk-default-encryption"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// A region that cannot encrypt, as where KMS has not been activated, refuses the call: people are told what to do.
func TestARegionThatCannotEncrypt(t *testing.T) {
	came := scenario.In(t, ecsdiskdefaultencryption.Practice, "01-switched-off", func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:EnableDiskEncryptionByDefault", Status: 403, Code: "OperationDenied"})
	})
	if !slices.Equal(came.Outcomes, []practice.Outcome{practice.Failed}) || !strings.Contains(came.Alert, "open KMS in the console") {
		t.Errorf("%v\n%s", came.Outcomes, came.Alert)
	}
}
