package run

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// decide asks the guard about each finding, records those that are not to be acted
// on, and makes jobs of the others.
func (l *look) decide(acting, ctx context.Context, findings []practice.Finding) (outcomes []practice.Outcome, err error) {
	for _, f := range findings {
		id := l.id(f)
		if l.seen[id] {
			return nil, fmt.Errorf("the check reports two findings with the key %q on %s: they could not be told apart", f.Key, f.Resource)
		}
		l.seen[id] = true
		if err := l.recall(acting, f.Resource.ID); err != nil {
			return nil, err
		}
		if l.ended(id) {
			// A second delivery: what this event showed has been dealt with, and
			// what happened since has an event of its own.
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, "dealt with at an earlier delivery")
			continue
		}
		if peer := l.spokenFor(f); peer != "" {
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, peer+" speaks of it")
			continue
		}
		f = l.named(f)
		j := &job{finding: f, latest: f, changes: f.Changes, earlier: l.earlier(id, f.Changes), open: true}
		d := guard.Decide(l.Settings, l.Practice, f, l.spent(j), l.Now())
		if d.Act && !l.budget.afford(id) {
			d = guard.Decision{Outcome: practice.Awaiting, Reason: "held back: this sweep has acted on as many findings as it may"}
		}
		if d.Act {
			j.finding.Facts = with(f.Facts, "note", d.Reason)
			j.evidence = l.investigate(acting, f)
			l.jobs = append(l.jobs, j)
			continue
		}
		if l.said(f, d) {
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, "said within the hour, and nothing has changed since")
			continue
		}
		l.told = append(l.told, told{f, d, l.investigate(acting, f)})
		outcomes = append(outcomes, d.Outcome)
	}
	if len(l.jobs) > 0 && l.Practice.Evidence != nil {
		return outcomes, nil // the changes do not wait for evidence about what is only told
	}
	return outcomes, l.tell(ctx)
}
