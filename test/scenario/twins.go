package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/interleave"
)

// alone tells whether a scenario changes something, and nothing but ecsguard decides how
// that goes: a refusal that strikes once would strike one of two.
func alone(p *practice.Practice, s scenario) bool {
	// Triage gives the looks of one sweep to a practice, and nobody else has it.
	return changes(p, s) && len(s.refused) == 0 && s.busy == 0 && s.sample != "sample timer/sweep"
}

// twins: the event is delivered twice at the same time. However the calls are mixed, the
// end is that of a single delivery, and what was put right is told once.
func twins(t *testing.T, p *practice.Practice, s scenario) { together(t, p, s, p) }

// invocation is one of several in a world.
type invocation struct {
	w   *world
	run *engine.Driver
	out []practice.Outcome
	err error
}

// as is an invocation of a practice of the family, in a session of its own.
func (w *world) as(session string, p *practice.Practice, attempt int) *invocation {
	w.t.Helper()
	d := w.session(session, attempt)
	all := append([]*practice.Practice{w.practice}, w.peers...)
	d.Practice, d.Peers = p, slices.DeleteFunc(all, func(q *practice.Practice) bool { return q == p })
	return &invocation{w: w, run: d}
}

func (i *invocation) handle(ctx context.Context, event []byte) ([]practice.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	i.out, i.err = i.run.Handle(ctx, event)
	return i.out, i.err
}

func (i *invocation) caller(session string, event []byte) interleave.Caller {
	return interleave.Caller{Name: session, Do: func() { _, _ = i.handle(i.w.t.Context(), event) }}
}

// ended makes further attempts at an invocation that failed, as Function Compute does.
func (i *invocation) ended(event []byte) error {
	for i.err != nil && i.run.Invocation.Attempt < 2 {
		next := i.w.as("again", i.run.Practice, i.run.Invocation.Attempt+1)
		next.run.Invocation.Request = i.run.Invocation.Request
		*i = *next
		_, _ = i.handle(i.w.t.Context(), event)
	}
	return i.err
}

// mixes are the orders that are tried: one is interrupted before any call while the other
// does everything; and each is interrupted before calls that write, as where both have
// announced a change before either makes it.
func mixes(alike bool) []interleave.Options {
	return []interleave.Options{
		{Switches: 1, Twins: alike},
		{Switches: 2, Twins: alike, Only: func(c cloud.Call) bool { return c.Write }},
	}
}

// together mixes the calls of two invocations, of p and of q.
func together(t *testing.T, p *practice.Practice, s scenario, q *practice.Practice) {
	want := begin(t, p, s, practice.Enforce)
	want.enforce(q)
	if _, err := want.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	if q != p {
		want.followed(q, s)
	}
	want.casesLooked()
	want.cloud.Close()
	for _, mix := range mixes(p == q) {
		for o := range interleave.Orders(mix) {
			if !mixed(t, p, s, q, o, want) {
				return // the orders after it say much the same
			}
		}
	}
}

// followed lets another practice of the family act when this one has: on what this one has no
// objection to, since an event may be about many groups. What it has edited is right for all.
func (w *world) followed(q *practice.Practice, s scenario) {
	w.t.Helper()
	edited, n := w.wrong(), len(w.made())
	if _, err := w.as("after", q, 0).handle(w.t.Context(), s.event); err != nil {
		w.t.Fatal(err)
	}
	for _, call := range w.made()[n:] {
		if id := call.Params["SecurityGroupId"]; edited[id] {
			w.t.Errorf("%s has edited %s, and %s makes %s", w.practice.ID, id, q.ID, call)
		}
	}
}

