package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A repairer takes jobs through their rounds.
type repairer struct {
	*assignment
	lockouts  *lockouts
	memory    *memory
	checker   *checker
	others    *others
	decider   *decider
	planner   *planner
	announcer *announcer
	editor    *editor
	concluder *concluder
	rec       *recorder
}

// repair makes the jobs' changes and checks again, until nothing is found or the rounds are
// used up. A finding that a fix uncovers is decided on like any other. An error means that
// another attempt has to go on from the intents.
func (r *repairer) repair(acting, ctx context.Context, plan *plan) error {
	for round := 1; round <= rounds; round++ {
		todo := r.todo(plan.jobs)
		if len(todo) == 0 {
			break
		}
		ready, err := r.prepare(acting, ctx, todo, plan.jobs, round)
		if err != nil {
			return err
		}
		if len(ready) == 0 {
			continue
		}
		if ready, err = r.lockouts.hold(acting, ready); err != nil {
			return err
		}
		for _, j := range ready {
			if err := r.editor.apply(acting, j, plan.jobs); err != nil {
				return err
			}
		}
		uncovered, err := r.recheck(acting, plan)
		if err != nil {
			return err
		}
		if err := r.decider.decide(acting, ctx, uncovered, plan); err != nil {
			return err
		}
	}
	return r.concluder.conclude(ctx, plan)
}

// todo are the jobs of the next round. A later round asks the limits again: what the
// rounds before have done counts.
func (r *repairer) todo(all []*job) (todo []*job) {
	for _, j := range all {
		if !j.pending() {
			continue
		}
		if j.tried {
			r.planner.reconsider(j)
			if !j.pending() {
				continue
			}
			if may := ceiling(r.assignment, r.memory, j, all); !may.Act {
				j.stopped = may.Reason
				continue
			}
		}
		j.tried = true
		todo = append(todo, j)
	}
	return todo
}

// prepare announces the jobs' changes and makes sure that they may be made: that no other look
// is working on the same resource, and that the state is as it was when they were planned. If
// the state has moved, they are planned and announced again. It returns the jobs that may go
// on.
func (r *repairer) prepare(acting, ctx context.Context, todo, all []*job, round int) (ready []*job, err error) {
	for try := 1; ; try++ {
		todo, err = r.giveWay(ctx, todo, func(j *job) *ledger.Record {
			if len(j.nonces) > 0 || len(j.earlier.Calls) > 0 {
				return nil // announced: the order in the log says who goes on
			}
			return r.memory.verdict(j).ahead
		})
		if err != nil || len(todo) == 0 {
			return nil, err
		}
		if err := r.announcer.announce(acting, todo, round); err != nil {
			return nil, err
		}
		moved, err := r.announcer.confirm(acting, todo)
		if err != nil {
			return nil, err
		}
		todo, err = r.giveWay(ctx, todo, func(j *job) *ledger.Record { return r.memory.verdict(j).ahead })
		if err != nil || len(todo) == 0 || !moved {
			return todo, err
		}
		if try == rounds {
			giveUp(todo)
			return nil, nil
		}
		same, err := r.planner.replan(acting, todo, all)
		if err != nil {
			return nil, err
		}
		todo = slices.DeleteFunc(todo, func(j *job) bool { return !j.pending() })
		if same || len(todo) == 0 {
			return todo, nil
		}
	}
}

// giveWay ends the jobs that another look is carrying out, and records that: the other look
// checks once more for what came to light after it began. It returns the remaining jobs.
func (r *repairer) giveWay(ctx context.Context, todo []*job, ahead func(*job) *ledger.Record) (rest []*job, err error) {
	var records []ledger.Record
	for _, j := range todo {
		if other := ahead(j); other != nil {
			records = append(records, r.deferred(j, fmt.Sprintf("%s is changing this resource at the moment (request %s)", cmp.Or(other.By, other.Practice), other.Request)))
		} else {
			rest = append(rest, j)
		}
	}
	return rest, r.rec.write(ctx, records...)
}

// giveUp ends jobs whose state has moved each time that their changes were announced. People
// are told: otherwise somebody could keep a port open, unseen, by changing the resource all the
// time.
func giveUp(todo []*job) {
	for _, j := range todo {
		j.stopped = "the state changed each time that a fix was announced"
	}
}

// deferred ends a job with nothing done: it is looked at again in a minute. The result is
// about the finding of this practice, if there is one: whoever leads the edit otherwise
// has a look of its own. What an attempt before this one did is in it.
func (r *repairer) deferred(j *job, why string) ledger.Record {
	j.gaveWay = true
	m := j.lead()
	if own := slices.IndexFunc(j.members, func(m *member) bool { return m.by == r.Practice }); own >= 0 {
		m = j.members[own]
	}
	said := r.rec.record(m.by, m.finding, ledger.Result)
	said.Outcome, said.Reason, said.Closes = practice.Deferred, why, j.intents(r.memory.of(j.resource().ID))
	said.Calls, said.Why, said.Undo, said.CallsMade = j.earlier.Calls, j.earlier.Why, j.earlier.Undo, len(j.earlier.Calls)
	r.rec.ended(practice.Deferred)
	return said
}
