package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// handed is an event as triage hands it over.
func handed(t *testing.T, event []byte, nonce string, others ...string) []byte {
	t.Helper()
	text, err := json.Marshal(events.Look{Ecsguard: events.LookWord, Event: event, For: others,
		Targets: []events.Asked{{Type: "ACS::ECS::SecurityGroup", ID: group, Region: region, Account: account, Handover: nonce}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// answered are the handovers that were said to be looked at.
func (w *world) answered() (nonces []string) {
	for _, r := range w.of(ledger.Result) {
		if r.Key == engine.KeyHandover {
			nonces = append(nonces, r.Closes...)
		}
	}
	return nonces
}

// The one that acts was woken, and tells what one that only observes objects to beyond
// that, once; and the handover is answered however the look ends.
func TestTheSpeakerTellsWhatOthersObserve(t *testing.T) {
	for name, x := range map[string]struct {
		peer check
		want []string
	}{
		"the same":       {objects(22, 22), nil},
		"something more": {objects(80, 80), []string{"sg-observes 80-80 observed"}},
		"nothing":        {objects(443, 443), nil},
		"gone":           {func(context.Context, *practice.Pass) error { return practice.ErrGone }, nil},
		"broken":         {panicking, []string{"sg-observes not judged deferred"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, objects(22, 22), 22, 80)
			w.peer("sg-observes", practice.Critical, x.peer)
			w.settings.Practices = map[string]settings.Practice{"sg-observes": {Mode: practice.Observe}}
			for range 2 { // delivered twice
				if _, err := w.driver(firstAttempt).Handle(t.Context(), handed(t, event(t, 1), "nonce-1", "sg-observes")); err != nil {
					t.Fatal(err)
				}
			}
			var said []string
			for _, r := range w.of(ledger.Result) {
				if r.Practice == "sg-observes" && r.Outcome != practice.Ignored {
					said = append(said, fmt.Sprintf("%s %s %s", r.Practice, r.Key, r.Outcome))
				}
			}
			if slices.Sort(said); !slices.Equal(slices.Compact(said), x.want) || x.want == nil && len(said) > 0 || name == "something more" && len(said) != 1 {
				t.Errorf("of the other it says %q, want %q", said, x.want)
			}
			if w.ports() != "80/80" || !slices.Contains(w.answered(), "nonce-1") {
				t.Errorf("open %s, answered %v", w.ports(), w.answered())
			}
		})
	}
}

// One that only observes and whose check does not end does not keep the speaker from telling
// its own, and is looked at again by itself.
func TestTheSpeakerDoesNotWaitForOneThatDoesNotEnd(t *testing.T) {
	defer engine.Hurry()()
	over := make(chan struct{})
	defer close(over)
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-endless", practice.Critical, func(context.Context, *practice.Pass) error { <-over; return nil })
	w.settings.Practices = map[string]settings.Practice{"sg-endless": {Mode: practice.Observe}}
	if _, err := w.driver(firstAttempt).Handle(t.Context(), handed(t, event(t, 1), "nonce-1", "sg-endless")); err != nil {
		t.Fatal(err)
	}
	if r := w.result(engine.KeyUnjudged); r.Practice != "sg-endless" || !r.Opens() || w.ports() != "" || !slices.Contains(w.answered(), "nonce-1") {
		t.Errorf("%+v, open %q, answered %v", r, w.ports(), w.answered())
	}
}

// Whoever may not look has answered, where nobody else of a family can be asked.
func TestOneThatMayNotLookAnswers(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(deny(readRules))
	if _, err := w.driver(firstAttempt).Handle(t.Context(), handed(t, event(t, 1), "nonce-1")); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.answered(), "nonce-1") {
		t.Errorf("it says %s", w.said())
	}
}
