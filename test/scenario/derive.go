package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A derived case is made of a scenario without a line from its author.
type derived struct {
	name string
	of   func(*practice.Practice, scenario) bool // which scenarios have it; nil: all
	// once is what two scenarios have in common where the case need not be run for both:
	// what comes of it is the driver's doing. nil: each scenario has something of its own.
	once func(scenario) string
	run  func(*testing.T, *practice.Practice, scenario)
}

// cases are what every practice must withstand. docs/testing.md says why some run once a
// practice and not once a scenario.
var cases = []derived{
	{name: "observe", once: wrong, run: observe},
	{name: "again", once: wrong, run: again},
	{name: "canaries", once: wrong, run: canaries},
	{name: "gone", once: sampleAndSettings, run: gone},
	{name: "throttled", once: wrong, run: throttled},
	{name: "deadline", of: reads, once: aPractice, run: deadline},
	{name: "own", of: byAnybody, once: sample, run: own},
	{name: "exempt", of: notExempt, once: outcomes, run: exempt},
	{name: "exemption expired", of: notExempt, once: outcomes, run: expired},
	{name: "exempt by tag", of: byTag, once: kinds, run: exemptByTag},
	{name: "late", of: made, once: sampleAndSettings, run: late},
	{name: "no intent", of: changes, once: aPractice, run: noIntent},
	{name: "killed", of: changes, run: killed},
	{name: "undone", of: changes, run: undone},
	{name: "break glass", of: closes, run: breakGlass},
	{name: "twins", of: alone, once: aPractice, run: twins},
	{name: "somebody else", of: alone, once: aPractice, run: somebodyElse},
	{name: "owner's rule", of: revokes, once: makesRules, run: ownersRule},
}

// wrong sets those scenarios apart in which something is wrong.
func wrong(s scenario) string {
	if s.telling() {
		return s.name
	}
	return ""
}

func aPractice(scenario) string           { return "" }
func sampleAndSettings(s scenario) string { return s.sample + "\x00" + string(s.settings) }
func sample(s scenario) string            { return s.sample }
func outcomes(s scenario) string          { return fmt.Sprint(slices.Sorted(slices.Values(s.outcomes))) }

func reads(_ *practice.Practice, s scenario) bool { return len(s.used) > 0 }
func byCaller(_ *practice.Practice, s scenario) bool {
	return bytes.Contains(s.event, []byte(`"userIdentity"`))
}

// byAnybody are those that end in the same way whoever made the event: no call says who it was.
func byAnybody(p *practice.Practice, s scenario) bool {
	happened, err := events.Decode(s.event)
	return byCaller(p, s) && err == nil && !slices.ContainsFunc(s.calls, func(call string) bool {
		return slices.ContainsFunc(happened, func(e events.Event) bool { return strings.HasSuffix(call, ".Value "+e.Actor.Name) })
	})
}
func changes(_ *practice.Practice, s scenario) bool { return len(s.calls) > 0 }
func notExempt(_ *practice.Practice, s scenario) bool {
	return !slices.Contains(s.outcomes, practice.Exempt)
}

func closes(p *practice.Practice, s scenario) bool {
	return len(s.calls) > 0 && slices.ContainsFunc(p.Params, func(x practice.Param) bool { return x.Name == practice.Trusted })
}

// full tells whether every case is run for every scenario, as make soak does.
var full = os.Getenv("ECSGUARD_MATRIX") == "full"

// ran are the cases of one practice that have been run, by name and what they have in
// common.
type ran map[string]bool

// due tells whether a case is to be run, and notes that it is.
func (r ran) due(c derived, s scenario) bool {
	if full || c.once == nil {
		return true
	}
	key := c.name + "\x00" + c.once(s)
	defer func() { r[key] = true }()
	return !r[key]
}

// derive runs the cases of one scenario.
func derive(t *testing.T, p *practice.Practice, s scenario, r ran) {
	for _, c := range cases {
		if (c.of == nil || c.of(p, s)) && r.due(c, s) {
			t.Run(c.name, func(t *testing.T) { c.run(t, p, s) })
		}
	}
}

