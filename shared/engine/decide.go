package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A decider says what becomes of findings.
type decider struct {
	*assignment
	lockouts *lockouts
	memory   *memory
	others   *others
	evidence *investigator
	planner  *planner
	teller   *teller
	rec      *recorder
	budget   *budget // of the sweep; nil: this is none
	claims   *claims
	touches  *touches
	ledger   Ledger
}

// decide says what becomes of each finding. Those that are to be put right become jobs; people
// are told of the others, unless they have been already, or another practice reports them.
func (d *decider) decide(acting, ctx context.Context, findings []practice.Finding, plan *plan) error {
	resources := resourcesOf(findings)
	for _, o := range d.others.objections {
		resources = append(resources, o.finding.Resource)
	}
	if err := d.memory.recall(acting, resources...); err != nil {
		return err
	}
	var own, dealt []objection
	for _, f := range findings {
		o := weigh(d.assignment, d.memory, d.Practice, f)
		if plan.seen[o.id] {
			return fmt.Errorf("the check reports two findings with the key %q on %s: they could not be told apart", f.Key, f.Resource)
		}
		plan.seen[o.id] = true
		switch {
		case d.memory.of(f.Resource.ID).ended(o.id):
			// A second delivery: what this event showed has been dealt with, and
			// what happened since has an event of its own.
			d.rec.ignore(f.Resource, "dealt with at an earlier delivery")
		case !d.claims.claim(o.id):
			d.rec.ignore(f.Resource, "another look of this event deals with it")
		default:
			own = append(own, o)
			continue
		}
		o.dealt = true
		dealt = append(dealt, o)
	}
	act, tell, covered := settle(d.assignment, own, d.others.current())
	for _, c := range covered {
		d.rec.ignore(c.finding.Resource, c.speaker+" reports it")
	}
	act = slices.DeleteFunc(withDealt(act, dealt), plan.has)
	for _, members := range edits(act) {
		if err := d.planJob(acting, members, plan); err != nil {
			return err
		}
	}
	for _, o := range tell {
		if o.by != d.Practice && plan.seen[o.id] {
			continue // told in a round before this one
		}
		d.teller.add(acting, o, plan)
	}
	if len(plan.jobs) > 0 && d.Practice.Evidence != nil {
		return nil // the changes do not wait for evidence about what is only told
	}
	return d.teller.tell(ctx, plan)
}

// withDealt adds to the objections that are to be put right those that this practice has
// already dealt with and that still show. The state that shows them may be stale: an edit
// without them could keep them open, or open them again.
func withDealt(act, dealt []objection) []objection {
	for _, o := range dealt {
		beside := func(g objection) bool { return g.finding.Wants != nil && g.resource() == o.resource() }
		if o.rank == acts && o.finding.Wants != nil && slices.ContainsFunc(act, beside) {
			act = append(act, o)
		}
	}
	return act
}

// edits groups objections by the edit that puts them right: one per resource for a family,
// one per finding otherwise.
func edits(act []objection) (edits [][]objection) {
	at := map[string]int{}
	for _, o := range act {
		key := o.resource()
		if o.finding.Wants == nil {
			key += "\x00" + o.by.ID + "\x00" + o.finding.Key
		}
		i, known := at[key]
		if !known {
			i = len(edits)
			at[key], edits = i, append(edits, nil)
		}
		edits[i] = append(edits[i], o)
	}
	return edits
}

// roomAgain is when a plan that the limits hold back in the middle is looked at again.
const roomAgain = 15 * time.Minute

// heldBack is the objection of a plan that the limits hold back: what there is of it is named. In the middle it does not wait
// for a sweep, as something may be stopped for it.
func (d *decider) heldBack(o objection) objection {
	if !o.finding.Plan.Tells && o.decision.Due.IsZero() {
		o.finding, o.decision.Due = o.finding.Held(), d.Now().Add(roomAgain)
		o.decision.Reason += ". It goes on by itself when there is room again"
	}
	return o
}

// planJob makes a job of the objections that one edit is to put right. Those that the limits
// hold back, or that no edit can put right, are reported instead.
func (d *decider) planJob(acting context.Context, all []objection, plan *plan) error {
	var members, left []objection
	for _, o := range all {
		if may := fight(d.assignment, d.memory, o); may.Act {
			o.decision.Quiet = may.Quiet
			members = append(members, o)
		} else {
			o.decision = may
			left = append(left, o)
		}
	}
	if len(members) > 0 {
		j, err := d.planner.newJob(acting, members)
		if err != nil {
			return err
		}
		possible, may := len(j.changes) > 0 || len(j.earlier.Calls) > 0, guard.Decision{}
		if possible {
			if may, err = d.limits(acting, j, plan.jobs); err != nil {
				return err
			}
		}
		if possible && !may.Act && may.Cause != "" {
			for _, m := range j.members {
				m.finding = refusedBy(m.finding, may)
			}
		}
		if may.Act {
			j.evidence = d.evidence.investigate(acting, j.lead().by, j.lead().finding)
			plan.jobs = append(plan.jobs, j)
		} else {
			for _, m := range j.members {
				o := m.objection
				if o.decision = may; possible && o.finding.Plan != nil {
					o = d.heldBack(o)
				}
				if !possible {
					o.finding = m.explained(o.finding)
					o.decision.Outcome, o.decision.Reason = m.unchanged()
				} else if o.finding.Wants != nil && o.finding.Lock.Any() {
					o.finding.Changes = j.changes // whoever is sure runs them himself
				}
				left = append(left, o)
			}
		}
	}
	for _, o := range left {
		if plan.mineToTell(d.assignment, o) {
			d.teller.add(acting, o, plan)
		}
	}
	return nil
}
