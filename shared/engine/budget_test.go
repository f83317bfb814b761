package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
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
	if r := w.result("22"); !r.Due.IsZero() || !strings.Contains(r.Reason, "decide what is right") {
		t.Errorf("due %s: %s", r.Due, r.Reason)
	}
}

// Few machines, keys and users are touched in an hour, whoever's findings they are.
func TestFewAreTouchedInAnHour(t *testing.T) {
	w, sweep := sweeping(t, 8)
	w.practice.Touches = true
	if _, err := w.driver(firstAttempt).Handle(t.Context(), sweep); err != nil {
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
