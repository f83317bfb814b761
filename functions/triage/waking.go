package triage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// waking is who is woken because of one event.
type waking struct {
	*base
	in    Invocation
	event *events.Event
	body  json.RawMessage // the event as it is sent on
	left  map[string]int  // findings that a sweep may still act on, by practice; nil: this is none
	deaf  atomic.Bool     // the ledger has not taken a note: the next do not wait for it

	mu     sync.Mutex
	woken  []string
	handed int              // resources
	spoken map[string]error // families that were woken for a resource before all verdicts were in, and how that went
	needed []*need

	unjudged []engine.Verdict // of whom nothing is known, for a reason that passes by itself
}

// A need is a practice that is to be woken, for some resources at once.
type need struct {
	practice *practice.Practice
	targets  []practice.Target
	others   []string
}

// firsts finds out, verdict by verdict, which practice of each family is the first that acts. A
// single resource is dealt with as soon as that is known; several are dealt with together.
type firsts struct {
	mu       sync.Mutex
	acting   map[string][]*practice.Practice // of a family, those that act, in the order in which they are asked
	verdicts map[*practice.Practice]engine.Verdict
	found    map[string]bool
}

func (w *waking) firsts(some []asked, i int) *firsts {
	if len(some) > 1 {
		return nil
	}
	f := &firsts{acting: map[string][]*practice.Practice{}, verdicts: map[*practice.Practice]engine.Verdict{}, found: map[string]bool{}}
	for _, c := range some[i].by {
		if w.settings.ModeOf(c.practice) == practice.Enforce {
			f.acting[familyOf(c.practice)] = append(f.acting[familyOf(c.practice)], c.practice)
		}
	}
	for _, members := range f.acting {
		slices.SortFunc(members, func(a, b *practice.Practice) int {
			return worst(engine.Verdict{Practice: a}, engine.Verdict{Practice: b})
		})
	}
	return f
}

// heard takes a verdict into account, and returns that of the first of its family that
// acts, once, when it is known.
func (f *firsts) heard(v engine.Verdict) *engine.Verdict {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verdicts[v.Practice] = v
	family := familyOf(v.Practice)
	if f.found[family] {
		return nil
	}
	for _, p := range f.acting[family] {
		v, known := f.verdicts[p]
		if !known {
			return nil
		}
		if v.Acts {
			f.found[family] = true
			return &v
		}
	}
	return nil
}

// early wakes a practice that acts as soon as it is known to be needed.
func (w *waking) early(ctx context.Context, v engine.Verdict, a asked) {
	key := familyOf(v.Practice) + "\x00" + a.resource.ID
	w.mu.Lock()
	if w.spoken == nil {
		w.spoken = map[string]error{}
	}
	w.spoken[key] = nil
	w.mu.Unlock()
	var others []string // what they object to is not known yet
	for _, c := range a.by {
		if familyOf(c.practice) == familyOf(v.Practice) && c.practice != v.Practice {
			others = append(others, c.practice.ID)
		}
	}
	err := w.wake(ctx, v.Practice, []practice.Target{v.Target}, others)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoken[key] = err
}

// familyOf identifies practices that speak for one another.
func familyOf(p *practice.Practice) string {
	if p.Family != nil {
		return p.Family.Name
	}
	return p.ID
}

// decide wakes the practices that a resource needs: of each family in which something is wrong,
// the one that acts or whose objection is the worst, which speaks for the others. A practice
// whose verdict is not known is woken too, since unknown is not good. It returns verdicts that
// came too early to count as good.
func (w *waking) decide(ctx context.Context, r practice.Resource, verdicts []engine.Verdict, standing func(string, practice.Resource) bool) (unseen []engine.Verdict, err error) {
	families := map[string][]engine.Verdict{}
	var names []string
	for _, v := range verdicts {
		name := familyOf(v.Practice)
		if families[name] == nil {
			names = append(names, name)
		}
		families[name] = append(families[name], v)
	}
	// A practice that waits for a read which another one is refused is slow for the same reason.
	busy := slices.ContainsFunc(verdicts, engine.Verdict.Passes)
	var errs []error
	for _, name := range names {
		early, spoken := w.spokenFor(name, r)
		errs = append(errs, early)
		var wrong []engine.Verdict
		for _, v := range families[name] {
			switch {
			case v.Slow && busy:
				w.unjudged = append(w.unjudged, v)
				errs = append(errs, fmt.Errorf("triage: event %s: %s is not judged for %s while the cloud refuses to be asked: %w", w.event.Key(), r, v.Practice.ID, v.Err))
			case v.Err != nil:
				errs = append(errs, w.unknown(ctx, v))
			case len(v.Findings) > 0 || standing(v.Practice.ID, r):
				wrong = append(wrong, v)
			case v.Unseen != "":
				unseen = append(unseen, v)
			}
		}
		if len(wrong) == 0 || spoken {
			continue
		}
		slices.SortFunc(wrong, worst)
		var others []string
		for _, v := range wrong[1:] {
			others = append(others, v.Practice.ID)
		}
		w.need(wrong[0], others)
	}
	return unseen, errors.Join(errs...)
}

