package engine

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// limits says whether a job may be done now.
func (d *decider) limits(acting context.Context, j *job, all []*job) (guard.Decision, error) {
	if may := ceiling(d.assignment, d.memory, j, all); !may.Act {
		return may, nil
	}
	if err := undeclared(j); err != nil {
		return guard.Decision{}, err
	}
	if may, err := d.lockouts.may(acting, j, nil); err != nil || !may.Act {
		return may, err
	}
	if j.touches() {
		if may, err := d.touches.touch(acting, d.ledger, d.Settings, d.Now, j.resource().ID); err != nil || !may.Act {
			return may, err
		}
	}
	if !j.lead().finding.Inspection && !d.budget.afford(j.id) {
		return guard.Decision{Outcome: practice.Awaiting, Reason: "held back: this sweep has acted on as many findings as it may"}, nil
	}
	return guard.Decision{Act: true}, nil
}

// fight says whether somebody keeps putting back what an objection is about. That the port
// of the canary is opened every hour is no fight: ecsguard opens it itself, to see how long
// it takes until it is closed.
func fight(a *assignment, m *memory, o objection) guard.Decision {
	if o.resource() == a.Settings.Heartbeat.Canary {
		return guard.Decision{Act: true}
	}
	return guard.Fight(o.by, o.finding, sameOf(o.finding), m.history(o.resource()), a.Now())
}

// ceiling says whether a job's resource may be changed once more. It counts the changes that
// the ledger has for it, and those that all jobs of the look have made or are about to make.
func ceiling(a *assignment, m *memory, j *job, all []*job) guard.Decision {
	resource := j.resource().ID
	var spent []ledger.Record
	for _, r := range m.history(resource) {
		if r.ID != j.id || r.Kind != ledger.Intent {
			spent = append(spent, r)
		}
	}
	for _, other := range all {
		calls := len(other.done)
		if other != j && other.pending() {
			calls += len(other.changes)
		}
		spent = append(spent, ledger.Record{Kind: ledger.Result, Resource: other.resource().ID, Time: a.Now(), CallsMade: calls})
	}
	return guard.Ceiling(a.Settings, j.lead().by, resource, len(j.changes), spent, a.Now())
}
