package engine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// nobody answers no call.
type nobody struct{}

func (nobody) Read(context.Context, ours.Call, any) error { return errors.New("nobody reads here") }

func TestVerdicts(t *testing.T) {
	gives := func(err error) check { return func(context.Context, *practice.Pass) error { return err } }
	waits := func(ctx context.Context, _ *practice.Pass) error {
		<-ctx.Done()
		return fmt.Errorf("reading: %w", ctx.Err())
	}
	throttled := &ours.Error{Action: "ecs:Describe", Code: "Throttling", Status: 429}
	for name, x := range map[string]struct {
		check check
		new   bool          // the event creates the resource
		age   time.Duration // of the event
		whole time.Duration // that the invocation has
		want  string
	}{
		"good":                       {check: gives(nil), want: "good"},
		"gone":                       {check: gives(practice.ErrGone), want: "good"},
		"new and not there":          {check: gives(practice.ErrGone), new: true, want: "unseen"},
		"new and not there for long": {check: gives(practice.ErrGone), new: true, age: 2 * time.Minute, want: "good"},
		"not ready":                  {check: gives(practice.ErrNotYet), want: "unseen"},
		"not ready for long":         {check: gives(practice.ErrNotYet), age: 2 * time.Minute, want: "unknown"},
		"not shown":                  {check: func(_ context.Context, p *practice.Pass) error { p.Unseen("the rule"); return nil }, want: "unseen"},
		"wrong": {check: func(_ context.Context, p *practice.Pass) error {
			p.Report(practice.Finding{Key: "1", Changes: []practice.Change{{}}})
			return nil
		}, want: "wrong acts"},
		"wrong, for a person":  {check: func(_ context.Context, p *practice.Pass) error { p.Report(practice.Finding{Key: "1"}); return nil }, want: "wrong"},
		"refused":              {check: gives(&ours.Error{Code: "Forbidden.RAM", Status: 403}), want: "unknown"},
		"throttled":            {check: gives(throttled), want: "unknown passes"},
		"throttled to the end": {check: func(ctx context.Context, _ *practice.Pass) error { <-ctx.Done(); return throttled }, want: "unknown passes"},
		"panicking":            {check: func(context.Context, *practice.Pass) error { panic("a mistake") }, want: "unknown"},
		"slow":                 {check: waits, want: "unknown slow"},
		"the invocation ends":  {check: waits, whole: time.Second, want: "unknown passes"},
		"never returning":      {check: nil, want: "unknown stuck"},
		"late, and returning":  {check: func(ctx context.Context, _ *practice.Pass) error { <-ctx.Done(); return nil }, want: "good"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{}) // of this bubble, or time does not go on
				defer close(release)
				if x.check == nil {
					x.check = func(context.Context, *practice.Pass) error { <-release; return nil }
				}
				e := &events.Event{Kind: events.KindActionTrail, ID: "1", Time: time.Now()}
				time.Sleep(x.age)
				ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(x.whole, 10*time.Minute))
				defer cancel()
				p := &practice.Practice{ID: "a", Check: x.check}
				j := engine.NewJudge(nobody{}, "", e, settings.Settings{Mode: practice.Enforce}, time.Now, slog.New(slog.DiscardHandler))
				v := j.Judge(ctx, p, practice.Target{Resource: practice.Resource{Type: "x", ID: "1"}, Trigger: practice.Trigger{New: x.new}}, 20*time.Second)
				var got []string
				for _, is := range []struct {
					so   bool
					word string
				}{
					{len(v.Findings) == 0 && v.Unseen == "" && v.Err == nil, "good"}, {v.Unseen != "", "unseen"}, {v.Err != nil, "unknown"}, {len(v.Findings) > 0, "wrong"},
					{v.Acts, "acts"}, {v.Passes(), "passes"}, {v.Slow, "slow"}, {v.Stuck, "stuck"},
				} {
					if is.so {
						got = append(got, is.word)
					}
				}
				if strings.Join(got, " ") != x.want {
					t.Errorf("%v, want %s: %v", got, x.want, v.Err)
				}
			})
		})
	}
}

