package router

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/run"
)

// How the work is cut.
const (
	piece    = 20               // targets of one event that are judged together, and handed over together
	patience = 20 * time.Second // that one judgement may take
	reserve  = 25 * time.Second // what is left for handing over, and for handing on the rest
)

// asked is a resource, and who is concerned with it.
type asked struct {
	resource practice.Resource
	by       []concerned
}

type concerned struct {
	practice *practice.Practice
	trigger  practice.Trigger
}

// triage judges what an event is about and wakes one practice of each family where
// something is wrong. It is an economy and never the truth: who is woken judges again,
// with its own permissions, before it does anything.
func (r *Router) triage(ctx context.Context, in Invocation, e *events.Event) ([]string, error) {
	matches := r.matcher.Match(e)
	if len(matches) == 0 {
		r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", in.Request, "outcome", practice.Ignored)
		return nil, nil
	}
	if foreign, err := r.foreign(ctx, in, e); foreign || err != nil {
		return nil, err
	}
	defer r.late(ctx, in, e, in.Now()) // to tell of it holds up nothing
	body, err := payload(e)
	if err != nil {
		return nil, fmt.Errorf("router: event %s: %w", e.Key(), err)
	}
	w := &waking{Router: r, in: in, event: e, body: body}
	var errs []error
	all, unjudged := r.asked(in, e, matches)
	for _, m := range unjudged {
		errs = append(errs, w.wake(ctx, m.Practice, m.Targets, nil))
	}
	reader := in.Reader
	all = r.spread(ctx, in, e, reader, all)
	for n := 0; len(all) > 0; n++ {
		if n > 0 && !timeFor(ctx, patience) {
			errs = append(errs, r.handOn(ctx, in, e, body, all))
			break
		}
		some := all[:min(piece, len(all))]
		all = all[len(some):]
		errs = append(errs, r.judge(ctx, w, some))
	}
	if len(w.woken) == 0 {
		r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", in.Request, "outcome", practice.Good)
	}
	return w.woken, errors.Join(errs...)
}

// timeFor tells whether there is time for something, and to hand over what comes of it.
func timeFor(ctx context.Context, something time.Duration) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > something+reserve
}

// asked are the resources that an event is about, each with who is concerned with it.
// What only a practice's own function may read is left to that.
func (r *Router) asked(in Invocation, e *events.Event, matches []practice.Match) (all []asked, unjudged []practice.Match) {
	at := map[practice.Resource]int{}
	for _, m := range matches {
		targets := run.Targets(m.Practice, e)
		if m.Practice.Alone {
			unjudged = append(unjudged, practice.Match{Practice: m.Practice, Targets: targets})
			continue
		}
		for _, t := range targets {
			if t.Resource.ID == "" { // the practice's own function says what is missing
				unjudged = append(unjudged, practice.Match{Practice: m.Practice})
				continue
			}
			t = run.Complete(t, in.Region, in.Account)
			i, known := at[t.Resource]
			if !known {
				i = len(all)
				at[t.Resource] = i
				all = append(all, asked{resource: t.Resource})
			}
			all[i].by = append(all[i].by, concerned{m.Practice, t.Trigger})
		}
	}
	return all, unjudged
}

// spread puts what a resource leads to in its place, where that is judged apart: the six
// hundred groups that one prefix list opens are worked off in pieces.
func (r *Router) spread(ctx context.Context, in Invocation, e *events.Event, reader cloud.Reader, all []asked) (parts []asked) {
	at := map[practice.Resource]int{}
	add := func(resource practice.Resource, c concerned) {
		i, known := at[resource]
		if !known {
			i = len(parts)
			at[resource] = i
			parts = append(parts, asked{resource: resource})
		}
		if !slices.ContainsFunc(parts[i].by, func(x concerned) bool { return x.practice == c.practice }) {
			parts[i].by = append(parts[i].by, c)
		}
	}
	j := run.NewJudge(reader, e, r.settings, in.Now, r.log)
	for _, a := range all {
		for _, c := range a.by {
			t := practice.Target{Resource: a.resource, Trigger: c.trigger}
			if a.resource.Type == c.practice.Resource {
				add(a.resource, c)
				continue
			}
			some, err := j.Spread(ctx, c.practice, t)
			if err != nil || len(some) == 0 {
				add(a.resource, c) // its judgement says what is the matter
				continue
			}
			for _, resource := range some {
				add(resource, concerned{c.practice, practice.Trigger{}})
			}
		}
	}
	return parts
}

