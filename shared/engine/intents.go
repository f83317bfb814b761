package engine

import (
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// open are the intents that nothing has settled.
func (v view) open() (open []ledger.Record) {
	settled := ledger.Settled(v.records)
	for _, r := range v.records {
		if r.Kind == ledger.Intent && !settled[r.Nonce] {
			open = append(open, r)
		}
	}
	return open
}

// unfinished are the open intents of findings that are ours to complete: of an earlier
// attempt of this invocation, or of a look that is dead.
func (v view) unfinished(ids ...string) []ledger.Record {
	return slices.DeleteFunc(v.open(), func(r ledger.Record) bool {
		return !slices.Contains(ids, r.ID) || !v.self.wroteEarlier(r) && !v.dead(r)
	})
}

// about tells whether a record is about a practice's finding, whichever look at it wrote the record.
func about(r ledger.Record, p *practice.Practice, f practice.Finding) bool {
	return r.Practice == p.ID && r.Key == f.Key && r.Resource == f.Resource.ID
}

// begun are the ids of the open intents of earlier looks at a finding's plan: the looks were killed, and
// this one goes on with what they have announced.
func (v view) begun(o objection) (ids []string) {
	if o.finding.Plan == nil {
		return nil
	}
	for _, r := range v.open() {
		if r.ID != o.id && about(r, o.by, o.finding) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// untold tells whether a plan was begun by a look that was killed before it could say so: it has left an intent of the
// first step, and there is no result of the plan.
func (v view) untold(p *practice.Practice, f practice.Finding) bool {
	return !slices.ContainsFunc(v.records, func(r ledger.Record) bool { return r.Kind == ledger.Result && r.Every > 0 && about(r, p, f) }) &&
		slices.ContainsFunc(v.open(), func(r ledger.Record) bool {
			return r.Every > 0 && about(r, p, f) && (v.self.wroteEarlier(r) || v.dead(r))
		})
}

// inVain tells whether a plan has made the same changes twice before, and has not got further.
func (v view) inVain(now ledger.Record, done []practice.Change) bool {
	calls, before := withChanges(ledger.Record{}, done).Calls, 0
	for _, r := range v.records {
		if r.Kind == ledger.Result && r.Practice == now.Practice && r.Key == now.Key && r.CallsMade > 0 && holds(r.Calls, calls) {
			before++
		}
	}
	return len(calls) > 0 && before >= 2
}

// earlier are the changes that unfinished intents announced and that are no longer in the plan:
// as far as anybody can tell, they were made. Their undo is in reverse order.
func (v view) earlier(plan []practice.Change, ids ...string) (e ledger.Record) {
	now := withChanges(ledger.Record{}, plan)
	done := func(c cloud.Call, still, noted []cloud.Call) bool {
		same := func(x cloud.Call) bool { return sameCall(c, x) }
		return !slices.ContainsFunc(still, same) && !slices.ContainsFunc(noted, same)
	}
	for _, r := range v.unfinished(ids...) {
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

// instead is the record of another look that has made the changes of an intent of ours, or
// whose intent stands before ours in the log: the interrupted attempt would have given way to
// it.
func (v view) instead(intent ledger.Record) *ledger.Record {
	settled, before := ledger.Settled(v.records), true
	for i := range v.records {
		r := &v.records[i]
		switch {
		case r.Kind == ledger.Intent && r.Nonce == intent.Nonce:
			before = false
		case r.Family != intent.Family || r.Resource != intent.Resource || r.Request == intent.Request:
		case r.Kind == ledger.Intent && before && !settled[r.Nonce] && !v.dead(*r):
			return r
		case r.Kind == ledger.Result && r.CallsMade > 0 && holds(r.Calls, intent.Calls) &&
			(!before || !intent.EventTime.IsZero() && r.Time.After(intent.EventTime)):
			return r
		}
	}
	return nil
}

// holds tells whether all calls of some are among others.
func holds(all, some []cloud.Call) bool {
	return !slices.ContainsFunc(some, func(c cloud.Call) bool {
		return !slices.ContainsFunc(all, func(d cloud.Call) bool { return sameCall(c, d) })
	})
}

// mayHaveChanged tells whether another invocation of the practice has announced a change that
// is not settled, and may still be working on it. Once it can no longer be running, the outcome
// of that change is reported.
func (v view) mayHaveChanged(by string) bool {
	return slices.ContainsFunc(v.open(), func(r ledger.Record) bool {
		return r.Practice == by && r.Request != v.self.Request && !v.dead(r)
	})
}

// announcedElsewhere are other resources that an earlier attempt of this invocation has
// announced changes to. The pointer that says so may have been lost where the intent was
// not, and the intent, which names what was looked at, is found by that.
func (v view) announcedElsewhere(target string) (resources []practice.Resource) {
	for _, r := range v.records {
		elsewhere := r.Kind == ledger.Pointer || r.Kind == ledger.Intent && r.Resource != target
		if elsewhere && v.self.wroteEarlier(r) {
			resources = append(resources, practice.Resource{Type: r.ResourceType, ID: r.Resource, Name: r.ResourceName, Region: r.Region, Account: r.Account})
		}
	}
	return resources
}
