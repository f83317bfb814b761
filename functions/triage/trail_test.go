package triage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions/triage"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/logtrigger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// shard is a trail's logstore in place of the log service's.
type shard struct {
	logs  []map[string]string
	shown int // of these; 0: all
}

func (s *shard) Read(_ context.Context, r logtrigger.Range, cursor, end string, each func(map[string]string)) (string, error) {
	if r.Project != "p" || cursor != "0" {
		return cursor, errors.New("not asked for the range")
	}
	for i, fields := range s.logs {
		if s.shown > 0 && i == s.shown {
			return fmt.Sprint(i), nil
		}
		each(fields)
	}
	return end, nil
}

// delivered is an event as a trail delivers it.
func delivered(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(body, &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope.Data == nil { // a sample without an envelope
		envelope.Data = body
	}
	return map[string]string{"event": string(envelope.Data)}
}

const aRange = `{"parameter":{},"source":{"endpoint":"http://cn-hangzhou-intranet.log.aliyuncs.com","projectName":"p","logstoreName":"actiontrail_ecsguard","shardId":1,"beginCursor":"0","endCursor":"%d"},"jobName":"j","taskId":"t","cursorTime":1700000000}`

func rangeOf(s *shard) []byte { return fmt.Appendf(nil, aRange, len(s.logs)) }

// renamed is the event with an id of its own, and more changed.
func renamed(id string, more ...func(data map[string]any)) func(envelope, data map[string]any) {
	return func(_, data map[string]any) {
		data["eventId"] = id
		for _, change := range more {
			change(data)
		}
	}
}

func by(r *triage.Triage, f *functions, s *shard, request string) (triage.Answer, error) {
	in := f.invocation(request)
	in.Trail = s
	return r.Handle(context.Background(), in, rangeOf(s))
}

// handedUp runs triage's own tasks, as Function Compute does, and returns how many there were.
func (f *functions) handedUp(t *testing.T, r *triage.Triage) (n int) {
	t.Helper()
	for _, i := range slices.Clone(f.got) {
		if i.function == "ecsguard-triage" || i.function == "triage" {
			n++
			if _, err := r.Handle(t.Context(), f.invocation(fmt.Sprint("task-", n)), i.body); err != nil {
				t.Error(err)
			}
		}
	}
	return n
}

func woken(f *functions, id string) (n int) {
	for _, i := range f.got {
		if i.function == id {
			n++
		}
	}
	return n
}

// What nobody asks for is left, and what somebody asks for becomes a task, whose event is that of
// the bus.
func TestATrailsLogIsHandedOn(t *testing.T) {
	f := &functions{tasks: map[string]bool{}}
	r := f.triage(settings.Settings{}, wants("asks", authorized))
	s := &shard{logs: []map[string]string{
		delivered(t, event(t, "actiontrail/stop-logging")), delivered(t, event(t, opened)), delivered(t, event(t, "signin/root-console")),
	}}
	answer, err := by(r, f, s, "request-1")
	if err != nil || answer.Events != 3 || len(f.got) != 1 || keyOf(t, f.got[0].body) != keyOf(t, event(t, opened)) {
		t.Fatalf("%+v, %v, %d tasks", answer, err, len(f.got))
	}
	if f.handedUp(t, r) != 1 || woken(f, "asks") != 1 {
		t.Errorf("%v", f.names())
	}
	if p := f.since(ledger.Pulse, time.Now().Add(-time.Hour)); len(p) != 1 || p[0].By != "ecsguard-triage/trail" {
		t.Errorf("that the lane is read: %+v", p)
	}
}

// An event that comes by both ways wakes a practice once, in either order and at the same time.
func TestAnEventByBothWaysActsOnce(t *testing.T) {
	for name, order := range map[string][]string{"the bus first": {"bus", "log"}, "the log first": {"log", "bus"}, "at once": nil} {
		t.Run(name, func(t *testing.T) {
			f := &functions{tasks: map[string]bool{}}
			r := f.triage(settings.Settings{}, wants("asks", authorized))
			s := &shard{logs: []map[string]string{delivered(t, event(t, opened))}}
			come := map[string]func(){
				"bus": func() {
					if _, err := r.Handle(context.Background(), f.invocation("bus"), event(t, opened)); err != nil {
						t.Error(err)
					}
				},
				"log": func() {
					if _, err := by(r, f, s, "log"); err != nil {
						t.Error(err)
					}
					f.mu.Lock()
					got := slices.Clone(f.got)
					f.mu.Unlock()
					for _, i := range got {
						if strings.Contains(i.function, "triage") {
							if _, err := r.Handle(context.Background(), f.invocation("task"), i.body); err != nil {
								t.Error(err)
							}
						}
					}
				},
			}
			if order == nil {
				var both sync.WaitGroup
				both.Go(come["bus"])
				both.Go(come["log"])
				both.Wait()
			}
			for _, way := range order {
				come[way]()
			}
			if n := woken(f, "asks"); n != 1 {
				t.Errorf("woken %d times", n)
			}
		})
	}
}

// A range that fails part way comes again: nothing of it is lost, and nothing is done twice.
func TestARangeThatFailsPartWayLosesNothing(t *testing.T) {
	f := &functions{tasks: map[string]bool{}}
	r := f.triage(settings.Settings{}, wants("asks", authorized))
	s := &shard{}
	for i := range 40 {
		s.logs = append(s.logs, delivered(t, event(t, opened, renamed(fmt.Sprint("event-", i)))))
	}
	// Not all is shown; then Function Compute is busy after some; then all is well.
	s.shown = 10
	if _, err := by(r, f, s, "1"); err == nil || !strings.Contains(err.Error(), "not all shown yet") {
		t.Errorf("a part is taken for all: %v", err)
	}
	s.shown = 0
	in, calls := f.invocation("2"), 0
	var mu sync.Mutex
	in.Trail, in.Invoke = s, func(ctx context.Context, function, task string, body []byte) error {
		mu.Lock()
		calls++
		busy := calls > 20
		mu.Unlock()
		if busy {
			return errors.New("busy")
		}
		return f.invoke(ctx, function, task, body)
	}
	if _, err := r.Handle(t.Context(), in, rangeOf(s)); err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("what was refused is done with: %v", err)
	}
	for range 2 {
		if _, err := by(r, f, s, "3"); err != nil {
			t.Error(err)
		}
	}
	keys := map[string]int{}
	for _, i := range f.got {
		keys[keyOf(t, i.body)]++
	}
	if len(keys) != 40 || len(f.got) != 40 {
		t.Errorf("%d events in %d tasks, want 40", len(keys), len(f.got))
	}
}

