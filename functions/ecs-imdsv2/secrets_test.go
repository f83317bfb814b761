package ecsimdsv2_test

import (
	"strings"
	"testing"

	ecsimdsv2 "github.com/ecsguard/ecsguard/functions/ecs-imdsv2"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// What people write into names and tags may hold a secret, and it is not said again.
func TestASecretInANameOrATag(t *testing.T) {
	const planted = "Pl4ntedS3cretOfAKeyInTexts9Zq1"
	state := strings.ReplaceAll(`ecs:
  instances:
    - {id: i-1, name: "web LTAI5tPlantedKey9876543 SECRET", tags: {"ecsguard:exempt:ecs-imdsv2": "2020-01-01 accessKeySecret=SECRET"}}
`, "SECRET", planted)
	told := scenario.SequenceWith(t, ecsimdsv2.Practice, practice.Observe, "", state, scenario.Step{Event: `sample actiontrail/modify-instance-metadata-options
/data/requestParameters/InstanceId = "i-1"
/data/userAgent = "tool LTAI5tPlantedKey9876543 ` + planted + `"
`})
	if !strings.Contains(told[0].Alert, "i-1") || strings.Contains(told[0].Alert, planted[:20]) {
		t.Error(told[0].Alert)
	}
}
