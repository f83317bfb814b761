package engine_test

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// What stays wrong beside an edit of ecsguard's own is not told again because of that edit,
// nor because the event before it is looked at once more. What somebody else does is news.
func TestOurOwnEditIsNobodyElsesAct(t *testing.T) {
	by := func(kind, name string) func(_, data map[string]any) {
		return with("userIdentity", map[string]any{"type": kind, "userName": name})
	}
	sato, own := by("ram-user", "sato"), by("assumed-role", "ecsguard-test-practice:request")
	for name, test := range map[string]struct {
		first, second func(_, data map[string]any)
		want          practice.Outcome
	}{
		"its own edit after somebody's": {sato, own, practice.Ignored},
		"its own edit before":           {own, sato, practice.Ignored},
		"who is only named alike":       {sato, by("ram-user", "ecsguard-test-practice"), practice.Observed},
		"somebody else":                 {sato, by("ram-user", "tanaka"), practice.Observed},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, each, 22)
			w.settings.Mode = practice.Observe
			ago := with("eventTime", time.Now().Add(-time.Minute).UTC().Format(time.RFC3339))
			w.deliver(event(t, 1, test.first, ago), practice.Observed)
			w.deliver(event(t, 2, test.second, ago), test.want)
		})
	}
}

// What happens after the look at an edit of its own has spoken is news.
func TestWhatHappensAfterOurOwnEditIsNews(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.Mode = practice.Observe
	w.now = func() time.Time { return time.Now().Add(-time.Hour) }
	w.deliver(event(t, 1, with("userIdentity", map[string]any{"type": "assumed-role", "userName": "ecsguard-test-practice:request"})), practice.Observed)
	w.now = time.Now
	w.deliver(event(t, 2, with("eventTime", time.Now().UTC().Format(time.RFC3339))), practice.Observed)
}
