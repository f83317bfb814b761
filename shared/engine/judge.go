package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// A Judge runs checks and does nothing about what they find. All that judge by one Judge
// see the same state, read once.
type Judge struct {
	settings settings.Settings
	event    *events.Event
	now      func() time.Time
	log      *slog.Logger
	memo     *memo
	home     string
}

// NewJudge makes a judge of what a reader shows now. Home is the region that ecsguard is
// deployed in.
func NewJudge(reader cloud.Reader, home string, e *events.Event, set settings.Settings, now func() time.Time, log *slog.Logger) *Judge {
	return &Judge{settings: set, event: e, now: now, log: log, memo: newMemo(reader), home: home}
}

// A Verdict is what a practice says of a resource.
type Verdict struct {
	Practice *practice.Practice
	Target   practice.Target
	Findings []practice.Finding
	Acts     bool   // one of them is to be put right, as far as that is known without the ledger
	Unseen   string // what is not to be seen yet, and may be wrong when it is
	Err      error  // why there is no verdict
	Stuck    bool   // the check does not return
	Slow     bool   // it takes more time than there is for one
}

// Passes tells whether the error that kept a practice from judging is transient.
func (v Verdict) Passes() bool { return !v.Stuck && !v.Slow && cloud.Retryable(v.Err) }

// ErrStuck says that a check did not return in time and ignores its context's end.
var ErrStuck = errors.New("the check does not return")

// Judge runs the check of a practice on a target, for as long as patience at most.
func (j *Judge) Judge(ctx context.Context, p *practice.Practice, t practice.Target, patience time.Duration) Verdict {
	pass, v := j.pass(p, t.Resource), Verdict{Practice: p, Target: t}
	v.Err = Within(ctx, patience, func(ctx context.Context) error { return runCheck(ctx, j.logAt(t), pass) })
	v.Stuck, v.Slow = errors.Is(v.Err, ErrStuck), errors.Is(v.Err, ErrSlow)
	if v.Stuck {
		v.Err = fmt.Errorf("practice %s: %s: %w", p.ID, t.Resource, v.Err)
		return v // it may still be reporting
	}
	fresh := pass.Fresh()
	switch {
	case errors.Is(v.Err, practice.ErrGone):
		if v.Err = nil; t.Trigger.New && fresh {
			v.Unseen = t.Resource.String()
		}
	case errors.Is(v.Err, practice.ErrNotYet) && fresh:
		v.Unseen, v.Err = v.Err.Error(), nil
	case v.Err == nil:
		v.Findings, v.Unseen = pass.Findings(), j.memo.unseen(pass, t.Trigger)
	}
	for _, f := range v.Findings {
		v.Acts = v.Acts || guard.Decide(j.settings, p, f, nil, j.now()).Act
	}
	return v
}

// ErrSlow says that something ran out of its own time, although the invocation still had time
// left. It would be as slow the next time.
var ErrSlow = errors.New("there is not enough time for it")

// Within runs do for at most patience. It does not wait for a function that ignores its
// context's end: that is ErrStuck.
func Within(ctx context.Context, patience time.Duration, do func(context.Context) error) (err error) {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(grace):
			return fmt.Errorf("%w within %s", ErrStuck, patience)
		}
	}
	if ctx.Err() != nil && whole.Err() == nil && cloud.OutOfTime(err) {
		return fmt.Errorf("%w within %s: %w", ErrSlow, patience, err)
	}
	return err
}

func (j *Judge) pass(p *practice.Practice, r practice.Resource) *practice.Pass {
	pass := practice.NewPass(p, r, j.event, j.now(), j.memo, j.settings.Params(p))
	pass.Home = j.home
	return pass
}

func (j *Judge) logAt(t practice.Target) *slog.Logger {
	return j.log.With("resource", t.Resource.ID, "event", j.event.Key())
}

// Spread names what the targets of a practice lead to, where each part of that is judged
// apart, for as long as patience at most. What cannot be read is left as it is: its own
// judgement says why.
func (j *Judge) Spread(ctx context.Context, p *practice.Practice, t practice.Target, patience time.Duration) ([]practice.Resource, error) {
	if p.Family == nil || p.Family.Spread == nil {
		return nil, nil
	}
	var parts []practice.Resource
	err := Within(ctx, patience, func(ctx context.Context) (err error) {
		defer Recovered(j.logAt(t), p, "spread", &err)
		parts, err = p.Family.Spread(ctx, j.pass(p, t.Resource))
		return err
	})
	if err != nil {
		return nil, err
	}
	return parts, nil
}

// InOrder calls do for each of n things, with a limit on how many run at a time.
func InOrder(n, abreast int, do func(i int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range min(n, abreast) {
		group.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}
