package engine

import (
	"context"
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

// toTell notes that people are to be told of a finding, unless they have been. Where the
// message says what would be done, that is planned here.
func (l *look) toTell(acting context.Context, o objection) {
	d := o.decision
	if d.Outcome == practice.Observed || l.Settings.ModeOf(o.by) == practice.Approve && d.Outcome == practice.Awaiting {
		m := newMember(o)
		j := &job{members: []*member{m}}
		err := l.planEdit(acting, j)
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
	l.plan.seen[o.id] = true // one of another practice comes up again in each round
	switch known := l.memory.of(o.finding.Resource.ID).alreadyTold(o, l.event.Actor.Name); {
	case known && !o.decision.Due.IsZero() && !l.memory.of(o.resource()).isDue(o):
		o.decision.Quiet = true // it is another time that it waits for
	case known:
		l.rec.ignore(o.finding.Resource, "said within the day, and nothing has changed since")
		return
	}
	l.plan.told = append(l.plan.told, told{o, l.evidence.investigate(acting, o.by, o.finding)})
	l.rec.ended(o.decision.Outcome)
}

// tell writes what is only told, with the evidence. It comes after the changes that
// the same look makes, so that these wait for nothing.
func (l *look) tell(ctx context.Context) error {
	var records []ledger.Record
	for _, t := range l.plan.told {
		f := l.evidence.withEvidence(t.evidence, t.finding)
		if len(f.Scope) > 0 {
			f.Facts = with(f.Facts, "could not be asked", strings.Join(l.others.failed, ", "))
		}
		r := withChanges(l.rec.record(t.by, f, ledger.Result), f.Changes)
		r.Fact = factOf(t.finding)
		r.Outcome, r.Reason, r.Due, r.Quiet = t.decision.Outcome, t.decision.Reason, t.decision.Due, t.decision.Quiet
		records = append(records, r)
	}
	l.plan.told = nil
	return l.rec.write(ctx, records...)
}
