package triage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// How the work is cut.
const (
	piece    = 20               // targets of one event that are judged together, and handed over together
	patience = 20 * time.Second // that one judgement may take
	reserve  = 25 * time.Second // what is left for handing over, and for handing on the rest

	pieceTime = piece / abreast * patience // what judging a piece takes at most

	longestID = 1024 // no resource's id is longer
)

// lastAttempt is the last that Function Compute makes of an invocation: s.yaml says so.
const lastAttempt = 3

// asked is a resource, with the practices that it concerns.
type asked struct {
	resource practice.Resource
	by       []concerned
}

type concerned struct {
	practice *practice.Practice
	trigger  practice.Trigger
}

// gathered are resources in the order in which they came, without duplicates, each with the
// practices that it concerns.
type gathered struct {
	all []asked
	at  map[practice.Resource]int
}

func (g *gathered) add(resource practice.Resource, c concerned) {
	i, known := g.at[resource]
	if !known {
		if g.at == nil {
			g.at = map[practice.Resource]int{}
		}
		i = len(g.all)
		g.at[resource], g.all = i, append(g.all, asked{resource: resource})
	}
	if !slices.ContainsFunc(g.all[i].by, func(x concerned) bool { return x.practice == c.practice }) {
		g.all[i].by = append(g.all[i].by, c)
	}
}

// triage judges what an event is about and wakes one practice of each family in which something
// is wrong. This is an optimisation and never the authority: a practice that is woken judges
// again, with its own permissions, before it does anything.
func (r *Triage) triage(ctx context.Context, in Invocation, e *events.Event) ([]string, error) {
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
		return nil, fmt.Errorf("triage: event %s: %w", e.Key(), err)
	}
	w := &waking{base: r.base, in: in, event: e, body: body}
	all, unjudged := r.asked(in, e, matches)
	errs := []error{w.alone(ctx, unjudged)}
	all = r.spread(ctx, in, e, all)
	for n := 0; len(all) > 0; n++ {
		if n > 0 && !timeFor(ctx, pieceTime) {
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

// before is a context that ends so long before another's end, or at half of what is left.
func before(ctx context.Context, left time.Duration) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-min(left, time.Until(end)/2)))
	}
	return context.WithCancel(ctx)
}

// timeFor tells whether there is time for something, and to hand over what comes of it.
func timeFor(ctx context.Context, something time.Duration) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > something+reserve
}

// asked are the resources that an event is about, each with the practices that it concerns.
// Resources that only a practice's own function may read are left to that function. If an
// earlier run has handed the event on, they are the resources that are left; the practices that
// judge alone have already been given theirs.
func (r *judging) asked(in Invocation, e *events.Event, matches []practice.Match) (all []asked, unjudged []practice.Match) {
	var g gathered
	for _, m := range matches {
		targets := engine.Targets(m.Practice, e)
		switch {
		case len(e.Asked) > 0 && m.Practice.Alone:
			continue
		case len(e.Asked) > 0:
			targets = slices.DeleteFunc(targets, func(t practice.Target) bool { // what concerns others
				ledTo := m.Practice.Family != nil && m.Practice.Family.Spread != nil && t.Resource.Type == m.Practice.Resource
				return t.Trigger == (practice.Trigger{}) && !ledTo
			})
		}
		nameless := slices.ContainsFunc(targets, unnamed)
		targets = slices.DeleteFunc(targets, unnamed)
		if nameless { // the practice's own function says what is missing
			unjudged = append(unjudged, practice.Match{Practice: m.Practice})
		}
		if m.Practice.Alone {
			if len(targets) > 0 {
				unjudged = append(unjudged, practice.Match{Practice: m.Practice, Targets: targets})
			}
			continue
		}
		for _, t := range targets {
			g.add(engine.Complete(t, in.Region, in.Account).Resource, concerned{m.Practice, t.Trigger})
		}
	}
	return g.all, unjudged
}

// unnamed tells whether a target has no id that a resource can have.
func unnamed(t practice.Target) bool { return t.Resource.ID == "" || len(t.Resource.ID) > longestID }

// spread replaces a resource by the resources that it leads to, if those are judged separately:
// the six hundred groups that one prefix list opens are handled in pieces.
func (r *judging) spread(ctx context.Context, in Invocation, e *events.Event, all []asked) []asked {
	var g gathered
	j := engine.NewJudge(in.Reader, in.Region, e, r.settings, in.Now, r.log)
	ctx, cancel := before(ctx, reserve)
	defer cancel()
	for _, a := range all {
		late := false // it takes one of them too long, and would take the others as long
		for _, c := range a.by {
			t := practice.Target{Resource: a.resource, Trigger: c.trigger}
			if a.resource.Type == c.practice.Resource || late {
				g.add(a.resource, c)
				continue
			}
			some, err := j.Spread(ctx, c.practice, t, patience)
			if err != nil || len(some) == 0 {
				if late = errors.Is(err, engine.ErrStuck) || errors.Is(err, engine.ErrSlow); errors.Is(err, engine.ErrStuck) {
					r.stuck.Store(true)
				}
				g.add(a.resource, c) // its judgement says what is the matter
				continue
			}
			// In one order: a run that is made again hands over the same pieces.
			slices.SortFunc(some, func(a, b practice.Resource) int { return cmp.Compare(keyOf(a), keyOf(b)) })
			for _, resource := range some {
				resource = engine.Complete(practice.Target{Resource: resource}, a.resource.Region, a.resource.Account).Resource
				g.add(resource, concerned{c.practice, practice.Trigger{}})
			}
		}
	}
	return g.all
}

