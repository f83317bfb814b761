package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// job is a finding that is being put right.
type job struct {
	finding practice.Finding  // as it was first seen
	latest  practice.Finding  // as the latest look shows it
	changes []practice.Change // what that look says is to be done
	earlier audit.Record      // what an interrupted attempt did
	done    []practice.Change // what has succeeded
	open    bool              // the latest look still shows it
	tried   bool              // a round has begun with it
	held    string            // why the guard stopped it after a round
	lost    bool              // the answer to a change was lost
	refused cloud.Call        // the change that was refused for good, and why:
	err     error
	waived  error // why one was refused that is not to be made any more

	evidence *evidence
}

// going tells whether there is something to do that may still be done.
func (j *job) going() bool { return j.open && j.err == nil && j.held == "" }

// made is how many changes were made for it.
func (j *job) made() int { return len(j.earlier.Calls) + len(j.done) }

// repair makes the changes of the jobs and looks again, until nothing is found or
// the rounds are used up. What a fix uncovers is decided on like everything else. An
// error means that another attempt has to go on from the intents.
func (l *look) repair(acting, ctx context.Context) ([]practice.Outcome, error) {
	var outcomes []practice.Outcome
	for round := 1; round <= rounds; round++ {
		todo := l.todo()
		if len(todo) == 0 {
			break
		}
		if err := l.announce(acting, todo, round); err != nil {
			return nil, err
		}
		for _, j := range todo {
			if err := l.apply(acting, j); err != nil {
				return nil, err
			}
		}
		uncovered, err := l.again(acting)
		if err != nil {
			return nil, err
		}
		l.ask(acting, l.memo, uncovered)
		more, err := l.decide(acting, ctx, uncovered)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, more...)
	}
	ended, err := l.conclude(ctx)
	return append(outcomes, ended...), err
}

// todo are the jobs of the next round. A later round asks the guard again: what the
// rounds before have done counts against the budget.
func (l *look) todo() (todo []*job) {
	for _, j := range l.jobs {
		if !j.going() {
			continue
		}
		if j.tried {
			if d := guard.Decide(l.Settings, l.Practice, j.latest, l.spent(j), l.Now()); !d.Act {
				j.held = d.Reason
				continue
			}
		}
		j.tried = true
		todo = append(todo, j)
	}
	return todo
}

// announce writes the intents. Nothing has been changed before it returns.
func (l *look) announce(ctx context.Context, jobs []*job, round int) error {
	var records []audit.Record
	for _, j := range jobs {
		r := l.record(j.finding, audit.Intent)
		r.Round = round
		r = planned(r, j.changes)
		if !l.announced(r) {
			records = append(records, r)
		}
	}
	return l.write(ctx, records...)
}

// apply makes a finding's changes in their order. The first that is refused for
// good ends them and is kept in the job; what may succeed later is returned.
func (l *look) apply(ctx context.Context, j *job) error {
	for _, change := range j.changes {
		err := l.change(ctx, &change)
		switch {
		case err == nil:
			j.done = append(j.done, change)
		case cloud.Retryable(err):
			return err
		case cloud.Repeated(err):
			// Refused because an unanswered try had made it already: what is left is
			// for the next look to say.
			j.done, j.lost = append(j.done, change), true
			return nil
		default:
			j.refused, j.err = change.Call, err
			return nil
		}
	}
	return nil
}

// change makes a changing call, which must be among the practice's Writes, and completes
// what takes it back with what only the answer tells.
func (l *look) change(ctx context.Context, c *practice.Change) error {
	if !slices.Contains(l.Practice.Writes, c.Call.RAM()) {
		return &cloud.Error{Action: c.Call.RAM(), Code: "Undeclared", Message: "the practice changes something with an action that is not among its Writes"}
	}
	if c.Undo == nil || !c.Undo.Open() {
		return l.Cloud.Do(ctx, c.Call, nil)
	}
	var answer map[string]any
	if err := l.Cloud.Do(ctx, c.Call, &answer); err != nil {
		return err
	}
	undo := c.Undo.Fill(answer)
	c.Undo = &undo
	return nil
}

// again looks whether the findings are still there, and returns those that were not
// there before. A read may be answered from before the change, so what shows is
// looked at once more.
func (l *look) again(ctx context.Context) (uncovered []practice.Finding, err error) {
	for try := 0; ; try++ {
		findings, err := l.check(ctx)
		if err != nil {
			return nil, err
		}
		uncovered = slices.DeleteFunc(slices.Clone(findings), func(f practice.Finding) bool { return l.seen[l.id(f)] })
		wrong := len(uncovered) > 0
		for _, j := range l.jobs {
			i := slices.IndexFunc(findings, func(f practice.Finding) bool { return l.id(f) == l.id(j.finding) })
			if j.open = i >= 0; j.open {
				j.latest, j.changes, wrong = findings[i], findings[i].Changes, true
				j.waive()
			}
		}
		if !wrong || try > 0 || !cloud.Sleep(ctx, l.pause()) {
			return uncovered, nil
		}
	}
}

// waive lets the job go on where what was refused is not to be done any more, and
// something else is: somebody else has changed the same in the same moment.
func (j *job) waive() {
	again := slices.ContainsFunc(j.changes, func(c practice.Change) bool { return sameCall(c.Call, j.refused) })
	if j.err != nil && !again && len(j.changes) > 0 {
		j.waived, j.err = j.err, nil
	}
}

func (l *look) pause() time.Duration {
	if l.Wait == 0 {
		return time.Second
	}
	return l.Wait
}

// conclude writes how each job ended.
func (l *look) conclude(ctx context.Context) ([]practice.Outcome, error) {
	var records []audit.Record
	var outcomes []practice.Outcome
	for _, j := range l.jobs {
		r := l.record(l.join(j.evidence, j.finding), audit.Result)
		if j.tried {
			r = planned(r, j.done)
			r.Calls, r.Why = slices.Concat(j.earlier.Calls, r.Calls), slices.Concat(j.earlier.Why, r.Why)
			r.Undo = append(r.Undo, j.earlier.Undo...)
			r.CallsMade = j.made()
		}
		r.Outcome, r.Reason = j.outcome()
		if err := cmp.Or(j.err, j.waived); err != nil {
			r.Error, r.ErrorCode = err.Error(), cloud.Code(err)
		}
		records = append(records, r)
		outcomes = append(outcomes, r.Outcome)
	}
	return outcomes, l.write(ctx, records...)
}

func (j *job) outcome() (practice.Outcome, string) {
	switch {
	case !j.open && j.made() > 0:
		return practice.Fixed, j.doubt()
	case !j.open:
		return practice.Good, "somebody else put it right in the same moment"
	case !j.tried:
		return practice.Awaiting, fmt.Sprintf("it came to light in the last of %d rounds, and nothing was changed for it", rounds)
	case j.held != "":
		return practice.Partly, j.held
	case j.err != nil && j.made() > 0:
		return practice.Partly, "a later change was refused"
	case j.err != nil:
		return practice.Failed, "the change was refused"
	default:
		return practice.Partly, "the cloud accepted the changes, and it is still wrong at the last look"
	}
}

// doubt says what is not certain about a fix.
func (j *job) doubt() string {
	switch {
	case j.err != nil:
		return "a later change was refused, and was not needed"
	case j.waived != nil:
		return "a change was refused because somebody else had changed the same in the same moment; what was left was done"
	case j.lost:
		return "the cloud's answer to a change was lost; the look afterwards shows that it was made"
	case len(j.earlier.Calls) > 0:
		return "an earlier attempt was interrupted: what it announced and was no longer needed counts as made"
	}
	return ""
}
