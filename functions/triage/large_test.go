package triage_test

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions/triage"
)

// What comes back because a function gave up fits an invocation again, whoever gets it.
func TestALargeEventThatWasGivenUp(t *testing.T) {
	for name, text := range map[string]string{"text": strings.Repeat("x", 120<<10), "signs that JSON may escape": strings.Repeat("<", 100<<10)} {
		large := event(t, opened, func(_, data map[string]any) { data["additionalEventData"] = map[string]any{"More": ""} })
		large = []byte(strings.Replace(string(large), `"More":""`, `"More":"`+text+`"`, 1))
		if n := len(large); n < triage.MaxBody && name == "text" { // as large as it may be
			large = []byte(strings.Replace(string(large), `"More":"`, `"More":"`+strings.Repeat("x", triage.MaxBody-n), 1))
		}
		for who, practices := range map[string]int{"the next of the family": 2, "people": 1} {
			var f functions
			if _, err := route(t, &f, gaveUp("a", large), kinOf("a", "b")[:practices]...); err != nil || len(f.got) == 0 {
				t.Fatalf("%s, %s: %v", name, who, err)
			}
			for _, got := range f.got {
				about := got.body
				if failed, ok := events.DecodeFailure(about); ok {
					about = failed.Payload
				}
				if keyOf(t, about) != keyOf(t, large) {
					t.Errorf("%s, %s: %s gets another event", name, who, got.function)
				}
				if len(got.body) > triage.MaxBody {
					t.Errorf("%s, %s: %s gets %d bytes", name, who, got.function, len(got.body))
				}
			}
		}
	}
}
