package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	reader cloud.Reader // of the first check; those after it read for themselves
	budget *budget      // of the sweep; nil: this is none

	memo     *memo                // what the latest check has read
	peers    []objection          // what the others of the family object to in it
	deaf     []string             // who could not be asked
	helpless map[string]bool      // of those in whose place this look is made
	endless  map[string]bool      // whose check did not end
	past     map[string]*past     // what the ledger says, by resource
	unjudged []*practice.Practice // in whose place this look speaks, and who could not judge
	unseen   string               // what of the event did not show at the latest check
	seen     map[string]bool      // findings that were decided on, by id
	jobs     []*job
	nonces   map[string]bool // of the intents of all of them
	told     []told          // findings that are only told, until they are

	pastMu    sync.Mutex
	onlookers chan []objection // of the others of the family that only tell

	asking    chan struct{}  // holds one for each finding whose evidence is being gathered
	gathering sync.WaitGroup // of those who gather it
}

func newLook(d *Driver, e *events.Event, t practice.Target, reader cloud.Reader, b *budget) *look {
	return &look{Driver: d, event: e, target: t, reader: reader, budget: b, past: map[string]*past{}, seen: map[string]bool{}, nonces: map[string]bool{}, helpless: map[string]bool{}, endless: map[string]bool{},
		asking: make(chan struct{}, atOnce)}
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
	settled, err := l.settle(ctx, findings)
	if err != nil {
		return nil, l.later(err)
	}
	outcomes = append(outcomes, settled...)
	repaired, err := l.repair(acting, ctx)
	outcomes = append(outcomes, repaired...)
	if err != nil {
		return outcomes, l.later(errors.Join(err, l.tell(ctx)))
	}
	told, err := l.speak(acting)
	outcomes = append(outcomes, told...)
	if err = errors.Join(err, l.tell(ctx)); err != nil {
		return outcomes, l.later(err)
	}
	if len(l.helpless) > 0 {
		return outcomes, l.later(fmt.Errorf("the check of %s does not work here either: another of the family may be able to look", strings.Join(slices.Sorted(maps.Keys(l.helpless)), ", ")))
	}
	if err := l.hand(ctx); err != nil {
		return outcomes, l.later(err)
	}
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

// first makes the first check and, in the same time, begins to read the ledger. A sweep
// reads it only where something is wrong.
func (l *look) first(acting context.Context) ([]practice.Finding, error) {
	var findings []practice.Finding
	var checked, remembered error
	var group errgroup.Group
	group.Go(func() error { findings, checked = l.check(acting); return nil })
	if l.remembers() {
		group.Go(func() error { remembered = l.open(acting, l.target.Resource); return nil })
	}
	_ = group.Wait() // both errors are looked at
	if checked != nil {
		return nil, checked
	}
	if len(findings) == 0 && l.Invocation.Attempt == 0 && l.event.Kind != events.KindLook && len(l.event.Passed) == 0 && len(l.event.For) == 0 && l.unseen == "" {
		if remembered != nil {
			l.Log.Warn("the ledger cannot be read, and nothing is wrong", "practice", l.Practice.ID, "resource", l.target.Resource.ID,
				"event", l.event.Key(), "request", l.Invocation.Request, "error", remembered)
		}
		return nil, nil
	}
	group = errgroup.Group{}
	group.Go(func() error { l.ask(acting, findings); return nil })
	group.Go(func() error {
		if remembered == nil {
			remembered = l.recall(acting, append(edited(findings), l.target.Resource)...)
		}
		return nil
	})
	_ = group.Wait()
	if remembered == nil && l.Invocation.Attempt > 0 {
		remembered = l.recall(acting, l.pointed()...)
	}
	return findings, remembered
}

// pointed are other resources that an earlier attempt of this invocation has announced
// changes to.
func (l *look) pointed() (resources []practice.Resource) {
	for _, r := range l.history(l.target.Resource.ID) {
		if r.Kind == audit.Pointer && l.mine(r) {
			resources = append(resources, practice.Resource{Type: r.ResourceType, ID: r.Resource, Name: r.ResourceName, Region: r.Region, Account: r.Account})
		}
	}
	return resources
}

// remembers tells whether the ledger is read beside the check. An event may find good
// what was told before, and bad again at the next one: a sweep does not come that often.
func (l *look) remembers() bool { return l.budget == nil || l.budget.interrupted[l.target.Resource.ID] }

// edited are the resources that findings are about.
func edited(findings []practice.Finding) (resources []practice.Resource) {
	for _, f := range findings {
		if !slices.Contains(resources, f.Resource) {
			resources = append(resources, f.Resource)
		}
	}
	return resources
}

// settle says what has become of things that are not there any more: changes that an
// earlier attempt of this invocation announced and did not come to say that it made,
// and what people were told of, or is to be looked at again, and is good now.
func (l *look) settle(ctx context.Context, findings []practice.Finding) (outcomes []practice.Outcome, err error) {
	var records []audit.Record
	intents := l.interrupted(findings)
	if l.peers == nil && slices.ContainsFunc(intents, func(r audit.Record) bool { return r.Practice != l.Practice.ID }) {
		l.ask(ctx, []practice.Finding{{Scope: practice.Scope{"": nil}}}) // the attempt edited for them
	}
	for _, intent := range intents {
		r := l.ending(intent, findings)
		records, outcomes = append(records, r), append(outcomes, r.Outcome)
	}
	for _, r := range l.standing(findings) {
		good := l.stamp(r)
		good.Kind, good.Outcome, good.Reason, good.Round, good.Attempt = audit.Result, practice.Good, "it has been put right since it was told", 0, l.Invocation.Attempt
		good.Calls, good.Why, good.Undo, good.CallsMade, good.Members, good.Due, good.Error, good.ErrorCode = nil, nil, nil, 0, nil, time.Time{}, "", ""
		good.Closes = l.waiting(r)
		if r.Confirms() {
			good.Reason, good.Quiet = "it was put right, and that held", true
		}
		records = append(records, good)
	}
	if len(records) == 0 {
		return nil, nil
	}
	return outcomes, l.write(ctx, records...)
}

// ending is the result of an intent that nothing is to be done for any more, or not by this
// look.
func (l *look) ending(intent audit.Record, findings []practice.Finding) audit.Record {
	shows := func(by string, f practice.Finding) bool {
		return intent.Practice == by && f.Key == intent.Key && f.Resource.ID == intent.Resource
	}
	again := slices.ContainsFunc(findings, func(f practice.Finding) bool { return shows(l.Practice.ID, f) })
	others := slices.Contains(l.deaf, intent.Practice) || slices.ContainsFunc(l.peers, func(o objection) bool { return shows(o.by.ID, o.finding) })
	other := l.instead(intent)
	var r audit.Record
	switch {
	case others:
		return l.completed(intent, practice.Partly, "an earlier attempt was interrupted, and it is still wrong, or nobody can tell: all that it announced counts as made")
	case other != nil:
		r = l.completed(intent, practice.Good, fmt.Sprintf("%s put it right instead (request %s)", cmp.Or(other.By, other.Practice), other.Request))
		r.Calls, r.Why, r.Undo, r.CallsMade, r.Members = nil, nil, nil, 0, nil
	case l.toldFixed(intent.Resource, intent.ID):
		r = l.completed(intent, practice.Fixed, "another look has put it right: an attempt before this one was interrupted before it could say what it had done")
	default:
		r = l.completed(intent, practice.Fixed, "nothing is wrong any more: an earlier attempt was interrupted before it could say that it had made the changes")
	}
	if again {
		// What this event showed has been dealt with, and the same is wrong again: that has
		// an event of its own, whose case a good end would take for settled.
		r.Outcome = practice.Ignored
	}
	return r
}

// refused tells whether a check can never succeed, however often it is tried.
func refused(err error) bool {
	return cloud.Code(err) != "" && !cloud.Retryable(err) && !errors.Is(err, practice.ErrNotYet) && !errors.Is(err, practice.ErrGone)
}

// unreadable records that the resource could not be looked at. Unknown is not good,
// and it is not bad either. Where others of the family may be able to look, the
// invocation fails as well, so that one of them is asked to.
func (l *look) unreadable(ctx context.Context, cause error) ([]practice.Outcome, error) {
	f := practice.Finding{
		Key: "unreadable", Resource: l.target.Resource, Title: "ecsguard could not look at this resource",
		Advice: "Look at it yourself, and give ecsguard what it lacks.",
	}
	if err := l.recall(ctx, l.target.Resource); err != nil {
		return nil, l.later(errors.Join(cause, err)) // what has been announced is not left without a result
	}
	r := l.record(l.Practice, f, audit.Result)
	r.Outcome, r.Error, r.ErrorCode = practice.Failed, cause.Error(), cloud.Code(cause)
	records, outcomes := []audit.Record{r}, []practice.Outcome{practice.Failed}
	if l.said(l.Practice, f, guard.Decision{Outcome: practice.Failed}) {
		l.note(l.event, f.Resource, practice.Ignored, "said within the day: "+r.Error)
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
	if len(l.Peers) > 0 {
		return outcomes, l.later(fmt.Errorf("another of the family may be able to look: %w", cause))
	}
	if err := l.hand(ctx); err != nil {
		return outcomes, l.later(err)
	}
	return outcomes, nil
}

// write appends records, if there are any, and logs the results among them.
func (l *look) write(ctx context.Context, records ...audit.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := l.Ledger.Append(ctx, records...); err != nil {
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
