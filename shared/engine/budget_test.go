package engine_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Somebody puts it back again and again: from the fourth time on it is put right later,
// and people are told once. An open port cannot be bought by trying often.
func TestSomebodyKeepsPuttingItBack(t *testing.T) {
	w := begin(t, each, 22)
	clock := time.Now().Add(-time.Hour)
	w.now = func() time.Time { return clock }
	n := 0
	again := func(want practice.Outcome) ledger.Record {
		t.Helper()
		n++
		w.deliver(event(t, n), want)
		return w.result("22")
	}
	for range 3 {
		again(practice.Fixed)
		w.root(opening("22/22"))
	}
	for i, wait := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		r := again(practice.Awaiting)
		if !r.Due.Equal(clock.Add(wait)) || r.Quiet != (i > 0) || !strings.Contains(r.Reason, fmt.Sprintf("put right %d times", 3+i)) || !strings.Contains(r.Reason, r.Actor) {
			t.Errorf("the wait %d: due %s after, quiet %v: %s", i+1, r.Due.Sub(clock), r.Quiet, r.Reason)
		}
		if r := again(practice.Deferred); !r.Quiet { // while it waits, other events change nothing
			t.Error("people are told again while it waits")
		}
		clock = r.Due
		if r := again(practice.Fixed); !r.Quiet || w.ports() != "" {
			t.Errorf("when it has waited: quiet %v, open %q", r.Quiet, w.ports())
		}
		w.root(opening("22/22"))
	}
	if n := len(w.changes()); n != 7 {
		t.Errorf("%d changes", n)
	}
	// Another port is another thing, and closed at once.
	w.root(opening("23/23"))
	w.deliver(event(t, 99), practice.Awaiting, practice.Fixed)
}

// What acts on machines, keys or users waits for a person.
func TestNoFightOverAMachine(t *testing.T) {
	w := begin(t, each, 22)
	w.practice.Touches = true
	for n := range 3 {
		w.deliver(event(t, n), practice.Fixed)
		w.root(opening("22/22"))
	}
	w.deliver(event(t, 4), practice.Awaiting)
	if r := w.result("22"); !r.Due.IsZero() || !strings.Contains(r.Reason, "decide which of you is right") {
		t.Errorf("due %s: %s", r.Due, r.Reason)
	}
}

// Few machines, keys and users are touched in an hour, whoever's findings they are.
func TestFewAreTouchedInAnHour(t *testing.T) {
	w := sweeping(t, 8)
	w.practice.Touches = true
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 5 || n[practice.Awaiting] != 3 {
		t.Errorf("%v", n)
	}
}

// A resource is changed so often in an hour and no more: against a fault of our own.
func TestTheCeilingOfAResource(t *testing.T) {
	w := begin(t, each, 22, 23)
	w.settings.PerHour = 2
	w.now = anHourAgo
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed)
	w.root(opening("24/24"))
	w.deliver(event(t, 3), practice.Awaiting)
	r := w.result("24")
	if len(w.changes()) != 2 || !strings.Contains(r.Reason, "2 changes were made") || len(r.Calls) != 1 || r.CallsMade != 0 {
		t.Errorf("changes %v, record %+v", w.changes(), r)
	}
	if !r.Opens() || !r.Due.After(r.Time) {
		t.Errorf("nobody looks again when there is room: due %s", r.Due)
	}
	w.deliver(event(t, 4), practice.Ignored)
	// An hour later it may be changed again.
	w.now = time.Now
	w.deliver(event(t, 5), practice.Fixed)
}

// anHourAgo is just longer ago than what is remembered. The log takes no records from
// the future, so a test that needs both hours begins in the past.
func anHourAgo() time.Time { return time.Now().Add(-time.Hour - time.Minute) }

// Findings of one look share the budget of their resource.
func TestFindingsOfOneLookShareTheBudget(t *testing.T) {
	w := begin(t, each, 22, 23, 24)
	w.settings.PerHour = 2
	w.deliver(event(t, 1), practice.Awaiting, practice.Fixed, practice.Fixed)
	if n := len(w.changes()); n != 2 {
		t.Errorf("%d changes, the budget is 2", n)
	}
}

// So do the rounds of one look.
func TestRoundsOfOneLookShareTheBudget(t *testing.T) {
	w := begin(t, step, 22, 23, 24)
	w.settings.PerHour = 2
	w.deliver(event(t, 1), practice.Partly)
	w.tells("intent", "intent", "result step partly 2 changes were made to this resource")
	if w.ports() != "24/24" {
		t.Errorf("open: %s", w.ports())
	}
}

