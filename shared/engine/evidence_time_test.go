package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Evidence that does not come is waited for no longer than there is time, and once.
func TestEvidenceThatIsSlow(t *testing.T) {
	let := make(chan struct{})
	t.Cleanup(func() { close(let) })
	w, asked := knows(t, each, func(context.Context, *practice.Pass, *practice.Finding) error { <-let; return nil }, 22)
	ctx := w.short()
	d := w.driver(engine.Invocation{})
	got, err := d.Handle(ctx, event(t, 1))
	if err != nil || fmt.Sprint(got) != "[fixed]" || ctx.Err() != nil {
		t.Fatalf("%v %v, all time used: %v", got, err, ctx.Err())
	}
	if r := w.result("22"); !strings.Contains(r.Missed, "no answer") || len(asked()) != 1 {
		t.Errorf("%v", r.Facts)
	}
	w.load(group, 23)
	if _, err := d.Handle(t.Context(), event(t, 2)); err != nil {
		t.Fatal(err)
	}
	if r := w.result("23"); !strings.Contains(r.Missed, "took too long") || len(asked()) != 1 {
		t.Errorf("%v", r.Facts)
	}
}

// The fix does not wait, neither for its own evidence nor for that about a finding
// which is only told.
func TestEvidenceRunsBesideTheFix(t *testing.T) {
	exemptFirst := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		for _, r := range found {
			f := practice.Finding{Key: r.key(), Changes: []practice.Change{r.close()}}
			if f.Key == "22" {
				f.Tags = map[string]string{practice.ExemptionTag(pass.Practice.ID): "2999-12-31 a honeypot"}
			}
			pass.Report(f)
		}
		return err
	}
	closed := make(chan struct{})
	w, asked := knows(t, exemptFirst, func(ctx context.Context, _ *practice.Pass, f *practice.Finding) error {
		select {
		case <-closed:
			f.UsedBy = "sato"
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, 22, 23)
	w.after(revoke, 1, func() { close(closed) })
	w.deliver(event(t, 1), practice.Exempt, practice.Fixed)
	w.tells("intent 23", "result 23 fixed", "result 22 exempt")
	for _, key := range []string{"22", "23"} {
		if r := w.result(key); r.UsedBy != "sato" || len(asked()) != 2 {
			t.Errorf("%s: %v, asked %v", key, r.Facts, asked())
		}
	}
}

// A retry asks again, because the attempt that died has told nobody.
func TestEvidenceOfARetry(t *testing.T) {
	w, asked := knows(t, each, says, 22)
	w.cloud.Inject(cloud.Fault{Action: revoke, Times: 1, Status: 403, Code: "OperationConflict", Message: "busy"})
	ctx := w.dies(revoke, 1)
	_, _ = w.driver(engine.Invocation{}).Handle(ctx, event(t, 1))
	before := len(asked())
	w.load(group, 22)
	w.attempt(event(t, 1), engine.Invocation{Attempt: 1}, practice.Fixed)
	if r := w.result("22"); before != 1 || len(asked()) != 2 || r.UsedBy != "sato" {
		t.Errorf("asked %d times, then %d: %v", before, len(asked()), r.Facts)
	}
}

// A sweep keeps its time for the resources that it has not looked at.
func TestEvidenceInASweep(t *testing.T) {
	w, asked := knows(t, each, says, 22)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := w.driver(engine.Invocation{}).Handle(ctx, w.swept(group)); err != nil {
		t.Fatal(err)
	}
	if r := w.result("22"); len(asked()) != 0 || !strings.Contains(r.Missed, "sweep needs the time") {
		t.Errorf("%v", r.Facts)
	}
}

// Function Compute freezes the process when it has been answered: whoever still asked
// would go on in the middle of the next invocation.
func TestNobodyAsksAfterTheInvocation(t *testing.T) {
	for name, fault := range map[string]cloud.Fault{
		"slow":    {Action: readLog, Delay: time.Minute},
		"failing": {Action: readLog, Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			var at atomic.Int64
			var mu sync.Mutex
			over := make(chan struct{}) // closed when an invocation has been answered
			after := func() { mu.Lock(); close(over); over = make(chan struct{}); mu.Unlock() }
			w, _ := knows(t, each, func(ctx context.Context, p *practice.Pass, _ *practice.Finding) error {
				at.Add(1)
				defer at.Add(-1)
				mu.Lock()
				answered := over
				mu.Unlock()
				defer func() { // work of its own, which the answer has to wait for
					select {
					case <-answered:
						t.Error("the invocation was answered, and this goes on")
					case <-time.After(100 * time.Millisecond):
					}
				}()
				_, err := p.Search(ctx, practice.Search{Project: project, Logstore: "audit", From: p.Now.Add(-time.Hour), To: p.Now, Query: "*"})
				return err
			}, 22)
			w.practice.Reads = append(slices.Clone(w.practice.Reads), readLog)
			mend := func() {}
			w.after(readLog, 1, func() { mend = w.cloud.Inject(fault) })
			ctx, cancel := context.WithTimeout(t.Context(), engine.Reserve+3*time.Second) // the work itself has plenty
			defer cancel()
			if _, err := w.driver(engine.Invocation{}).Handle(ctx, event(t, 1)); err != nil {
				t.Fatal(err)
			}
			after()
			if n := at.Load(); n != 0 {
				t.Errorf("%d are still asking", n)
			}
			mend()
			w.load(group, 23)
			_, _ = w.driver(engine.Invocation{}).Handle(w.dies(revoke, 1), event(t, 2))
			after()
			if n := at.Load(); n != 0 {
				t.Errorf("%d are still asking after a failure", n)
			}
		})
	}
}
