package triage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions/triage"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// invocation is one that triage asked for.
type invocation struct {
	function, task string
	body           []byte
}

// functions takes invocations in place of Function Compute.
type functions struct {
	mu   sync.Mutex
	got  []invocation
	fail map[string]error // by function

	tasks map[string]bool // that were given, by function and id; nil: nobody looks
	dead  func() bool     // triage has been killed: nothing that it does is done any more

	log     []ledger.Record
	indexed bool // the log's index has caught up
	deaf    bool // the log takes nothing
	silent  bool // the log does not answer
	clock   time.Time
}

// answers waits until the log answers, or there is no time left.
func (f *functions) answers(ctx context.Context) error {
	switch {
	case f.dead != nil && f.dead():
		return errors.New("killed")
	case f.silent:
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// Append is the log's: what was told.
func (f *functions) Append(ctx context.Context, records ...ledger.Record) error {
	if err := f.answers(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deaf {
		return errors.New("the log is out of reach")
	}
	f.log = append(f.log, records...)
	return nil
}

// History is what the log's index has, when it has it.
func (f *functions) History(ctx context.Context, r practice.Resource, since time.Time) (found []ledger.Record, err error) {
	if err := f.answers(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.log {
		if f.indexed && x.Resource == r.ID && x.Region == r.Region && x.Account == r.Account && !x.Time.Before(since) {
			found = append(found, x)
		}
	}
	return found, nil
}

// Digest is the last that was written, and all records.
func (f *functions) Digest(ctx context.Context, _ time.Time) (d ledger.Digest, records []ledger.Record, err error) {
	if err := f.answers(ctx); err != nil {
		return d, nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.log {
		if x.Kind == ledger.Cases {
			d = ledger.Digest{Cases: x.Open, At: x.Time}
		} else {
			records = append(records, x)
		}
	}
	return d, records, nil
}

// Results are all records: as if the index had them at once.
func (f *functions) Results(ctx context.Context, since time.Time) (found []ledger.Record, err error) {
	if err := f.answers(ctx); err != nil {
		return nil, err
	}
	return f.since(ledger.Result, since), nil
}

// Sweeps are those of sweeps.
func (f *functions) Sweeps(ctx context.Context, since time.Time) (found []ledger.Record, err error) {
	if err := f.answers(ctx); err != nil {
		return nil, err
	}
	return f.since(ledger.Sweep, since), nil
}

func (f *functions) since(kind ledger.Kind, since time.Time) (found []ledger.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.log {
		if x.Kind == kind && !x.Time.Before(since) {
			found = append(found, x)
		}
	}
	return found
}

// Read answers nothing: no practice of these tests reads.
func (f *functions) Read(context.Context, cloud.Call, any) error {
	return errors.New("nobody reads here")
}

// told are the practices of which people have been told something by way of the log.
func (f *functions) told() (ids []string) {
	for _, x := range f.log {
		if x.Kind == ledger.Result && !x.Quiet {
			ids = append(ids, x.Practice)
		}
	}
	return ids
}

func (f *functions) invoke(_ context.Context, function, task string, body []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id := practice.OfFunction(function); id != "triage" && id != "notify" {
		function = id
	}
	if f.dead != nil && f.dead() {
		return errors.New("killed")
	}
	if f.tasks[function+" "+task] {
		return triage.ErrGiven
	}
	f.got = append(f.got, invocation{function, task, slices.Clone(body)})
	if f.tasks != nil && f.fail[function] == nil {
		f.tasks[function+" "+task] = true
	}
	return f.fail[function]
}

func (f *functions) names() (names []string) {
	for _, i := range f.got {
		names = append(names, i.function)
	}
	slices.Sort(names)
	return names
}

func wants(id string, triggers ...practice.Trigger) *practice.Practice {
	return &practice.Practice{ID: id, Resource: "ACS::ECS::SecurityGroup", Triggers: triggers, Severity: practice.High,
		Check: func(_ context.Context, pass *practice.Pass) error {
			pass.Report(practice.Finding{Key: "wrong", Title: "it is wrong"})
			return nil
		}}
}

// finds is a practice that finds nothing wrong, or cannot tell.
func finds(id string, check func(context.Context, *practice.Pass) error, triggers ...practice.Trigger) *practice.Practice {
	p := wants(id, triggers...)
	p.Check = check
	return p
}

func nothing(context.Context, *practice.Pass) error { return nil }

var (
	authorized = practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId"}
	revoked    = practice.Trigger{Service: "Ecs", Name: "RevokeSecurityGroup", Resource: "params.SecurityGroupId"}
	anyGroup   = practice.Trigger{Service: "Config", Name: "ACS::ECS::SecurityGroup", Resource: "resource"}
)

// route hands a payload to triage of practices.
func route(t *testing.T, f *functions, payload []byte, practices ...*practice.Practice) (triage.Answer, error) {
	t.Helper()
	return f.triage(settings.Settings{}, practices...).Handle(t.Context(), f.invocation("request-1"), payload)
}

func (f *functions) triage(set settings.Settings, practices ...*practice.Practice) *triage.Triage {
	return triage.New(practices, set, slog.New(slog.DiscardHandler))
}

func (f *functions) invocation(request string) triage.Invocation {
	now := time.Now
	if !f.clock.IsZero() {
		now = func() time.Time { return f.clock }
	}
	return triage.Invocation{Request: request, Region: "cn-hangzhou", Account: "1098765432101234", Version: "test", Invoke: f.invoke, Ledger: f, Reader: f, Now: now}
}

// event is a sample with edits to its envelope and its record.
func event(t testing.TB, sample string, edits ...func(envelope, data map[string]any)) []byte {
	t.Helper()
	text, err := os.ReadFile("../../events/samples/" + sample + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if len(edits) == 0 {
		return text
	}
	var envelope map[string]any
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		edit(envelope, envelope["data"].(map[string]any))
	}
	text, err = json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const opened = "actiontrail/authorize-security-group-permissions"

func keyOf(t *testing.T, body []byte) string {
	t.Helper()
	some, err := events.Decode(body)
	if err != nil || len(some) != 1 {
		t.Fatalf("%d events, %v in %.200s", len(some), err, body)
	}
	return some[0].Key()
}

func TestAnEventGoesToAllThatWantIt(t *testing.T) {
	var f functions
	a, b, c := wants("a", authorized), wants("b", revoked, authorized), wants("c", revoked)
	answer, err := route(t, &f, event(t, opened), a, b, c)
	if err != nil || answer.Events != 1 || !slices.Equal(answer.Invoked, []string{"a", "b"}) || !slices.Equal(f.names(), []string{"a", "b"}) {
		t.Fatalf("%+v, %v, invoked %v", answer, err, f.names())
	}
	if f.got[0].task == f.got[1].task {
		t.Error("two practices have one task")
	}
	for _, i := range f.got {
		if keyOf(t, i.body) != keyOf(t, event(t, opened)) {
			t.Errorf("%s got another event", i.function)
		}
	}
}

func TestWhatNobodyWantsGoesNowhere(t *testing.T) {
	for name, payload := range map[string][]byte{
		"another call":    event(t, "actiontrail/stop-logging"),
		"another service": event(t, opened, func(_, data map[string]any) { data["serviceName"] = "Vpc" }),
		"a failed call":   event(t, "actiontrail/authorize-security-group-failed"),
		"a sign-in":       event(t, "signin/root-console"),
		"a timer":         event(t, "timer/sweep"),
	} {
		var f functions
		answer, err := route(t, &f, payload, wants("a", authorized, revoked))
		if err != nil || answer.Events != 1 || answer.Invoked == nil || len(f.got) > 0 {
			t.Errorf("%s: %+v, %v, invoked %v", name, answer, err, f.names())
		}
	}
}

func TestFailedCallsGoToThoseThatAsk(t *testing.T) {
	var f functions
	asks := authorized
	asks.Failed = true
	if _, err := route(t, &f, event(t, "actiontrail/authorize-security-group-failed"), wants("a", authorized), wants("b", asks)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.names(), []string{"b"}) {
		t.Errorf("invoked %v", f.names())
	}
}

// An event that concerns a practice and does not name the resource is the practice's to
// complain about: here it would be lost.
func TestAnEventWithoutItsResourceIsHandedOver(t *testing.T) {
	var f functions
	unnamed := func(_, data map[string]any) { delete(data["requestParameters"].(map[string]any), "SecurityGroupId") }
	if _, err := route(t, &f, event(t, opened, unnamed), wants("a", authorized)); err != nil || len(f.got) != 1 {
		t.Errorf("%v, invoked %v", err, f.names())
	}
}

// Our own changes are looked at like anybody's: whoever can make a role of such a name
// must not act unseen.
func TestOurOwnChangesAreLookedAt(t *testing.T) {
	var f functions
	own := func(_, data map[string]any) {
		data["userIdentity"] = map[string]any{"type": "assumed-role", "userName": "ecsguard-evil:session"}
	}
	if _, err := route(t, &f, event(t, opened, own), wants("a", authorized)); err != nil || len(f.got) != 1 {
		t.Errorf("%v, %v", f.names(), err)
	}
}

func TestOnePracticeOutOfReach(t *testing.T) {
	f := functions{fail: map[string]error{"b": errors.New("AccessDenied")}}
	answer, err := route(t, &f, event(t, opened), wants("a", authorized), wants("b", authorized), wants("c", authorized))
	if err == nil || !strings.Contains(err.Error(), "invoking b") || !strings.Contains(err.Error(), keyOf(t, event(t, opened))) {
		t.Errorf("%v", err)
	}
	if !slices.Equal(answer.Invoked, []string{"a", "c"}) || len(f.got) != 3 {
		t.Errorf("%+v, invoked %v", answer, f.names())
	}
}

// However often and by whatever way an event comes, it is one task.
func TestOneEventIsOneTask(t *testing.T) {
	var f functions
	viaTrail := func(envelope, _ map[string]any) {
		envelope["source"], envelope["id"] = "acs.actiontrail", "another-id-of-the-envelope"
	}
	other := func(_, data map[string]any) { data["eventId"] = "another-happening" }
	for _, payload := range [][]byte{event(t, opened), event(t, opened), event(t, opened, viaTrail), event(t, opened, other)} {
		if _, err := route(t, &f, payload, wants("a", authorized)); err != nil {
			t.Fatal(err)
		}
	}
	if f.got[0].task != f.got[1].task || f.got[0].task != f.got[2].task || f.got[0].task == f.got[3].task {
		t.Errorf("tasks %s, %s, %s and %s", f.got[0].task, f.got[1].task, f.got[2].task, f.got[3].task)
	}
}

// Function Compute does a task once. A second delivery hands over what is handed over
// already: a note of its own would never be closed, and people would be told that a
// practice is silent.
func TestASecondDeliveryHandsNothingOverAnew(t *testing.T) {
	f := functions{clock: time.Now()}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	for n, request := range []string{"request-1", "request-2", "request-3"} {
		payload := event(t, opened)
		if n == 2 {
			payload = event(t, opened, func(_, data map[string]any) { data["eventId"] = "another-happening" })
		}
		if _, err := r.Handle(t.Context(), f.invocation(request), payload); err != nil {
			t.Fatal(err)
		}
		f.clock = f.clock.Add(time.Second)
	}
	var notes []string
	for _, x := range f.log {
		if x.Key == engine.KeyHandover {
			notes = append(notes, x.Nonce)
		}
	}
	if len(notes) != 3 || notes[0] != notes[1] || notes[0] == notes[2] {
		t.Errorf("the notes are %v", notes)
	}
}

// A remediation has no identity but its invocation: the second case is no second
// delivery.
func TestARemediationIsATaskEachTime(t *testing.T) {
	var f functions
	r := f.triage(settings.Settings{}, wants("a", anyGroup))
	for _, request := range []string{"request-1", "request-1", "request-2"} {
		if _, err := r.Handle(t.Context(), f.invocation(request), event(t, "config/remediation")); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.got) != 3 || f.got[0].task != f.got[1].task || f.got[0].task == f.got[2].task {
		t.Errorf("%+v", f.got)
	}
	if some, err := events.Decode(f.got[0].body); err != nil || some[0].Kind != events.KindConfigRemediation {
		t.Errorf("%v, %v", some, err)
	}
}

// A practice that names a type and a rule gets an evaluation that is about both once.
func TestWantedByTypeAndByRule(t *testing.T) {
	var f functions
	payload := event(t, "config/noncompliant-disk")
	some, err := events.Decode(payload)
	if err != nil || some[0].Rule == "" {
		t.Fatalf("%v, %v", some, err)
	}
	byType := practice.Trigger{Service: "Config", Name: some[0].Name, Resource: "resource"}
	byRule := practice.Trigger{Service: "Config", Name: some[0].Rule, Resource: "resource"}
	answer, err := route(t, &f, payload, wants("a", byType, byRule), wants("b", byRule), wants("c", byType))
	if err != nil || !slices.Equal(f.names(), []string{"a", "b", "c"}) || len(answer.Invoked) != 3 {
		t.Errorf("%+v, %v, invoked %v", answer, err, f.names())
	}
}

func TestARetiredPracticeGetsNothing(t *testing.T) {
	var f functions
	old := wants("old", authorized)
	old.Retired = "replaced by new"
	if _, err := route(t, &f, event(t, opened), old, wants("new", authorized)); err != nil || !slices.Equal(f.names(), []string{"new"}) {
		t.Errorf("%v, invoked %v", err, f.names())
	}
}

// EventBridge delivers 256 KB, an asynchronous invocation carries half of it.
func TestALargeEventIsCutToFit(t *testing.T) {
	var f functions
	large := event(t, opened, func(_, data map[string]any) {
		data["responseElements"] = map[string]any{"Text": strings.Repeat("x", 120<<10)}
		data["additionalEventData"] = map[string]any{"More": strings.Repeat("y", 100<<10)}
		data["userAgent"] = strings.Repeat("z", 10<<10)
	})
	if len(large) <= triage.MaxBody {
		t.Fatalf("%d bytes", len(large))
	}
	p := wants("a", authorized)
	if _, err := route(t, &f, large, p); err != nil {
		t.Fatal(err)
	}
	body := f.got[0].body
	if len(body) > triage.MaxBody || keyOf(t, body) != keyOf(t, large) {
		t.Errorf("%d bytes, key %s", len(body), keyOf(t, body))
	}
	some, err := events.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if targets := p.Match(&some[0]); len(targets) != 1 || targets[0].Resource.ID == "" {
		t.Errorf("what is left names %+v", targets)
	}
	if _, err := route(t, &f, some[0].Envelope, p); err != nil || f.got[1].task != f.got[0].task {
		t.Error("what is left is another task", err)
	}
}

// What cannot be made to fit is an error, and not an invocation that is refused for ever.
func TestAnEventThatCannotBeCutIsAnError(t *testing.T) {
	var f functions
	huge := event(t, opened, func(_, data map[string]any) {
		params := data["requestParameters"].(map[string]any)
		for n := range 5_000 { // some 256 KB, the most that EventBridge delivers
			params[fmt.Sprintf("Permissions.%d.SourceCidrIp", n)] = "10.0.0.0/8"
		}
	})
	if _, err := route(t, &f, huge, wants("a", authorized)); err == nil || !strings.Contains(err.Error(), "trimming") || len(f.got) > 0 {
		t.Errorf("%v, invoked %v", err, f.names())
	}
}

func TestABatchWithOneBadElement(t *testing.T) {
	var f functions
	batch := fmt.Appendf(nil, `[%s, 17, %s]`, event(t, opened), event(t, "actiontrail/own-revoke"))
	answer, err := route(t, &f, batch, wants("a", authorized, revoked))
	if err == nil || !strings.Contains(err.Error(), "element 1") || answer.Events != 2 || !slices.Equal(f.names(), []string{"a", "a"}) {
		t.Errorf("%+v, %v, invoked %v", answer, err, f.names())
	}
}

func TestWhatCannotBeDecodedIsAnError(t *testing.T) {
	for _, payload := range []string{"", "null", "{}", "not JSON", "[]", `{"specversion":"1.0","secret":`} {
		var f functions
		if _, err := route(t, &f, []byte(payload), wants("a", authorized)); err == nil || !strings.HasPrefix(err.Error(), "triage: ") {
			t.Errorf("%q: %v", payload, err)
		}
	}
}

// Triage sees every write of the account. What nobody wants has to cost little.
func BenchmarkWhatNobodyWants(b *testing.B) {
	var practices []*practice.Practice
	for n := range 100 {
		practices = append(practices, wants(fmt.Sprintf("p-%d", n), authorized, revoked))
	}
	var f functions
	r := f.triage(settings.Settings{}, practices...)
	payload := event(b, "actiontrail/stop-logging")
	for b.Loop() {
		if _, err := r.Handle(b.Context(), f.invocation("request"), payload); err != nil {
			b.Fatal(err)
		}
	}
}

// What triage hands on holds no secret of the event: to a practice, to itself, and of what
// has failed to notify.
func TestWhatIsHandedOnHoldsNoSecret(t *testing.T) {
	const planted = "canary-user-data-of-an-instance"
	secrets := func(_, data map[string]any) {
		params := data["requestParameters"].(map[string]any)
		for _, name := range []string{"UserData", "CommandContent", "Password", "LaunchConfiguration.UserData"} {
			params[name] = planted
		}
		data["responseElements"] = map[string]any{"AccessKey": map[string]any{"AccessKeySecret": planted}}
	}
	body := event(t, "actiontrail/authorize-security-group-permissions", secrets)
	f := &functions{}
	if _, err := route(t, f, body, wants("one", authorized)); err != nil || len(f.names()) == 0 {
		t.Fatal(err, f.names())
	}
	if _, err := route(t, f, gaveUp("ecsguard-triage", body), wants("one", authorized)); err != nil || !slices.Contains(f.names(), "ecsguard-notify") {
		t.Fatal(err, f.names())
	}
	for _, in := range f.got {
		if strings.Contains(string(in.body), planted) {
			t.Errorf("%s is handed a secret: %s", in.function, in.body)
		}
	}
}
