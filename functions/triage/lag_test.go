package triage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/settings"
)

// An event that waited on its way to triage is told once an hour, and looked at all the
// same. What ActionTrail took is nobody's concern here.
func TestAnEventThatWaitedIsTold(t *testing.T) {
	published := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	late := func(id string, at time.Time) []byte {
		return event(t, opened, func(envelope, data map[string]any) {
			envelope["time"], data["eventTime"] = at.Add(-time.Hour).Format(time.RFC3339), at.Add(-time.Hour).Format(time.RFC3339)
			envelope["aliyunpublishtime"], data["eventId"] = at.Format("2006-01-02T15:04:05.000")+"UTC", id
		})
	}
	var f functions
	r := f.triage(settings.Settings{}, wants("a", authorized))
	for n, step := range []struct {
		waited  time.Duration
		after   time.Duration // of the first
		attempt int
		told    int
	}{
		{59 * time.Second, 0, 0, 0},
		{61 * time.Second, 0, 1, 0}, // an attempt before failed, which is told of otherwise
		{61 * time.Second, 0, 0, 1},
		{10 * time.Minute, 40 * time.Minute, 0, 1},
		{10 * time.Minute, 62 * time.Minute, 0, 2},
		{25 * time.Hour, 48 * time.Hour, 0, 2}, // sent again by somebody
	} {
		at := published.Add(step.after)
		f.clock = at.Add(step.waited)
		in := f.invocation("request")
		in.Attempt = step.attempt
		answer, err := r.Handle(t.Context(), in, late(string(rune('a'+n)), at))
		if err != nil || len(answer.Invoked) != 1 {
			t.Errorf("step %d: %+v, %v", n, answer, err)
		}
		var told []string
		for _, x := range f.log {
			if x.Key == "lag" && !x.Quiet {
				told = append(told, x.Finding+" "+x.Facts["the event"])
			}
		}
		if len(told) != step.told || step.told == 1 && !strings.Contains(told[0], "waited 1m1s before it was looked at AuthorizeSecurityGroup actiontrail/c") {
			t.Errorf("step %d: told %v", n, told)
		}
	}
}