// observe: nothing is changed, and the plan that is shown is what would be done. The
// family is not asked: where all only tell, another may be the one that tells.
func observe(t *testing.T, p *practice.Practice, s scenario) {
	s.peers = nil
	w := begin(t, p, s, practice.Observe)
	before := w.state()
	if _, err := w.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.changes(); len(got) > 0 {
		t.Errorf("it changed something:\n%s", list(got))
	}
	if diff := compare(before, w.state()); diff != "" {
		t.Errorf("the state changed:\n%s", diff)
	}
	var plan []string
	for _, r := range w.records() {
		if r.Kind == ledger.Intent {
			t.Errorf("it announced a change to %s", r.Resource)
		}
		for _, c := range r.Calls {
			plan = append(plan, alike(describe(asCalled(c)), w.before))
		}
	}
	// That a group is full shows when the cloud refuses a change, which nobody makes here.
	full := strings.Contains(string(s.before), "rule-quota:")
	want := s.calls
	switch {
	case len(s.plan) > 0:
		want = s.plan
	case s.rounds > 1 && len(plan) > 0: // the first round's
		want = want[:min(len(plan), len(want))]
	}
	if len(want) > 0 && !full && !slices.Equal(plan, want) {
		t.Errorf("the plan is not what would be done:\n%s\nwant:\n%s", list(plan), list(want))
	}
}

func asCalled(c ours.Call) cloud.Call {
	return cloud.Call{Product: c.Product, Action: c.RAM(), Params: c.Params}
}

// again: a second delivery of the event, and one by the trail's log, change nothing and say
// nothing.
func again(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	if _, err := w.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	changes, records := len(w.changes()), len(w.records())
	ways, events := []string{"the second delivery"}, [][]byte{s.event}
	if logged, ok, err := byLog(s.event); err != nil {
		t.Fatal(err)
	} else if ok {
		ways, events = append(ways, "the delivery by the trail's log"), append(events, logged)
	}
	for i, event := range events {
		outcomes, err := w.deliver(t.Context(), event, 0)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(w.changes()); n != changes {
			t.Errorf("%s made %d more changes", ways[i], n-changes)
		}
		// What was refused for good may be tried and told again; nothing else may.
		if n := len(w.records()); n != records && !slices.Contains(outcomes, practice.Failed) && !slices.Contains(outcomes, practice.Partly) {
			t.Errorf("%s wrote %d more records, outcomes %v", ways[i], n-records, outcomes)
		}
	}
}

// gone: the resource does not exist any more when the event comes.
func gone(t *testing.T, p *practice.Practice, s scenario) {
	s.before = []byte("{}")
	w := begin(t, p, s, practice.Enforce)
	before := w.state()
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatalf("a missing resource is no error: %v", err)
	}
	foreign := slices.ContainsFunc(w.records(), func(r ledger.Record) bool { return r.Account != account })
	if slices.Contains(outcomes, practice.Failed) && !foreign { // in another account nobody looks whether it is there
		t.Errorf("a missing resource is no failure: %v", outcomes)
	}
	settled := len(w.changes()) > 0 // what is judged may be a setting that is always there
	if diff := compare(before, w.state()); diff != "" && !settled {
		t.Errorf("the state changed:\n%s", diff)
	}
}

// throttled: each call is refused once for its rate, and the end is the same.
func throttled(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	for _, action := range s.used {
		w.cloud.Inject(cloud.Throttle(action))
	}
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatalf("%s throttled once each: %v", s.used, err)
	}
	sameEnd(t, w, s, outcomes)
}

// deadline: with no time left, nothing is changed and the work is handed back.
func deadline(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := w.deliver(ctx, s.event, 0)
	if err == nil {
		t.Error("no error, though there was no time to look")
	}
	if got := w.changes(); len(got) > 0 {
		t.Errorf("it changed something:\n%s", list(got))
	}
}

