package triage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/channel"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

var notFound = &ours.Error{Action: "fc:InvokeFunction", Code: "FunctionNotFound", Status: 404}

// gaveUp is what Function Compute sends when a function has failed at every attempt.
func gaveUp(function string, payload []byte) []byte {
	body, _ := json.Marshal(map[string]any{
		"timestamp":      time.Now().UnixMilli(),
		"requestContext": map[string]any{"requestId": "failed-" + function, "functionArn": "acs:fc:cn-hangzhou:1:functions/" + function + "/LATEST", "condition": "RetriesExhausted", "approximateInvokeCount": 4},
		"requestPayload": string(payload), "responseContext": map[string]any{"statusCode": 200, "functionError": "UnhandledInvocationError"},
		"responsePayload": `{"errorMessage":"the role has no policy"}`,
	})
	return body
}

func kinOf(ids ...string) (practices []*practice.Practice) {
	family := &practice.Family{Name: "kin"}
	for _, id := range ids {
		p := wants(id, authorized)
		p.Family = family
		practices = append(practices, p)
	}
	return practices
}

// The next of the family stands in, those that act first, and so on to the last: only
// its failure is told as ecsguard's own. Each time it is noted what is to be looked at.
func TestTheNextOfTheFamilyStandsIn(t *testing.T) {
	f := functions{indexed: true}
	kin := kinOf("a", "b", "c")
	set := settings.Settings{Practices: map[string]settings.Practice{"c": {Mode: practice.Enforce}}}
	r := f.triage(set, kin...)
	payload := event(t, opened)
	for i, want := range []struct{ failed, next, passed string }{{"a", "c", "a"}, {"c", "b", "a,c"}} {
		invoked, err := r.Handle(t.Context(), f.invocation("request"), gaveUp(want.failed, payload))
		if err != nil || !slices.Equal(invoked.Invoked, []string{want.next}) {
			t.Fatalf("%s gave up: %v, %v", want.failed, invoked, err)
		}
		payload = f.got[i].body
		again, err := events.Decode(payload)
		if err != nil || strings.Join(again[0].Passed, ",") != want.passed || again[0].Name != "AuthorizeSecurityGroup" {
			t.Fatalf("%s gets %+v, %v", want.next, again, err)
		}
	}
	invoked, err := r.Handle(t.Context(), f.invocation("request"), gaveUp("b", payload))
	if err != nil || !slices.Equal(invoked.Invoked, []string{"ecsguard-notify"}) {
		t.Errorf("the last gave up: %v, %v", invoked, err)
	}
	if got := strings.Join(f.told(), " "); got != "a c" { // the last one's failure goes to notify directly
		t.Errorf("told of %q", got)
	}
	var noted []string
	for _, x := range f.log {
		if x.ResourceType == "ACS::ECS::SecurityGroup" && x.Opens() && x.Quiet && x.Error == "the role has no policy" {
			noted = append(noted, x.Practice)
		}
	}
	if strings.Join(noted, " ") != "a c b" {
		t.Errorf("noted to be looked at again: %v", noted)
	}
	// What does not work is told once a day, whichever event it fails at.
	if _, err := r.Handle(t.Context(), f.invocation("request"), gaveUp("a", event(t, opened))); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.told(), " "); got != "a c" {
		t.Errorf("told again within the day: %q", got)
	}
}

// Two of a family that were woken by one event for different resources, and gave up, are told
// of each: the message names what nobody could look at. For the same they are told once.
func TestWhatEachOfAFamilyGaveUpOnIsTold(t *testing.T) {
	f := functions{indexed: true, tasks: map[string]bool{}}
	r := f.triage(settings.Settings{}, kinOf("a", "b")...)
	look := func(passed, id string) []byte {
		body, err := json.Marshal(events.Look{Ecsguard: events.LookWord, Event: event(t, opened), Passed: []string{passed}, Targets: []events.Asked{{Type: "ACS::ECS::SecurityGroup", ID: id}}})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	for _, given := range [][]byte{gaveUp("a", look("b", "sg-1")), gaveUp("b", look("a", "sg-2")), gaveUp("b", look("a", "sg-1"))} {
		if _, err := r.Handle(t.Context(), f.invocation("request"), given); err != nil {
			t.Fatal(err)
		}
	}
	var told []string
	for _, g := range f.got {
		if strings.Contains(string(g.body), "requestContext") {
			failure, _ := events.DecodeFailure(g.body)
			happened, err := events.Decode(failure.Payload)
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, happened[0].Asked[0].ID)
		}
	}
	if !slices.Equal(told, []string{"sg-1", "sg-2"}) {
		t.Errorf("told that nobody could look at %v", told)
	}
}

