package audit_test

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
)

var opened = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

// result is one about the same thing each time, so many minutes after it was first wrong.
func result(id string, minutes float64, o practice.Outcome, event string) audit.Record {
	return audit.Record{ID: id, Nonce: id, Kind: audit.Result, Practice: "p", ResourceType: "x", Resource: "sg-1", Key: "22", Outcome: o, Event: event,
		Time: opened.Add(time.Duration(minutes * float64(time.Minute)))}
}

// usedUp is a case that was looked at as often as it is.
func usedUp() []audit.Case {
	cases := audit.Fold(nil, []audit.Record{result("1", 0, practice.Failed, "actiontrail/1")})
	for _, minutes := range []int{1, 5, 15, 60} {
		_, cases = audit.Due(cases, 200, opened.Add(time.Duration(minutes)*time.Minute))
	}
	return cases
}

// What happens again is looked at again, however often the time before was. What the looks
// at a case say themselves, or the same event's second delivery, does not begin anew.
func TestACaseThatIsOpenedAgain(t *testing.T) {
	again := opened.Add(4 * time.Hour)
	for name, x := range map[string]struct {
		record audit.Record
		looks  int
	}{
		"another event":             {result("2", 240, practice.Failed, "actiontrail/2"), 1},
		"a look that was asked for": {result("2", 240, practice.Failed, "look/1/4"), 0},
		"a sweep":                   {result("2", 240, practice.Failed, ""), 0},
		"the same event":            {result("1", 240, practice.Failed, "actiontrail/1"), 0},
	} {
		cases := audit.Fold(usedUp(), []audit.Record{x.record})
		if len(cases) != 1 {
			t.Fatalf("%s: %d cases", name, len(cases))
		}
		due, left := audit.Due(cases, 200, again.Add(time.Minute))
		if len(due) != x.looks || len(left) != 1 {
			t.Errorf("%s: %d looks a minute later, want %d", name, len(due), x.looks)
		}
		if len(due) == 1 && due[0].Look() == usedUp()[0].Look() {
			t.Errorf("%s: a look that has been made", name)
		}
	}
	// One that is to be looked at soon is not put off.
	cases := audit.Fold(nil, []audit.Record{result("1", 0, practice.Failed, "actiontrail/1"), result("2", 0.75, practice.Deferred, "actiontrail/2")})
	if due, _ := audit.Due(cases, 200, opened.Add(time.Minute)); len(due) != 1 {
		t.Errorf("%d looks after a minute", len(due))
	}
	// One that is to be looked at much later is.
	_, cases = audit.Due(cases, 200, opened.Add(16*time.Minute))
	cases = audit.Fold(cases, []audit.Record{result("3", 20, practice.Deferred, "actiontrail/3")})
	if due, _ := audit.Due(cases, 200, opened.Add(21*time.Minute)); len(due) != 1 {
		t.Errorf("%d looks a minute after it was deferred", len(due))
	}
}

// A result of about the time of the last deferral may come from a look that began before
// it, whenever the case was opened.
func TestADeferralThatIsInTheDigest(t *testing.T) {
	first, second := result("1", 0, practice.Deferred, "actiontrail/1"), result("2", 5, practice.Deferred, "look/1/1")
	cases := audit.Fold(nil, []audit.Record{first, second})
	other := result("3", 5.2, practice.Fixed, "actiontrail/3")
	if got := audit.Fold(cases, []audit.Record{second, other}); len(got) != 1 {
		t.Errorf("%d cases left, want the one that nobody has looked at since", len(got))
	}
	other.Closes = []string{"2"}
	if got := audit.Fold(cases, []audit.Record{second, other}); len(got) != 0 {
		t.Errorf("%d cases left after one that names it", len(got))
	}
}
