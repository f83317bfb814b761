package ecsimageshared_test

import (
	"slices"
	"strings"
	"testing"

	ecsimageshared "github.com/ecsguard/ecsguard/functions/ecs-image-shared"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// That an image is public is put right although nobody may read with which accounts it is shared, and people hear of that.
func TestWhatIsKnownIsPutRightBesideWhatIsNot(t *testing.T) {
	came := scenario.In(t, ecsimageshared.Practice, "03-published", func(c *cloud.Cloud) { c.Inject(cloud.Deny("ecs:DescribeImageSharePermission")) })
	if came.Err != nil || len(came.Calls) != 1 || !slices.Equal(came.Outcomes, []practice.Outcome{practice.Awaiting, practice.Fixed}) {
		t.Errorf("%v, %v, %v", came.Err, came.Calls, came.Outcomes)
	}
	if !strings.Contains(came.Alert, "DescribeImageSharePermission") {
		t.Error(came.Alert)
	}
}

// Accounts that the cloud says it has taken off, and has not, are never called taken off.
func TestAnAccountThatStays(t *testing.T) {
	came := scenario.In(t, ecsimageshared.Practice, "02-forty-accounts", func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:ModifyImageSharePermission", Ignore: true})
	})
	if came.Err != nil || len(came.Outcomes) != 1 || !came.Outcomes[0].Wrong() {
		t.Errorf("%v, %v\n%s", came.Err, came.Outcomes, came.Alert)
	}
}

// What cannot be read is told in the same words at each look.
func TestUnreadIsTheSame(t *testing.T) {
	findings, err := scenario.Answers{
		"DescribeImages": `{"TotalCount":1,"Images":{"Image":[{"ImageId":"m-1","ImageOwnerAlias":"self","Status":"Available","IsPublic":false}]}}`,
	}.Look(t, ecsimageshared.Practice, "m-1", nil, nil)
	if err != nil || len(findings) != 1 || findings[0].Key != "unread" {
		t.Errorf("%v, %+v", err, findings)
	}
}