// One by itself, one that is not a practice's, and what cannot be read are told directly.
func TestWhatNobodyCanStandInFor(t *testing.T) {
	for name, payload := range map[string][]byte{
		"a practice by itself":   gaveUp("a", event(t, opened)),
		"no practice":            gaveUp("ecsguard-respond", event(t, opened)),
		"an event of no meaning": gaveUp("a", []byte(`{"hello":"world"}`)),
		"a timer":                gaveUp("a", []byte(`{"triggerTime":"2026-03-01T03:00:00Z","triggerName":"sweep","payload":"sweep"}`)),
	} {
		var f functions
		answer, err := route(t, &f, payload, wants("a", authorized))
		if err != nil || !slices.Equal(answer.Invoked, []string{"ecsguard-notify"}) || string(f.got[0].body) != string(payload) {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
	}
}

// A timer that somebody has given to a practice says nothing that another of its family could
// look at: nobody is asked to stand in, and each such failure is told.
func TestNobodyStandsInForATimer(t *testing.T) {
	f := functions{tasks: map[string]bool{}}
	r := f.triage(settings.Settings{}, kinOf("a", "b")...)
	for _, function := range []string{"a", "b"} {
		payload := gaveUp(function, []byte(`{"triggerTime":"2026-03-01T03:00:00Z","triggerName":"sweep","payload":"sweep"}`))
		answer, err := r.Handle(t.Context(), f.invocation("request"), payload)
		if err != nil || !slices.Equal(answer.Invoked, []string{"ecsguard-notify"}) {
			t.Errorf("%s: %v, %v", function, answer, err)
		}
	}
	if len(f.got) != 2 {
		t.Errorf("told %d times of two failures", len(f.got))
	}
}

// A log that takes nothing is told past it, even where another stands in. Triage fails
// as long as it is run again: what was given up is looked at again only if it is noted.
func TestAFailureThatCannotBeNoted(t *testing.T) {
	f := functions{deaf: true, tasks: map[string]bool{}}
	r, in := f.triage(settings.Settings{}, kinOf("a", "b")...), f.invocation("request")
	payload := gaveUp("a", event(t, opened))
	answer, err := r.Handle(t.Context(), in, payload)
	if err == nil || !slices.Equal(answer.Invoked, []string{"b", "ecsguard-notify"}) {
		t.Errorf("at first: %v, %v", answer, err)
	}
	in.Attempt = 3
	if _, err := r.Handle(t.Context(), in, payload); err != nil {
		t.Errorf("at last: %v", err)
	}
	if len(f.tasks) != 2 {
		t.Errorf("%d tasks, want one each", len(f.tasks))
	}
	f.deaf, in.Attempt = false, 1
	r = f.triage(settings.Settings{}, kinOf("a", "b")...) // another process, which does not wait before it tries
	if _, err := r.Handle(t.Context(), in, payload); err != nil || len(f.log) == 0 {
		t.Errorf("once the log is back: %v, %d records", err, len(f.log))
	}
}

// Where notify cannot be reached either, triage fails: its own destination is next.
func TestAFailureThatCannotBeTold(t *testing.T) {
	f := functions{fail: map[string]error{"ecsguard-notify": notFound}}
	if _, err := route(t, &f, gaveUp("a", event(t, opened)), wants("a", authorized)); err == nil {
		t.Error("no error")
	}
}

// A function that is not there is told once, and not asked for again and again; the next
// of its family is asked, which may be waiting for it.
func TestAMissingFunction(t *testing.T) {
	f := functions{fail: map[string]error{"a": notFound}}
	r := f.triage(settings.Settings{}, append(kinOf("a", "b"), wants("c", authorized))...)
	for n := range 100 {
		other := func(_, data map[string]any) { data["eventId"] = fmt.Sprintf("event-%d", n) }
		answer, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened, other))
		if err != nil || !slices.Contains(answer.Invoked, "b") || !slices.Contains(answer.Invoked, "c") || slices.Contains(answer.Invoked, "a") {
			t.Fatalf("%v, %v", answer, err)
		}
	}
	if got := strings.Join(f.told(), " "); got != "a" || !slices.ContainsFunc(f.log, func(x ledger.Record) bool {
		return !x.Quiet && strings.Contains(x.Finding, "a is on in the settings and its function is missing in cn-hangzhou")
	}) {
		t.Errorf("told of %q: %+v", got, f.log)
	}
	passed := 0
	for _, i := range f.got {
		if some, err := events.Decode(i.body); err == nil && i.function == "b" && slices.Contains(some[0].Passed, "a") {
			passed++
		}
	}
	if passed != 100 {
		t.Errorf("b stands in for a %d times", passed)
	}
	// A day later it is told again; another process knows from the log that it was told.
	f.indexed = true
	other := f.triage(settings.Settings{}, kinOf("a", "b")...)
	for at, want := range map[time.Duration]int{time.Hour: 1, 25 * time.Hour: 2} {
		f.clock = time.Now().Add(at)
		if _, err := other.Handle(t.Context(), f.invocation("request"), event(t, opened)); err != nil {
			t.Fatal(err)
		}
		if got := len(f.told()); at == 25*time.Hour && got != want {
			t.Errorf("told %d times after %s", got, at)
		}
	}
}

