package rootaccountusage_test

import (
	"fmt"
	"strings"
	"testing"

	rootaccountusage "github.com/ecsguard/ecsguard/functions/root-account-usage"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

func signIn(id string) string {
	return fmt.Sprintf("sample signin/root-console\n/eventId = %q\n/eventTime = now\n", id)
}

func call(id, from string) string {
	return fmt.Sprintf("sample actiontrail/create-access-key-root\n/data/eventId = %q\n/data/eventTime = now\n/data/sourceIpAddress = %q\n", id, from)
}

// A session is one message, however many calls it makes; so is one from another address. A
// delivery that comes again says nothing, and each sign-in is news.
func TestASessionIsOneMessage(t *testing.T) {
	const home, away = "198.51.100.77", "192.0.2.1"
	steps := []struct {
		event string
		told  bool
	}{{signIn("first"), true}, {signIn("first"), false}}
	for i := range 20 {
		steps = append(steps, struct {
			event string
			told  bool
		}{call(fmt.Sprint("home", i), home), false}, struct {
			event string
			told  bool
		}{call(fmt.Sprint("away", i), away), i == 0})
	}
	steps = append(steps, struct {
		event string
		told  bool
	}{signIn("second"), true})
	var all []scenario.Step
	for _, s := range steps {
		all = append(all, scenario.Step{Event: s.event})
	}
	for i, told := range scenario.Sequence(t, rootaccountusage.Practice, practice.Observe, "ram: {root-access-keys: 0}\n", all...) {
		if got := strings.Contains(told.Alert, "The root account is used"); got != steps[i].told {
			t.Errorf("step %d: told is %v: %s", i+1, got, told.Alert)
		}
	}
}
