package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// mostCases is how many cases are looked at in one minute.
const mostCases = 200

// cases has everything looked at again that was left wrong and whose time has come, and
// writes down what is open then: the next run begins there.
func (r *Router) cases(ctx context.Context, in Invocation) (invoked []string, err error) {
	now := in.Now()
	d, records, err := in.Ledger.Digest(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("router: reading the open cases: %w", err)
	}
	open := slices.DeleteFunc(audit.Fold(d.Cases, records), func(c audit.Case) bool { return c.ResourceType == functionType })
	due, all := audit.Due(open, mostCases, now)
	var errs []error
	for _, c := range due {
		id, err := r.lookAgain(ctx, in, c)
		if err != nil {
			errs = append(errs, err)
			if cloud.Retryable(err) {
				restore(all, c)
			}
		}
		if id != "" {
			invoked = append(invoked, id)
		}
	}
	if !same(d.Cases, all) || d.Stale(now) {
		if err := in.Ledger.Append(ctx, audit.DigestRecord(all, in.Version, in.Request, now)); err != nil {
			errs = append(errs, fmt.Errorf("router: writing down the open cases: %w", err))
		}
	}
	r.log.Info("cases", "request", in.Request, "open", len(all), "looked at", len(due))
	return invoked, errors.Join(errs...)
}

// restore has a case looked at in the next run that could not be in this one.
func restore(all []audit.Case, c audit.Case) {
	for i := range all {
		if all[i].Look() == c.Look() {
			all[i].Looks, all[i].Next = c.Looks-1, c.Next
		}
	}
}

func (r *Router) lookAgain(ctx context.Context, in Invocation, c audit.Case) (id string, err error) {
	i := slices.IndexFunc(r.practices, func(p *practice.Practice) bool { return p.ID == c.Practice })
	if i < 0 {
		return "", nil // it has been switched off since
	}
	l := events.Look{
		Ecsguard: events.LookWord, ID: c.Look(), Type: c.ResourceType, Resource: c.Resource, Region: c.Region, Account: c.Account,
		Name: c.EventName, Time: c.EventTime, Actor: events.Actor{Type: c.ActorType, Name: c.Actor, SourceIP: c.ActorIP, UserAgent: c.ActorAgent},
	}
	body, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("router: case %s: %w", c.ID, err)
	}
	e := &events.Event{Kind: events.KindLook, ID: l.ID, Name: l.Name}
	there, err := r.wake(ctx, in, r.practices[i], taskOf(l.ID, c.Practice, c.Resource), e, body)
	if err != nil {
		return "", fmt.Errorf("router: case %s: asking %s to look again: %w", c.ID, c.Practice, err)
	}
	if !there {
		return "", nil
	}
	return c.Practice, nil
}

// same tells whether cases are as they were written down.
func same(a, b []audit.Case) bool {
	text := func(cases []audit.Case) string {
		t, _ := json.Marshal(cases) // strings, times and numbers always encode
		return string(t)
	}
	return len(a) == 0 && len(b) == 0 || text(a) == text(b)
}