// judge judges some resources together and wakes who is needed.
func (r *Router) judge(ctx context.Context, w *waking, some []asked) error {
	standing := r.standing.refreshed(ctx, w.in, r.log)
	left, errs := some, []error(nil)
	for try := 0; ; try++ {
		var unseen []run.Verdict
		for i, verdicts := range r.verdicts(ctx, w, left) {
			some, err := w.decide(ctx, left[i].resource, verdicts, standing())
			unseen, errs = append(unseen, some...), append(errs, err)
		}
		errs = append(errs, w.meet(ctx))
		if try == 0 {
			unseen = r.missed(ctx, w, unseen)
		}
		if len(unseen) == 0 {
			return errors.Join(errs...)
		}
		if try == looksAgain || !timeFor(ctx, lookAfter+patience) || !cloud.Sleep(ctx, r.pause()) {
			return errors.Join(append(errs, r.unseen(ctx, w, unseen))...)
		}
		left = again(unseen)
	}
}

// again are the resources of verdicts that were too early.
func again(unseen []run.Verdict) (left []asked) {
	for _, v := range unseen {
		i := slices.IndexFunc(left, func(a asked) bool { return a.resource == v.Target.Resource })
		if i < 0 {
			i = len(left)
			left = append(left, asked{resource: v.Target.Resource})
		}
		left[i].by = append(left[i].by, concerned{v.Practice, v.Target.Trigger})
	}
	return left
}

// verdicts are what everybody concerned says of each of some resources. All read together,
// and what one has read the others need not.
func (r *Router) verdicts(ctx context.Context, w *waking, some []asked) [][]run.Verdict {
	targets := make([]practice.Target, len(some))
	for i, a := range some {
		targets[i] = practice.Target{Resource: a.resource}
	}
	j := run.NewJudge(run.Together(w.in.Reader, targets), w.event, r.settings, w.in.Now, r.log)
	all := make([][]run.Verdict, len(some))
	run.InOrder(len(some), abreast, func(i int) {
		all[i] = make([]run.Verdict, len(some[i].by))
		first := w.firsts(some, i)
		var group sync.WaitGroup
		for k, c := range some[i].by {
			group.Go(func() {
				v := j.Judge(ctx, c.practice, practice.Target{Resource: some[i].resource, Trigger: c.trigger}, patience)
				all[i][k] = v
				if speaker := first.heard(v); speaker != nil {
					w.early(ctx, *speaker, some[i]) // the others' verdicts can only name who else objects
				}
				if v.Stuck {
					r.stuck.Store(true)
				}
			})
		}
		group.Wait()
	})
	return all
}

// abreast is how many resources are judged at the same time.
const abreast = 4

// handOn gives the rest of an event's resources to another run of this function: an event
// may be about more than there is time for.
func (r *Router) handOn(ctx context.Context, in Invocation, e *events.Event, body json.RawMessage, rest []asked) error {
	look := events.Look{Ecsguard: events.LookWord, Event: body}
	if e.Kind == events.KindLook {
		look = lookOf(e)
	}
	for _, a := range rest {
		look.Targets = append(look.Targets, target(a.resource, ""))
	}
	text, err := json.Marshal(look)
	if err != nil {
		return fmt.Errorf("router: event %s: %w", e.Key(), err)
	}
	task := taskOf("rest", e.Key(), rest[0].resource.ID)
	if err := in.Invoke(ctx, routerFunction, task, text); err != nil {
		return fmt.Errorf("router: event %s: handing on %d of its resources: %w", e.Key(), len(rest), err)
	}
	r.log.Info("handed on", "event", e.Key(), "request", in.Request, "resources", len(rest))
	return nil
}

// target is a resource as a look names it.
func target(r practice.Resource, handover string) events.Asked {
	return events.Asked{Type: r.Type, ID: r.ID, Region: r.Region, Account: r.Account, Handover: handover}
}

// lookOf is a look that there was, to be asked for again.
func lookOf(e *events.Event) events.Look {
	return events.Look{Ecsguard: events.LookWord, ID: e.ID, Name: e.Name, Time: e.Time, Actor: e.Actor, Sweep: e.Sweep, Left: e.Left}
}

// routerFunction is this function.
const routerFunction = "ecsguard-router"

// worst is the order in which practices are asked to speak: who acts first, then by
// severity, then by name.
func worst(a, b run.Verdict) int {
	acts := func(v run.Verdict) int {
		if v.Acts {
			return 0
		}
		return 1
	}
	severity := func(v run.Verdict) int { return slices.Index(practice.Severities, v.Practice.Severity) }
	return cmp.Or(acts(a)-acts(b), severity(a)-severity(b), cmp.Compare(a.Practice.ID, b.Practice.ID))
}
