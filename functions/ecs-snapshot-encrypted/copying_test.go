package ecssnapshotencrypted_test

import (
	"slices"
	"testing"
	"time"

	ecssnapshotencrypted "github.com/ecsguard/ecsguard/functions/ecs-snapshot-encrypted"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// While the copy is in the making, nothing more is done, and no second copy is made.
func TestACopyInTheMaking(t *testing.T) {
	came := scenario.In(t, ecssnapshotencrypted.Practice, "02-copied", func(c *cloud.Cloud) { c.Lag = time.Hour })
	if came.Err != nil || len(came.Calls) != 1 || !slices.Equal(came.Outcomes, []practice.Outcome{practice.Awaiting, practice.Fixed}) {
		t.Errorf("%v, %v, %v\n%s", came.Err, came.Calls, came.Outcomes, came.Alert)
	}
}

// Nor is it where the cloud has made one and its answer is lost.
func TestACopyWhoseAnswerIsLost(t *testing.T) {
	came := scenario.In(t, ecssnapshotencrypted.Practice, "02-copied", func(c *cloud.Cloud) {
		c.Inject(cloud.Fault{Action: "ecs:CopySnapshot", Times: 1, LoseResponse: true})
	})
	if came.Err != nil || !came.AsWanted {
		t.Errorf("%v, %v, %v\n%s", came.Err, came.Calls, came.Outcomes, came.Alert)
	}
}
