package ledger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

var opened = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

// result is one about the same thing each time, so many minutes after it was first wrong.
func result(id string, minutes float64, o practice.Outcome, event string) ledger.Record {
	return ledger.Record{ID: id, Nonce: id, Kind: ledger.Result, Practice: "p", ResourceType: "x", Resource: "sg-1", Key: "22", Outcome: o, Event: event,
		Time: opened.Add(time.Duration(minutes * float64(time.Minute)))}
}

// usedUp is a case that was looked at as often as it is.
func usedUp() []ledger.Case {
	cases := ledger.Fold(nil, []ledger.Record{result("1", 0, practice.Failed, "actiontrail/1")})
	for _, minutes := range []int{1, 5, 15, 60} {
		_, cases = ledger.Due(cases, 200, opened.Add(time.Duration(minutes)*time.Minute))
	}
	return cases
}

// What happens again is looked at again, however often the time before was. What the looks
// at a case say themselves, or the same event's second delivery, does not begin anew.
func TestACaseThatIsOpenedAgain(t *testing.T) {
	again := opened.Add(4 * time.Hour)
	for name, x := range map[string]struct {
		record ledger.Record
		looks  int
	}{
		"another event":             {result("2", 240, practice.Failed, "actiontrail/2"), 1},
		"a look that was asked for": {result("2", 240, practice.Failed, "look/1/4"), 0},
		"a sweep":                   {result("2", 240, practice.Failed, ""), 0},
		"the same event":            {result("1", 240, practice.Failed, "actiontrail/1"), 0},
	} {
		cases := ledger.Fold(usedUp(), []ledger.Record{x.record})
		if len(cases) != 1 {
			t.Fatalf("%s: %d cases", name, len(cases))
		}
		due, left := ledger.Due(cases, 200, again.Add(time.Minute))
		if len(due) != x.looks || len(left) != 1 {
			t.Errorf("%s: %d looks a minute later, want %d", name, len(due), x.looks)
		}
		if len(due) == 1 && due[0].Look() == usedUp()[0].Look() {
			t.Errorf("%s: a look that has been made", name)
		}
	}
	// One that is to be looked at soon is not put off.
	cases := ledger.Fold(nil, []ledger.Record{result("1", 0, practice.Failed, "actiontrail/1"), result("2", 0.75, practice.Deferred, "actiontrail/2")})
	if due, _ := ledger.Due(cases, 200, opened.Add(time.Minute)); len(due) != 1 {
		t.Errorf("%d looks after a minute", len(due))
	}
	// One that is to be looked at much later is.
	_, cases = ledger.Due(cases, 200, opened.Add(16*time.Minute))
	cases = ledger.Fold(cases, []ledger.Record{result("3", 20, practice.Deferred, "actiontrail/3")})
	if due, _ := ledger.Due(cases, 200, opened.Add(21*time.Minute)); len(due) != 1 {
		t.Errorf("%d looks a minute after it was deferred", len(due))
	}
}

// A result of about the time of the last deferral may come from a look that began before
// it, whenever the case was opened.
func TestADeferralThatIsInTheDigest(t *testing.T) {
	first, second := result("1", 0, practice.Deferred, "actiontrail/1"), result("2", 5, practice.Deferred, "look/1/1")
	cases := ledger.Fold(nil, []ledger.Record{first, second})
	other := result("3", 5.2, practice.Fixed, "actiontrail/3")
	if got := ledger.Fold(cases, []ledger.Record{second, other}); len(got) != 1 {
		t.Errorf("%d cases left, want the one that nobody has looked at since", len(got))
	}
	other.Closes = []string{"2"}
	if got := ledger.Fold(cases, []ledger.Record{second, other}); len(got) != 0 {
		t.Errorf("%d cases left after one that names it", len(got))
	}
}