// judge judges some resources together and wakes the practices that are needed.
func (r *judging) judge(ctx context.Context, w *waking, some []asked) error {
	standing := r.standing.refreshed(ctx, w.in, r.log)
	left, errs := some, []error(nil)
	for try := 0; ; try++ {
		w.again()
		var unseen []engine.Verdict
		for i, verdicts := range r.verdicts(ctx, w, left) {
			some, err := w.decide(ctx, left[i].resource, verdicts, standing())
			unseen, errs = append(unseen, some...), append(errs, err)
		}
		errs = append(errs, w.meet(ctx), r.unjudged(ctx, w))
		if try == 0 {
			var later []engine.Verdict
			unseen, later = r.missed(ctx, w, unseen)
			errs = append(errs, r.unseen(ctx, w, later))
		}
		if len(unseen) == 0 {
			return errors.Join(errs...)
		}
		if try == looksAgain || !timeFor(ctx, lookAfter+pieceTime) || !cloud.Sleep(ctx, r.pause()) {
			return errors.Join(append(errs, r.unseen(ctx, w, unseen))...)
		}
		left = again(unseen)
	}
}

// again are the resources of verdicts that were too early.
func again(unseen []engine.Verdict) []asked {
	var g gathered
	for _, v := range unseen {
		g.add(v.Target.Resource, concerned{v.Practice, v.Target.Trigger})
	}
	return g.all
}

// verdicts are what every practice concerned says of each of some resources. All share their
// reads.
func (r *judging) verdicts(ctx context.Context, w *waking, some []asked) [][]engine.Verdict {
	targets := make([]practice.Target, len(some))
	for i, a := range some {
		targets[i] = practice.Target{Resource: a.resource}
	}
	j := engine.NewJudge(engine.Together(w.in.Reader, targets), w.in.Region, w.event, r.settings, w.in.Now, r.log)
	all := make([][]engine.Verdict, len(some))
	judging, cancel := before(ctx, reserve)
	defer cancel()
	engine.InOrder(len(some), abreast, func(i int) {
		all[i] = make([]engine.Verdict, len(some[i].by))
		first := w.firsts(some, i)
		var group sync.WaitGroup
		for k, c := range some[i].by {
			group.Go(func() {
				v := j.Judge(judging, c.practice, practice.Target{Resource: some[i].resource, Trigger: c.trigger}, patience)
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

// handOn gives the rest of an event's resources to other runs of this function: an event
// may be about more than there is time for, and the rest about more than fits one
// invocation.
func (r *Triage) handOn(ctx context.Context, in Invocation, e *events.Event, body json.RawMessage, rest []asked) error {
	var errs []error
	for some := range parts(body, rest) {
		look := events.Look{Ecsguard: events.LookWord, Event: body}
		ids := []string{"rest", e.Key()}
		for _, a := range some {
			look.Targets = append(look.Targets, target(a.resource, ""))
			ids = append(ids, a.resource.Region, a.resource.ID)
		}
		text, err := fit(look)
		if err == nil {
			_, err = in.invoke(ctx, triageFunction, taskOf(ids...), text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("triage: event %s: handing on %d of its resources: %w", e.Key(), len(some), err))
			continue
		}
		r.log.Info("handed on", "event", e.Key(), "request", in.Request, "resources", len(some))
	}
	return errors.Join(errs...)
}

// parts divides the resources to be handed on: each part takes as many whole pieces as fit
// beside the event, so that the same resources are judged together whichever run does it.
func parts(event json.RawMessage, rest []asked) iter.Seq[[]asked] {
	return func(yield func([]asked) bool) {
		for len(rest) > 0 {
			n, room := 0, maxBody-len(event)-1024 // for what is around
			for n < len(rest) {
				some := rest[n:min(n+piece, len(rest))]
				for _, a := range some {
					text, _ := encode(target(a.resource, "")) // strings always encode
					room -= len(text) + len(",")
				}
				if n > 0 && room < 0 {
					break
				}
				n += len(some)
			}
			if !yield(rest[:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// postpone passes an event for which there is no time left to another run of this function.
func (r *Triage) postpone(ctx context.Context, in Invocation, e *events.Event) error {
	body, err := eventBody(e)
	if err == nil {
		body, err = lookBody(e, body, e.Passed)
	}
	if err == nil {
		_, err = in.invoke(ctx, triageFunction, taskOf(slices.Concat([]string{"later", practice.Task("", e, in.Request)}, askedIDs(e))...), body)
	}
	if err != nil {
		return fmt.Errorf("triage: event %s: handing it on: %w", e.Key(), err)
	}
	r.log.Info("handed on", "event", e.Key(), "request", in.Request)
	return nil
}

// target is a resource as a look names it.
func target(r practice.Resource, handover string) events.Asked {
	return events.Asked{Type: r.Type, ID: r.ID, Region: r.Region, Account: r.Account, Handover: handover}
}

// lookOf repeats the request for an earlier look.
func lookOf(e *events.Event) events.Look {
	return events.Look{Ecsguard: events.LookWord, ID: e.ID, Name: e.Name, Time: e.Time, Actor: e.Actor, Sweep: e.Sweep, Left: e.Left}
}

// triageFunction is this function.
const triageFunction = "ecsguard-triage"

// worst is the order in which practices are woken: those that act first, then by severity, then
// by name.
func worst(a, b engine.Verdict) int {
	acts := func(v engine.Verdict) int {
		if v.Acts {
			return 0
		}
		return 1
	}
	severity := func(v engine.Verdict) int { return v.Practice.Severity.Rank() }
	return cmp.Or(acts(a)-acts(b), severity(a)-severity(b), cmp.Compare(a.Practice.ID, b.Practice.ID))
}
