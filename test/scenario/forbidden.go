package scenario

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// refusals sees to it that each action of a practice is refused for good once: where
// something is wrong, if it is used there, because only there it can be taken for good.
type refusals struct {
	refused map[string]bool
	quiet   map[string]scenario // actions that have been used only where nothing is wrong
}

// derive refuses those actions of a scenario whose turn it is.
func (r *refusals) derive(t *testing.T, p *practice.Practice, s scenario) {
	for _, action := range s.unneeded {
		if !slices.Contains(s.used, action) {
			t.Errorf("%s is said to be unneeded, and is not used", action)
		}
	}
	for _, action := range s.used {
		switch {
		case slices.Contains(s.unneeded, action):
			t.Run("unneeded/"+action, func(t *testing.T) { unneeded(t, p, s, action) })
		case full || s.telling() && !r.refused[action]:
			r.refuse(t, p, s, action)
		case !r.refused[action] && r.quiet[action].event == nil:
			r.quiet[action] = s
		}
	}
}

// rest refuses what no scenario has refused that could tell.
func (r *refusals) rest(t *testing.T, p *practice.Practice) {
	for action, s := range r.quiet {
		if !r.refused[action] {
			r.refuse(t, p, s, action)
		}
	}
}

func (r *refusals) refuse(t *testing.T, p *practice.Practice, s scenario, action string) {
	r.refused[action] = true
	t.Run("forbidden/"+action, func(t *testing.T) { forbidden(t, p, s, action) })
}

// unneeded: a call is refused for good, whose answer makes no difference in this scenario.
// Everything comes out as if it had been answered. Another scenario has to show what comes
// of it where it does make one.
func unneeded(t *testing.T, p *practice.Practice, s scenario, action string) {
	w := begin(t, p, s, practice.Enforce)
	w.cloud.Inject(cloud.Deny(action))
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Errorf("%s refused: %v", action, err)
	}
	if got := w.changes(); !slices.Equal(got, s.calls) {
		t.Errorf("%s refused: changing calls:\n%s\nwant:\n%s", action, list(got), list(s.calls))
	}
	sameEnd(t, w, s, outcomes)
}

// forbidden: a call is refused for good. It is said, and never taken for good.
func forbidden(t *testing.T, p *practice.Practice, s scenario, action string) {
	s.refused = nil // one that strikes first would be another story
	w := begin(t, p, s, practice.Enforce)
	w.cloud.Inject(cloud.Deny(action))
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	said := slices.ContainsFunc(w.records(), func(r ledger.Record) bool {
		failed := (r.Outcome == practice.Failed || r.Outcome == practice.Partly) && r.ErrorCode != ""
		told := slices.ContainsFunc(slices.Collect(maps.Values(r.Facts)), func(fact string) bool { return strings.HasPrefix(fact, action+": ") })
		return r.Kind == ledger.Result && (failed || told || strings.HasPrefix(r.Missed, "could not be read"))
	})
	if err == nil && !said {
		t.Errorf("%s refused: no error and no record says so, outcomes %v", action, outcomes)
	}
	if count(outcomes, practice.Good) > count(s.outcomes, practice.Good) || count(outcomes, practice.Fixed) > count(s.outcomes, practice.Fixed) {
		t.Errorf("%s refused: taken for good: %v", action, outcomes)
	}
}

func count(outcomes []practice.Outcome, o practice.Outcome) (n int) {
	for _, x := range outcomes {
		if x == o {
			n++
		}
	}
	return n
}
