package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
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
	budget *budget // of the sweep; nil: this is none

	history []audit.Record  // of the hour, oldest first
	others  []audit.Record  // of the others of the family
	known   map[string]bool // resources whose history it is
	seen    map[string]bool // findings that were decided on, by id
	jobs    []*job
	told    []told        // findings that are only told, until they are
	asking  chan struct{} // holds one for each finding whose evidence is being gathered

	gathering sync.WaitGroup // of those who gather it

	memo *memo // what the latest check has read

	heard    []objection         // what the family said at the latest check that asked it
	speaking []objection         // those of them that yield to none
	unheard  []string            // who could not be asked
	also     map[string][]string // who else objects to a finding, by id
	awaited  map[string]bool     // practices that were waited for
}

func newLook(d *Driver, e *events.Event, t practice.Target, budget *budget) *look {
	return &look{Driver: d, event: e, target: t, budget: budget, known: map[string]bool{}, seen: map[string]bool{},
		also: map[string][]string{}, awaited: map[string]bool{}, asking: make(chan struct{}, atOnce)}
}

// rounds of check and apply that one look takes at most. Dependent steps need no
// plan: the next check finds what is left.
const rounds = 3

func (l *look) run(ctx context.Context) ([]practice.Outcome, error) {
	// The cloud gets the time up to the reserve, the last records all of it.
	acting, cancel := early(ctx)
	defer l.leave()
	defer cancel()
	findings, err := l.first(acting)
	if err == nil {
		findings, err = l.giveWay(acting, findings)
	}
	if refused(err) {
		return l.unreadable(ctx, err)
	}
	if err != nil {
		return nil, l.later(err)
	}
	outcomes, err := l.decide(acting, ctx, findings)
	if err != nil {
		return nil, l.later(err)
	}
	resumed, err := l.resume(ctx, findings)
	if err != nil {
		return nil, l.later(err)
	}
	outcomes = append(outcomes, resumed...)
	repaired, err := l.repair(acting, ctx)
	if err = errors.Join(err, l.tell(ctx)); err != nil {
		return outcomes, l.later(err)
	}
	outcomes = append(outcomes, repaired...)
	if len(outcomes) == 0 {
		l.note(l.event, l.target.Resource, practice.Good, "nothing is wrong")
		outcomes = append(outcomes, practice.Good)
	}
	return outcomes, nil
}

// later logs an error that another attempt may get past, and returns it.
func (l *look) later(err error) error {
	err = fmt.Errorf("practice %s: %s: %w", l.Practice.ID, l.target.Resource, err)
	l.Log.Error("look failed", "practice", l.Practice.ID, "resource", l.target.Resource.ID, "event", l.event.Key(),
		"request", l.Invocation.Request, "error", err)
	return err
}

// first makes the first check and, in the same time, reads what was said before.
func (l *look) first(acting context.Context) ([]practice.Finding, error) {
	var findings []practice.Finding
	var checked, told error
	var group errgroup.Group
	group.Go(func() error { findings, checked = l.consult(acting); return nil })
	group.Go(func() error { told = l.recall(acting, l.target.Resource.ID); return nil })
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
	f := practice.Finding{
		Key: "unreadable", Resource: l.target.Resource, Title: "ecsguard could not look at this resource",
		Advice: "Look at it yourself, and give ecsguard what it lacks.",
	}
	r := l.record(f, audit.Result)
	r.Outcome, r.Error, r.ErrorCode = practice.Failed, err.Error(), cloud.Code(err)
	if err := l.recall(ctx, l.target.Resource.ID); err != nil && l.Invocation.Attempt > 0 {
		return nil, l.later(err) // what has been announced is not left without a result
	}
	records, outcomes := []audit.Record{r}, []practice.Outcome{practice.Failed}
	if l.said(f, guard.Decision{Outcome: practice.Failed}) {
		l.note(l.event, f.Resource, practice.Ignored, "said within the hour: "+r.Error)
		records, outcomes = nil, []practice.Outcome{practice.Ignored}
	}
	for _, intent := range l.interrupted(nil) {
		records = append(records, l.completed(intent, practice.Partly,
			"an earlier attempt was interrupted, and how far it got cannot be seen: all that it announced counts as made"))
		outcomes = append(outcomes, practice.Partly)
	}
	if err := l.write(ctx, records...); err != nil {
		return nil, l.later(err)
	}
	return outcomes, nil
}

