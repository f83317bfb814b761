package run_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/run"
	"github.com/ecsguard/ecsguard/test/cloud"
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
	w.deliver(event(t, 1), practice.Fixed)
	if !strings.Contains(w.log.String(), `"msg":"waits"`) || w.reads() < 3 {
		t.Errorf("%d reads, the log: %s", w.reads(), &w.log)
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

// The first has made one of its changes: what is left of its finding is a part of the
// second's, and is its work all the same.
func TestTheSecondWaitsForOneInTheMiddle(t *testing.T) {
	w := begin(t, objects(22, 23), 21, 22, 23)
	w.peer("sg-first", practice.Critical, narrowing(21, 22))
	w.after(readRules, 2, func() { w.root(rule{"sgr-21", "21/21"}.close().Call) })
	w.after(readRules, 4, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Fixed)
	if got := w.changes(); !slices.Equal(got, []string{"RevokeSecurityGroup sgr-23"}) {
		t.Errorf("changes %v", got)
	}
}

// One that cannot ask back does not know that it could be silent, and acts.
func TestOneThatCannotAskBackGoesAhead(t *testing.T) {
	w := begin(t, objects(22, 23), 22, 23)
	w.peer("sg-first", practice.Low, objects(22, 22))
	w.practice.Reads = append(slices.Clone(w.practice.Reads), "ecs:DescribeInstances")
	w.after(readRules, 2, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Fixed)
	if got := w.changes(); !slices.Equal(got, []string{"RevokeSecurityGroup sgr-23"}) {
		t.Errorf("changes %v", got)
	}
	w = begin(t, objects(22, 22), 22)
	w.peer("sg-first", practice.Low, objects(22, 22))
	w.practice.Reads = append(slices.Clone(w.practice.Reads), "ecs:DescribeInstances")
	w.deliver(event(t, 1), practice.Ignored)
}

// Two that act on a part in common, both at once, as they are deployed: no rule is
// changed by both, and both say how it ended.
func TestTwoOfAFamilyAtOnce(t *testing.T) {
	w := begin(t, objects(22, 23), 21, 22, 23)
	own := w.practice
	other := w.peer("sg-first", practice.Critical, narrowing(21, 22))
	drivers := []*run.Driver{w.driver(firstAttempt), w.driver(firstAttempt)}
	drivers[1].Practice, drivers[1].Peers = other, []*practice.Practice{own}
	w.cloud.Inject(cloud.Fault{Action: revoke, Delay: 20 * time.Millisecond})
	var group sync.WaitGroup
	for _, d := range drivers {
		d.Wait = 30 * time.Millisecond
		group.Go(func() {
			if got, err := d.Handle(t.Context(), event(t, 1)); err != nil || !slices.Equal(got, []practice.Outcome{practice.Fixed}) {
				t.Errorf("%s: %v, %v", d.Practice.ID, got, err)
			}
		})
	}
	group.Wait()
	got := w.changes()
	slices.Sort(got)
	if want := []string{"RevokeSecurityGroup sgr-21", "RevokeSecurityGroup sgr-22", "RevokeSecurityGroup sgr-23"}; !slices.Equal(got, want) {
		t.Errorf("changes %v", got)
	}
	for _, r := range w.of(audit.Result) {
		if want := map[string]int{"sg-first": 2, own.ID: 1}[r.Practice]; r.Outcome != practice.Fixed || r.CallsMade != want {
			t.Errorf("%s %s with %d changes", r.Practice, r.Outcome, r.CallsMade)
		}
	}
}

// narrowing is objects, with a scope of what is left open only.
func narrowing(from, to int) check {
	return func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		f := practice.Finding{Key: "narrowing", Title: "open", Scope: practice.Scope{}}
		for _, r := range found {
			if port, _ := strconv.Atoi(r.key()); from <= port && port <= to {
				f.Changes = append(f.Changes, r.close())
				f.Scope["tcp"] = append(f.Scope["tcp"], practice.Span{From: port, To: port})
			}
		}
		if len(f.Changes) > 0 {
			pass.Report(f)
		}
		return err
	}
}

// While one is waited for, another gets into the middle of its changes.
func TestAllWhoComeFirstAreWaitedFor(t *testing.T) {
	w := begin(t, objects(22, 25), 22, 24, 25, 26)
	w.patience = time.Second // 25 is sg-second's too, which never comes to it
	w.peer("sg-first", practice.Critical, objects(20, 22))
	w.peer("sg-second", practice.Critical, narrowing(24, 26))
	w.after(readRules, 2, func() { w.root(rule{"sgr-26", "26/26"}.close().Call) })
	w.after(readRules, 3, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.after(readRules, 5, func() { w.root(rule{"sgr-24", "24/24"}.close().Call) })
	w.deliver(event(t, 1), practice.Fixed)
	if got := w.changes(); !slices.Equal(got, []string{"RevokeSecurityGroup sgr-25"}) {
		t.Errorf("changes %v", got)
	}
}

// One that comes late finds another in the middle: what the cloud shows looks like its
// own work, and the log says whose it is.
func TestOneThatComesLateWaits(t *testing.T) {
	w := begin(t, objects(22, 22), 21, 22)
	own := w.practice
	other := w.peer("sg-wide", practice.High, narrowing(21, 22))
	w.practice, w.peers = other, []*practice.Practice{own}
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	w.tells("intent narrowing")
	w.practice, w.peers = own, []*practice.Practice{other}
	own.Severity = practice.Critical
	w.after(readRules, 2, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Good)
	if got := w.changes(); !slices.Equal(got, []string{"RevokeSecurityGroup sgr-21"}) || !strings.Contains(w.log.String(), `"msg":"waits"`) {
		t.Errorf("changes %v, the log: %s", got, &w.log)
	}
	// What was announced long ago is nobody's work any more.
	w.load(group, 22)
	w.now = func() time.Time { return time.Now().Add(2 * time.Minute) }
	before := w.reads()
	w.deliver(event(t, 2), practice.Fixed)
	if n := w.reads() - before; n != 2 {
		t.Errorf("%d reads: it has waited", n)
	}
}

// A sweep whose budget is used up waits only for what an earlier attempt has paid for:
// that it acts on all the same.
func TestASweepWaitsForWhatIsPaidFor(t *testing.T) {
	w := begin(t, objects(22, 25), 22, 25)
	w.settings.PerSweep = 1
	w.practice.Sweep = practice.Sweep{Every: time.Hour, List: func(context.Context, *practice.Pass) ([]practice.Resource, error) {
		return []practice.Resource{{Type: w.practice.Resource, ID: group}}, nil
	}}
	mend := w.cloud.Inject(deny(revoke))
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	w.tells("intent 22-25", "result 22-25 failed")
	mend()
	w.peer("sg-first", practice.Critical, objects(20, 22))
	w.after(readRules, 2, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	if _, err := w.driver(secondAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if got := w.changes(); !slices.Equal(got, []string{"RevokeSecurityGroup sgr-25"}) {
		t.Errorf("changes %v", got)
	}
}
