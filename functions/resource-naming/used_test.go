package resourcenaming_test

import (
	"strings"
	"testing"

	resourcenaming "github.com/ecsguard/ecsguard/functions/resource-naming"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Somebody who does not show begins to use the group, or always did: the cloud refuses to delete
// it, and people are told.
func TestAGroupThatSomebodyUses(t *testing.T) {
	came := scenario.In(t, resourcenaming.Practice, "03-deleted", func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:DeleteSecurityGroup", Code: "DependencyViolation", Status: 403})
	})
	if came.Err != nil || came.Changed || !strings.Contains(came.Alert, "DependencyViolation") {
		t.Errorf("%v, %v, changed %v, told\n%s", came.Err, came.Outcomes, came.Changed, came.Alert)
	}
}

// Whether somebody uses the group may not be read: its name is told all the same, and it stays.
func TestAGroupOfWhichNobodyKnows(t *testing.T) {
	came := scenario.In(t, resourcenaming.Practice, "03-deleted", func(c *cloud.Cloud) { c.Inject(cloud.Deny("ecs:DescribeNetworkInterfaces")) })
	if came.Err != nil || came.Changed || !strings.Contains(came.Alert, "is not as the convention says") || !strings.Contains(came.Alert, "It is not deleted") {
		t.Errorf("%v, %v, changed %v, told\n%s", came.Err, came.Outcomes, came.Changed, came.Alert)
	}
}
