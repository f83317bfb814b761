package scenario

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/interleave"
)

// meeting is an invocation and an owner who changes something between two of its calls.
type meeting struct {
	*world
	s       scenario
	owner   []ours.Call
	missed  error // why the owner's change was refused
	changed bool  // ecsguard had changed something by then
	at      int   // how many calls had been made by then
	err     error // of the invocation
}

// meetings runs a scenario with an owner's change at each moment, and stops at the first
// in which check finds a fault.
func meetings(t *testing.T, p *practice.Practice, s scenario, owner []ours.Call, check func(*meeting) []string) {
	t.Helper()
	for o := range interleave.Orders(interleave.Options{Switches: 1, Only: ofRole}) {
		m := &meeting{world: begin(t, p, s, practice.Enforce), s: s, owner: owner}
		i := m.as("ecsguard", p, 0)
		err := o.Run(t.Context(), m.cloud, i.caller("ecsguard", s.event), interleave.Caller{Name: "root", Do: func() { m.act() }})
		if err != nil {
			t.Fatal(err)
		}
		m.err = i.ended(s.event)
		faults := check(m)
		m.cloud.Close()
		if len(faults) > 0 {
			report(t, m.world, o, faults)
			return
		}
	}
}

// act makes the owner's change.
func (m *meeting) act() {
	m.at, m.changed = len(m.cloud.Calls()), len(m.changes()) > 0
	m.missed = m.byOwner(m.owner)
}

func (w *world) byOwner(calls []ours.Call) error {
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second) // the client would try for ever
	defer cancel()
	ctx = ours.While(ctx, func() bool { return false }) // what ecsguard has done already is refused
	for _, call := range calls {
		if err := w.root().Do(ctx, call, nil); err != nil {
			return err
		}
	}
	return nil
}

// late tells whether the owner's change came after the state had begun to be read once
// more, for the first change: one round trip before it, as docs/design.md says.
func (m *meeting) late() bool {
	announced, again, first := 0, 0, 0
	for n, c := range m.cloud.Calls() {
		ofProduct := c.Principal.Type == "assumed-role" && c.Params["project"] != project
		switch {
		case first > 0 || c.Principal.Type != "assumed-role":
		case c.Action == "log:PostLogStoreLogs":
			announced, again = n, 0
		case ofProduct && c.Write && c.Code == "":
			first = n
		case ofProduct && announced > 0 && again == 0:
			again = n
		}
	}
	return first > 0 && again > 0 && m.at > again
}

// somebodyElse: the owner makes the very change that ecsguard makes, at each moment. The
// end is the same, and ecsguard changes nothing that it could have seen to be right. What
// each call makes anew is there twice if both have made it, which the practice's doc.go says.
func somebodyElse(t *testing.T, p *practice.Practice, s scenario) {
	alone := begin(t, p, s, practice.Enforce)
	if _, err := alone.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	meetings(t, p, s, alone.made(), func(m *meeting) (faults []string) {
		if m.err != nil {
			faults = append(faults, m.err.Error())
		}
		if m.missed != nil && !m.changed {
			faults = append(faults, "the owner's change was refused: "+m.missed.Error())
		}
		if got := m.changes(); len(got) > 0 && !m.late() {
			faults = append(faults, "it changed what its owner had put right:\n"+list(got))
		}
		if !m.late() || !alone.makesAnew() {
			faults = append(faults, m.endsAs(alone.state())...)
		}
		return slices.Concat(faults, m.honest())
	})
}

// makesAnew tells whether what ecsguard announces makes one more thing each time it is
// done: its id is in the answer, and what takes it back waits for that.
func (w *world) makesAnew() bool {
	return slices.ContainsFunc(w.records(), func(r ledger.Record) bool {
		return r.Kind == ledger.Intent && slices.ContainsFunc(r.Undo, ours.Call.Open)
	})
}

// made are the changes of ecsguard that succeeded, as calls that anybody can make.
func (w *world) made() (calls []ours.Call) {
	for _, c := range w.called() {
		if !c.Write || c.Code != "" {
			continue
		}
		call := ours.Call{Product: c.Product, Action: c.Action[strings.Index(c.Action, ":")+1:], Region: region, Params: maps.Clone(c.Params)}
		delete(call.Params, "RegionId")
		calls = append(calls, call)
	}
	return calls
}

// honest: who has changed nothing has fixed nothing, and no failure is told that a single
// delivery has not.
func (m *meeting) honest() (faults []string) {
	changed := len(m.changes()) > 0
	for _, r := range m.records() {
		switch {
		case r.Kind != ledger.Result:
		case r.Outcome == practice.Fixed && !changed:
			faults = append(faults, "a result says fixed, and nothing was changed")
		case r.Outcome == practice.Failed && !slices.Contains(m.s.outcomes, practice.Failed):
			faults = append(faults, fmt.Sprintf("a result says failed: %s %s", r.Reason, r.Error))
		}
	}
	return faults
}