// mixed runs one order, and tells whether the end is as wanted.
func mixed(t *testing.T, p *practice.Practice, s scenario, q *practice.Practice, o *interleave.Order, want *world) bool {
	w := begin(t, p, s, practice.Enforce)
	defer w.cloud.Close()
	w.enforce(q)
	one, other := w.as("one", p, 0), w.as("other", q, 0)
	if err := o.Run(t.Context(), w.cloud, one.caller("one", s.event), other.caller("other", s.event)); err != nil {
		t.Fatal(err)
	}
	var faults []string
	for _, i := range []*invocation{one, other} {
		if err := i.ended(s.event); err != nil {
			faults = append(faults, err.Error())
		}
	}
	w.casesLooked()
	faults = slices.Concat(faults, w.endsAs(want.state()), w.told(want))
	if len(faults) > 0 {
		report(t, w, o, faults)
	}
	return len(faults) == 0
}

// report says in which order something went wrong, for interleave.Repeat, and how.
func report(t *testing.T, w *world, o *interleave.Order, faults []string) {
	t.Helper()
	t.Errorf("in the order %s:\n%s", o, strings.Join(faults, "\n"))
	t.Logf("the turns:\n%s", list(o.Steps()))
	t.Logf("changes:\n%s", list(w.changes()))
	for _, r := range w.records() {
		t.Logf("%s %s %s by %s: %s %s %s %s", r.Kind, r.Outcome, r.Resource, r.Practice, r.Finding, r.Reason, r.Error, r.Nonce)
	}
}

// casesLooked looks once at what is open, as the timer for open cases does.
func (w *world) casesLooked() {
	w.t.Helper()
	all := append([]*practice.Practice{w.practice}, w.peers...)
	for _, c := range ledger.Fold(nil, w.log()) {
		look, err := json.Marshal(events.Look{Ecsguard: events.LookWord, ID: c.ID + "/1", Targets: []events.Asked{{Type: c.ResourceType, ID: c.Resource,
			Region: c.Region, Account: c.Account}}, Name: c.EventName, Time: c.EventTime})
		if err != nil {
			w.t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(p *practice.Practice) bool { return p.ID == c.Practice })
		if _, err := w.as("timer", all[i], 0).handle(w.t.Context(), look); err != nil {
			w.t.Error(err)
		}
	}
}

// endsAs compares the state with that of another world, but for the order of what was
// made.
func (w *world) endsAs(state string) []string {
	if diff := compare(inAnyOrder(state), inAnyOrder(w.state())); diff != "" {
		return []string{"the state is another (- missing, + not expected):\n" + diff}
	}
	return nil
}

func inAnyOrder(state string) string {
	lines := strings.Split(state, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// told compares what is told as fixed with a single delivery: each finding once, and no
// more messages. Nothing that was announced is left without an end.
func (w *world) told(single *world) (faults []string) {
	fixed := func(w *world) (findings map[string]int, messages int) {
		findings = map[string]int{}
		for _, r := range w.records() {
			if r.Kind == ledger.Result && r.Outcome == practice.Fixed {
				findings[fmt.Sprintf("%q of %s, found by %s", r.Key, r.Resource, r.Practice)]++
				if !r.Quiet {
					messages++
				}
			}
		}
		return findings, messages
	}
	want, once := fixed(single)
	got, messages := fixed(w)
	for finding, n := range got {
		if n > 1 || want[finding] == 0 {
			faults = append(faults, fmt.Sprintf("%d results say that %s is fixed, want %d", n, finding, want[finding]))
		}
	}
	for finding := range want {
		if got[finding] == 0 {
			faults = append(faults, "no result says that "+finding+" is fixed")
		}
	}
	if messages > once {
		faults = append(faults, fmt.Sprintf("%d messages say fixed, want %d", messages, once))
	}
	settled := ledger.Settled(w.records())
	for _, r := range w.records() {
		if r.Kind == ledger.Intent && !settled[r.Nonce] {
			faults = append(faults, "an intent has no result: "+r.Nonce)
		}
	}
	return faults
}

// ofRole picks the calls of ecsguard: those of others are made as they come.
func ofRole(c cloud.Call) bool { return c.Principal.Type == "assumed-role" }
