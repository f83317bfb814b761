package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// look is one look at one resource: from the first check to the last record.
type look struct {
	*Driver
	event  *events.Event
	target practice.Target
	mayAct bool // false: this sweep has done enough
	acted  bool

	history []audit.Record
}

// rounds of check and apply that one look takes at most. Dependent steps need no
// plan: the next check finds what is left.
const rounds = 3

func (l *look) run(ctx context.Context) ([]practice.Outcome, error) {
	// The cloud gets the time up to the reserve, the audit log all of it.
	acting, cancel := l.early(ctx)
	defer cancel()
	findings, err := l.first(acting, ctx)
	if refused(err) {
		return l.unreadable(ctx, err)
	}
	if err != nil {
		return nil, l.later(err)
	}
	outcomes, jobs, err := l.decide(ctx, findings)
	if err != nil {
		return nil, l.later(err)
	}
	resumed, err := l.resume(ctx, findings)
	if err != nil {
		return nil, l.later(err)
	}
	outcomes = append(outcomes, resumed...)
	if len(jobs) > 0 {
		l.acted = true
		repaired, err := l.repair(acting, ctx, jobs)
		if err != nil {
			return outcomes, l.later(err)
		}
		outcomes = append(outcomes, repaired...)
	}
	if len(outcomes) == 0 {
		l.note(l.event, l.target.Resource, practice.Good, "nothing is wrong")
		outcomes = append(outcomes, practice.Good)
	}
	return outcomes, nil
}

func (l *look) early(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

// later logs an error that another attempt may get past, and returns it.
func (l *look) later(err error) error {
	err = fmt.Errorf("practice %s: %s: %w", l.Practice.ID, l.target.Resource, err)
	l.Log.Error("look failed", "practice", l.Practice.ID, "resource", l.target.Resource.ID, "event", l.event.Key(),
		"request", l.Invocation.Request, "error", err)
	return err
}

// first makes the first check and, in the same time, reads what this practice has
// said of the resource within the hour: it tells a second delivery, a crashed
// attempt and a used-up budget.
func (l *look) first(acting, ctx context.Context) ([]practice.Finding, error) {
	var findings []practice.Finding
	var checked, told error
	var group errgroup.Group
	group.Go(func() error { findings, checked = l.check(acting); return nil })
	group.Go(func() error {
		l.history, told = l.Audit.History(ctx, l.Practice.ID, l.target.Resource.ID, l.Now().Add(-time.Hour))
		return nil
	})
	_ = group.Wait() // both errors are looked at below
	if checked != nil {
		return nil, checked
	}
	if told != nil && (len(findings) > 0 || l.Invocation.Attempt > 0) {
		return nil, told
	}
	return findings, nil
}

// refused tells whether a check can never succeed, however often it is tried.
func refused(err error) bool {
	return cloud.Code(err) != "" && !cloud.Retryable(err) && !errors.Is(err, practice.ErrNotYet) && !errors.Is(err, practice.ErrGone)
}

// unreadable records that the resource could not be looked at. Unknown is not good,
// and it is not bad either.
func (l *look) unreadable(ctx context.Context, err error) ([]practice.Outcome, error) {
	r := l.record(practice.Finding{
		Key: "unreadable", Resource: l.target.Resource, Title: "ecsguard could not look at this resource",
		Advice: "Look at it yourself, and give ecsguard what it lacks.",
	}, audit.Result)
	r.Outcome, r.Error, r.ErrorCode = practice.Failed, err.Error(), cloud.Code(err)
	if err := l.write(ctx, r); err != nil {
		return nil, l.later(err)
	}
	return []practice.Outcome{practice.Failed}, nil
}

// check runs the practice's check. What an event has just created may not be
// visible for a while; what is gone otherwise has nothing wrong with it.
func (l *look) check(ctx context.Context) ([]practice.Finding, error) {
	wait := l.Wait
	if wait == 0 {
		wait = time.Second
	}
	for {
		pass := practice.NewPass(l.Practice, l.target.Resource, l.event, l.Now(), l.Driver, l.Settings.Params(l.Practice.ID))
		err := l.Practice.Check(ctx, pass)
		switch {
		case err == nil:
			return pass.Findings(), nil
		case errors.Is(err, practice.ErrGone) && !l.fresh():
			return nil, nil
		case !errors.Is(err, practice.ErrGone) && !errors.Is(err, practice.ErrNotYet):
			return nil, err
		case !cloud.Sleep(ctx, wait):
			return nil, err
		}
		wait *= 2
	}
}

// settle is how long a new resource may take to become visible everywhere.
const settle = 90 * time.Second

func (l *look) fresh() bool { return l.target.Trigger.New && l.Now().Sub(l.event.Time) < settle }

// decide asks the guard about each finding, records those that are not to be acted
// on, and returns the others as jobs.
func (l *look) decide(ctx context.Context, findings []practice.Finding) (outcomes []practice.Outcome, jobs []*job, err error) {
	var records []audit.Record
	for _, f := range findings {
		r := l.record(f, audit.Result)
		if l.ended(r.ID) && l.event.Kind != events.KindConfigRemediation {
			// A second delivery: what this event showed has been dealt with, and
			// what happened since has an event of its own. Only a remediation call
			// has no identity that would tell a second delivery from a second case.
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, "dealt with at an earlier delivery")
			continue
		}
		d := guard.Decide(l.Settings, l.Practice, f, l.others(r.ID), l.Now())
		if !d.Act && l.said(f, d) {
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, "said within the hour, and nothing has changed since")
			continue
		}
		if d.Act && !l.mayAct {
			d = guard.Decision{Outcome: practice.Awaiting, Reason: "held back: this sweep has acted on as many findings as it may"}
		}
		if d.Act {
			f.Facts = with(f.Facts, "note", d.Reason)
			jobs = append(jobs, &job{finding: f, changes: f.Changes, open: true})
			continue
		}
		r.Outcome, r.Reason = d.Outcome, d.Reason
		records = append(records, r)
		outcomes = append(outcomes, d.Outcome)
	}
	return outcomes, jobs, l.write(ctx, records...)
}

