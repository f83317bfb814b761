package scenario

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/events"
)

// A scenario says by which way its event comes, and a sign-in comes by the log.
func TestTheWayOfAnEvent(t *testing.T) {
	for text, byTrail := range map[string]bool{
		smallest: false, smallest + "-- via --\nbus\n": false, smallest + "-- via --\nlog\n": true,
		strings.Replace(smallest, "actiontrail/stop-logging", "signin/root-console", 1): true,
	} {
		s, err := loaded(t, text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := events.Decode(s.event)
		if err != nil || len(e) != 1 || e[0].OfTrail() != byTrail || e[0].Kind != events.KindActionTrail {
			t.Errorf("%s\n%+v, %v", text, e, err)
		}
	}
	for says, text := range map[string]string{
		"it is bus or log":     smallest + "-- via --\nmail\n",
		"no sign-in comes":     strings.Replace(smallest, "actiontrail/stop-logging", "signin/root-console", 1) + "-- via --\nbus\n",
		"no record of Action":  strings.Replace(smallest, "actiontrail/stop-logging", "timer/sweep", 1) + "-- via --\nlog\n",
		"is no record of Acti": strings.Replace(smallest, "actiontrail/stop-logging", "config/noncompliant-disk", 1) + "-- via --\nlog\n",
	} {
		if _, err := loaded(t, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}