// What cannot be told is an error: triage is run again.
func TestAMissingFunctionThatCannotBeTold(t *testing.T) {
	f := functions{fail: map[string]error{"a": notFound}, deaf: true}
	if _, err := route(t, &f, event(t, opened), wants("a", authorized)); err == nil || !strings.Contains(err.Error(), "saying that it is missing") {
		t.Errorf("%v", err)
	}
}

const minutely = `{"triggerTime":"2026-03-01T03:00:00Z","triggerName":"cases","payload":"cases"}`

// What was left wrong is looked at again after 1, 5, 15 and 60 minutes, and not once it
// has been settled.
func TestCasesAreLookedAtAgain(t *testing.T) {
	f := functions{indexed: true, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	opened := f.clock
	f.log = []ledger.Record{{ID: "1", Kind: ledger.Result, Nonce: "n1", Practice: "a", ResourceType: "ACS::ECS::SecurityGroup", Resource: "sg-1", Region: "cn-hangzhou",
		Account: "1", Key: "22", Outcome: practice.Failed, Time: opened, Actor: "alice", EventName: "AuthorizeSecurityGroup"}}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	var looks []time.Duration
	tick := func() {
		t.Helper()
		before := len(f.got)
		if _, err := r.Handle(t.Context(), f.invocation("request-"+f.clock.String()), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
		for range f.got[before:] {
			looks = append(looks, f.clock.Sub(opened))
		}
		f.clock = f.clock.Add(time.Minute)
	}
	for range 90 {
		tick()
	}
	want := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	if !slices.Equal(looks, want) {
		t.Fatalf("looks after %v, want %v", looks, want)
	}
	e, err := events.Decode(f.got[0].body)
	if err != nil || e[0].Kind != events.KindLook || e[0].Resources[0].ID != "sg-1" || e[0].Actor.Name != "alice" || e[0].Name != "AuthorizeSecurityGroup" {
		t.Errorf("%+v, %v", e, err)
	}
	if f.got[0].task == f.got[1].task {
		t.Error("two looks are one task")
	}
	// It fails again, and then it is put right: by whoever names its nonce, or its key.
	for _, settle := range []func(ledger.Record) ledger.Record{
		func(r ledger.Record) ledger.Record { r.Outcome = practice.Fixed; return r },
		func(r ledger.Record) ledger.Record {
			r.Practice, r.Key, r.Outcome, r.Closes = "b", "other", practice.Fixed, []string{r.Nonce}
			return r
		},
	} {
		failed := f.log[0]
		failed.ID, failed.Nonce, failed.Key, failed.Time = "2", "n2", "23", f.clock
		done := settle(failed)
		done.Nonce, done.Time = "n3", f.clock.Add(time.Second)
		f.log = append(f.log, failed, done)
		looks = nil
		for range 10 {
			tick()
		}
		if len(looks) > 0 {
			t.Errorf("looked at after it was settled: %v", looks)
		}
	}
}

// Two of a family that look at one resource in the same moment get in each other's way: the
// one whose role may change nothing would keep the other from its work each time.
func TestTheCasesOfAFamilyTakeTurns(t *testing.T) {
	f := functions{indexed: true, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	for n, c := range [][2]string{{"a", "sg-1"}, {"b", "sg-1"}, {"b", "sg-2"}, {"other", "sg-1"}} {
		f.log = append(f.log, ledger.Record{ID: fmt.Sprint(n), Nonce: fmt.Sprint(n), Kind: ledger.Result, Practice: c[0], ResourceType: "ACS::ECS::SecurityGroup", Resource: c[1],
			Key: "22", Outcome: practice.Failed, Time: f.clock})
	}
	r := f.triage(settings.Settings{}, append(kinOf("a", "b"), wants("other", authorized))...)
	for minute, want := range []string{"", "a sg-1, b sg-2, other sg-1", "b sg-1", "", "", "b sg-1, b sg-2, other sg-1", "a sg-1", ""} {
		f.got = nil
		if _, err := r.Handle(t.Context(), f.invocation("request-"+f.clock.String()), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range f.got {
			e, err := events.Decode(i.body)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, practice.OfFunction(i.function)+" "+e[0].Asked[0].ID)
		}
		if said := strings.Join(got, ", "); said != want {
			t.Errorf("minute %d: %q, want %q", minute, said, want)
		}
		f.clock = f.clock.Add(time.Minute)
	}
}

// At most 200 cases are looked at in one minute; the others have their turn later.
func TestManyCases(t *testing.T) {
	f := functions{indexed: true, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	for n := range 450 {
		f.log = append(f.log, ledger.Record{ID: fmt.Sprint(n), Nonce: fmt.Sprint(n), Kind: ledger.Result, Practice: "a", ResourceType: "x", Resource: fmt.Sprintf("sg-%d", n),
			Outcome: practice.Deferred, Time: f.clock})
	}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	for _, want := range []int{0, 200, 400, 450} {
		if _, err := r.Handle(t.Context(), f.invocation("request-"+f.clock.String()), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
		if len(f.got) != want {
			t.Errorf("%d looks at %s, want %d", len(f.got), f.clock, want)
		}
		f.clock = f.clock.Add(time.Minute)
	}
}

// A look that could not be asked for has not been made.
func TestACaseThatNobodyCouldBeAskedFor(t *testing.T) {
	f := functions{indexed: true, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), fail: map[string]error{"a": &ours.Error{Action: "fc:InvokeFunction", Code: "Throttling", Status: 429}}}
	f.log = []ledger.Record{{ID: "1", Nonce: "1", Kind: ledger.Result, Practice: "a", ResourceType: "x", Resource: "sg-1", Outcome: practice.Failed, Time: f.clock}}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	f.clock = f.clock.Add(time.Hour) // the last look
	if _, err := r.Handle(t.Context(), f.invocation("request"), []byte(minutely)); err == nil {
		t.Fatal("no error")
	}
	f.fail, f.clock = nil, f.clock.Add(time.Minute)
	if _, err := r.Handle(t.Context(), f.invocation("request"), []byte(minutely)); err != nil || len(f.got) != 2 || f.got[0].task != f.got[1].task {
		t.Errorf("%v, %d looks", err, len(f.got))
	}
}

// A fight is looked at when it is due.
func TestACaseWithATimeOfItsOwn(t *testing.T) {
	f := functions{indexed: true, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	f.log = []ledger.Record{{ID: "1", Nonce: "1", Kind: ledger.Result, Practice: "a", ResourceType: "x", Resource: "sg-1", Outcome: practice.Awaiting, Time: f.clock, Due: f.clock.Add(15 * time.Minute)}}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	for minute := range 16 {
		if _, err := r.Handle(t.Context(), f.invocation("request"), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
		if looked := len(f.got) > 0; looked != (minute == 15) {
			t.Fatalf("looked %v after %d minutes", looked, minute)
		}
		f.clock = f.clock.Add(time.Minute)
	}
}

// What notify could not tell triage tells itself; a circle of both ends.
func TestNotifyGaveUp(t *testing.T) {
	f := functions{}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	in := f.invocation("request")
	var told []message.Message
	in.Watch.Tell = func(_ context.Context, m message.Message) error {
		told = append(told, m)
		return nil
	}
	if _, err := r.Handle(t.Context(), in, gaveUp("ecsguard-notify", gaveUp("ecsguard-a", event(t, opened)))); err != nil || len(told) != 1 ||
		!strings.Contains(channel.Full.Render(told[0], channel.Plain), "telling people that ecsguard-a gave up") || !strings.Contains(channel.Full.Render(told[0], channel.Plain), "the role has no policy") {
		t.Errorf("%v, %+v", err, told)
	}
	if _, err := r.Handle(t.Context(), in, gaveUp("ecsguard-notify", gaveUp("ecsguard-triage", nil))); err != nil || len(told) != 1 || len(f.got) > 0 {
		t.Errorf("%v, told %d times, invoked %v", err, len(told), f.names())
	}
	in.Watch.Tell = func(context.Context, message.Message) error { return errors.New("the channels are down") }
	if _, err := r.Handle(t.Context(), in, gaveUp("ecsguard-notify", []byte("{}"))); err == nil || !strings.Contains(err.Error(), "the channels are down") {
		t.Errorf("%v", err)
	}
}
