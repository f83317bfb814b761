package engine_test

import (
	"strings"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

var (
	firstAttempt  = engine.Invocation{}
	secondAttempt = engine.Invocation{Attempt: 1}
)

func deny(action string) cloud.Fault { return cloud.Deny(action) }

// busy is a refusal that passes, as long as it is there.
func busy(action string) cloud.Fault { return cloud.Fault{Action: action, Status: 503} }

func TestAReadThatMaySucceedLater(t *testing.T) {
	w := begin(t, each, 22)
	mend := w.cloud.Inject(busy(readRules))
	err := w.fails(w.givesUp(readRules, 3), event(t, 1), firstAttempt)
	if !ours.Retryable(err) {
		t.Errorf("the error does not say that it passes: %v", err)
	}
	w.tells()
	mend()
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	w.tells("intent 22", "result 22 fixed")
}

func TestAWriteThatMaySucceedLater(t *testing.T) {
	w := begin(t, each, 22)
	mend := w.cloud.Inject(busy(revoke))
	w.fails(w.givesUp(revoke, 3), event(t, 1), firstAttempt)
	w.tells("intent 22")
	mend()
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	w.tells("intent 22", "result 22 fixed")
	if a, b := w.of(ledger.Intent)[0], w.result("22"); a.ID != b.ID || b.Attempt != 1 || a.Attempt != 0 {
		t.Errorf("intent %s of attempt %d, result %s of attempt %d", a.ID, a.Attempt, b.ID, b.Attempt)
	}
}

// A read that is refused for good is a failure of ours, not a state of the resource.
func TestAReadThatIsRefused(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(deny(readRules))
	w.deliver(event(t, 1), practice.Failed)
	w.tells("result unreadable failed")
	if r := w.result("unreadable"); r.ErrorCode != "Forbidden.RAM" || r.Advice == "" {
		t.Errorf("%+v", r)
	}
	// It stays so, and every event of the resource would say it again.
	w.deliver(event(t, 1), practice.Ignored)
	w.deliver(event(t, 2), practice.Ignored)
	w.tells("result unreadable failed")
}

// The result is what has to be written: an attempt that cannot is no success.
func TestAResultThatCannotBeWritten(t *testing.T) {
	w := begin(t, each, 22)
	var mend func()
	w.after(writeLog, 1, func() {
		mend = w.cloud.Inject(cloud.Fault{Action: writeLog, Status: 401, Code: "Unauthorized", Message: "not you"})
	})
	w.fails(t.Context(), event(t, 1), firstAttempt)
	w.tells("intent 22")
	mend()
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	w.tells("intent 22", "result 22 fixed")
}

func TestAnIntentThatCannotBeWritten(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(deny(writeLog))
	w.fails(t.Context(), event(t, 1), firstAttempt)
	if got := w.changes(); len(got) > 0 {
		t.Errorf("it changed something unannounced: %v", got)
	}
}

// Without its history it knows neither what it did nor what it may do.
func TestAHistoryThatCannotBeRead(t *testing.T) {
	w := begin(t, each, 22)
	mend := w.cloud.Inject(busy(readLog))
	w.fails(w.short(), event(t, 1), firstAttempt)
	if got := w.changes(); len(got) > 0 {
		t.Errorf("it changed something: %v", got)
	}
	w.tells()
	w.load(group)
	// A first attempt has nothing to complete, a second may have.
	if got, err := w.driver(firstAttempt).Handle(w.short(), event(t, 1)); err != nil || len(got) != 1 || got[0] != practice.Good {
		t.Errorf("nothing is wrong: %v, %v", got, err)
	}
	w.fails(w.short(), event(t, 1), secondAttempt)
	mend()
	w.attempt(event(t, 1), secondAttempt, practice.Good)
}

// The change is made and the connection cut before the answer: asking again is
// refused, since the rule is gone. It was our change all the same.
func TestALostAnswer(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(cloud.Fault{Action: revoke, LoseResponse: true, Times: 1})
	w.deliver(event(t, 1), practice.Fixed)
	w.tells("intent 22", "result 22 fixed the cloud's answer to a change was lost")
	if r := w.result("22"); r.CallsMade != 1 || undoing(r) != "22/22" || r.Error != "" {
		t.Errorf("made %d, undo %q, error %q", r.CallsMade, undoing(r), r.Error)
	}
}

// The first of two answers is lost: the second change is made in the next round.
func TestALostAnswerInTheMiddle(t *testing.T) {
	w := begin(t, whole, 22, 23)
	w.cloud.Inject(cloud.Fault{Action: revoke, LoseResponse: true, Times: 1})
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("all"); w.ports() != "" || r.CallsMade != 2 || undoing(r) != "23/23 22/22" {
		t.Errorf("open %q, made %d, undo %q", w.ports(), r.CallsMade, undoing(r))
	}
}

// A connection that is cut before anything is done, and then a refusal by policy: that
// was never made.
func TestAFailureIsNotTakenForALostAnswer(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(cloud.Fault{Action: revoke, Reset: true, Times: 1})
	w.cloud.Inject(deny(revoke))
	w.deliver(event(t, 1), practice.Failed)
	if r := w.result("22"); r.CallsMade != 0 || len(r.Undo) > 0 {
		t.Errorf("%+v", r)
	}
}

// The log has the intent and its answer is lost: it is looked for, and not written again.
func TestAnIntentWhoseAnswerIsLost(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.PerHour = 2
	w.cloud.Inject(cloud.Fault{Action: writeLog, LoseResponse: true, Times: 1})
	w.deliver(event(t, 1), practice.Fixed)
	w.tells("intent 22", "result 22 fixed")
	w.root(opening("23/23"))
	w.deliver(event(t, 2), practice.Fixed)
}

func TestASecondDeliveryDoesNothing(t *testing.T) {
	w := begin(t, each, 22)
	w.deliver(event(t, 1), practice.Fixed)
	w.deliver(event(t, 1), practice.Good)
	// What has happened since has an event of its own.
	w.root(opening("22/22"))
	w.deliver(event(t, 1), practice.Ignored)
	if n := len(w.changes()); n != 1 {
		t.Errorf("%d changes", n)
	}
	w.deliver(event(t, 2), practice.Fixed)
}

// A result that does not settle the matter may be followed by another try, with an
// intent of its own, and by another result.
func TestASecondDeliveryAfterAFailure(t *testing.T) {
	w := begin(t, each, 22)
	mend := w.cloud.Inject(deny(revoke))
	w.deliver(event(t, 1), practice.Failed)
	mend()
	w.deliver(event(t, 1), practice.Fixed)
	w.tells("intent 22", "result 22 failed", "intent 22", "result 22 fixed")
}

// It has said how it ended; that somebody has put it right since is not ours to claim.
func TestAFailureIsNotCompletedByALaterDelivery(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(deny(revoke))
	w.deliver(event(t, 1), practice.Failed)
	w.load(group)
	w.deliver(event(t, 1), practice.Good)
	w.tells("intent 22", "result 22 failed", "result 22 good it has been put right since")
	if r := w.result("22"); r.CallsMade > 0 || len(r.Undo) > 0 {
		t.Errorf("it claims somebody else's fix: %+v", r)
	}
}

// The intent of one event is not completed by another.
func TestAnIntentBelongsToItsEvent(t *testing.T) {
	w := begin(t, each, 22)
	w.fails(w.dies(writeLog, 1), event(t, 1), firstAttempt)
	w.load(group)
	w.deliver(event(t, 2), practice.Good)
	w.tells("intent 22")
}

// A deadline that ends a change in the middle is handed back with the intent standing.
func TestADeadlineDuringTheChange(t *testing.T) {
	w := begin(t, each, 22)
	mend := w.cloud.Inject(cloud.Fault{Action: revoke, Delay: time.Minute})
	ctx := w.short()
	err := w.fails(ctx, event(t, 1), firstAttempt)
	if ctx.Err() != nil {
		t.Error("the reserve was used up")
	}
	if !ours.Retryable(err) || !strings.Contains(err.Error(), "time was up") {
		t.Errorf("%v", err)
	}
	mend()
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	w.tells("intent 22", "result 22 fixed")
}
