package router_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions/router"
	"github.com/ecsguard/ecsguard/shared/audit"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// place is an audit log of the test's own, in the cloud that all tests share.
func place(t *testing.T, now *time.Time) router.Place {
	t.Helper()
	number++
	project := fmt.Sprintf("ecsguard-%d", number)
	index := audit.Index()
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
	return router.Place{
		Log: audit.Open(audit.Config{Project: project, Store: "audit", Region: local.Region, Transport: transport,
			Credentials: ours.Credentials{AccessKeyID: user.AccessKeyID, AccessKeySecret: user.AccessKeySecret}}),
		Region: local.Region, Account: local.Account, Request: project, Now: func() time.Time { return *now },
	}
}

func written(t *testing.T, p router.Place) (records []audit.Record) {
	t.Helper()
	for _, line := range local.Logs(p.Request, "audit") { // the request is named after the project
		r, err := audit.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

func TestAMissingFunctionIsToldOnceADay(t *testing.T) {
	now := time.Now().Add(-25 * time.Hour)
	p := place(t, &now)
	a, b := &practice.Practice{ID: "a", Severity: practice.High}, &practice.Practice{ID: "b"}
	tell := func(said *router.Said, one *practice.Practice) {
		t.Helper()
		if err := said.In(p)(t.Context(), one, &events.Event{Name: "AuthorizeSecurityGroup", ID: "e-1"}); err != nil {
			t.Fatal(err)
		}
	}
	said := &router.Said{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { tell(said, a) })
	}
	all.Wait()
	tell(&router.Said{}, a) // another instance finds it in the log
	tell(said, b)
	got := written(t, p)
	if len(got) != 2 || got[0].Practice != "a" || got[1].Practice != "b" {
		t.Fatalf("%+v", got)
	}
	r := got[0]
	if r.Outcome != practice.Failed || r.Kind != audit.Result || r.Severity != practice.High || r.Region != local.Region || !strings.Contains(r.Facts["not looked at"], "AuthorizeSecurityGroup") {
		t.Errorf("%+v", r)
	}
	if r.Finding != "a is on in the settings and its function is missing in cn-hangzhou" || !strings.Contains(r.Advice, "Run s deploy, or set mode: off for a") {
		t.Errorf("%q, %q", r.Finding, r.Advice)
	}
	now = now.Add(24*time.Hour + time.Minute)
	tell(said, a)
	if got := written(t, p); len(got) != 3 || got[2].ID == r.ID {
		t.Errorf("a day later: %d records", len(got))
	}
}

// A storm of events for a function that is not there is one message, and no error.
func TestAHundredEventsForAMissingFunction(t *testing.T) {
	function, invoke, _ := caller(t)
	now := time.Now()
	p, said := place(t, &now), &router.Said{}
	practices := []*practice.Practice{wants(function, authorized), wants(function+"-missing", authorized)}
	var all sync.WaitGroup
	for n := range 100 {
		payload := event(t, opened, func(_, data map[string]any) { data["eventId"] = fmt.Sprint("event-", n) })
		r := router.New(practices, settings.Settings{}, invoke, said.In(p), slog.New(slog.DiscardHandler))
		all.Go(func() {
			if answer, err := r.Handle(t.Context(), "request", payload); err != nil || len(answer.Invoked) != 1 {
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
	all.Wait()
	if got := written(t, p); len(got) != 1 || len(calls(function)) != 100 {
		t.Errorf("it was said %d times, and the other function called %d times", len(got), len(calls(function)))
	}
}

// Two instances may both find nothing, since the log's index is some seconds behind.
// What they write within a minute is one message.
func TestTwoInstancesSayTheSame(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Minute).Add(time.Second)
	one, two := place(t, &now), place(t, &now)
	for _, p := range []router.Place{one, two} {
		if err := (&router.Said{}).In(p)(t.Context(), &practice.Practice{ID: "a"}, &events.Event{}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(5 * time.Second)
	}
	if a, b := written(t, one)[0], written(t, two)[0]; a.ID != b.ID || !a.Time.Equal(b.Time) {
		t.Errorf("%+v and %+v", a, b)
	}
}

// What could not be told is not taken for said.
func TestALogThatRefusesIsAskedAgain(t *testing.T) {
	now := time.Now()
	p, said := place(t, &now), &router.Said{}
	mend := local.Inject(cloud.Fault{Action: "log:PostLogStoreLogs", Status: http.StatusForbidden, Code: "Unauthorized", Message: "no"})
	if err := said.In(p)(t.Context(), &practice.Practice{ID: "a"}, &events.Event{}); err == nil || !strings.Contains(err.Error(), "log:PostLogStoreLogs") {
		t.Errorf("%v", err)
	}
	mend()
	if err := said.In(p)(t.Context(), &practice.Practice{ID: "a"}, &events.Event{}); err != nil || len(written(t, p)) != 1 {
		t.Errorf("%v, %d records", err, len(written(t, p)))
	}
}
