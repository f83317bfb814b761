package triage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The effect of an event may not be visible at once. Triage looks for it again after ten
// seconds, twice, and then by the timer for open cases. Instances that wait are scarce, but an
// event that has been in the queue for long is old by then, and is not waited for.
const (
	lookAfter  = 10 * time.Second
	looksAgain = 2
)

func (r *judging) pause() time.Duration {
	if r.Wait == 0 {
		return lookAfter
	}
	return r.Wait
}

// missed leaves out effects that are not visible because ecsguard itself has put them right
// since: an event may come twice. If ecsguard has changed the resource because of another
// event, that may or may not be the reason: the effect is looked for later, and not waited for
// here.
func (r *judging) missed(ctx context.Context, w *waking, unseen []engine.Verdict) (left, later []engine.Verdict) {
	const (
		unchanged = iota
		byAnother
		byThis
	)
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	changed := map[practice.Resource]int{}
	for _, v := range unseen {
		resource := v.Target.Resource
		if _, known := changed[resource]; !known {
			changed[resource] = unchanged
			records, err := w.in.Ledger.History(ctx, resource, w.event.Time)
			if err != nil {
				r.log.Warn("what was changed cannot be read", "request", w.in.Request, "resource", resource.ID, "error", err)
			}
			for _, x := range records {
				switch {
				case x.CallsMade == 0 || x.Resource != resource.ID || !x.Time.After(w.event.Time):
				case x.Event == w.event.Key():
					changed[resource] = byThis
				default:
					changed[resource] = max(changed[resource], byAnother)
				}
			}
		}
		switch changed[resource] {
		case unchanged:
			left = append(left, v)
		case byAnother:
			later = append(later, v)
		}
	}
	return left, later
}

// unjudged leaves cases for resources that could not be judged at the last attempt: people are
// told that this function gave up, but that alone would not make any practice look.
func (r *judging) unjudged(ctx context.Context, w *waking) error {
	verdicts := w.unjudged
	w.unjudged = nil
	if w.in.Attempt < lastAttempt || w.event.Kind == events.KindLook && !w.event.Sweep {
		return nil // it is tried again, or is a case already
	}
	return r.unseen(ctx, w, verdicts)
}

// unseen leaves cases for resources that were judged too early: one per resource, with the
// practices that judged it.
func (r *judging) unseen(ctx context.Context, w *waking, verdicts []engine.Verdict) error {
	if len(verdicts) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	var records []ledger.Record
	now := w.in.Now()
	for _, a := range again(verdicts) {
		var ids []string
		for _, c := range a.by {
			ids = append(ids, c.practice.ID)
		}
		var what string
		for _, v := range verdicts {
			if v.Target.Resource == a.resource {
				what = "not seen yet: " + v.Unseen
			}
			if v.Target.Resource == a.resource && v.Err != nil {
				what = "not judged yet: " + v.Err.Error()
			}
		}
		record := w.in.stamp(ledger.Record{
			Practice: triageFunction, Severity: practice.Low, Mode: practice.Observe, Outcome: practice.Deferred, Quiet: true,
			Key: engine.KeyUnseen, Subject: a.resource.ID, Finding: what, Also: ids, Due: now.Add(time.Minute).UTC(),
		}.Because(w.event), a.resource, now)
		record.Nonce = taskOf("unseen", w.event.Key(), a.resource.Region, a.resource.ID, w.in.Request)
		records = append(records, record)
		r.log.Info("to be looked for again", "event", w.event.Key(), "request", w.in.Request, "resource", a.resource.ID, "what", what, "practices", strings.Join(ids, ","))
	}
	if err := w.in.Ledger.Append(ctx, records...); err != nil {
		return fmt.Errorf("triage: event %s: noting what is to be looked for again: %w", w.event.Key(), err)
	}
	return nil
}

// lookedFor looks again for effects that were not visible when their event came, and records
// that it did.
func (r *cases) lookedFor(ctx context.Context, in Invocation, c ledger.Case) (woken []string, err error) {
	resource := c.About()
	e := lookAt(c, resource, "")
	a := asked{resource: resource}
	for _, p := range r.practices {
		for _, id := range c.Also {
			if p.ID == id {
				a.by = append(a.by, concerned{p, practice.Trigger{}})
			}
		}
	}
	w := &waking{base: r.base, in: in, event: &e}
	if err := r.judge(ctx, w, []asked{a}); err != nil {
		return w.woken, err
	}
	done := in.stamp(ledger.Record{
		Practice: triageFunction, Severity: practice.Low, Mode: practice.Observe, Outcome: practice.Good, Quiet: true,
		Key: engine.KeyUnseen, Subject: c.Resource, Finding: "it has been looked for", Closes: []string{c.Nonce}, Event: c.Event, EventName: c.EventName, EventTime: c.EventTime,
	}, resource, in.Now())
	return w.woken, in.Ledger.Append(ctx, done)
}

// lookAt is a look at what a case is about, as an event.
func lookAt(c ledger.Case, r practice.Resource, handover string) events.Event {
	return events.Event{
		Kind: events.KindLook, ID: c.Look(), Service: "ecsguard", Name: c.EventName, Time: c.EventTime, Region: c.Region, Account: c.Account,
		Actor:     events.Actor{Type: c.ActorType, Name: c.Actor, SourceIP: c.ActorIP, UserAgent: c.ActorAgent},
		Resources: []events.Resource{{Type: r.Type, ID: r.ID}}, Asked: []events.Asked{target(r, handover)},
	}
}