// own: a change by a role that is named like ours is looked at like anybody's, since
// whoever can make such a role would act unseen.
func own(t *testing.T, p *practice.Practice, s scenario) {
	var event map[string]any
	if err := json.Unmarshal(s.event, &event); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{
		`/data/userIdentity/type = "assumed-role"`,
		`/data/userIdentity/userName = "ecsguard-` + p.ID + `:request"`,
	} {
		if err := edit(event, step); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	w := begin(t, p, s, practice.Enforce)
	if _, err := w.deliver(t.Context(), text, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.changes(); !slices.Equal(got, s.calls) {
		t.Errorf("changing calls:\n%s\nwant:\n%s", list(got), list(s.calls))
	}
	sameEnd(t, w, s, nil)
}

// exempt: an exemption in force stops every change.
func exempt(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	w.exempt(time.Now().AddDate(0, 0, 1))
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.changes(); len(got) > 0 {
		t.Errorf("it changed something:\n%s", list(got))
	}
	for _, o := range outcomes {
		unread := o == practice.Failed && slices.Contains(s.outcomes, practice.Failed) // nobody knows what would be exempt
		if o != practice.Exempt && o != practice.Good && o != practice.Ignored && !unread {
			t.Errorf("outcome %s of an exempt resource", o)
		}
	}
}

// expired: an exemption that has ended is as none.
func expired(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	w.exempt(time.Now().AddDate(0, 0, -2))
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatal(err)
	}
	sameEnd(t, w, s, outcomes)
}

func (w *world) exempt(until time.Time) {
	day, _ := settings.ParseDate(until.UTC().Format(time.DateOnly))
	w.settings.Exemptions = append(w.settings.Exemptions, settings.Exemption{Practice: "*", Resource: "*", Until: day, Because: "test", By: "test"})
}

// noIntent: what cannot be announced is not done.
func noIntent(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	w.cloud.Inject(cloud.Deny("log:PostLogStoreLogs"))
	if _, err := w.deliver(t.Context(), s.event, 0); err == nil {
		t.Error("no error, though the intent could not be written")
	}
	if got := w.changes(); len(got) > 0 {
		t.Errorf("it changed something that was not announced:\n%s", list(got))
	}
}

// killed: the attempt ends between the change and its result; the next one
// completes it: one intent, one result a finding, no change twice.
func killed(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	var announced atomic.Bool // an intent and its pointer are written side by side
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == "log:PostLogStoreLogs" && c.Code == "" && announced.CompareAndSwap(false, true) {
			w.cloud.Inject(cloud.Fault{Action: "log:PostLogStoreLogs", Times: 1, Status: 401, Code: "Unauthorized", Message: "killed"})
		}
	})
	_, err := w.deliver(t.Context(), s.event, 0)
	if err == nil && len(w.records()) > 1 && w.records()[0].Kind == ledger.Intent {
		t.Fatal("the first attempt was not interrupted")
	}
	outcomes, err := w.deliver(t.Context(), s.event, 1)
	if err != nil {
		t.Fatalf("the second attempt: %v", err)
	}
	sameEnd(t, w, s, nil)
	count := map[string]int{}
	for _, r := range w.records() {
		if r.Kind == ledger.Intent || r.Kind == ledger.Result {
			// What was refused may be planned anew, and is announced anew then.
			what := string(r.Kind) + " " + r.ID
			for _, c := range r.Calls {
				if r.Kind == ledger.Intent {
					what += "\n" + c.String()
				}
			}
			count[what]++
		}
		if r.Kind == ledger.Result && r.Outcome == practice.Failed && !slices.Contains(s.outcomes, practice.Failed) {
			t.Errorf("a result says %s: %s", r.Outcome, r.Error)
		}
	}
	for what, n := range count {
		if n > 1 {
			t.Errorf("%d records of %s, outcomes %v", n, what, outcomes)
		}
	}
}

// undone: the calls that the results name take everything back, what was done last first.
func undone(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	before := w.dump()
	if _, err := w.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	client := w.root()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // the client would try for ever
	defer cancel()
	for _, r := range slices.Backward(w.records()) {
		if r.Kind != ledger.Result {
			continue
		}
		for _, call := range r.Undo {
			if call.Open() {
				continue // the answer was lost, and a person has to look for what it would have said
			}
			if err := client.Do(ctx, call, nil); err != nil {
				t.Fatalf("undoing: %v", err)
			}
		}
	}
	if s.undone != nil {
		before = dumped(t, s.undone)
	}
	if diff := compare(undoable(before, w.dump())); diff != "" {
		t.Errorf("after the undo the state is not as before:\n%s", diff)
	}
}