// again begins to judge: what has shown since may be somebody else's.
func (w *waking) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoken = nil
}

// spokenFor tells whether a family has been woken for a resource before all its verdicts
// were in, and how that went.
func (w *waking) spokenFor(family string, r practice.Resource) (err error, spoken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err, spoken = w.spoken[family+"\x00"+r.ID]
	return err, spoken
}

// need notes that a practice is needed for its verdict.
func (w *waking) need(v engine.Verdict, others []string) {
	i := slices.IndexFunc(w.needed, func(n *need) bool { return n.practice == v.Practice })
	if i < 0 {
		i = len(w.needed)
		w.needed = append(w.needed, &need{practice: v.Practice})
	}
	n := w.needed[i]
	n.targets = append(n.targets, v.Target)
	for _, id := range others {
		if !slices.Contains(n.others, id) {
			n.others = append(n.others, id)
		}
	}
}

// meet wakes all practices that are known to be needed, in parallel: one that is out of reach
// does not keep the event from the others.
func (w *waking) meet(ctx context.Context) error {
	needed := w.needed
	w.needed = nil
	failed := make([]error, len(needed))
	engine.InOrder(len(needed), atOnce, func(i int) {
		n := needed[i]
		for some := range slices.Chunk(n.targets, piece) {
			failed[i] = errors.Join(failed[i], w.wake(ctx, n.practice, some, n.others))
		}
	})
	return errors.Join(failed...)
}

// atOnce is how many practices are woken at the same time.
const atOnce = 16

// unknown deals with a judgement that failed. After a permanent error the practice's own
// function is woken, where the judgement may succeed, and people are told that triage lacks
// something. A transient error fails the invocation once all else has been done, so that the
// queue slows down.
func (w *waking) unknown(ctx context.Context, v engine.Verdict) error {
	if v.Passes() {
		w.unjudged = append(w.unjudged, v)
		return fmt.Errorf("triage: event %s: judging %s for %s: %w", w.event.Key(), v.Target.Resource, v.Practice.ID, v.Err)
	}
	w.log.Error("cannot judge", "event", w.event.Key(), "request", w.in.Request, "practice", v.Practice.ID, "resource", v.Target.Resource.ID, "error", v.Err)
	woken := w.wake(ctx, v.Practice, []practice.Target{v.Target}, nil)
	if errors.Is(v.Err, practice.ErrNotYet) {
		return woken // its function has the time to wait
	}
	told := w.tellEvery(ctx, w.in, hourly, "cannot judge/"+v.Target.Resource.Type+"/"+cloud.Code(v.Err), itself(w.in), ledger.Record{
		Practice: v.Practice.ID, Severity: practice.High, Mode: w.settings.ModeOf(v.Practice), Outcome: practice.Failed,
		Key: "cannot judge " + v.Target.Resource.Type, Subject: triageFunction, Error: v.Err.Error(), ErrorCode: cloud.Code(v.Err),
		Finding: fmt.Sprintf("%s cannot judge %s itself", triageFunction, words(v.Target.Resource.Type)),
		Reason:  "the practices' functions are woken instead, so that nothing is missed; each such event costs more",
		Facts:   map[string]string{"practice": v.Practice.ID, "resource": v.Target.Resource.ID, "event": strings.TrimSpace(w.event.Name + " " + w.event.Key())},
		Advice:  "Where the error names a permission, run " + w.prepare(w.in) + ", which gives " + triageFunction + " all that it needs. Anything else is a bug in ecsguard: report it with the error. This is repeated in an hour while it lasts.",
	})
	return errors.Join(woken, told)
}

// words is what people call a type of resource.
func words(kind string) string {
	parts := strings.Split(kind, "::")
	return "resources of the type " + parts[len(parts)-1]
}

// hourly is how often a persisting fault of triage is reported.
const hourly = time.Hour

// handoverTime is how long a practice has to say that it has looked, before another one
// is asked.
const handoverTime = 3 * time.Minute

// sweptTime is the same after a sweep, which may give a practice much to do at once.
const sweptTime = time.Hour