// What is no event is told once and holds up nothing.
func TestWhatIsNoEventHoldsUpNothing(t *testing.T) {
	f := &functions{tasks: map[string]bool{}}
	r := f.triage(settings.Settings{}, wants("asks", authorized))
	s := &shard{logs: []map[string]string{
		{"event": "{"}, {"content": "x"}, {"event": `{"serviceName":"Ecs"}`}, delivered(t, event(t, opened)),
		{"event": `{"serviceName":"Ecs","eventName":"AuthorizeSecurityGroup","eventId":"large","userIdentity":{},"requestParameters":{` + many(20_000) + `}}`},
	}}
	for range 3 {
		if _, err := by(r, f, s, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.got) != 1 || len(f.told()) != 1 || f.log[0].Key != "trail record" || f.log[0].Facts["logs"] != "4" {
		t.Errorf("%d tasks, told %v: %+v", len(f.got), f.told(), f.log)
	}
	// Where it cannot be told the range comes again: silence would be worse.
	deaf := &functions{tasks: map[string]bool{}, deaf: true}
	if _, err := by(deaf.triage(settings.Settings{}, wants("asks", authorized)), deaf, s, "1"); err == nil || len(deaf.got) != 1 {
		t.Errorf("%v, %d tasks", err, len(deaf.got))
	}
}

// many are parameters that no cut can make fit.
func many(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"SecurityGroupId.%d":"sg-%d"`, i, i))
	}
	return strings.Join(all, ",")
}

// A trail of the whole organization brings the events of many accounts: each is told of once a day,
// and judged by nobody.
func TestOtherAccountsOfTheTrailAreTold(t *testing.T) {
	f := &functions{tasks: map[string]bool{}, clock: time.Now()}
	r := f.triage(settings.Settings{}, wants("asks", authorized))
	s := &shard{}
	for i := range 30 {
		account := fmt.Sprintf("20000000000000%02d", i%15)
		s.logs = append(s.logs, delivered(t, event(t, opened, renamed(fmt.Sprint("event-", i), func(data map[string]any) { data["recipientAccountId"] = account }))))
	}
	for range 2 {
		if _, err := by(r, f, s, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.got) != 0 || len(f.told()) != 15 {
		t.Errorf("%d tasks, told %d times, want of 15 accounts", len(f.got), len(f.told()))
	}
	if advice := f.log[0].Advice; !strings.Contains(advice, "organization") {
		t.Error(advice)
	}
	f.clock = f.clock.Add(25 * time.Hour)
	if _, err := by(r, f, s, "1"); err != nil || len(f.told()) != 30 {
		t.Errorf("%v, told %d times after a day", err, len(f.told()))
	}
}

// What has no region of its own is looked at whatever regions are watched.
func TestWhatHasNoRegionIsOfNoForeignOne(t *testing.T) {
	f := &functions{tasks: map[string]bool{}}
	r := f.triage(settings.Settings{Regions: settings.List{"ap-northeast-1"}}, wants("asks", authorized))
	global := func(data map[string]any) { data["isGlobal"], data["acsRegion"] = true, "cn-shanghai" }
	s := &shard{logs: []map[string]string{delivered(t, event(t, opened, renamed("a", global))), delivered(t, event(t, opened, renamed("b")))}}
	if _, err := by(r, f, s, "1"); err != nil || len(f.got) != 1 || keyOf(t, f.got[0].body) != "actiontrail/a" || len(f.told()) != 1 {
		t.Errorf("%v, %d tasks, told %v", err, len(f.got), f.told())
	}
}

// Nothing is read where the payload is not what it should be.
func TestARangeThatIsNone(t *testing.T) {
	f := &functions{}
	for _, payload := range []string{`{"source":{"beginCursor":"0"}}`, strings.Replace(fmt.Sprintf(aRange, 1), "cn-hangzhou-intranet.log.aliyuncs.com", "evil.example", 1)} {
		if _, err := route(t, f, []byte(payload), wants("asks", authorized)); err == nil {
			t.Errorf("%s is taken", payload)
		}
	}
	if _, err := route(t, f, fmt.Appendf(nil, aRange, 1), wants("asks", authorized)); err == nil {
		t.Error("it is done with, and nobody could read it")
	}
}

// All that root does comes by both ways, whatever the service is; what is of one use wakes a
// practice once, and what stands alone each time.
func TestManyEventsOfOneUseWakeOnce(t *testing.T) {
	f := &functions{tasks: map[string]bool{}}
	p := wants("asks", practice.Trigger{Service: practice.Every, Name: practice.Every, By: "root-account", Resource: "account"})
	p.Resource = "ACS::::Account"
	p.Use = func(e *events.Event) string {
		if e.Service == "aascustomer" {
			return ""
		}
		return e.Actor.SourceIP
	}
	r := f.triage(settings.Settings{}, p)
	s := &shard{}
	for i := range 50 {
		e := event(t, "actiontrail/create-access-key-root", renamed(fmt.Sprint("event-", i), func(data map[string]any) {
			data["serviceName"], data["eventName"], data["sourceIpAddress"] = "Oss", "PutBucketAcl", fmt.Sprint("192.0.2.", i%2)
		}))
		s.logs = append(s.logs, delivered(t, e))
		if _, err := r.Handle(t.Context(), f.invocation(fmt.Sprint("bus-", i)), e); err != nil {
			t.Fatal(err)
		}
	}
	s.logs = append(s.logs, delivered(t, event(t, "signin/root-console")), delivered(t, event(t, "actiontrail/stop-logging")))
	if _, err := by(r, f, s, "log"); err != nil {
		t.Fatal(err)
	}
	if n := f.handedUp(t, r); n != 51 || woken(f, "asks") != 3 {
		t.Errorf("%d tasks of triage's own; woken %d times: %v", n, woken(f, "asks"), f.names())
	}
}