// The intent of an attempt that died is about to be carried out; it is not added to
// itself. Another event's is: nobody knows how far that one got.
func TestIntentsWithoutAResult(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.PerHour = 1
	w.fails(w.dies(writeLog, 1), event(t, 1), firstAttempt)
	w.deliver(event(t, 2), practice.Awaiting)
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
}

// What an interrupted attempt has done counts, although this one does less.
func TestWhatWasDoneBeforeTheCrashCounts(t *testing.T) {
	w := begin(t, whole, 22, 23)
	w.settings.PerHour = 3
	w.fails(w.dies(revoke, 1), event(t, 1), firstAttempt)
	w.attempt(event(t, 1), secondAttempt, practice.Fixed)
	w.root(opening("22/22"), opening("23/23"))
	w.deliver(event(t, 2), practice.Awaiting)
	if r := w.result("all"); !strings.Contains(r.Reason, "2 changes were made") {
		t.Errorf("%s", r.Reason)
	}
}

// A look that begins with another resource, a list that the group's rules name, finds
// what was done to the group.
func TestTheBudgetIsOfTheResourceThatIsChanged(t *testing.T) {
	w := begin(t, nil, 22)
	w.settings.PerHour = 1
	w.practice.Check = func(ctx context.Context, pass *practice.Pass) error {
		if pass.Resource.ID == "sg-list" { // stands for a list
			on := *pass
			on.Resource.ID = group
			if err := each(ctx, &on); err != nil {
				return err
			}
			for _, f := range on.Findings() {
				pass.Report(f)
			}
			return nil
		}
		return each(ctx, pass)
	}
	w.deliver(event(t, 1), practice.Fixed)
	w.root(opening("22/22"))
	list := func(_, data map[string]any) {
		data["requestParameters"].(map[string]any)["SecurityGroupId"] = "sg-list"
	}
	w.deliver(event(t, 2, list), practice.Awaiting)
	if r := w.result("22"); r.Subject != "sg-list" || r.Resource != group || len(w.changes()) != 1 {
		t.Errorf("subject %s, resource %s, changes %v", r.Subject, r.Resource, w.changes())
	}
}

