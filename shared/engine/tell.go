package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// told is a finding that is only told.
type told struct {
	objection
	evidence *evidence
}

// A teller tells people of findings that are left as they are.
type teller struct {
	*assignment
	memory   *memory
	checker  *checker
	others   *others
	evidence *investigator
	planner  *planner
	rec      *recorder
}

// add notes that people are to be told of a finding, unless they have been. Where the
// message says what would be done, that is planned here.
func (t *teller) add(acting context.Context, o objection, plan *plan) {
	d := o.decision
	if d.Outcome == practice.Observed || t.Settings.ModeOf(o.by) == practice.Approve && d.Outcome == practice.Awaiting {
		m := newMember(o)
		j := &job{members: []*member{m}}
		err := t.planner.edit(acting, j)
		o.finding = m.explained(o.finding)
		switch {
		case err != nil:
			o.finding.Facts = with(o.finding.Facts, "not planned", err.Error())
		case len(j.changes) == 0 && o.finding.Wants != nil:
			o.decision = guard.Decision{Outcome: practice.Awaiting, Reason: "ecsguard cannot put this right itself"}
		default:
			o.finding.Changes = j.changes
		}
	}
	plan.seen[o.id] = true // one of another practice comes up again in each round
	switch known := t.memory.of(o.finding.Resource.ID).alreadyTold(o, t.event); {
	case known && !o.decision.Due.IsZero() && !t.memory.of(o.resource()).isDue(o):
		o.decision.Quiet = true // it is another time that it waits for
	case known:
		t.rec.ignore(o.finding.Resource, "already reported within the day, and nothing has changed since")
		return
	}
	plan.told = append(plan.told, told{o, t.evidence.investigate(acting, o.by, o.finding)})
	t.rec.ended(o.decision.Outcome)
}

// tell writes what is only told, with the evidence. It comes after the changes that
// the same look makes, so that these wait for nothing.
func (t *teller) tell(ctx context.Context, plan *plan) error {
	var records []ledger.Record
	for _, said := range plan.told {
		f := t.evidence.withEvidence(said.evidence, said.finding)
		if len(f.Scope) > 0 {
			f.Facts = with(f.Facts, "could not be asked", strings.Join(t.others.failed, ", "))
		}
		r := withChanges(t.rec.record(said.by, f, ledger.Result), f.Changes)
		r.Fact = factOf(said.finding)
		r.Outcome, r.Reason, r.Due, r.Quiet = said.decision.Outcome, said.decision.Reason, said.decision.Due, said.decision.Quiet
		if f.Plan != nil {
			r = t.settles(r, said.objection)
		}
		records = append(records, r)
	}
	plan.told = nil
	return t.rec.write(ctx, records...)
}

// settles is the record of a plan that waits, or has stopped: it closes the intents of looks that were killed,
// whose changes have been made by now as far as anybody can tell.
func (t *teller) settles(r ledger.Record, o objection) ledger.Record {
	past := t.memory.of(o.resource())
	ids := append(past.begun(o), o.id)
	if open := past.unfinished(ids...); len(open) > 0 {
		made := past.earlier(o.finding.Changes, ids...)
		r.Calls, r.Why, r.Undo, r.CallsMade = made.Calls, made.Why, made.Undo, len(made.Calls)
		for _, intent := range open {
			r.Closes = append(r.Closes, intent.Nonce)
		}
	}
	if r.Outcome == practice.Deferred && o.finding.Plan.Tells && r.CallsMade > 0 {
		r.Outcome, r.Quiet = practice.Partly, false
	}
	if r.Outcome == practice.Deferred || r.Outcome == practice.Partly {
		r = t.lookAgain(r, o.finding.Plan)
	}
	return r
}

// speak reports the objections of family members that only report and were not woken, because
// this practice was. Nothing waits for it: it runs after all changes are made.
func (t *teller) speak(acting context.Context, plan *plan) error {
	if t.Settings.ModeOf(t.Practice) != practice.Enforce {
		return nil // all have been asked
	}
	peers := slices.DeleteFunc(t.watching(), func(p *practice.Practice) bool {
		return !slices.Contains(t.event.For, p.ID) || t.Settings.ModeOf(p) == practice.Enforce
	})
	var found []objection
	judged, failed := t.others.judgeAll(acting, t.checker.memo, peers)
	for i, p := range peers {
		if failed[i] != nil {
			t.others.unjudged = append(t.others.unjudged, p)
			t.log().Warn("a practice of the family cannot judge", "peer", p.ID, "error", failed[i])
		}
		found = append(found, judged[i]...)
	}
	var resources []practice.Resource
	for _, o := range found {
		resources = append(resources, o.finding.Resource)
	}
	if err := t.memory.recall(acting, resources...); err != nil {
		return fmt.Errorf("reading what was told of it before: %w", err)
	}
	found = t.others.weighed(found)
	for _, o := range found {
		rest := func(g objection) bool { return o.coveredBy(g) }
		if plan.seen[o.id] || slices.ContainsFunc(found, rest) || slices.ContainsFunc(plan.told, func(said told) bool { return rest(said.objection) }) {
			continue
		}
		t.add(acting, o, plan)
	}
	return nil
}
