package triage_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/functions/triage"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// logged is the audit log of a test's own, in the cloud that all tests share.
type logged struct {
	project string
	log     *ledger.Log
}

func newLog(t *testing.T) logged {
	t.Helper()
	number++
	project := fmt.Sprintf("ecsguard-%d", number)
	index := ledger.Index()
	if err := local.AddLogStore(project, "audit", 1, &index); err != nil {
		t.Fatal(err)
	}
	policy, err := cloud.ParsePolicy(fmt.Appendf(nil, `{"Version":"1","Statement":[{"Effect":"Allow","Action":["log:GetLogStoreLogs","log:PostLogStoreLogs"],"Resource":"acs:log:*:*:project/%s/logstore/audit"}]}`, project))
	if err != nil {
		t.Fatal(err)
	}
	user := local.AddUser("user-of-"+project, policy)
	transport := local.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return logged{project, ledger.Open(ledger.Config{Project: project, Store: "audit", Region: local.Region, Transport: transport,
		Credentials: ours.Credentials{AccessKeyID: user.AccessKeyID, AccessKeySecret: user.AccessKeySecret}})}
}

func (l logged) invocation(request string, invoke triage.Invoke, now time.Time) triage.Invocation {
	return triage.Invocation{Request: request, Region: local.Region, Account: "1098765432101234", Version: "test", Invoke: invoke, Ledger: l.log, Reader: &functions{}, Now: func() time.Time { return now }}
}

func (l logged) written(t *testing.T) (records []ledger.Record) {
	t.Helper()
	for _, line := range local.Logs(l.project, "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Quiet { // what people are told of
			records = append(records, r)
		}
	}
	return records
}

// A storm of events for a function that is not there is one message, and no error. What
// another process of triage writes within the same minute is the same record.
func TestAHundredEventsForAMissingFunction(t *testing.T) {
	function, invoke, _ := caller(t)
	now := time.Now()
	l := newLog(t)
	id := practice.OfFunction(function)
	practices := []*practice.Practice{wants(id, authorized), wants(id+"-missing", authorized)}
	r := triage.New(practices, settings.Settings{}, slog.New(slog.DiscardHandler))
	other := triage.New(practices, settings.Settings{}, slog.New(slog.DiscardHandler))
	var all sync.WaitGroup
	for n := range 100 {
		payload := event(t, opened, func(_, data map[string]any) { data["eventId"] = fmt.Sprint("event-", n) })
		all.Go(func() {
			if answer, err := r.Handle(t.Context(), l.invocation("request", invoke, now), payload); err != nil || len(answer.Invoked) != 1 {
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
	all.Wait()
	got := l.written(t)
	if len(got) != 1 || len(calls(function)) != 100 {
		t.Fatalf("it was said %d times, and the other function called %d times", len(got), len(calls(function)))
	}
	if r := got[0]; r.Outcome != practice.Failed || r.Kind != ledger.Result || r.Region != local.Region || !strings.Contains(r.Facts["not looked at"], "AuthorizeSecurityGroup") ||
		!strings.Contains(r.Advice, "Run s deploy, or set mode: off for "+id+"-missing") {
		t.Errorf("%+v", r)
	}
	deaf := newLog(t) // the index of the first has it; one that does not know is another process that is a moment early
	if _, err := other.Handle(t.Context(), deaf.invocation("request-2", invoke, now), event(t, opened)); err != nil {
		t.Fatal(err)
	}
	if again := deaf.written(t); len(again) != 1 || again[0].ID != got[0].ID || !again[0].Time.Equal(got[0].Time) {
		t.Errorf("%+v and %+v", again, got)
	}
	if _, err := other.Handle(t.Context(), l.invocation("request-3", invoke, now.Add(23*time.Hour)), event(t, opened)); err != nil {
		t.Fatal(err)
	}
	if n := len(l.written(t)); n != 1 {
		t.Errorf("told %d times within the day", n)
	}
}
