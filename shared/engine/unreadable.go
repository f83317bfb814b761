package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// foreign says that an event is about another account's resource, which this function cannot
// see: a Cloud Config of an account group and a trail of an organisation tell of many. The
// outcome is not good, and looking again in a minute would not show more.
func (c *closer) foreign(ctx context.Context) error {
	f := practice.Finding{
		Key: "foreign", Resource: c.target.Resource, Momentary: true,
		Title:  "an event arrived from another account, and nothing was looked at",
		Facts:  map[string]string{"watched": c.Invocation.Account},
		Advice: fmt.Sprintf("Deploy ecsguard in the account %s too, or keep its events from this account's event bus and Cloud Config rules.", c.target.Resource.Account),
	}
	if err := c.memory.recall(ctx, c.target.Resource); err != nil {
		return err
	}
	told := func(r ledger.Record) bool {
		return r.Key == f.Key && r.Practice == c.Practice.ID && c.Now().Sub(r.Time) < toldAgain
	}
	if slices.ContainsFunc(c.memory.history(c.target.Resource.ID), told) {
		c.rec.ignore(f.Resource, "already reported within the day")
		return c.hand(ctx, nil)
	}
	r := c.rec.record(c.Practice, f, ledger.Result)
	r.Outcome, r.Reason = practice.Failed, "the resource is another account's"
	c.rec.ended(r.Outcome)
	if err := c.rec.write(ctx, r); err != nil {
		return err
	}
	return c.hand(ctx, nil)
}

// unreadable records that the resource could not be looked at. Unknown is neither good nor bad.
// If others of the family may be able to look, the invocation fails as well, so that one of
// them is asked to.
func (c *closer) unreadable(ctx context.Context, cause error) error {
	f := practice.Finding{
		Key: "unreadable", Resource: c.target.Resource, Title: "ecsguard could not look at this resource",
		Advice: "Look at the resource yourself, and give ecsguard what it lacks.",
	}
	if err := c.memory.recall(ctx, c.target.Resource); err != nil {
		return errors.Join(cause, err) // what has been announced is not left without a result
	}
	var records []ledger.Record
	if c.memory.of(f.Resource.ID).alreadyTold(objection{by: c.Practice, finding: f, decision: guard.Decision{Outcome: practice.Failed}}, c.event) {
		c.rec.ignore(f.Resource, "already reported within the day: "+cause.Error())
	} else {
		r := c.rec.record(c.Practice, f, ledger.Result)
		r.Outcome, r.Error, r.ErrorCode = practice.Failed, cause.Error(), cloud.Code(cause)
		records = append(records, r)
		c.rec.ended(r.Outcome)
	}
	for _, intent := range c.reconciler.interrupted(nil, nil) {
		r := c.reconciler.completed(intent, practice.Partly, "an earlier attempt was interrupted, and how far it got cannot be seen: all that it announced counts as made")
		records = append(records, r)
		c.rec.ended(r.Outcome)
	}
	if err := c.rec.write(ctx, records...); err != nil {
		return err
	}
	if len(c.Peers) > 0 {
		return fmt.Errorf("another of the family may be able to look: %w", cause)
	}
	return c.hand(ctx, nil)
}
