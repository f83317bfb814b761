package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/run"
)

// Two that are about to change some of the same: the second waits, and does what the
// first has left.
func TestTheSecondWaitsForTheFirst(t *testing.T) {
	w := begin(t, objects(22, 25), 21, 22, 24, 25)
	w.peer("sg-first", practice.Critical, objects(20, 22))
	w.after(readRules, 2, func() { w.root(rule{"sgr-21", "21/21"}.close().Call, rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Fixed)
	if got := w.changes(); !slices.Equal(got, []string{"RevokeSecurityGroup sgr-24", "RevokeSecurityGroup sgr-25"}) {
		t.Errorf("changes %v", got)
	}
	if !strings.Contains(w.log.String(), `"msg":"waits"`) || w.reads() != 4 || len(w.result("22-25").Also) > 0 {
		t.Errorf("%d reads, also %v, the log: %s", w.reads(), w.result("22-25").Also, &w.log)
	}
}

func TestNothingIsLeftAfterTheWait(t *testing.T) {
	w := begin(t, objects(22, 25), 22)
	w.peer("sg-first", practice.Critical, objects(20, 22))
	w.after(readRules, 1, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Good)
	w.tells()
}

// One that does not act is not waited for longer than that.
func TestTheWaitRunsOut(t *testing.T) {
	w := begin(t, objects(22, 25), 22, 25)
	w.patience = 30 * time.Millisecond
	w.peer("sg-first", practice.Critical, objects(20, 22))
	begun := time.Now()
	w.deliver(event(t, 1), practice.Fixed)
	if waited := time.Since(begun); waited < 25*time.Millisecond || waited > 5*time.Second || w.reads() < 3 {
		t.Errorf("%s, %d reads", waited, w.reads())
	}
	if r := w.result("22-25"); w.ports() != "" || !slices.Equal(r.Also, []string{"sg-first"}) {
		t.Errorf("open %s, names %v", w.ports(), r.Also)
	}
}

// Time to act is kept.
func TestTheWaitLeavesTimeToAct(t *testing.T) {
	w := begin(t, objects(22, 25), 22)
	w.peer("sg-first", practice.Critical, objects(20, 22))
	ctx, cancel := context.WithTimeout(t.Context(), run.Reserve+time.Second)
	defer cancel()
	got, err := w.driver(firstAttempt).Handle(ctx, event(t, 1))
	if err != nil || !slices.Equal(got, []practice.Outcome{practice.Fixed}) {
		t.Errorf("%v %v", got, err)
	}
}

// The first does not wait for the second, nor anybody for one that only tells.
func TestWhoDoesNotWait(t *testing.T) {
	for _, x := range []struct {
		severity practice.Severity
		mode     practice.Mode
	}{{practice.Low, practice.Enforce}, {practice.Critical, practice.Observe}, {practice.Critical, practice.Approve}} {
		w := begin(t, objects(22, 25), 22, 25)
		w.mode("sg-other", x.mode)
		w.peer("sg-other", x.severity, objects(20, 22))
		w.deliver(event(t, 1), practice.Fixed)
		if w.reads() != 2 {
			t.Errorf("%v: %d reads", x, w.reads())
		}
	}
}
