package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
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
