package rootaccesskey_test

import (
	"strings"
	"testing"

	rootaccesskey "github.com/ecsguard/ecsguard/functions/root-accesskey"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

const made = "sample actiontrail/create-access-key-root\n/data/eventTime = now\n"

// Each key that root makes is told, once. That somebody makes a key for a user meanwhile
// is none of it, and nobody is blamed for what he has not done.
func TestEachKeyIsNews(t *testing.T) {
	second := made + `/data/eventId = "second"` + "\n"
	users := made + `/data/eventId = "third"
/data/userIdentity/type = "ram-user"
/data/userIdentity/userName = "sato"
/data/requestParameters/UserPrincipalName = "m@1098765432101234.onaliyun.com"
`
	told := scenario.Sequence(t, rootaccesskey.Practice, practice.Observe, "ram: {root-access-keys: 1}\n",
		scenario.Step{Event: made}, scenario.Step{Event: made}, scenario.Step{Event: second}, scenario.Step{Event: users})
	for i, want := range []bool{true, false, true, false} {
		if got := strings.Contains(told[i].Alert, "The root account has an AccessKey"); got != want {
			t.Errorf("step %d: told is %v: %s", i+1, got, told[i].Alert)
		}
	}
}

// What the event has told is not told again by the hourly sweep, which sees the same from
// another region; that there is a second key is.
func TestToldOnceAndNotHourly(t *testing.T) {
	sweep := "sample timer/sweep\n"
	root := ours.New("ims", "CreateAccessKey", "")
	told := scenario.Sequence(t, rootaccesskey.Practice, practice.Observe, "ram: {root-access-keys: 1}\n",
		scenario.Step{Event: made}, scenario.Step{Event: sweep}, scenario.Step{Event: sweep},
		scenario.Step{Calls: []ours.Call{root}, Event: sweep}, scenario.Step{Event: sweep})
	for i, want := range []bool{true, false, false, true, false} {
		if got := told[i].Alert != ""; got != want {
			t.Errorf("step %d: told is %v: %s", i+1, got, told[i].Alert)
		}
	}
}