// alone wakes the practices whose resources triage may not judge.
func (w *waking) alone(ctx context.Context, all []practice.Match) error {
	var errs []error
	for _, m := range all {
		if len(m.Targets) == 0 {
			errs = append(errs, w.wake(ctx, m.Practice, nil, nil)) // all that the event is about
		}
		for some := range slices.Chunk(m.Targets, piece) {
			errs = append(errs, w.wake(ctx, m.Practice, some, nil))
		}
	}
	return errors.Join(errs...)
}

// wake hands resources over to a practice's function, which speaks for others of its
// family as well. Each handover is noted in the ledger until the practice has looked: a
// function that cannot do anything any more cannot say so either.
func (w *waking) wake(ctx context.Context, p *practice.Practice, targets []practice.Target, others []string) error {
	now := w.in.Now()
	look := events.Look{Ecsguard: events.LookWord, Event: w.body, For: others, Passed: w.event.Passed}
	if w.event.Kind == events.KindLook {
		look = lookOf(w.event)
		look.For, look.Passed = others, w.event.Passed
	}
	if w.left != nil {
		look.Sweep, look.Left = true, w.afford(p, len(targets))
	}
	due := handoverTime
	if look.Sweep {
		due = sweptTime
	}
	var notes []ledger.Record
	task := practice.Task(p.ID, w.event, w.in.Request)
	if p.Use != nil && w.event.Kind == events.KindActionTrail {
		if use := p.Use(w.event); use != "" {
			task = taskOf("use", p.ID, use) // one look for all of it
		}
	}
	ids := []string{"look", task}
	for _, t := range targets {
		t = engine.Complete(t, w.in.Region, w.in.Account)
		ids = append(ids, t.Resource.Region, t.Resource.ID)
		note := w.in.stamp(ledger.Record{
			Practice: p.ID, Severity: p.Severity, Mode: w.settings.ModeOf(p), Outcome: practice.Deferred, Quiet: true,
			Key: engine.KeyHandover, Subject: t.Resource.ID, Finding: "handed over to " + p.ID, Due: now.Add(due).UTC(),
		}.Because(w.event), t.Resource, now)
		note.Nonce = taskOf("handover", task, t.Resource.Region, t.Resource.ID) // the task is done once, however often the event comes
		notes = append(notes, note)
		look.Targets = append(look.Targets, target(t.Resource, note.Nonce))
	}
	body, err := fit(look)
	if err != nil {
		return fmt.Errorf("triage: event %s: waking %s: %w", w.event.Key(), p.ID, err)
	}
	there, given, err := w.base.wake(ctx, w.in, p, taskOf(ids...), w.event, body)
	if !given || w.in.Attempt > 0 { // who was given it by another delivery answers to the note of that one
		w.note(ctx, p, notes)
	}
	switch {
	case err != nil:
		return fmt.Errorf("triage: event %s: invoking %s: %w", w.event.Key(), p.ID, err)
	case there:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.handed += len(targets)
		if !slices.Contains(w.woken, p.ID) {
			w.woken = append(w.woken, p.ID)
			slices.Sort(w.woken)
		}
		w.log.Info("routed", "event", w.event.Key(), "name", w.event.Name, "request", w.in.Request, "practice", p.ID,
			"resources", len(targets), "for", others)
		return nil
	}
	next, err := w.next(ctx, w.in, p, withTargets(w.event, look), w.body) // one that is not there may be the one that was to act
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = append(w.woken, next...)
	return err
}

// note notes handovers. A failure here is only logged: if the ledger is down the practice fails
// too, and says so.
func (w *waking) note(ctx context.Context, p *practice.Practice, notes []ledger.Record) {
	if len(notes) == 0 || w.deaf.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	if err := w.in.Ledger.Append(ctx, notes...); err != nil {
		w.deaf.Store(true)
		w.log.Error("a handover cannot be noted", "event", w.event.Key(), "request", w.in.Request, "practice", p.ID, "error", err)
	}
}

// afford takes a practice's share out of the sweep's budget, and returns it.
func (w *waking) afford(p *practice.Practice, resources int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	left, known := w.left[p.ID]
	if !known {
		left = w.settings.SweepBudget()
	}
	some := min(left, resources)
	w.left[p.ID] = left - some
	return some
}

// withTargets is an event that asks for a look at some targets.
func withTargets(e *events.Event, l events.Look) *events.Event {
	clone := *e
	clone.Asked, clone.For, clone.Sweep, clone.Left = l.Targets, l.For, l.Sweep, l.Left
	clone.ID = cmp.Or(clone.ID, l.ID)
	return &clone
}
