package ledger

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// What two looks at the same moment both say is told once, and news is not hidden by it.
func TestWhatRepeatsAnotherIsToldOnce(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	said := Record{
		ID: "1", Kind: Result, Time: at, Practice: "p", Outcome: practice.Observed, Resource: "sg-1", Region: "r", Account: "a", Key: "k", Finding: "open", Fact: "f",
		Reason: "mode is observe", Event: "actiontrail/1", EventTime: at.Add(-10 * time.Second), Actor: "sato", ActorType: "ram-user", Nonce: "one/0/1",
		Also: []string{"q"}, Members: []Member{{Practice: "p", Finding: "open"}},
	}
	own := func(r *Record) {
		r.Event, r.EventTime, r.Actor, r.ActorType = "actiontrail/2", at.Add(-time.Second), "ecsguard-p:request", "assumed-role"
	}
	other := func(r *Record) { r.Event, r.EventTime, r.Actor = "actiontrail/3", at.Add(-time.Second), "tanaka" }
	for name, test := range map[string]struct {
		first, second func(*Record)
		told          int
	}{
		"a retry":                               {nil, func(r *Record) {}, 1},
		"its own edit":                          {nil, own, 1},
		"its own edit first":                    {own, func(r *Record) {}, 1},
		"a time it waits for":                   {func(r *Record) { r.Due, r.Reason = at, "at one" }, func(r *Record) { r.Due, r.Reason = at.Add(time.Second), "at two" }, 1},
		"fewer who object":                      {nil, func(r *Record) { r.Also = nil }, 1},
		"another event":                         {nil, other, 2},
		"another event of the same person":      {nil, func(r *Record) { r.Event = "actiontrail/3" }, 2},
		"a role that is only named alike":       {nil, func(r *Record) { own(r); r.ActorType = "ram-user" }, 2},
		"what happened after its edit was told": {own, func(r *Record) { r.EventTime = at.Add(time.Second) }, 2},
		"long after":                            {nil, func(r *Record) { r.Time = at.Add(LookedAtOnce + time.Second) }, 2},
		"another finding":                       {nil, func(r *Record) { r.Key = "other" }, 2},
		"another title":                         {nil, func(r *Record) { r.Finding = "wide open" }, 2},
		"other facts":                           {nil, func(r *Record) { r.Fact = "g" }, 2},
		"another resource":                      {nil, func(r *Record) { r.Resource = "sg-2" }, 2},
		"another account":                       {nil, func(r *Record) { r.Account = "b" }, 2},
		"another practice":                      {nil, func(r *Record) { r.Practice = "q" }, 2},
		"another outcome":                       {nil, func(r *Record) { r.Outcome = practice.Awaiting }, 2},
		"another reason":                        {nil, func(r *Record) { r.Reason = "for another" }, 2},
		"another error":                         {nil, func(r *Record) { r.ErrorCode = "Forbidden" }, 2},
		"more who object":                       {nil, func(r *Record) { r.Also = []string{"q", "s"} }, 2},
		"more that one edit is for":             {nil, func(r *Record) { r.Members = append(r.Members, Member{Practice: "q", Finding: "open"}) }, 2},
		"something was changed":                 {nil, func(r *Record) { r.CallsMade = 1 }, 2},
		"fixed twice":                           {func(r *Record) { r.Outcome = practice.Fixed }, func(r *Record) { r.Outcome = practice.Fixed }, 2},
		"only in an event":                      {func(r *Record) { r.Momentary = true }, func(r *Record) { r.Momentary = true }, 2},
		"what a sweep found exempt":             {func(r *Record) { r.Outcome, r.Event, r.Actor, r.ActorType = practice.Exempt, "", "", "" }, func(r *Record) { own(r); r.Outcome = practice.Exempt }, 2},
		"a copy of a fix":                       {func(r *Record) { r.Outcome, r.CallsMade = practice.Fixed, 1 }, func(r *Record) { r.Outcome, r.CallsMade, r.Nonce = practice.Fixed, 1, "one/0/1" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			one, two := said, said
			two.ID, two.Nonce = "2", "two/0/1"
			if test.first != nil {
				test.first(&one)
			}
			test.second(&two)
			if got := len(Untold(nil, []Record{one, two})); got != test.told {
				t.Errorf("in one batch %d are told, want %d", got, test.told)
			}
			if got := 1 + len(Untold([]Record{one}, []Record{two})); got != test.told {
				t.Errorf("in two batches %d are told, want %d", got, test.told)
			}
		})
	}
}

// What was good, or ended otherwise, in between is news when it is found again; that a look
// gave way or had nothing to say changes nothing.
func TestWhatIsFoundAgainIsTold(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	said := Record{Kind: Result, Time: at, Practice: "p", Outcome: practice.Awaiting, Resource: "sg-1", Key: "k", Finding: "open", Fact: "f", Event: "actiontrail/1"}
	with := func(nonce string, o practice.Outcome, quiet bool, kind Kind) Record {
		r := said
		r.Nonce, r.Outcome, r.Quiet, r.Kind = nonce, o, quiet, kind
		return r
	}
	for name, test := range map[string]struct {
		between Record
		told    int
	}{
		"good":                {with("b", practice.Good, false, Result), 2},
		"good, and quiet":     {with("b", practice.Good, true, Result), 2},
		"failed, and quiet":   {with("b", practice.Failed, true, Result), 2},
		"deferred":            {with("b", practice.Deferred, true, Result), 1},
		"ignored":             {with("b", practice.Ignored, false, Result), 1},
		"the same, and quiet": {with("b", practice.Awaiting, true, Result), 1},
		"an intent":           {with("b", "", false, Intent), 1},
	} {
		t.Run(name, func(t *testing.T) {
			said.Nonce = "a"
			again := with("c", practice.Awaiting, false, Result)
			told := 0
			for _, r := range Untold(nil, []Record{said, test.between, again}) {
				if r.Nonce != "b" {
					told++
				}
			}
			if told != test.told {
				t.Errorf("it is told %d times, want %d", told, test.told)
			}
		})
	}
}

// Of two that are told of together the one speaks that names a person.
func TestWhoDidItSpeaks(t *testing.T) {
	own := Record{Kind: Result, Practice: "p", Outcome: practice.Awaiting, Resource: "sg-1", Key: "k", Event: "e/2", Actor: "ecsguard-p:x", ActorType: "assumed-role", Nonce: "own"}
	person := own
	person.Event, person.Actor, person.ActorType, person.Nonce = "e/1", "sato", "ram-user", "person"
	for _, both := range [][]Record{{own, person}, {person, own}, {own, person, own}} {
		if got := Untold(nil, both); len(got) != 1 || got[0].Nonce != "person" {
			t.Errorf("%s first: %v", both[0].Nonce, got)
		}
	}
}
