package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// foreign says that an event is about another account's resource, which this function
// cannot see: a Cloud Config of an account group and a trail of an organisation tell of
// many. It is not good, and nobody will know more of it in a minute.
func (l *look) foreign(ctx context.Context) error {
	f := practice.Finding{
		Key: "foreign", Resource: l.target.Resource, Momentary: true,
		Title:  "an event of another account came in, and nothing was looked at",
		Facts:  map[string]string{"watched": l.Invocation.Account},
		Advice: fmt.Sprintf("Deploy ecsguard in the account %s too, or keep its events from this account's event bus and Cloud Config rules.", l.target.Resource.Account),
	}
	if err := l.memory.recall(ctx, l.target.Resource); err != nil {
		return err
	}
	told := func(r ledger.Record) bool {
		return r.Key == f.Key && r.Practice == l.Practice.ID && l.Now().Sub(r.Time) < toldAgain
	}
	if slices.ContainsFunc(l.memory.history(l.target.Resource.ID), told) {
		l.rec.ignore(f.Resource, "said within the day")
		return l.hand(ctx)
	}
	r := l.rec.record(l.Practice, f, ledger.Result)
	r.Outcome, r.Reason = practice.Failed, "the resource is another account's"
	l.rec.ended(r.Outcome)
	if err := l.rec.write(ctx, r); err != nil {
		return err
	}
	return l.hand(ctx)
}