// An outage may leave more open than can be written down: those are kept that are due first.
func TestMoreCasesThanAreKept(t *testing.T) {
	var records []ledger.Record
	for n := range 5_000 {
		r := result(fmt.Sprint(n), 0, practice.Failed, "actiontrail/"+strings.Repeat("e", 64))
		r.Resource = fmt.Sprintf("sg-%d", n)
		r.Actor, r.ActorIP, r.ActorAgent, r.Due = strings.Repeat("a", 64), "203.0.113.9", strings.Repeat("<", 100<<10), opened.Add(time.Hour)
		if n >= 4_900 {
			r.Due = opened.Add(time.Minute)
		}
		if n%1000 == 999 {
			r.Resource += strings.Repeat("x", 100<<10)
		}
		records = append(records, r)
	}
	due, all := ledger.Due(ledger.Fold(usedUp(), records), 50, opened.Add(2*time.Minute))
	looked, waiting := 0, 0
	for _, c := range all {
		switch {
		case c.Next.IsZero():
			t.Errorf("%s is kept, which nobody looks at again", c.Resource)
		case c.Looks > 0:
			looked++
		case c.Next.Equal(opened.Add(time.Minute)):
			waiting++
		}
	}
	if len(due) != 50 || looked != 50 || waiting != 49 {
		t.Errorf("%d due; kept of these %d, and %d that were due as well", len(due), looked, waiting)
	}
	if size := len(ledger.DigestRecord(all, "", "", opened).Fields()["open"]); size > 1<<20 {
		t.Errorf("%d bytes in a field of the log", size)
	}
}

// The digests of two days are many, and each holds all cases: the last one is read.
func TestOnlyTheLastDigestIsRead(t *testing.T) {
	p := &digests{}
	log := ledger.Open(ledger.Config{Project: "ecsguard-1", Store: "audit", Region: "cn-hangzhou", Transport: p, RetryWait: time.Millisecond})
	d, _, err := log.Digest(t.Context(), opened.Add(time.Hour))
	if err != nil || !d.At.Equal(opened.Add(58*time.Minute)) || len(d.Cases) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if p.read > 10 {
		t.Errorf("%d digests read", p.read)
	}
	if waited := d.At.Sub(time.Unix(p.from, 0)); waited < 2*time.Minute {
		t.Errorf("a result that waited for the log longer than %s is never seen", waited)
	}
}

// digests answers a search for digests, of which there is one a minute, and a line that is
// nobody's after each.
type digests struct {
	read int
	from int64 // results are asked for from then on
}

func (d *digests) RoundTrip(r *http.Request) (*http.Response, error) {
	var asked sls.GetLogRequest
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return nil, err
	}
	lines := []map[string]string{}
	if strings.Contains(asked.Query, "result") {
		d.from = asked.From
	}
	if strings.Contains(asked.Query, "cases") {
		for minute := range 59 {
			record := ledger.DigestRecord([]ledger.Case{{Practice: "p"}}, "", "", opened.Add(time.Duration(minute)*time.Minute))
			lines = append(lines, record.Fields(), map[string]string{"kind": "cases"}, map[string]string{"kind": "cases"}, map[string]string{"kind": "cases"})
		}
		if asked.Reverse {
			slices.Reverse(lines)
		}
		lines = lines[asked.Offset:]
		lines = lines[:min(int64(len(lines)), asked.Lines)]
		d.read += len(lines)
	}
	text, err := json.Marshal(map[string]any{"meta": map[string]any{"progress": "Complete"}, "data": lines})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(text))}, err
}

// What was said before is read again, and changes nothing.
func TestRecordsThatAreReadAgain(t *testing.T) {
	records := []ledger.Record{result("1", 0, practice.Failed, "actiontrail/1"), result("2", 0.5, practice.Fixed, "look/1/1"), result("3", 0.75, practice.Failed, "actiontrail/3")}
	_, before := ledger.Due(ledger.Fold(nil, records), 200, opened.Add(2*time.Minute))
	after := ledger.Fold(before, records)
	if len(before) != 1 || len(after) != 1 || !reflect.DeepEqual(after[0], before[0]) || after[0].Looks != 1 {
		t.Errorf("%+v became %+v", before, after)
	}
}

