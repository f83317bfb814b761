package run

import (
	"context"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// job is a finding that is being put right.
type job struct {
	finding practice.Finding  // as it was first seen
	changes []practice.Change // what the latest look says is to be done
	done    []practice.Change // what has succeeded
	open    bool              // the latest look still shows it
	err     error             // why a change was refused for good
}

// repair makes the changes of jobs and looks again, until nothing is found or the
// rounds are used up. An error means that another attempt has to go on from the
// intents.
func (l *look) repair(acting, ctx context.Context, jobs []*job) ([]practice.Outcome, error) {
	for round := 1; round <= rounds; round++ {
		todo := slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return !j.open || j.err != nil })
		if len(todo) == 0 {
			break
		}
		if err := l.announce(ctx, todo, round); err != nil {
			return nil, err
		}
		for _, j := range todo {
			if err := l.apply(acting, j); err != nil {
				return nil, err
			}
		}
		if err := l.again(acting, jobs); err != nil {
			return nil, err
		}
	}
	return l.conclude(ctx, jobs)
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

// announced tells whether an earlier attempt has written the same intent.
func (l *look) announced(r audit.Record) bool {
	return slices.ContainsFunc(l.history, func(old audit.Record) bool {
		return old.Kind == audit.Intent && old.ID == r.ID &&
			slices.EqualFunc(old.Calls, r.Calls, func(a, b cloud.Call) bool { return a.String() == b.String() })
	})
}

// apply makes a finding's changes in their order. The first that is refused for
// good ends them and is kept in the job; what may succeed later is returned.
func (l *look) apply(ctx context.Context, j *job) error {
	for _, change := range j.changes {
		err := l.change(ctx, change.Call)
		if err == nil {
			j.done = append(j.done, change)
			continue
		}
		if cloud.Retryable(err) {
			return err
		}
		j.err = err
		return nil
	}
	return nil
}

// change makes a changing call, which must be among the practice's Writes.
func (l *look) change(ctx context.Context, call cloud.Call) error {
	if !slices.Contains(l.Practice.Writes, call.RAM()) {
		return &cloud.Error{Action: call.RAM(), Code: "Undeclared", Message: "the practice changes something with an action that is not among its Writes"}
	}
	return l.Cloud.Do(ctx, call, nil)
}

// again looks whether the findings are still there. A read may be answered from
// before the change, so what still shows is looked at once more.
func (l *look) again(ctx context.Context, jobs []*job) error {
	for try := 0; ; try++ {
		findings, err := l.check(ctx)
		if err != nil {
			return err
		}
		open := false
		for _, j := range jobs {
			i := slices.IndexFunc(findings, func(f practice.Finding) bool { return l.id(f) == l.id(j.finding) })
			if j.open = i >= 0; j.open {
				j.changes, open = findings[i].Changes, true
			}
		}
		if !open || try > 0 || !cloud.Sleep(ctx, l.pause()) {
			return nil
		}
	}
}

func (l *look) pause() time.Duration {
	if l.Wait == 0 {
		return time.Second
	}
	return l.Wait
}

// conclude writes how each job ended.
func (l *look) conclude(ctx context.Context, jobs []*job) ([]practice.Outcome, error) {
	var records []audit.Record
	var outcomes []practice.Outcome
	for _, j := range jobs {
		r := planned(l.record(j.finding, audit.Result), j.done)
		r.CallsMade = len(j.done)
		r.Outcome, r.Reason = j.outcome()
		if j.err != nil {
			r.Error, r.ErrorCode = j.err.Error(), cloud.Code(j.err)
		}
		records = append(records, r)
		outcomes = append(outcomes, r.Outcome)
	}
	return outcomes, l.write(ctx, records...)
}

func (j *job) outcome() (practice.Outcome, string) {
	switch {
	case !j.open && len(j.done) > 0:
		return practice.Fixed, ""
	case !j.open:
		return practice.Good, "somebody else put it right in the same moment"
	case j.err != nil && len(j.done) > 0:
		return practice.Partly, "a later change was refused"
	case j.err != nil:
		return practice.Failed, "the change was refused"
	default:
		return practice.Partly, "the cloud accepted the changes, and it is still wrong at the last look"
	}
}
