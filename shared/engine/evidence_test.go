package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// gather is the hook of a practice.
type gather = func(context.Context, *practice.Pass, *practice.Finding) error

// knows begins a world whose practice gathers evidence, and counts how often.
func knows(t *testing.T, check func(context.Context, *practice.Pass) error, hook gather, ports ...int) (*world, func() []string) {
	w := begin(t, check, ports...)
	var mu sync.Mutex
	var keys []string
	w.practice.Evidence = func(ctx context.Context, pass *practice.Pass, f *practice.Finding) error {
		mu.Lock()
		keys = append(keys, f.Key)
		mu.Unlock()
		return hook(ctx, pass, f)
	}
	return w, func() []string { mu.Lock(); defer mu.Unlock(); return keys }
}

func says(_ context.Context, _ *practice.Pass, f *practice.Finding) error {
	f.UsedBy = "sato"
	f.Advice += " Ask sato."
	return nil
}

func TestEvidenceIsInTheResult(t *testing.T) {
	w, asked := knows(t, each, says, 22, 23)
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed)
	for _, r := range w.of(ledger.Result) {
		if r.UsedBy != "sato" || r.Advice != " Ask sato." || r.Missed != "" {
			t.Errorf("%v %q", r.Facts, r.Advice)
		}
	}
	for _, r := range w.of(ledger.Intent) {
		if r.UsedBy != "" {
			t.Error("the intent waited for evidence")
		}
	}
	w.deliver(event(t, 1), practice.Good)
	if n := len(asked()); n != 2 {
		t.Errorf("asked %d times for two findings", n)
	}
}

// Where a part of a finding is left, its advice says why, and what evidence adds is kept.
func TestEvidenceOfWhatIsLeft(t *testing.T) {
	w, _ := knows(t, objects(22, 23), says, 22, 23)
	w.practice.Family = &practice.Family{Name: "half", Join: func(_ context.Context, _ *practice.Pass, findings []practice.Finding) (practice.Edit, error) {
		e := practice.Edit{Left: []practice.Left{{Why: "somebody would be shut out."}}}
		for _, r := range findings[0].Wants.([]rule) {
			if r.key() == "22" {
				e.Changes = append(e.Changes, r.close())
			}
		}
		return e, nil
	}}
	w.deliver(event(t, 1), practice.Partly)
	if r := w.result("22-23"); r.Advice != "somebody would be shut out. Ask sato." || r.UsedBy != "sato" {
		t.Errorf("%q %v", r.Advice, r.Facts)
	}
}

// What is only told is asked about before it is told; what is not told is not.
func TestEvidenceOfWhatIsOnlyTold(t *testing.T) {
	w, asked := knows(t, each, says, 22)
	w.settings.Mode = practice.Observe
	w.deliver(event(t, 1), practice.Observed)
	w.deliver(event(t, 1), practice.Ignored) // dealt with
	w.deliver(event(t, 2), practice.Ignored) // said within the hour
	if r := w.result("22"); r.UsedBy != "sato" || len(asked()) != 1 {
		t.Errorf("%v, asked %d times", r.Facts, len(asked()))
	}
	day, _ := settings.ParseDate("2999-12-31")
	w.settings.Exemptions = []settings.Exemption{{Practice: "*", Resource: "*", Until: day, Because: "test", By: "test"}}
	w.deliver(event(t, 3), practice.Exempt)
	if r := w.result("22"); r.Outcome != practice.Exempt || r.UsedBy != "sato" {
		t.Errorf("%s %v", r.Outcome, r.Facts)
	}
}

// Whatever becomes of the evidence, the work is done and the record says what is
// missing.
func TestEvidenceThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		hook gather
		want string
	}{
		"error": {func(context.Context, *practice.Pass, *practice.Finding) error { return errors.New("no such log") }, "could not be read: no such log"},
		"panic": {func(_ context.Context, p *practice.Pass, _ *practice.Finding) error { p.Param("nothing"); return nil }, "has no param"},
		"advice": {func(_ context.Context, _ *practice.Pass, f *practice.Finding) error {
			f.Advice = "Drop everything."
			return nil
		},
			"replaced the advice"},
		"undeclared": {func(ctx context.Context, p *practice.Pass, _ *practice.Finding) error {
			_, err := p.Search(ctx, practice.Search{Project: "other", Logstore: "audit"})
			return err
		}, "other/audit, and log:GetLogStoreLogs is not among its Reads"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := knows(t, func(ctx context.Context, pass *practice.Pass) error {
				found, err := rules(ctx, pass)
				if len(found) > 0 {
					pass.Report(practice.Finding{Key: "22", Advice: "Wait.", Changes: []practice.Change{found[0].close()}})
				}
				return err
			}, test.hook, 22)
			w.deliver(event(t, 1), practice.Fixed)
			if r := w.result("22"); !strings.Contains(r.Missed, test.want) || r.Advice != "Wait." {
				t.Errorf("%v %q", r.Facts, r.Advice)
			}
			if !strings.Contains(w.log.String(), "evidence could not be read") {
				t.Error("the log does not say it")
			}
		})
	}
}

