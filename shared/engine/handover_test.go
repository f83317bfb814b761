package engine_test

import (
	"context"
	"testing"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// lacking does what a check does, and misses what the event made where it is not there.
func lacking(check func(context.Context, *practice.Pass) error) func(context.Context, *practice.Pass) error {
	return func(ctx context.Context, pass *practice.Pass) error {
		if err := check(ctx, pass); err != nil || len(pass.Findings()) > 0 {
			return err
		}
		pass.Unseen("the rule")
		return nil
	}
}

// What an event made and what a look has put right is not missing afterwards: only where
// nothing was seen and nothing was done, it is looked for again.
func TestWhatWasPutRightIsNotLookedForAgain(t *testing.T) {
	for name, x := range map[string]struct {
		ports []int
		want  practice.Outcome
		notes int
	}{
		"it was there":  {[]int{22}, practice.Fixed, 0},
		"it is to come": {nil, practice.Good, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, lacking(each), x.ports...)
			w.deliver(event(t, 1), x.want)
			notes := 0
			for _, r := range w.records() {
				if r.Key == engine.KeyUnseen {
					notes++
				}
			}
			if notes != x.notes {
				t.Errorf("%d notes that something is not seen yet, want %d: %s", notes, x.notes, w.said())
			}
		})
	}
}
