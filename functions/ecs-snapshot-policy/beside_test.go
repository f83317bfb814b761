package ecssnapshotpolicy_test

import (
	"strings"
	"testing"

	ecssnapshotpolicy "github.com/ecsguard/ecsguard/functions/ecs-snapshot-policy"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// What is not released with its machine is told of, although nobody may read whose the machine is.
func TestAMachineThatCannotBeRead(t *testing.T) {
	came := scenario.In(t, ecssnapshotpolicy.Practice, "01-launch", func(c *cloud.Cloud) { c.Inject(cloud.Deny("ecs:DescribeInstances")) })
	if came.Err != nil || len(came.Outcomes) != 2 || !strings.Contains(came.Alert, "cannot be read") || len(came.Calls) != 0 {
		t.Errorf("%v, %v, %v\n%s", came.Err, came.Outcomes, came.Calls, came.Alert)
	}
}

// A snapshot is being taken, or the account is in debt: people are told why.
func TestAPolicyThatCannotBeApplied(t *testing.T) {
	for _, code := range []string{"DiskCategory.OperationNotSupported", "InvalidAccountStatus.NotEnoughBalance"} {
		came := scenario.In(t, ecssnapshotpolicy.Practice, "05-deleted", func(c *cloud.Cloud) {
			c.Inject(cloud.Fault{Action: "ecs:ApplyAutoSnapshotPolicy", Code: code, Status: 403})
		})
		if came.Err != nil || len(came.Outcomes) != 1 || !came.Outcomes[0].Wrong() || !strings.Contains(strings.ReplaceAll(came.Alert, "(.)", "."), code) {
			t.Errorf("%s: %v, %v\n%s", code, came.Err, came.Outcomes, came.Alert)
		}
	}
}

// That is told in the same words at each look.
func TestUnreadIsTheSame(t *testing.T) {
	findings, err := scenario.Answers{
		"DescribeDisks": `{"Disks":{"Disk":[{"DiskId":"d-1","Status":"In_use","Category":"cloud_essd","InstanceId":"i-1","DeleteWithInstance":true}]}}`,
	}.Look(t, ecssnapshotpolicy.Practice, "d-1", nil, nil)
	if err != nil || len(findings) != 1 || findings[0].Key != "unread" {
		t.Errorf("%v, %+v", err, findings)
	}
}
