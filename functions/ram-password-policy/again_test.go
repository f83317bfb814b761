package rampasswordpolicy_test

import (
	"strings"
	"testing"

	rampasswordpolicy "github.com/ecsguard/ecsguard/functions/ram-password-policy"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// What comes again after it was put right says what stops it; the first time it does not.
func TestWhatComesAgainIsPrevented(t *testing.T) {
	event := func(id string) string {
		return "sample actiontrail/create-access-key-root\n/data/eventName = \"SetPasswordPolicy\"\n/data/eventId = \"" + id + "\"\n"
	}
	weaken := ours.New("ims", "SetPasswordPolicy", "", "MinimumPasswordLength", "8")
	told := scenario.Sequence(t, rampasswordpolicy.Practice, practice.Enforce, "ram: {root-access-keys: 0}\n",
		scenario.Step{Event: event("first")}, scenario.Step{Calls: []ours.Call{weaken}, Event: event("second")})
	for i, want := range []bool{false, true} {
		if got := strings.Contains(told[i].Alert, "It came again") && strings.Contains(told[i].Alert, "StringNotLike"); got != want {
			t.Errorf("step %d: %v\n%s", i+1, got, told[i].Alert)
		}
	}
}