// The hook works on a copy: what it does to the finding changes neither what is done
// nor what is said of it, and does not race with it.
func TestEvidenceChangesNothing(t *testing.T) {
	w, _ := knows(t, func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		for _, r := range found {
			pass.Report(practice.Finding{Key: r.key(), Title: "open", Changes: []practice.Change{r.close()},
				Facts: map[string]string{"port": r.Port}, Tags: map[string]string{"a": "b"}, Scope: practice.Scope{"x": {{From: 1, To: 2}}}})
		}
		return err
	}, func(_ context.Context, _ *practice.Pass, f *practice.Finding) error {
		for range 100 {
			f.Key, f.Title, f.Resource.ID, f.Managed = "other", "closed", "sg-other", "nobody"
			f.Facts["port"], f.Facts["more"], f.Tags["a"], f.Scope["x"][0].From = "none", "yes", "c", 7
			f.Changes = append(f.Changes, practice.Change{Call: opening("1/65535")})
		}
		return nil
	}, 22, 23, 24, 25, 26, 27)
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed, practice.Fixed, practice.Fixed, practice.Fixed, practice.Fixed)
	if got := w.ports(); got != "" {
		t.Errorf("open: %s", got)
	}
	for _, r := range w.of(ledger.Result) {
		if r.Key == "other" || r.Finding != "open" || r.Resource != group || !strings.HasPrefix(r.Facts["port"], r.Key) || r.Facts["more"] != "yes" || len(r.Calls) != 1 {
			t.Errorf("%+v", r)
		}
	}
}

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

// Evidence sees the state that was judged, also while it is being changed.
func TestEvidenceSeesWhatWasJudged(t *testing.T) {
	closed := make(chan struct{})
	w, _ := knows(t, each, func(ctx context.Context, pass *practice.Pass, f *practice.Finding) error {
		<-closed
		found, err := rules(ctx, pass)
		f.Facts = map[string]string{"open": fmt.Sprint(len(found))}
		return err
	}, 22)
	w.after(revoke, 1, func() { close(closed) })
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("22"); r.Facts["open"] != "1" {
		t.Errorf("%v", r.Facts)
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
	w.practice.Sweep = practice.Sweep{Every: time.Hour, List: func(context.Context, *practice.Pass) ([]practice.Resource, error) {
		return []practice.Resource{{Type: w.practice.Resource, ID: group}}, nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := w.driver(engine.Invocation{}).Handle(ctx, timer(t)); err != nil {
		t.Fatal(err)
	}
	if r := w.result("22"); len(asked()) != 0 || !strings.Contains(r.Missed, "sweep needs the time") {
		t.Errorf("%v", r.Facts)
	}
}

// Search goes to another log, as the practice's role, and asks until the answer is
// complete.
func TestEvidenceFromALog(t *testing.T) {
	w, _ := knows(t, each, func(ctx context.Context, p *practice.Pass, f *practice.Finding) error {
		rows, err := p.Search(ctx, practice.Search{Region: "cn-beijing", Project: "flow-logs", Logstore: "vpc", From: p.Now.Add(-time.Hour), To: p.Now,
			Query: "* | SELECT count(*) AS n"})
		if err == nil {
			f.Facts = map[string]string{"logs": rows[0]["n"]}
		}
		return err
	}, 22)
	w.practice.Reads = append(w.practice.Reads, readLog)
	w.settings.Mode = practice.Observe
	w.deliver(event(t, 1), practice.Observed)
	if r := w.result("22"); !strings.Contains(r.Missed, "searching the log flow-logs/vpc: log:GetLogStoreLogs: ProjectNotExist") {
		t.Error(r.Facts)
	}
	if err := w.cloud.Load([]byte("logs: [{project: flow-logs, logstore: vpc, region: cn-beijing, index: {x: text}, logs: [{ago: 1m, x: y}]}]")); err != nil {
		t.Fatal(err)
	}
	w.load(group, 23)
	w.deliver(event(t, 2), practice.Observed)
	if r := w.result("23"); r.Facts["logs"] != "1" {
		t.Error(r.Facts)
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
