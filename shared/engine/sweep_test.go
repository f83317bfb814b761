package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// swept is a look at some groups that comes from a sweep, as triage asks for it.
func (w *world) swept(ids ...string) []byte {
	w.Helper()
	look := events.Look{Ecsguard: events.LookWord, ID: "timer/sweep", Sweep: true, Left: w.settings.SweepBudget()}
	for _, id := range ids {
		look.Targets = append(look.Targets, events.Asked{Type: w.practice.Resource, ID: id, Region: region, Account: account})
	}
	text, err := json.Marshal(look)
	if err != nil {
		w.Fatal(err)
	}
	return text
}

// sweeping gives a world n groups with an open port each, and a sweep over them.
func sweeping(t *testing.T, n int) (w *world, sweep []byte) {
	w = begin(t, each)
	text := "ecs:\n  security-groups:"
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("sg-%02d", i))
		text += groupYAML(ids[i], 22)
	}
	if err := w.cloud.Load([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return w, w.swept(ids...)
}

func (w *world) count() map[practice.Outcome]int {
	n := map[practice.Outcome]int{}
	for _, r := range w.of(ledger.Result) {
		n[r.Outcome]++
	}
	return n
}

func TestASweepActsOnTen(t *testing.T) {
	w, sweep := sweeping(t, 12)
	if _, err := w.driver(firstAttempt).Handle(t.Context(), sweep); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 10 || n[practice.Awaiting] != 2 || len(w.changes()) != 10 {
		t.Errorf("%v, %d changes", n, len(w.changes()))
	}
	for _, r := range w.of(ledger.Result) {
		if r.Outcome == practice.Awaiting && (!strings.Contains(r.Reason, "held back") || len(r.Calls) != 1) {
			t.Errorf("what is held back is not told: %+v", r)
		}
	}
	// The same look again is of the same sweep.
	if _, err := w.driver(firstAttempt).Handle(t.Context(), sweep); err != nil {
		t.Fatal(err)
	}
	if n := len(w.changes()); n != 10 {
		t.Errorf("%d changes", n)
	}
}

// The budget is of findings, however many of them are on one resource.
func TestASweepCountsFindings(t *testing.T) {
	w := begin(t, each, 20, 21, 22, 23, 24)
	w.settings.PerSweep = 3
	if _, err := w.driver(firstAttempt).Handle(t.Context(), w.swept(group)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 3 || n[practice.Awaiting] != 2 {
		t.Errorf("%v", n)
	}
}

// What no change can put right takes nothing from the others, at no sweep.
func TestASweepCountsOnlyWhatItChanges(t *testing.T) {
	w, sweep := sweeping(t, 12)
	w.practice.Check, w.practice.Touches = objects(22, 22), true
	w.practice.Family = &practice.Family{Name: "stubborn", Join: func(ctx context.Context, pass *practice.Pass, findings []practice.Finding) (practice.Edit, error) {
		if pass.Resource.ID < "sg-10" {
			return practice.Edit{Left: []practice.Left{{Whole: true, Why: "somebody would be shut out"}}}, nil
		}
		e, err := kin.Join(ctx, pass, findings)
		for i, c := range e.Changes {
			e.Changes[i].Call = c.Call.With("SecurityGroupId", pass.Resource.ID)
		}
		return e, err
	}}
	if _, err := w.driver(firstAttempt).Handle(t.Context(), sweep); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 2 || n[practice.Failed] != 10 {
		t.Errorf("%v", n)
	}
}

// A sweep that dies in the middle and is run again does not begin a new budget.
func TestASweepThatDiesHasOneBudget(t *testing.T) {
	w, sweep := sweeping(t, 16)
	err := w.fails(w.dies(revoke, 5), sweep, firstAttempt)
	if n := len(w.changes()); n < 5 || n > 5+engine.AtATime {
		t.Fatalf("%d changes before it died", n)
	}
	if len(err.Error()) > 4000 {
		t.Errorf("an error of %d bytes: it goes on after its end", len(err.Error()))
	}
	if _, err := w.driver(secondAttempt).Handle(t.Context(), sweep); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 10 || n[practice.Awaiting] != 6 || len(w.changes()) != 10 {
		t.Errorf("%v, %d changes", n, len(w.changes()))
	}
}

// Some resources are looked at at once, and no more than that.
func TestASweepLooksAtSeveralAtOnce(t *testing.T) {
	w, sweep := sweeping(t, 20)
	var mu sync.Mutex
	now, most, full := 0, 0, make(chan struct{})
	w.practice.Check = func(context.Context, *practice.Pass) error {
		mu.Lock()
		now++
		if most = max(most, now); now == engine.AtATime {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full // until as many are here as may be
		for range 1000 {
			runtime.Gosched() // one more could come now
		}
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	got, err := w.driver(firstAttempt).Handle(t.Context(), sweep)
	if err != nil || len(got) != 20 || most != engine.AtATime {
		t.Errorf("%d outcomes, %d at once, %v", len(got), most, err)
	}
}

// What was not looked at is said.
func TestASweepWhoseTimeIsUp(t *testing.T) {
	w, sweep := sweeping(t, 20)
	ctx, cancel := context.WithCancel(t.Context())
	n := atomic.Int64{}
	w.practice.Check = func(context.Context, *practice.Pass) error {
		if n.Add(1) == 8 {
			cancel()
		}
		return nil
	}
	err := w.fails(ctx, sweep, firstAttempt)
	if n.Load() > 8+engine.AtATime || !strings.Contains(err.Error(), "of 20 resources") {
		t.Errorf("%d looked at: %v", n.Load(), err)
	}
}

// No look gets more than a minute, whatever the function has: its intent is taken for
// dead a little later.
func TestTheTimeOfALook(t *testing.T) {
	w, sweep := sweeping(t, 1)
	var left time.Duration
	w.practice.Check = func(ctx context.Context, _ *practice.Pass) error {
		end, _ := ctx.Deadline()
		left = time.Until(end)
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for _, payload := range [][]byte{sweep, event(t, 1)} {
		if _, err := w.driver(firstAttempt).Handle(ctx, payload); err != nil || left <= 0 || left > time.Minute-engine.Reserve {
			t.Errorf("%s left, %v", left, err)
		}
	}
}

// One resource that cannot be put right keeps the sweep from no other.
func TestASweepGoesOnAfterAFailure(t *testing.T) {
	w, sweep := sweeping(t, 3)
	w.cloud.Inject(cloud.Fault{Action: revoke, Status: 403, Code: "Forbidden.RAM", Times: 1})
	if _, err := w.driver(firstAttempt).Handle(t.Context(), sweep); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Failed] != 1 || n[practice.Fixed] != 2 {
		t.Errorf("%v", n)
	}
}

// Nor does a resource on which the check panics end what is done to the others.
func TestASweepGoesOnAfterAPanic(t *testing.T) {
	w, sweep := sweeping(t, 3)
	w.practice.Check = func(ctx context.Context, pass *practice.Pass) error {
		if pass.Resource.ID == "sg-01" {
			return panicking(ctx, pass)
		}
		return each(ctx, pass)
	}
	err := w.fails(t.Context(), sweep, firstAttempt)
	if !strings.Contains(err.Error(), "sg-01") || !strings.Contains(err.Error(), "test-practice panics: no such param") {
		t.Errorf("%v", err)
	}
	if n := w.count()[practice.Fixed]; n != 2 {
		t.Errorf("%d fixed", n)
	}
}

// Sweeps are triage's. A timer that somebody has given to a practice would make no sweep.
func TestATimerIsNotForAPractice(t *testing.T) {
	w := begin(t, each, 22)
	text, err := os.ReadFile("../../events/samples/timer/sweep.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.fails(t.Context(), text, firstAttempt); !strings.Contains(err.Error(), `practice test-practice: the timer "sweep" is not for a practice`) {
		t.Errorf("%v", err)
	}
}