// check runs the practice's check. What an event has just created may not be
// visible for a while; what is gone otherwise has nothing wrong with it. What it has read
// is kept for those who ask for the same state.
func (l *look) check(ctx context.Context) ([]practice.Finding, error) {
	wait := l.pause()
	var waits error // what the try before this one waited for
	for {
		l.memo = newMemo(l.Driver)
		pass := practice.NewPass(l.Practice, l.target.Resource, l.event, l.Now(), l.memo, l.Settings.Params(l.Practice))
		err := l.checked(ctx, pass)
		switch {
		case err != nil && waits != nil && ctx.Err() != nil:
			return nil, waits // says more than that the time was up in the middle of a call
		case err == nil:
			return pass.Findings(), nil
		case errors.Is(err, practice.ErrGone) && !l.fresh():
			return nil, nil
		case !errors.Is(err, practice.ErrGone) && !errors.Is(err, practice.ErrNotYet):
			return nil, err
		case !cloud.Sleep(ctx, wait):
			return nil, err
		}
		waits = err
		wait *= 2
	}
}

// checked runs a practice's check. A panic is an error: it would end the process, and
// with it what other looks of a sweep have begun.
func (l *look) checked(ctx context.Context, pass *practice.Pass) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the check of %s panics: %v", pass.Practice.ID, r)
			l.Log.Error("panic", "practice", l.Practice.ID, "of", pass.Practice.ID, "resource", l.target.Resource.ID, "event", l.event.Key(),
				"request", l.Invocation.Request, "error", err, "stack", string(debug.Stack()))
		}
	}()
	if err := pass.Practice.Check(ctx, pass); err != nil {
		return err
	}
	return l.joined(ctx, pass)
}

// settle is how long a new resource may take to become visible everywhere.
const settle = 90 * time.Second

func (l *look) fresh() bool { return l.target.Trigger.New && l.Now().Sub(l.event.Time) < settle }

// resume completes intents of an earlier attempt whose finding is no longer there:
// the change was made, and the attempt died before it could say so.
func (l *look) resume(ctx context.Context, findings []practice.Finding) (outcomes []practice.Outcome, err error) {
	var records []audit.Record
	for _, intent := range l.interrupted(findings) {
		records = append(records, l.completed(intent, practice.Fixed,
			"nothing is wrong any more: an earlier attempt was interrupted before it could say that it had made the changes"))
		outcomes = append(outcomes, practice.Fixed)
	}
	return outcomes, l.write(ctx, records...)
}

// interrupted are the intents of earlier attempts of this look that nobody has said the
// end of and that are none of the findings, one of each.
func (l *look) interrupted(findings []practice.Finding) (intents []audit.Record) {
	for _, r := range l.history {
		still := slices.ContainsFunc(findings, func(f practice.Finding) bool { return l.id(f) == r.ID })
		noted := slices.ContainsFunc(intents, func(x audit.Record) bool { return x.ID == r.ID }) // another round
		if r.Kind == audit.Intent && r.Task == l.task() && r.Subject == l.target.Resource.ID && !still && !noted && len(l.unfinished(r.ID)) > 0 {
			intents = append(intents, r)
		}
	}
	return intents
}

// completed is the result of an intent whose attempt did not come to say it.
func (l *look) completed(intent audit.Record, outcome practice.Outcome, reason string) audit.Record {
	all, r := l.earlier(intent.ID, nil), l.stamp(intent)
	r.Kind, r.Outcome, r.Reason, r.Round = audit.Result, outcome, reason, 0
	r.Calls, r.Why, r.Undo, r.CallsMade = all.Calls, all.Why, all.Undo, len(all.Calls)
	return r
}

// write appends records, if there are any, and logs the results among them.
func (l *look) write(ctx context.Context, records ...audit.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := l.Audit.Write(ctx, records...); err != nil {
		return err
	}
	l.remember(records)
	for _, r := range records {
		if r.Kind == audit.Result {
			l.Log.Info("looked", "practice", r.Practice, "resource", r.Resource, "event", r.Event, "request", r.Request,
				"mode", r.Mode, "outcome", r.Outcome, "why", r.Reason)
		}
	}
	return nil
}
