package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// plans is a check of a plan: open ports are closed one after the other until so many are left, and the cloud is at work then.
func plans(until *int) func(context.Context, *practice.Pass) error {
	return func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		if err != nil || len(found) == 0 {
			return err
		}
		f := practice.Finding{Key: "plan", Title: "open", Costs: "an hour", Plan: &practice.Plan{Next: 3 * time.Hour, Says: "at work", Tells: len(found) == 3,
			Left: []practice.Prevention{{Kind: practice.LeftOver, Does: "a half", Text: "remove it"}}}}
		if len(found) > *until {
			f.Changes = []practice.Change{found[0].close()}
		}
		pass.Report(f)
		return nil
	}
}

// open are the cases that the log leaves.
func (w *world) open() []ledger.Case { return ledger.Fold(nil, w.records()) }

// A plan goes from look to look: its first step is told, those after it are not, and its end is. It is looked at for as long as it says.
func TestAPlan(t *testing.T) {
	until := 2
	w := begin(t, plans(&until), 22, 23, 24)
	w.deliver(event(t, 1), practice.Partly)
	if open := w.open(); len(open) != 1 || open[0].Every != 3*time.Hour || time.Until(open[0].Next) < 2*time.Hour {
		t.Fatalf("%+v\n%s", open, w.said())
	}
	if r := w.result("plan"); r.CallsMade != 1 || len(r.Undo) != 1 || r.Costs != "an hour" || r.Quiet {
		t.Fatalf("%+v", r)
	}
	w.deliver(event(t, 2), practice.Deferred)
	until = 1
	w.deliver(event(t, 3), practice.Deferred)
	if r := w.last("plan"); r.Outcome != practice.Deferred || r.CallsMade != 1 || r.Every != 3*time.Hour {
		t.Fatalf("%+v\n%s", r, w.said())
	}
	until = 0
	w.deliver(event(t, 4), practice.Fixed)
	if r := w.last("plan"); r.Every != 0 || w.ports() != "" {
		t.Fatalf("%+v\n%s", r, w.said())
	}
}

// A look at a plan that is killed before it could say that it has begun is said first by the next, and nothing else is done by then. One that
// is killed later is gone on with, and its intent is closed.
func TestAPlanThatIsKilled(t *testing.T) {
	until := 2
	w := begin(t, plans(&until), 22, 23, 24)
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	if w.ports() != "23/23 24/24" {
		t.Fatalf("open %q", w.ports())
	}
	until = 1
	w.attempt(event(t, 1), secondAttempt, practice.Deferred)
	if r := w.last("plan"); w.ports() != "23/23 24/24" || r.Outcome != practice.Partly || r.CallsMade != 1 || len(r.Closes) != 1 || r.Quiet {
		t.Fatalf("open %q: %+v\n%s", w.ports(), r, w.said())
	}
	w.deliver(event(t, 2), practice.Deferred)
	if w.ports() != "24/24" {
		t.Fatalf("open %q\n%s", w.ports(), w.said())
	}
}

// Where nobody goes on, because of the mode or an exemption, what is left over is told.
func TestAPlanThatStops(t *testing.T) {
	until := 2
	w := begin(t, plans(&until), 22, 23, 24)
	w.deliver(event(t, 1), practice.Partly)
	w.settings.Mode = practice.Observe
	w.deliver(event(t, 2), practice.Awaiting)
	if r := w.last("plan"); !r.LeavesOver() || len(w.open()) > 0 {
		t.Fatalf("%+v\n%s", r, w.said())
	}
}

// last is the last result of a finding.
func (w *world) last(key string) (last ledger.Record) {
	for _, r := range w.of(ledger.Result) {
		if r.Key == key {
			last = r
		}
	}
	return last
}

// What the cloud accepts and does not do is told, and does not go on in silence.
func TestAPlanThatDoesNotGetFurther(t *testing.T) {
	until := 2
	w := begin(t, plans(&until), 22, 23, 24, 25)
	w.cloud.Inject(cloud.Fault{Action: revoke, Ignore: true})
	w.deliver(event(t, 1), practice.Deferred)
	w.deliver(event(t, 2), practice.Deferred)
	w.deliver(event(t, 3), practice.Partly)
	if r := w.last("plan"); r.Every != 0 || !r.LeavesOver() || r.Quiet {
		t.Fatalf("%+v\n%s", r, w.said())
	}
}
