package akleak_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	akleak "github.com/ecsguard/ecsguard/functions/ak-leak"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Somebody enables a published key again and again: people are told, and when it is to be
// disabled all the same.
func TestWhoEnablesAPublishedKeyAgain(t *testing.T) {
	const state = `ram:
  root-access-keys: 0
  users:
    - {name: ci, access-keys: 1, keys: [{id: LTAI5tPublic, created-days-ago: 10}]}
sas:
  published-keys:
    - {key: LTAI5tPublic, user: ci}
`
	enable := cloud.New("ims", "UpdateAccessKey", "", "UserPrincipalName", "ci@1098765432101234.onaliyun.com", "UserAccessKeyId", "LTAI5tPublic", "Status", "Active")
	var steps []scenario.Step
	for i := range 4 {
		steps = append(steps, scenario.Step{Calls: []cloud.Call{enable}, Event: fmt.Sprintf(`sample actiontrail/create-access-key-root
/data/eventId = "event-%d"
/data/eventName = "UpdateAccessKey"
/data/requestParameters/UserAccessKeyId = "LTAI5tPublic"
`, i)})
	}
	told := scenario.SequenceWith(t, akleak.Practice, practice.Enforce, "protected: [deploy]\n", state, steps...)
	for i, s := range told {
		want := []practice.Outcome{practice.Fixed}
		if i == 3 {
			want = []practice.Outcome{practice.Awaiting}
		}
		if !slices.Equal(s.Outcomes, want) {
			t.Errorf("%d: %v\n%s", i+1, s.Outcomes, s.Alert)
		}
	}
	if !strings.Contains(told[3].Alert, "It will be put right at") {
		t.Error(told[3].Alert)
	}
}
