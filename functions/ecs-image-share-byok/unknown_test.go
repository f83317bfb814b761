package ecsimagesharebyok_test

import (
	"strings"
	"testing"

	ecsimagesharebyok "github.com/ecsguard/ecsguard/functions/ecs-image-share-byok"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// That the key is used elsewhere is told although nobody may read where its material comes from, and people hear of that.
func TestAKeyThatCannotBeRead(t *testing.T) {
	came := scenario.In(t, ecsimagesharebyok.Practice, "03-used-elsewhere", func(c *cloud.Cloud) { c.Inject(cloud.Deny("kms:DescribeKey")) })
	if came.Err != nil || len(came.Outcomes) != 2 || !strings.Contains(came.Alert, "disk d-data") || !strings.Contains(came.Alert, "cannot be read") {
		t.Errorf("%v, %v\n%s", came.Err, came.Outcomes, came.Alert)
	}
}