// What leads to many and does not end is a failure, and takes no more than its time.
func TestASpreadThatDoesNotWork(t *testing.T) {
	for name, spread := range map[string]func(context.Context) error{
		"panicking":       func(context.Context) error { panic("a mistake") },
		"slow":            func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"never returning": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{}) // of this bubble, or time does not go on
				defer close(release)
				if spread == nil {
					spread = func(context.Context) error { <-release; return nil }
				}
				p := &practice.Practice{ID: "a", Family: &practice.Family{Name: "one", Spread: func(ctx context.Context, _ *practice.Pass) ([]practice.Resource, error) {
					return []practice.Resource{{ID: "half"}}, spread(ctx)
				}}}
				j := engine.NewJudge(nobody{}, "", &events.Event{}, settings.Settings{}, time.Now, slog.New(slog.DiscardHandler))
				began := time.Now()
				parts, err := j.Spread(t.Context(), p, practice.Target{}, 20*time.Second)
				if err == nil || len(parts) > 0 || time.Since(began) > 30*time.Second {
					t.Errorf("%v, %v after %s", parts, err, time.Since(began))
				}
			})
		})
	}
}

// What does not show is looked for again in a minute, whatever was changed because of
// another event; and not where it was put right because of this one.
func TestWhatIsNotShownAfterAnotherChange(t *testing.T) {
	hidden := false
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		if hidden {
			pass.Unseen("the rule")
			return nil
		}
		return each(ctx, pass)
	}, 22)
	w.deliver(event(t, 1), practice.Fixed)
	hidden = true
	w.deliver(event(t, 1), practice.Good)
	for _, r := range w.of(ledger.Result) {
		if r.Key == engine.KeyUnseen {
			t.Errorf("what was put right is looked for: %+v", r)
		}
	}
	w.deliver(event(t, 2, with("eventTime", time.Now().Add(-10*time.Second).UTC().Format(time.RFC3339))), practice.Good)
	if r := w.result(engine.KeyUnseen); !r.Opens() || r.Due.IsZero() || !r.Quiet {
		t.Errorf("%+v", r)
	}
}

// A momentary finding is told once an event, at every delivery of it, and opens nothing.
func TestAMomentaryFinding(t *testing.T) {
	w := begin(t, func(_ context.Context, pass *practice.Pass) error {
		if pass.Event.Kind == events.KindActionTrail {
			pass.Report(practice.Finding{Key: "sign-in", Title: "root signed in", Momentary: true})
		}
		return nil
	})
	w.deliver(event(t, 1), practice.Awaiting)
	w.deliver(event(t, 1), practice.Ignored)
	w.deliver(event(t, 2), practice.Awaiting)
	told := 0
	for _, r := range w.of(ledger.Result) {
		if r.Key != "sign-in" {
			continue
		}
		if !r.Momentary || r.Opens() || r.Quiet {
			t.Errorf("%+v", r)
		}
		told++
	}
	if told != 2 {
		t.Errorf("told %d times", told)
	}
}

// A fix is looked at once more: people are told where it was taken back, and not where it
// held.
func TestAFixIsConfirmed(t *testing.T) {
	for name, taken := range map[string]bool{"held": false, "taken back": true} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, each, 22)
			w.deliver(event(t, 1), practice.Fixed)
			first := w.result("22")
			if !first.Confirms() {
				t.Fatalf("%+v", first)
			}
			if taken {
				w.load(group, 22)
			}
			w.now = func() time.Time { return first.Due.Add(time.Second) }
			look, err := json.Marshal(events.Look{Ecsguard: events.LookWord, ID: first.ID + "/1/1", Name: first.EventName, Time: first.EventTime,
				Targets: []events.Asked{{Type: "ACS::ECS::SecurityGroup", ID: group, Region: region, Account: account}}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.driver(engine.Invocation{Request: "request-2"}).Handle(t.Context(), look); err != nil {
				t.Fatal(err)
			}
			last := w.result("22")
			switch {
			case taken && (last.Outcome != practice.Fixed || last.Quiet || w.ports() != ""):
				t.Errorf("%+v, open %q", last, w.ports())
			case !taken && (last.Outcome != practice.Good || !last.Quiet || !slices.Contains(last.Closes, first.Nonce)):
				t.Errorf("%+v", last)
			}
		})
	}
}