// resume completes intents of an earlier attempt whose finding is no longer there:
// the change was made, and the attempt died before it could say so.
func (l *look) resume(ctx context.Context, findings []practice.Finding) (outcomes []practice.Outcome, err error) {
	var records []audit.Record
	for _, r := range l.history {
		still := slices.ContainsFunc(findings, func(f practice.Finding) bool { return l.id(f) == r.ID })
		if r.Kind != audit.Intent || r.Task != l.task() || still || l.ended(r.ID) {
			continue
		}
		if slices.ContainsFunc(records, func(x audit.Record) bool { return x.ID == r.ID }) {
			continue // of a second round
		}
		done := l.stamp(r)
		done.Kind, done.Outcome, done.CallsMade = audit.Result, practice.Fixed, len(r.Calls)
		done.Reason = "an earlier attempt made the change and was interrupted before it could say so"
		records = append(records, done)
		outcomes = append(outcomes, practice.Fixed)
	}
	return outcomes, l.write(ctx, records...)
}

// ended tells whether a result that settles the matter has been written.
func (l *look) ended(id string) bool {
	return slices.ContainsFunc(l.history, func(r audit.Record) bool {
		return r.ID == id && r.Kind == audit.Result && r.Outcome != practice.Failed && r.Outcome != practice.Partly
	})
}

// said tells whether the same has been said of another event within the hour: a
// standing fault is not news at every event that touches the resource.
func (l *look) said(f practice.Finding, d guard.Decision) bool {
	return slices.ContainsFunc(l.history, func(r audit.Record) bool {
		return r.Kind == audit.Result && r.Resource == f.Resource.ID && r.Key == f.Key && r.Finding == f.Title &&
			r.Outcome == d.Outcome && r.Reason == d.Reason
	})
}

// others is the history without the records of one finding of this event.
func (l *look) others(id string) []audit.Record {
	return slices.DeleteFunc(slices.Clone(l.history), func(r audit.Record) bool { return r.ID == id })
}

// write appends records, if there are any, and logs the results among them.
func (l *look) write(ctx context.Context, records ...audit.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := l.Audit.Write(ctx, records...); err != nil {
		return err
	}
	for _, r := range records {
		if r.Kind == audit.Result {
			l.Log.Info("looked", "practice", r.Practice, "resource", r.Resource, "event", r.Event, "request", r.Request,
				"mode", r.Mode, "outcome", r.Outcome, "why", r.Reason)
		}
	}
	return nil
}
