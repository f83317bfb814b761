package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
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
}

// NewJudge makes a judge of what a reader shows now.
func NewJudge(reader cloud.Reader, e *events.Event, set settings.Settings, now func() time.Time, log *slog.Logger) *Judge {
	return &Judge{settings: set, event: e, now: now, log: log, memo: newMemo(reader)}
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
}

// Wrong tells whether something is wrong, or nobody knows.
func (v Verdict) Wrong() bool { return len(v.Findings) > 0 || v.Err != nil }

// ErrStuck says that a check has not returned in its time, and does not heed its end.
var ErrStuck = errors.New("the check does not return")

// Judge runs the check of a practice on a target, for as long as patience at most.
func (j *Judge) Judge(ctx context.Context, p *practice.Practice, t practice.Target, patience time.Duration) Verdict {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pass := j.pass(p, t.Resource)
	done := make(chan error, 1)
	go func() { done <- j.check(ctx, pass) }()
	v := Verdict{Practice: p, Target: t}
	select {
	case v.Err = <-done:
	case <-ctx.Done():
		select {
		case v.Err = <-done:
		case <-time.After(grace):
			v.Err, v.Stuck = fmt.Errorf("practice %s: %s: %w within %s", p.ID, t.Resource, ErrStuck, patience), true
			return v
		}
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

func (j *Judge) pass(p *practice.Practice, r practice.Resource) *practice.Pass {
	return practice.NewPass(p, r, j.event, j.now(), j.memo, j.settings.Params(p))
}

func (j *Judge) check(ctx context.Context, pass *practice.Pass) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the check of %s panics: %v", pass.Practice.ID, r)
			j.log.Error("panic", "practice", pass.Practice.ID, "resource", pass.Resource.ID, "event", j.event.Key(), "error", err, "stack", string(debug.Stack()))
		}
	}()
	return pass.Practice.Check(ctx, pass)
}

// Spread names what the targets of a practice lead to, where each part of that is judged
// apart. What cannot be read is left as it is: its own judgement says why.
func (j *Judge) Spread(ctx context.Context, p *practice.Practice, t practice.Target) (parts []practice.Resource, err error) {
	if p.Family == nil || p.Family.Spread == nil {
		return nil, nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the spread of %s panics: %v", p.ID, r)
		}
	}()
	return p.Family.Spread(ctx, j.pass(p, t.Resource))
}

// Complete fills in what an event did not say of a target.
func Complete(t practice.Target, region, account string) practice.Target {
	return (&Driver{Invocation: Invocation{Region: region, Account: account}}).complete(t)
}

// Together is a reader that asks at once for what is asked for each of many resources.
func Together(reader cloud.Reader, targets []practice.Target) cloud.Reader {
	if len(targets) < 2 {
		return reader
	}
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = t.Resource.ID
	}
	return cloud.NewPages(reader, ids...)
}

// InOrder calls do for each of n things, so many at a time.
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
