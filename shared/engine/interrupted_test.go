package engine_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// What was announced has a result, even where nobody can look at it any more.
func TestAnAttemptThatCannotLookAgain(t *testing.T) {
	w := begin(t, each, 22)
	var mend func()
	w.after(revoke, 1, func() { mend = w.cloud.Inject(deny(readRules)) })
	w.fails(t.Context(), event(t, 1), firstAttempt)
	w.tells("intent 22")
	w.attempt(event(t, 1), secondAttempt, practice.Failed, practice.Partly)
	w.tells("intent 22", "result unreadable failed", "result 22 partly an earlier attempt was interrupted")
	if r := w.result("22"); r.CallsMade != 1 || undoing(r) != "22/22" {
		t.Errorf("%+v", r)
	}
	mend()
	w.attempt(event(t, 1), secondAttempt, practice.Good)
}

// An intent is completed by the look that announced it: another of the same task, as
// those of a sweep are, knows nothing of how it stands.
func TestAnIntentBelongsToItsLook(t *testing.T) {
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		key := map[string]string{"sg-a": "22", "sg-b": "23"}[pass.Resource.ID]
		pass.Resource.ID = group // both find something wrong with what they share
		found, err := rules(ctx, pass)
		for _, r := range found {
			if r.key() == key {
				pass.Report(practice.Finding{Key: key, Changes: []practice.Change{r.close()}})
			}
		}
		return err
	}, 22, 23)
	sweep := w.swept("sg-b", "sg-a")
	mend := w.cloud.Inject(busy(revoke))
	ctx, cancel := context.WithTimeout(t.Context(), engine.Reserve+time.Second)
	defer cancel()
	_, _ = w.driver(firstAttempt).Handle(ctx, sweep)
	mend()
	if n := len(w.of(ledger.Intent)); n != 2 || len(w.of(ledger.Result)) > 0 || len(w.of(ledger.Pointer)) != 2 {
		t.Fatal(w.said())
	}
	if _, err := w.driver(secondAttempt).Handle(t.Context(), sweep); err != nil {
		t.Fatal(err)
	}
	if len(w.of(ledger.Intent)) != 2 || len(w.of(ledger.Result)) != 2 || w.count()[practice.Fixed] != 2 || w.ports() != "" {
		t.Error(w.said())
	}
}

// An intent about another resource than the one that is looked at is settled also where the
// log has not taken the pointer to it.
func TestAnIntentWhosePointerIsLost(t *testing.T) {
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		for _, r := range found {
			part := pass.Resource
			part.ID = "sgr-of-" + r.key()
			pass.Report(practice.Finding{Key: r.key(), Resource: part, Title: "open", Changes: []practice.Change{r.close()}})
		}
		return err
	}, 22)
	// The two are written at the same time, each to the shard of its resource. The pointer's
	// write waits until the intent is there, and then finds the log busy.
	pointers := ledger.HashKey(account, region, group)
	written, mend := make(chan struct{}), func() {}
	taken := sync.OnceFunc(func() { close(written) })
	lose := sync.OnceFunc(func() { mend = w.cloud.Inject(busy(writeLog)) })
	open := w.cloud.Gate(func(call cloud.Call) func() {
		switch {
		case call.Action != writeLog:
			return nil
		case call.Params["key"] != pointers:
			return taken
		}
		<-written
		lose()
		return nil
	})
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	open()
	mend()
	if len(w.of(ledger.Intent)) != 1 || len(w.of(ledger.Pointer)) != 0 {
		t.Fatalf("the log has not lost the pointer:\n%s", w.said())
	}
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	intent, r := w.of(ledger.Intent)[0], w.result("22")
	if !slices.Equal(r.Closes, []string{intent.Nonce}) || r.CallsMade != 1 || undoing(r) != "22/22" {
		t.Errorf("closes %v, want %s; made %d, undo %q", r.Closes, intent.Nonce, r.CallsMade, undoing(r))
	}
}

