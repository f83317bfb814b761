package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// view is what the ledger says of one resource, with methods for what a look wants to know.
type view struct {
	records []ledger.Record // in the order of the log; nobody may change them
	self    Invocation      // who asks
	now     time.Time
	dead    func(ledger.Record) bool // whether whoever wrote it can no longer be at it
}

// ended tells whether a result has been written after which nothing is left to do.
func (v view) ended(id string) bool {
	return slices.ContainsFunc(v.records, func(r ledger.Record) bool {
		return r.ID == id && r.Kind == ledger.Result && !r.Opens()
	})
}

// toldFixed tells whether another look tells people that a finding is fixed: it has done
// so, or its intent stands before ours and its result will. Two deliveries of an event have
// the same findings, and one message is enough.
func (v view) toldFixed(id string) bool {
	if slices.ContainsFunc(v.records, func(r ledger.Record) bool {
		return r.ID == id && r.Kind == ledger.Result && r.Outcome == practice.Fixed && !r.Quiet
	}) {
		return true
	}
	for _, r := range v.open() {
		if r.ID == id && (v.self.wroteEarlier(r) || !v.dead(r)) {
			return r.Request != v.self.Request
		}
	}
	return false
}

// toldFailed tells whether people know from an earlier look for the same event that a
// finding cannot be put right, and why. Another attempt, or the look a minute later, that
// ends the same is not news. Another event of the same kind is: somebody may have put it
// right in between.
func (v view) toldFailed(now ledger.Record) bool {
	if now.EventTime.IsZero() && !strings.HasPrefix(now.Event, string(events.KindLook)+"/") {
		return false // a sweep tells it each day
	}
	return slices.ContainsFunc(v.records, func(r ledger.Record) bool {
		return (!now.EventTime.IsZero() || v.now.Sub(r.Time) < soon) && r.Kind == ledger.Result && r.Practice == now.Practice && r.Key == now.Key && r.Outcome == now.Outcome && r.Fact == now.Fact && r.ErrorCode == now.ErrorCode &&
			r.EventName == now.EventName && r.EventTime.Equal(now.EventTime) && r.Actor == now.Actor
	})
}

// alreadyTold tells whether people have been told the same within the day, and it was not right
// in between. A standing fault is not news at every event that touches the resource; that it is
// a different one, or that somebody else caused it, is. An edit by ecsguard itself does not
// count as somebody else's act: it leaves open whatever was reported and not part of the edit.
func (v view) alreadyTold(o objection, e *events.Event) bool {
	f, d := o.finding, o.decision
	if f.Momentary && !f.OfAUse || f.News {
		return false // another event, another sign-in
	}
	fact, told := factOf(f), false
	for _, r := range v.records {
		if r.Kind != ledger.Result || r.Practice != o.by.ID || r.Key != f.Key || r.Outcome == practice.Ignored || v.now.Sub(r.Time) > toldAgain {
			continue
		}
		same := r.Fact == fact && r.Outcome == d.Outcome && (r.Reason == d.Reason || !r.Due.IsZero() && !d.Due.IsZero())
		switch {
		case same && (e.Actor.Name == "" || r.Actor == e.Actor.Name || practice.Ours(e.Actor) || r.Ours() && !r.Time.Before(e.Time)):
			told = true
		case r.Outcome != d.Outcome || r.Fact != fact:
			told = false // it was good, or something else, in between
		}
	}
	return told
}

// comesAgain tells whether the same was put right, or was right, since it was found because of
// another event within the day: what is merely still wrong has not come again.
func (v view) comesAgain(by, id, same string) bool {
	found, right := false, false
	for _, r := range v.records {
		if r.Kind != ledger.Result || r.Practice != by || r.ID == id {
			continue
		}
		switch {
		case r.Same == same && r.Outcome == practice.Fixed:
			found, right = true, true
		case r.Same == same && r.Outcome.Wrong():
			found, right = true, false
		case r.Outcome == practice.Good:
			right = found
		}
	}
	return found && right
}

// isDue tells whether the log has a future time at which the finding will be put right.
func (v view) isDue(o objection) bool {
	return slices.ContainsFunc(v.records, func(r ledger.Record) bool {
		return r.Kind == ledger.Result && r.Practice == o.by.ID && r.Key == o.finding.Key && r.Due.After(v.now)
	})
}

// soon is how long after a sweep the looks are that its cases ask for.
const soon = 2 * time.Hour

// toldAgain is how long a standing fault is not told again: a little less than a day,
// so that a daily sweep tells it.
const toldAgain = guard.Day - guard.Day/24

// confirms tells whether a look for an event is the one that says whether a fix has held.
func (v view) confirms(r ledger.Record, event string) bool {
	return !v.now.Before(r.Due) || slices.ContainsFunc(v.records, func(x ledger.Record) bool {
		return x.Practice == r.Practice && x.Key == r.Key && strings.HasPrefix(event, x.ID+"/")
	})
}

// stillOpen are the nonces of all results about the same that are to be looked at again:
// several looks may have deferred.
func (v view) stillOpen(last ledger.Record) (nonces []string) {
	settled := ledger.Settled(v.records)
	for _, r := range v.records {
		same := r.Practice == last.Practice && r.Key == last.Key && r.Resource == last.Resource
		if r.Kind == ledger.Result && same && !settled[r.Nonce] && (r.Opens() || r.Confirms() || r.Nonce == last.Nonce) {
			nonces = append(nonces, r.Nonce)
		}
	}
	return nonces
}

// noted tells whether an earlier delivery of an event has left a record.
func (v view) noted(key, by, event string) bool {
	return slices.ContainsFunc(v.records, func(r ledger.Record) bool {
		return r.Key == key && r.Practice == by && r.Event == event
	})
}

// changedFor tells whether ecsguard itself has changed a resource because of an event.
func (v view) changedFor(resource, event string) bool {
	return slices.ContainsFunc(v.records, func(r ledger.Record) bool {
		return r.CallsMade > 0 && r.Resource == resource && r.Event == event
	})
}

// closed tells whether a record has been settled.
func (v view) closed(nonce string) bool { return ledger.Settled(v.records)[nonce] }
