package engine

import (
	"slices"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// ended tells whether a result has been written after which nothing is left to do.
func (l *look) ended(f practice.Finding, id string) bool {
	return slices.ContainsFunc(l.history(f.Resource.ID), func(r ledger.Record) bool {
		return r.ID == id && r.Kind == ledger.Result && !r.Opens()
	})
}

// toldFixed tells whether another look tells people that a finding is fixed: it has done
// so, or its intent stands before ours and its result will. Two deliveries of an event have
// the same findings, and one message is enough.
func (l *look) toldFixed(resource, id string) bool {
	if slices.ContainsFunc(l.history(resource), func(r ledger.Record) bool {
		return r.ID == id && r.Kind == ledger.Result && r.Outcome == practice.Fixed && !r.Quiet
	}) {
		return true
	}
	for _, r := range l.openIntents(resource) {
		if r.ID == id && (l.earlierAttempt(r) || !l.dead(r)) {
			return r.Request != l.Invocation.Request
		}
	}
	return false
}

// toldFailed tells whether people know from an earlier look for the same event that a
// finding cannot be put right, and why. Another attempt, or the look a minute later, that
// ends the same is not news. Another event of the same kind is: somebody may have put it
// right in between.
func (l *look) toldFailed(now ledger.Record) bool {
	if now.EventTime.IsZero() {
		return false
	}
	return slices.ContainsFunc(l.history(now.Resource), func(r ledger.Record) bool {
		return r.Kind == ledger.Result && r.Practice == now.Practice && r.Key == now.Key && r.Outcome == now.Outcome && r.Fact == now.Fact && r.ErrorCode == now.ErrorCode &&
			r.EventName == now.EventName && r.EventTime.Equal(now.EventTime) && r.Actor == now.Actor
	})
}

// alreadyTold tells whether people have been told the same within the day, and it was not
// right in between. A standing fault is not news at every event that touches the resource;
// that it is a different one, or that somebody else caused it, is. That ecsguard itself has
// edited the resource is nobody else's act: its edit leaves open what was told beside it.
func (l *look) alreadyTold(o objection) bool {
	f, d := o.finding, o.decision
	if f.Momentary {
		return false // another event, another sign-in
	}
	fact, told := factOf(f), false
	for _, r := range l.history(f.Resource.ID) {
		if r.Kind != ledger.Result || r.Practice != o.by.ID || r.Key != f.Key || r.Outcome == practice.Ignored || l.Now().Sub(r.Time) > toldAgain {
			continue
		}
		same := r.Fact == fact && r.Outcome == d.Outcome && (r.Reason == d.Reason || !r.Due.IsZero() && !d.Due.IsZero())
		switch {
		case same && (l.event.Actor.Name == "" || r.Actor == l.event.Actor.Name || practice.Ours(l.event.Actor) || r.Ours() && !r.Time.Before(l.event.Time)):
			told = true
		case r.Outcome != d.Outcome || r.Fact != fact:
			told = false // it was good, or something else, in between
		}
	}
	return told
}

// isDue tells whether the log has a time to come at which a finding is put right.
func (l *look) isDue(o objection) bool {
	return slices.ContainsFunc(l.history(o.resource()), func(r ledger.Record) bool {
		return r.Kind == ledger.Result && r.Practice == o.by.ID && r.Key == o.finding.Key && r.Due.After(l.Now())
	})
}

// toldAgain is how long a standing fault is not told again: a little less than a day,
// so that a daily sweep tells it.
const toldAgain = guard.Day - guard.Day/24

// openIntents are the intents about a resource that nothing has settled.
func (l *look) openIntents(resource string) (open []ledger.Record) {
	history := l.history(resource)
	settled := ledger.Settled(history)
	for _, r := range history {
		if r.Kind == ledger.Intent && !settled[r.Nonce] {
			open = append(open, r)
		}
	}
	return open
}

// unfinished are the open intents of findings that are ours to complete: of an earlier
// attempt of this invocation, or of a look that is dead.
func (l *look) unfinished(resource string, ids ...string) []ledger.Record {
	return slices.DeleteFunc(l.openIntents(resource), func(r ledger.Record) bool {
		return !slices.Contains(ids, r.ID) || !l.earlierAttempt(r) && !l.dead(r)
	})
}

// earlierAttempt tells whether an earlier attempt of this invocation wrote a record.
func (l *look) earlierAttempt(r ledger.Record) bool {
	return r.Request == l.Invocation.Request && r.Attempt < l.Invocation.Attempt
}