// Who gave up may have changed something. As long as that may still be under way, the case
// stays, so that a later look says what has become of it.
func TestWhatWasGivenUpStaysOpenBesideAnIntent(t *testing.T) {
	for name, dies := range map[string]bool{"with an intent": true, "without one": false} {
		w := begin(t, each, 22)
		if dies {
			w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
		} else {
			w.root(rule{"sgr-22", "22/22"}.close().Call)
		}
		gave := ledger.Record{ID: "gave-up", Kind: ledger.Result, Time: time.Now(), Practice: w.practice.ID, Outcome: practice.Failed, Key: engine.KeyGaveUp, Quiet: true,
			ResourceType: w.practice.Resource, Resource: group, Subject: group, Region: region, Account: account, Nonce: "gave-up/1"}
		if err := w.driver(firstAttempt).Ledger.Append(t.Context(), gave); err != nil {
			t.Fatal(err)
		}
		w.deliver(event(t, 2), practice.Good)
		closed := slices.ContainsFunc(w.of(ledger.Result), func(r ledger.Record) bool { return slices.Contains(r.Closes, gave.Nonce) })
		if closed == dies {
			t.Errorf("%s: closed %t\n%s", name, closed, w.said())
		}
	}
}

func TestAProcessThatDies(t *testing.T) {
	for _, c := range []struct {
		name, action string
		n            int
		reason       string
	}{
		{"after the intent, before the change", writeLog, 1, ""},
		{"after the change, before the result", revoke, 1, "nothing is wrong any more: an earlier attempt was interrupted"},
		{"after the last look, before the result", readRules, 3, "nothing is wrong any more: an earlier attempt was interrupted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := begin(t, each, 22)
			w.fails(w.dies(c.action, c.n), event(t, 1), firstAttempt)
			w.tells("intent 22")
			w.attempt(event(t, 1), secondAttempt, practice.Fixed)
			w.tells("intent 22", strings.TrimSpace("result 22 fixed "+c.reason))
			if n := len(w.changes()); n != 1 || w.ports() != "" {
				t.Errorf("%d changes, open %q", n, w.ports())
			}
			if r := w.result("22"); r.CallsMade != 1 || undoing(r) != "22/22" || r.Round != 0 {
				t.Errorf("made %d, undo %q, round %d", r.CallsMade, undoing(r), r.Round)
			}
		})
	}
}

// Half of the plan is done, and the rest only at the second attempt: what the result
// says and takes back is the whole.
func TestAnAttemptThatEndsHalfWay(t *testing.T) {
	w := begin(t, whole, 22, 23)
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	if w.ports() != "23/23" {
		t.Fatalf("open: %s", w.ports())
	}
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	r := w.result("all")
	if r.CallsMade != 2 || len(r.Calls) != 2 || len(r.Why) != 2 || undoing(r) != "23/23 22/22" {
		t.Errorf("made %d, %d calls, undo %q", r.CallsMade, len(r.Calls), undoing(r))
	}
	w.tells("intent all", "intent all", "result all fixed an earlier attempt was interrupted")
	if second := w.of(ledger.Intent)[1]; len(second.Calls) != 1 {
		t.Errorf("the second intent has %d calls, want the one that was left", len(second.Calls))
	}
}

// An attempt that died in its second round: both rounds are in the result.
func TestAnAttemptThatDiesInTheSecondRound(t *testing.T) {
	w := begin(t, step, 22, 23)
	w.fails(w.dies(revoke, 2), event(t, 1), firstAttempt)
	w.tells("intent step", "intent step")
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	if r := w.result("step"); r.CallsMade != 2 || undoing(r) != "23/23 22/22" {
		t.Errorf("made %d, undo %q", r.CallsMade, undoing(r))
	}
}

// What was changed at an attempt that nobody comes back to is told by the next look that
// finds it in the log, and once.
func TestAnInvocationThatNobodyCompletes(t *testing.T) {
	again := func(id string) []byte {
		text, err := json.Marshal(events.Look{Ecsguard: events.LookWord, ID: id, Targets: []events.Asked{{Type: "ACS::ECS::SecurityGroup", ID: group, Region: region, Account: account}}})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	w := begin(t, each, 22)
	clock := time.Now().Add(-2 * time.Minute)
	w.now = func() time.Time { return clock }
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	w.now = time.Now
	w.deliver(again("1/1"), practice.Fixed)
	w.tells("intent 22", "result 22 fixed nothing is wrong any more: an earlier attempt was interrupted")
	if r := w.result("22"); r.CallsMade != 1 || undoing(r) != "22/22" || r.Quiet || r.ID != w.of(ledger.Intent)[0].ID {
		t.Errorf("%+v", r)
	}
	w.deliver(again("1/2"), practice.Good)
	w.attempt(event(t, 1), secondAttempt, practice.Good)
	w.tells("intent 22", "result 22 fixed")
	// One that may still be at work is not anybody else's to tell.
	w = begin(t, each, 22)
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	w.deliver(again("1/1"), practice.Good)
	w.tells("intent 22")
}