// A fix is looked at once more after ten minutes, and then it is over: whether it held or
// not is the look's to say.
func TestAFixIsConfirmed(t *testing.T) {
	fixed := result("1", 0, practice.Fixed, "actiontrail/1")
	fixed.Confirm()
	if !fixed.Confirms() || fixed.Opens() || result("1", 0, practice.Fixed, "actiontrail/1").Confirms() {
		t.Fatal("a fix is not to be confirmed")
	}
	at := func(minutes float64) time.Time { return opened.Add(time.Duration(minutes * float64(time.Minute))) }
	failed, held := result("1", -1, practice.Failed, "actiontrail/1"), result("2", 10, practice.Good, "look/1/1")
	held.Closes = []string{fixed.Nonce}
	for name, x := range map[string]struct {
		records []ledger.Record
		at      float64
		looks   int
	}{
		"too early":                 {[]ledger.Record{fixed}, 9, 0},
		"in time":                   {[]ledger.Record{fixed}, 10, 1},
		"of something failed first": {[]ledger.Record{failed, fixed}, 10, 1},
		"read twice":                {[]ledger.Record{fixed, fixed}, 10, 1},
		"and held":                  {[]ledger.Record{fixed, held}, 11, 0},
	} {
		due, _ := ledger.Due(ledger.Fold(nil, x.records), 200, at(x.at))
		if len(due) != x.looks {
			t.Errorf("%s: %d looks, want %d", name, len(due), x.looks)
		}
	}
	taken := result("3", 5, practice.Fixed, "actiontrail/3")
	taken.Confirm()
	if due, _ := ledger.Due(ledger.Fold(nil, []ledger.Record{fixed, taken}), 200, at(15)); len(due) != 1 {
		t.Errorf("one that was put right twice has %d looks", len(due))
	}
}

// What is done in steps is looked at for as long as looks say so, also where one has said nothing; after two days in which none has it is left
// to the sweeps.
func TestAPlanIsLookedAtForAsLongAsItLasts(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	step := func(event string, after time.Duration) ledger.Record {
		return ledger.Record{ID: event, Kind: ledger.Result, Time: at.Add(after), Practice: "p", Resource: "d-1", Key: "plan", Outcome: practice.Deferred, Event: event, Nonce: event,
			Due: at.Add(after + 5*time.Hour), Every: 5 * time.Hour}
	}
	open := ledger.Fold(nil, []ledger.Record{step("event", 0)})
	for hours := 5; hours < 40; hours += 5 {
		due, all := ledger.Due(open, 10, at.Add(time.Duration(hours)*time.Hour))
		if len(due) != 1 || !all[0].Next.Equal(at.Add(time.Duration(hours+5)*time.Hour)) {
			t.Fatalf("after %d hours: %+v, then %+v", hours, due, all)
		}
		if open = all; hours == 20 {
			open = ledger.Fold(all, []ledger.Record{step("look/1", 20*time.Hour)})
		}
	}
	for hours := 40; hours < 90; hours += 5 {
		_, open = ledger.Due(open, 10, at.Add(time.Duration(hours)*time.Hour))
	}
	if len(open) > 0 && !open[0].Next.IsZero() {
		t.Errorf("nobody has said anything for two days: %+v", open)
	}
	done := ledger.Record{ID: "end", Kind: ledger.Result, Time: at.Add(time.Hour), Practice: "p", Resource: "d-1", Key: "plan", Outcome: practice.Fixed, Event: "look/2", Nonce: "end", Due: at.Add(70 * time.Minute)}
	if open = ledger.Fold(ledger.Fold(nil, []ledger.Record{step("event", 0)}), []ledger.Record{done}); len(open) != 1 || open[0].Every != 0 || !open[0].Next.Equal(done.Due) {
		t.Errorf("%+v", open)
	}
}
