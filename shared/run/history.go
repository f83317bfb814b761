package run

import (
	"context"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// recall reads what this practice has said of a resource within the hour, once: it
// tells a second delivery, a crashed attempt and a used-up budget; and what its family
// has said, which tells who is in the middle of a change. A finding may be
// on another resource than the one that was looked at, with a history of its own.
func (l *look) recall(ctx context.Context, resource string) error {
	if l.known[resource] {
		return nil
	}
	ids := []string{l.Practice.ID}
	for _, p := range l.peers() {
		ids = append(ids, p.ID)
	}
	history, err := l.Audit.History(ctx, resource, l.Now().Add(-time.Hour), ids...)
	if err != nil {
		return err
	}
	for _, r := range l.lately(resource, history) {
		switch {
		case l.known[r.Subject] || l.known[r.Resource]:
		case r.Practice == l.Practice.ID:
			l.history = append(l.history, r)
		default:
			l.others = append(l.others, r)
		}
	}
	l.known[resource] = true
	// The log keeps no order within a second.
	byTime := func(a, b audit.Record) int { return a.Time.Compare(b.Time) }
	slices.SortStableFunc(l.history, byTime)
	slices.SortStableFunc(l.others, byTime)
	return nil
}

// remember keeps what was written, for the looks that follow in this invocation.
func (d *Driver) remember(records []audit.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written = append(d.written, records...)
}

// lately is the history of a resource with what this invocation has written: the log's
// index lags by seconds, and two targets of an event may lead to the same finding.
func (d *Driver) lately(resource string, history []audit.Record) []audit.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.written {
		known := slices.ContainsFunc(history, func(x audit.Record) bool {
			return x.ID == r.ID && x.Kind == r.Kind && x.Round == r.Round && x.Time.Equal(r.Time)
		})
		if !known && (r.Subject == resource || r.Resource == resource) {
			history = append(history, r)
		}
	}
	return history
}

// ended tells whether a result that settles the matter has been written.
func (l *look) ended(id string) bool {
	return slices.ContainsFunc(l.history, func(r audit.Record) bool {
		return r.ID == id && r.Kind == audit.Result && r.Outcome != practice.Failed && r.Outcome != practice.Partly
	})
}

// said tells whether the same has been said within the hour of another event of the
// same person: a standing fault is not news at every event that touches the
// resource, but that somebody else is at it is.
func (l *look) said(f practice.Finding, d guard.Decision) bool {
	return slices.ContainsFunc(l.history, func(r audit.Record) bool {
		return r.Kind == audit.Result && r.Resource == f.Resource.ID && r.Key == f.Key && r.Finding == f.Title &&
			r.Outcome == d.Outcome && r.Reason == d.Reason && r.Actor == l.event.Actor.Name
	})
}

// unfinished are the intents of a finding that no result has followed: an earlier
// attempt died, or was told to come again, and nobody has said how far it got.
func (l *look) unfinished(id string) []audit.Record { return unfinished(l.history, id) }

func unfinished(history []audit.Record, id string) (open []audit.Record) {
	for _, r := range history {
		switch {
		case r.ID != id:
		case r.Kind == audit.Intent:
			open = append(open, r)
		default:
			open = nil
		}
	}
	return open
}

// announced tells whether an earlier attempt has written the same intent and not
// been heard of since.
func (l *look) announced(r audit.Record) bool {
	return slices.ContainsFunc(l.unfinished(r.ID), func(old audit.Record) bool {
		return slices.EqualFunc(old.Calls, r.Calls, sameCall)
	})
}

func sameCall(a, b cloud.Call) bool { return a.String() == b.String() }

// earlier is what unfinished intents announced and the plan no longer holds: it was
// done, as far as anybody can tell. What takes it back is in the reverse order.
func (l *look) earlier(id string, plan []practice.Change) (e audit.Record) {
	now := planned(audit.Record{}, plan)
	done := func(c cloud.Call, still, noted []cloud.Call) bool {
		same := func(x cloud.Call) bool { return sameCall(c, x) }
		return !slices.ContainsFunc(still, same) && !slices.ContainsFunc(noted, same)
	}
	for _, r := range l.unfinished(id) {
		for i, c := range r.Calls {
			if done(c, now.Calls, e.Calls) && i < len(r.Why) {
				e.Calls, e.Why = append(e.Calls, c), append(e.Why, r.Why[i])
			}
		}
		var undo []cloud.Call
		for _, c := range r.Undo {
			if done(c, now.Undo, e.Undo) {
				undo = append(undo, c)
			}
		}
		e.Undo = append(undo, e.Undo...)
	}
	return e
}

// spent is what counts against the budget of a job's resource: what was done within
// the hour, and what this look has done or is about to do for other findings. The
// job's own intents are left out: they announced what is about to be done now.
func (l *look) spent(j *job) []audit.Record {
	id := l.id(j.finding)
	spent := slices.DeleteFunc(slices.Clone(l.history), func(r audit.Record) bool { return r.ID == id && r.Kind == audit.Intent })
	count := func(j *job, calls int) {
		spent = append(spent, audit.Record{ID: l.id(j.finding), Kind: audit.Result, Resource: j.finding.Resource.ID, Time: l.Now(), CallsMade: calls})
	}
	count(j, j.made())
	for _, other := range l.jobs {
		if other != j && other.going() {
			count(other, other.made()+len(other.changes))
		} else if other != j {
			count(other, other.made())
		}
	}
	return spent
}
