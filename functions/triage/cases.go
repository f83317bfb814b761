package triage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// mostCases is how many cases are looked at in one minute.
const mostCases = 200

// look asks for another look at every open case that is due, and writes down the cases that are
// open afterwards: the next run begins there.
func (r *cases) look(ctx context.Context, in Invocation) (invoked []string, err error) {
	now := in.Now()
	reading, cancel := context.WithTimeout(ctx, digesting)
	defer cancel()
	d, records, err := in.Ledger.Digest(reading, now)
	if err != nil {
		return nil, fmt.Errorf("triage: reading the open cases: %w", err)
	}
	open := slices.DeleteFunc(ledger.Fold(d.Cases, records), func(c ledger.Case) bool { return c.ResourceType == functionType })
	due, all := ledger.Due(open, mostCases, now)
	var errs []error
	turns := map[string]string{} // whose turn it is, of a family and a resource
	for _, c := range due {
		turn := r.turn(c)
		if !timeFor(ctx, pieceTime) || turns[turn] != "" && turns[turn] != c.Practice {
			restore(all, c)
			continue
		}
		turns[turn] = c.Practice
		woken, err := r.lookAgain(ctx, in, c)
		if err != nil {
			errs = append(errs, err)
			if passes(err) {
				restore(all, c)
			}
		}
		invoked = append(invoked, woken...)
	}
	if !same(d.Cases, all) || d.Stale(now) {
		if err := in.Ledger.Append(ctx, ledger.DigestRecord(all, in.Version, in.Request, now)); err != nil {
			errs = append(errs, fmt.Errorf("triage: writing down the open cases: %w", err))
		}
	}
	r.log.Info("cases", "request", in.Request, "open", len(all), "looked at", len(due))
	return invoked, errors.Join(errs...)
}

// turn identifies what only one practice of a family is asked to look at in one minute. If two
// looked at the same moment one would give way, and it might be the same one each time.
func (r *cases) turn(c ledger.Case) string {
	family := c.Practice
	for _, p := range r.practices {
		if p.ID == c.Practice {
			family = familyOf(p)
		}
	}
	return strings.Join([]string{family, c.Account, c.Region, c.Resource}, "\x00")
}

// digesting is how long reading the open cases may take. Without it, each minute's run would
// hang while the log does not answer, and together they would use up this function's instances.
const digesting = 45 * time.Second

// restore puts back a case that could not be looked at in this run, so that the next run does
// it.
func restore(all []ledger.Case, c ledger.Case) {
	for i := range all {
		if all[i].Look() == c.Look() {
			all[i].Looks, all[i].Next = c.Looks-1, c.Next
		}
	}
}

// lookAgain asks a practice to look at a case. A practice that did not answer a handover is not
// asked again if another of its family can be.
func (r *cases) lookAgain(ctx context.Context, in Invocation, c ledger.Case) (woken []string, err error) {
	if c.Key == engine.KeyUnseen && c.Practice == triageFunction {
		return r.lookedFor(ctx, in, c)
	}
	i := slices.IndexFunc(r.practices, func(p *practice.Practice) bool { return p.ID == c.Practice })
	if i < 0 {
		return nil, nil // it has been switched off since
	}
	p := r.practices[i]
	handover := ""
	if c.Key == engine.KeyHandover {
		handover = c.Nonce
	}
	e := lookAt(c, c.About(), handover)
	if handover != "" {
		for n := 1; n < c.Looks; n++ { // who was asked in the looks before has not answered either
			if q := r.after(p, append(slices.Clone(e.Passed), p.ID)); q != nil {
				e.Passed = append(e.Passed, q.ID)
			}
		}
		if err := r.silent(ctx, in, p, c); err != nil {
			return nil, err
		}
		if woken, err = r.next(ctx, in, p, &e, nil); err != nil || len(woken) > 0 {
			return woken, err
		}
	}
	look := lookOf(&e)
	look.Targets, e.Passed = e.Asked, nil
	for _, q := range p.Peers(r.practices) {
		look.For = append(look.For, q.ID) // nobody else has been woken
	}
	body, err := json.Marshal(look)
	if err != nil {
		return nil, fmt.Errorf("triage: case %s: %w", c.ID, err)
	}
	there, _, err := r.wake(ctx, in, p, taskOf(e.ID, c.Practice, c.Resource), &e, body)
	if err != nil {
		return nil, fmt.Errorf("triage: case %s: asking %s to look again: %w", c.ID, c.Practice, err)
	}
	if !there {
		return nil, nil
	}
	return []string{c.Practice}, nil
}

// silent tells people, once a day, that a practice does not answer.
func (r *cases) silent(ctx context.Context, in Invocation, p *practice.Practice, c ledger.Case) error {
	gone, err := in.last(ctx, function(in, p), ledger.Record{Practice: p.ID, Key: missing}, in.Now(), saidFor)
	if err != nil || !gone.IsZero() {
		return err // that its function is not there has been said
	}
	records, err := in.Ledger.History(ctx, c.About(), c.Opened)
	if err != nil || slices.ContainsFunc(records, func(x ledger.Record) bool { return x.Practice == p.ID && !engine.OfTheWork(x) }) {
		return err // it has said something about it, if not that it is through
	}
	return r.tell(ctx, in, "silent/"+p.ID, function(in, p), ledger.Record{
		Practice: p.ID, Severity: p.Severity, Mode: r.settings.ModeOf(p), Outcome: practice.Failed, Key: "silent", Subject: p.ID,
		Finding: fmt.Sprintf("%s was given something to look at and has not reported back within %s", p.ID, in.Now().Sub(c.Opened).Round(time.Minute)),
		Reason:  "its function does not run, cannot write to the log, or has too much to do; another practice of its family is asked, if there is one",
		Facts:   map[string]string{"not looked at": c.Resource, "event": strings.TrimSpace(c.EventName + " " + c.Event)},
		Advice:  fmt.Sprintf("Look at the log of its function (s %s logs), and run %s, which gives its role what it needs. This is repeated in a day.", p.ID, r.prepare(in)),
	})
}

// prepare is the command that gives the roles of this deployment what they need. It includes
// the mode, because another mode would give them other permissions.
func (r *base) prepare(in Invocation) string {
	d := watch.Deployment{Region: in.Region}
	for _, p := range r.practices {
		mode := r.settings.ModeOf(p)
		d.Functions = append(d.Functions, watch.Function{Acts: mode == practice.Enforce || mode == practice.Approve})
	}
	return d.Prepare()
}

// same tells whether cases are as they were written down.
func same(a, b []ledger.Case) bool {
	text := func(cases []ledger.Case) string {
		t, _ := json.Marshal(cases) // strings, times and numbers always encode
		return string(t)
	}
	return len(a) == 0 && len(b) == 0 || text(a) == text(b)
}
