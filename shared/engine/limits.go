package engine

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// limits says whether a job may be done now.
func (l *look) limits(acting context.Context, j *job) (guard.Decision, error) {
	if d := l.ceiling(j); !d.Act {
		return d, nil
	}
	if j.lead().by.Touches {
		if d, err := l.touch(acting, j.resource().ID); err != nil || !d.Act {
			return d, err
		}
	}
	if !l.budget.afford(j.id) {
		return guard.Decision{Outcome: practice.Awaiting, Reason: "held back: this sweep has acted on as many findings as it may"}, nil
	}
	return guard.Decision{Act: true}, nil
}

// fight says whether somebody keeps putting back what an objection is about. That the port
// of the canary is opened every hour is no fight: ecsguard opens it itself, to see how long
// it takes until it is closed.
func (l *look) fight(o objection) guard.Decision {
	if o.resource() == l.Settings.Heartbeat.Canary {
		return guard.Decision{Act: true}
	}
	return guard.Fight(o.by, o.resource(), sameOf(o.finding), l.memory.history(o.resource()), l.Now())
}

// ceiling says whether a job's resource may be changed so often. It counts what the ledger
// says was done to it, and what the jobs of this look have done or are about to do.
func (l *look) ceiling(j *job) guard.Decision {
	resource := j.resource().ID
	var spent []ledger.Record
	for _, r := range l.memory.history(resource) {
		if r.ID != j.id || r.Kind != ledger.Intent {
			spent = append(spent, r)
		}
	}
	for _, other := range l.plan.jobs {
		calls := len(other.done)
		if other != j && other.pending() {
			calls += len(other.changes)
		}
		spent = append(spent, ledger.Record{Kind: ledger.Result, Resource: other.resource().ID, Time: l.Now(), CallsMade: calls})
	}
	return guard.Ceiling(l.Settings, j.lead().by, resource, len(j.changes), spent, l.Now())
}

// touch counts a machine, key or user among those of the hour, or says why it is left
// alone. The log is read for it once per invocation.
func (l *look) touch(ctx context.Context, resource string) (guard.Decision, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.touched == nil {
		records, err := l.Ledger.Touched(ctx, l.Now().Add(-guard.Day/24))
		if err != nil {
			return guard.Decision{}, err
		}
		l.touched = append([]ledger.Record{}, records...)
	}
	d := guard.Lockouts(l.Settings, resource, l.touched, l.Now())
	if d.Act {
		l.touched = append(l.touched, ledger.Record{Kind: ledger.Intent, Resource: resource, Time: l.Now(), Touches: true})
	}
	return d, nil
}