// timer is the event of a sweep.
func timer(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("../../events/samples/timer/sweep.json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sweeping gives a world n groups with an open port each, and a sweep over them.
func sweeping(t *testing.T, n int) *world {
	w := begin(t, each)
	text := "ecs:\n  security-groups:"
	for i := range n {
		text += groupYAML(fmt.Sprintf("sg-%02d", i), 22)
	}
	if err := w.cloud.Load([]byte(text)); err != nil {
		t.Fatal(err)
	}
	w.practice.Sweep = practice.Sweep{Every: time.Hour, List: func(_ context.Context, pass *practice.Pass) (found []practice.Resource, _ error) {
		for i := range n {
			r := pass.Resource
			r.ID = fmt.Sprintf("sg-%02d", i)
			found = append(found, r)
		}
		return found, nil
	}}
	return w
}

func (w *world) count() map[practice.Outcome]int {
	n := map[practice.Outcome]int{}
	for _, r := range w.of(ledger.Result) {
		n[r.Outcome]++
	}
	return n
}

func TestASweepActsOnTen(t *testing.T) {
	w := sweeping(t, 12)
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 10 || n[practice.Awaiting] != 2 || len(w.changes()) != 10 {
		t.Errorf("%v, %d changes", n, len(w.changes()))
	}
	for _, r := range w.of(ledger.Result) {
		if r.Outcome == practice.Awaiting && (!strings.Contains(r.Reason, "held back") || len(r.Calls) != 1) {
			t.Errorf("what is held back is not told: %+v", r)
		}
	}
	// The same firing again is the same sweep.
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(w.changes()); n != 10 {
		t.Errorf("%d changes", n)
	}
}

// The budget is of findings, however many of them are on one resource.
func TestASweepCountsFindings(t *testing.T) {
	w := begin(t, each, 20, 21, 22, 23, 24)
	w.settings.PerSweep = 3
	w.practice.Sweep = practice.Sweep{Every: time.Hour, List: func(_ context.Context, pass *practice.Pass) ([]practice.Resource, error) {
		r := pass.Resource
		r.ID = group
		return []practice.Resource{r}, nil
	}}
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 3 || n[practice.Awaiting] != 2 {
		t.Errorf("%v", n)
	}
}

// What no change can put right takes nothing from the others, at no sweep.
func TestASweepCountsOnlyWhatItChanges(t *testing.T) {
	w := sweeping(t, 12)
	w.practice.Check, w.practice.Touches = objects(22, 22), true
	w.practice.Family = &practice.Family{Name: "stubborn", Join: func(ctx context.Context, pass *practice.Pass, findings []practice.Finding) (practice.Edit, error) {
		if pass.Resource.ID < "sg-10" {
			return practice.Edit{Left: []practice.Left{{Whole: true, Why: "somebody would be shut out"}}}, nil
		}
		e, err := kin.Join(ctx, pass, findings)
		for i, c := range e.Changes {
			e.Changes[i].Call = c.Call.With("SecurityGroupId", pass.Resource.ID)
		}
		return e, err
	}}
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 2 || n[practice.Failed] != 10 {
		t.Errorf("%v", n)
	}
}

// A sweep that dies in the middle and is run again does not begin a new budget.
func TestASweepThatDiesHasOneBudget(t *testing.T) {
	w := sweeping(t, 16)
	err := w.fails(w.dies(revoke, 5), timer(t), firstAttempt)
	if n := len(w.changes()); n < 5 || n > 5+engine.AtATime {
		t.Fatalf("%d changes before it died", n)
	}
	if len(err.Error()) > 4000 {
		t.Errorf("an error of %d bytes: it goes on after its end", len(err.Error()))
	}
	if _, err := w.driver(secondAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Fixed] != 10 || n[practice.Awaiting] != 6 || len(w.changes()) != 10 {
		t.Errorf("%v, %d changes", n, len(w.changes()))
	}
}

// Some resources are looked at at once, and no more than that.
func TestASweepLooksAtSeveralAtOnce(t *testing.T) {
	w := sweeping(t, 20)
	var mu sync.Mutex
	now, most, full := 0, 0, make(chan struct{})
	w.practice.Check = func(context.Context, *practice.Pass) error {
		mu.Lock()
		now++
		if most = max(most, now); now == engine.AtATime {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full // until as many are here as may be
		for range 1000 {
			runtime.Gosched() // one more could come now
		}
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	got, err := w.driver(firstAttempt).Handle(t.Context(), timer(t))
	if err != nil || len(got) != 20 || most != engine.AtATime {
		t.Errorf("%d outcomes, %d at once, %v", len(got), most, err)
	}
}

// What was not looked at is said, and another attempt begins there.
func TestASweepWhoseTimeIsUp(t *testing.T) {
	w := sweeping(t, 20)
	var looked sync.Map
	for attempt := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		n := atomic.Int64{}
		w.practice.Check = func(_ context.Context, pass *practice.Pass) error {
			looked.Store(pass.Resource.ID, true)
			if n.Add(1) == 8 {
				cancel()
			}
			return nil
		}
		err := w.fails(ctx, timer(t), engine.Invocation{Attempt: attempt})
		if n.Load() > 8+engine.AtATime || !strings.Contains(err.Error(), "of 20 resources") {
			t.Errorf("%d looked at: %v", n.Load(), err)
		}
	}
	for i := range 20 {
		if _, ok := looked.Load(fmt.Sprintf("sg-%02d", i)); !ok {
			t.Errorf("no attempt has looked at sg-%02d", i)
		}
	}
}

// No look gets more than a minute, whatever the function has: its intent is taken for
// dead a little later.
func TestTheTimeOfALook(t *testing.T) {
	w := sweeping(t, 1)
	var left time.Duration
	w.practice.Check = func(ctx context.Context, _ *practice.Pass) error {
		end, _ := ctx.Deadline()
		left = time.Until(end)
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for _, payload := range [][]byte{timer(t), event(t, 1)} {
		if _, err := w.driver(firstAttempt).Handle(ctx, payload); err != nil || left <= 0 || left > time.Minute-engine.Reserve {
			t.Errorf("%s left, %v", left, err)
		}
	}
}

// One resource that cannot be put right keeps the sweep from no other.
func TestASweepGoesOnAfterAFailure(t *testing.T) {
	w := sweeping(t, 3)
	w.cloud.Inject(cloud.Fault{Action: revoke, Status: 403, Code: "Forbidden.RAM", Times: 1})
	if _, err := w.driver(firstAttempt).Handle(t.Context(), timer(t)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(); n[practice.Failed] != 1 || n[practice.Fixed] != 2 {
		t.Errorf("%v", n)
	}
}

// Nor does a resource on which the check panics end what is done to the others.
func TestASweepGoesOnAfterAPanic(t *testing.T) {
	w := sweeping(t, 3)
	w.practice.Check = func(ctx context.Context, pass *practice.Pass) error {
		if pass.Resource.ID == "sg-01" {
			return panicking(ctx, pass)
		}
		return each(ctx, pass)
	}
	err := w.fails(t.Context(), timer(t), firstAttempt)
	if !strings.Contains(err.Error(), "sg-01") || !strings.Contains(err.Error(), "test-practice panics: no such param") {
		t.Errorf("%v", err)
	}
	if n := w.count()[practice.Fixed]; n != 2 {
		t.Errorf("%d fixed", n)
	}
}

func TestASweepThatCannotListIsAnError(t *testing.T) {
	w := sweeping(t, 1)
	w.practice.Sweep.List = func(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
		return nil, pass.Read(ctx, ours.New("ecs", "DescribeSecurityGroupAttribute", region, "SecurityGroupId", "sg-missing"), nil)
	}
	if err := w.fails(t.Context(), timer(t), firstAttempt); !strings.Contains(err.Error(), "listing what to sweep") {
		t.Errorf("%v", err)
	}
}

func TestATimerWithoutASweepIsAnError(t *testing.T) {
	w := begin(t, each, 22)
	if err := w.fails(t.Context(), timer(t), firstAttempt); !strings.Contains(err.Error(), "test-practice has no sweep") {
		t.Errorf("%v", err)
	}
}

// That people know of a fight does not make them know of what is put right beside it.
func TestWhatIsPutRightBesideAFight(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-other", practice.High, objects(25, 25))
	clock := time.Now().Add(-time.Hour)
	w.now = func() time.Time { return clock }
	for n := range 3 {
		w.deliver(event(t, n), practice.Fixed)
		w.root(opening("22/22"))
	}
	w.deliver(event(t, 3), practice.Awaiting)
	clock = w.result("22-22").Due
	w.root(opening("25/25"))
	w.deliver(event(t, 4), practice.Fixed, practice.Fixed)
	if a, b := w.result("22-22"), w.result("25-25"); a.Quiet && b.Quiet || len(a.Members) != 2 {
		t.Errorf("nobody is told that 25 was open: %v %v", a.Quiet, b.Quiet)
	}
}

// What waits because of a fight is not settled by another's edit of the same resource.
func TestAFightBesideAnEdit(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	other := w.peer("sg-other", practice.High, objects(25, 25))
	clock := time.Now().Add(-10 * time.Second) // an intent that is older is nobody's any more
	w.now = func() time.Time { return clock }
	for n := range 3 {
		w.deliver(event(t, n), practice.Fixed)
		w.root(opening("22/22"))
	}
	w.deliver(event(t, 3), practice.Awaiting)
	due := w.result("22-22").Due
	clock = clock.Add(time.Second)
	w.root(opening("25/25"))
	fights := w.driver(engine.Invocation{Request: "fights"})
	w.practice, w.peers = other, []*practice.Practice{w.practice}
	w.after(writeLog, 1, func() {
		if got, err := fights.Handle(t.Context(), event(t, 4)); err != nil || !slices.Contains(got, practice.Deferred) {
			t.Errorf("%v, %v", got, err)
		}
	})
	w.deliver(event(t, 4), practice.Fixed)
	if w.ports() != "22/22" {
		t.Fatalf("open %s", w.ports())
	}
	records := w.records()
	last := slices.IndexFunc(records, func(r ledger.Record) bool { return r.Outcome == practice.Fixed && r.Practice == "sg-other" })
	cases := ledger.Fold(ledger.Fold(nil, records[:last]), records) // they were written down in between
	if len(cases) != 1 || !cases[0].Next.Equal(due) {
		t.Errorf("nobody closes 22 when it has waited: cases %+v\n%s", cases, w.said())
	}
}

// Where there is still no room when it was to be put right, the next time is noted, or only a
// sweep would look. People are not told again.
func TestTheCeilingOfAResourceAgain(t *testing.T) {
	w := begin(t, each, 22, 23)
	w.settings.PerHour = 2
	clock := time.Now().Add(-3 * time.Hour)
	w.now = func() time.Time { return clock }
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed)
	w.root(opening("24/24"))
	clock = clock.Add(time.Minute)
	w.deliver(event(t, 2), practice.Awaiting)
	first := w.result("24")
	clock = clock.Add(30 * time.Minute)
	other := ledger.Record{ID: "other", Nonce: "other", Kind: ledger.Result, Practice: "other", Outcome: practice.Fixed, Resource: group, Region: region, Account: account, CallsMade: 2, Time: clock}
	if err := w.driver(engine.Invocation{}).Ledger.Append(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.deliver(event(t, 3), practice.Ignored)
	clock = first.Due
	w.deliver(event(t, 4), practice.Awaiting)
	if r := w.result("24"); first.Quiet || !r.Quiet || !r.Due.Equal(other.Time.Add(time.Hour+time.Second)) {
		t.Errorf("due %s, quiet %v; the first time due %s, quiet %v", r.Due, r.Quiet, first.Due, first.Quiet)
	}
	clock = w.result("24").Due
	w.deliver(event(t, 5), practice.Fixed)
}
