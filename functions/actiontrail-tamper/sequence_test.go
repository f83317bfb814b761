package actiontrailtamper_test

import (
	"strings"
	"testing"

	actiontrailtamper "github.com/ecsguard/ecsguard/functions/actiontrail-tamper"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// A trail is deleted, made again and deleted again within a day: both are told, and a
// second delivery of one is not.
func TestADeletionIsNewsEachTime(t *testing.T) {
	deleted := "sample actiontrail/delete-trail\n" + `/data/requestParameters/Name = "main"` + "\n"
	again := deleted + `/data/eventId = "again"` + "\n"
	made := cloud.New("actiontrail", "CreateTrail", "cn-hangzhou", "Name", "main", "OssBucketName", "audit")
	gone := cloud.New("actiontrail", "DeleteTrail", "cn-hangzhou", "Name", "main")
	told := scenario.Sequence(t, actiontrailtamper.Practice, practice.Observe, "{}",
		scenario.Step{Event: deleted}, scenario.Step{Event: deleted}, scenario.Step{Calls: []cloud.Call{made, gone}, Event: again})
	for i, want := range []bool{true, false, true} {
		if got := strings.Contains(told[i].Alert, "was deleted"); got != want {
			t.Errorf("step %d: told is %v: %s", i+1, got, told[i].Alert)
		}
	}
}
