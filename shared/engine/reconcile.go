package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// reconcile says what has become of things that are not there any more: changes that an
// earlier attempt of this invocation announced and did not come to say that it made,
// and what people were told of, or is to be looked at again, and is good now.
func (l *look) reconcile(ctx context.Context, findings []practice.Finding) error {
	var records []ledger.Record
	intents := l.interrupted(findings)
	if l.objections == nil && slices.ContainsFunc(intents, func(r ledger.Record) bool { return r.Practice != l.Practice.ID }) {
		l.askPeers(ctx) // the attempt edited for them
	}
	for _, intent := range intents {
		r := l.ending(intent, findings)
		records, l.outcomes = append(records, r), append(l.outcomes, r.Outcome)
	}
	for _, r := range l.gone(findings) {
		good := withoutCalls(l.stamp(r))
		good.Kind, good.Outcome, good.Reason, good.Round = ledger.Result, practice.Good, "it has been put right since it was told", 0
		good.Due, good.Error, good.ErrorCode = time.Time{}, "", ""
		good.Closes = l.stillOpen(r)
		if r.Confirms() {
			good.Reason, good.Quiet = "it was put right, and that held", true
		}
		records = append(records, good)
	}
	return l.write(ctx, records...)
}

// ending is the result of an intent that nothing is to be done for any more, or not by this
// look.
func (l *look) ending(intent ledger.Record, findings []practice.Finding) ledger.Record {
	own, others := false, slices.Contains(l.failedPeers, intent.Practice)
	for _, o := range l.shown(findings) {
		if o.by.ID == intent.Practice && o.finding.Key == intent.Key && o.resource() == intent.Resource {
			own, others = own || o.by == l.Practice, others || o.by != l.Practice
		}
	}
	other := l.instead(intent)
	var r ledger.Record
	switch {
	case others:
		return l.completed(intent, practice.Partly, "an earlier attempt was interrupted, and it is still wrong, or nobody can tell: all that it announced counts as made")
	case other != nil:
		r = withoutCalls(l.completed(intent, practice.Good, fmt.Sprintf("%s put it right instead (request %s)", cmp.Or(other.By, other.Practice), other.Request)))
	case l.toldFixed(intent.Resource, intent.ID):
		r = l.completed(intent, practice.Fixed, "another look has put it right: an attempt before this one was interrupted before it could say what it had done")
	default:
		r = l.completed(intent, practice.Fixed, "nothing is wrong any more: an earlier attempt was interrupted before it could say that it had made the changes")
	}
	if own {
		// What this event showed has been dealt with, and the same is wrong again: that has
		// an event of its own, whose case a good end would take for settled.
		r.Outcome = practice.Ignored
	}
	return r
}

// withoutCalls is a record of something for which nothing was changed.
func withoutCalls(r ledger.Record) ledger.Record {
	r.Calls, r.Why, r.Undo, r.CallsMade, r.Members = nil, nil, nil, 0, nil
	return r
}

// interrupted are the open intents of earlier attempts of this invocation, and of
// invocations that nobody comes back to, that this look does nothing more about: they are
// of no finding that is still there and not dealt with, nor of a job. Of several for one finding there is one. Those about another resource than
// the one that is looked at are found by their pointers.
func (l *look) interrupted(findings []practice.Finding) (intents []ledger.Record) {
	noted := map[string]bool{}
	for _, f := range findings {
		id := l.id(l.Practice, f)
		noted[id] = !l.ended(f, id)
	}
	for _, j := range l.jobs {
		for _, id := range l.ids(j) {
			noted[id] = true // its result settles them
		}
	}
	for resource := range l.past {
		for _, r := range l.openIntents(resource) {
			if (l.earlierAttempt(r) || l.orphan(r, findings)) && r.Subject == l.target.Resource.ID && !noted[r.ID] {
				noted[r.ID] = true
				intents = append(intents, r)
			}
		}
	}
	slices.SortStableFunc(intents, func(a, b ledger.Record) int { return a.Time.Compare(b.Time) })
	return intents
}

// orphan tells whether an intent is of another invocation of this practice that nobody
// comes back to, about something that is good now. What is still wrong is for the edit of
// this look to settle.
func (l *look) orphan(r ledger.Record, findings []practice.Finding) bool {
	h := l.pastOf(r.Resource)
	return r.Practice == l.Practice.ID && r.Request != l.Invocation.Request && h != nil && h.read && l.dead(r) &&
		!slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == r.Resource })
}

// announcedElsewhere are other resources that an earlier attempt of this invocation has announced
// changes to. The pointer that says so may have been lost where the intent was not, and the
// intent, which names what was looked at, is found by that.
func (l *look) announcedElsewhere() (resources []practice.Resource) {
	for _, r := range l.history(l.target.Resource.ID) {
		elsewhere := r.Kind == ledger.Pointer || r.Kind == ledger.Intent && r.Resource != l.target.Resource.ID
		if elsewhere && l.earlierAttempt(r) {
			resources = append(resources, practice.Resource{Type: r.ResourceType, ID: r.Resource, Name: r.ResourceName, Region: r.Region, Account: r.Account})
		}
	}
	return resources
}

// instead is the record of another look that has made the changes of an intent of ours,
// or whose intent stands before ours in the log: the attempt that was interrupted would
// have given way to it.
func (l *look) instead(intent ledger.Record) *ledger.Record {
	history := l.history(intent.Resource)
	settled, before := ledger.Settled(history), true
	for i := range history {
		r := &history[i]
		switch {
		case r.Kind == ledger.Intent && r.Nonce == intent.Nonce:
			before = false
		case r.Family != intent.Family || r.Resource != intent.Resource || r.Request == intent.Request:
		case r.Kind == ledger.Intent && before && !settled[r.Nonce] && !l.dead(*r):
			return r
		case r.Kind == ledger.Result && r.CallsMade > 0 && holds(r.Calls, intent.Calls) &&
			(!before || !intent.EventTime.IsZero() && r.Time.After(intent.EventTime)):
			return r
		}
	}
	return nil
}

func holds(all, some []cloud.Call) bool {
	return !slices.ContainsFunc(some, func(c cloud.Call) bool {
		return !slices.ContainsFunc(all, func(d cloud.Call) bool { return sameCall(c, d) })
	})
}

// gone are the latest records of this practice about the resource of things that
// were told, or are to be looked at again, and are not found any more.
func (l *look) gone(findings []practice.Finding) (records []ledger.Record) {
	id := l.target.Resource.ID
	history, later := l.history(id), map[string]bool{}
	settled := ledger.Settled(history)
	for _, r := range slices.Backward(history) {
		if r.Kind != ledger.Result || r.Practice != l.Practice.ID || r.Resource != id || r.Outcome == practice.Ignored || OfTheWork(r) || r.Momentary || later[r.Key] {
			continue
		}
		later[r.Key] = true
		still := slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == id })
		if r.Key == KeyGaveUp && l.mayHaveChanged(id) {
			continue // who gave up may have changed something, and the look that says so comes later
		}
		stands := (r.Opens() || r.Confirms() && l.confirms(r)) && !settled[r.Nonce] || r.Outcome.Waits()
		if stands && !still {
			records = append(records, r)
		}
	}
	return records
}

// mayHaveChanged tells whether another invocation of this practice has announced a change to
// a resource that nobody has settled and that it may still be at, for all one can know. What
// became of it is told once it cannot be.
func (l *look) mayHaveChanged(resource string) bool {
	return slices.ContainsFunc(l.openIntents(resource), func(r ledger.Record) bool {
		return r.Practice == l.Practice.ID && r.Request != l.Invocation.Request && !l.dead(r)
	})
}

// confirms tells whether this look is the one that says whether a fix has held.
func (l *look) confirms(r ledger.Record) bool {
	return !l.Now().Before(r.Due) || slices.ContainsFunc(l.history(r.Resource), func(x ledger.Record) bool {
		return x.Practice == r.Practice && x.Key == r.Key && strings.HasPrefix(l.event.ID, x.ID+"/")
	})
}

// stillOpen are the nonces of all results about the same that are to be looked at again:
// several looks may have deferred.
func (l *look) stillOpen(last ledger.Record) (nonces []string) {
	history := l.history(last.Resource)
	settled := ledger.Settled(history)
	for _, r := range history {
		same := r.Practice == last.Practice && r.Key == last.Key && r.Resource == last.Resource
		if r.Kind == ledger.Result && same && !settled[r.Nonce] && (r.Opens() || r.Confirms() || r.Nonce == last.Nonce) {
			nonces = append(nonces, r.Nonce)
		}
	}
	return nonces
}

// completed is the result of an intent whose attempt did not come to say it.
func (l *look) completed(intent ledger.Record, outcome practice.Outcome, reason string) ledger.Record {
	all, r := l.earlier(intent.Resource, nil, intent.ID), l.stamp(intent)
	r.Kind, r.Outcome, r.Reason, r.Round = ledger.Result, outcome, reason, 0
	r.Calls, r.Why, r.Undo, r.CallsMade = all.Calls, all.Why, all.Undo, len(all.Calls)
	r.Quiet = outcome == practice.Fixed && l.toldFixed(intent.Resource, intent.ID)
	for _, open := range l.unfinished(intent.Resource, intent.ID) {
		r.Closes = append(r.Closes, open.Nonce)
	}
	return r
}

// unreadable records that the resource could not be looked at. Unknown is not good,
// and it is not bad either. Where others of the family may be able to look, the
// invocation fails as well, so that one of them is asked to.
func (l *look) unreadable(ctx context.Context, cause error) error {
	f := practice.Finding{
		Key: "unreadable", Resource: l.target.Resource, Title: "ecsguard could not look at this resource",
		Advice: "Look at it yourself, and give ecsguard what it lacks.",
	}
	if err := l.recall(ctx, l.target.Resource); err != nil {
		return errors.Join(cause, err) // what has been announced is not left without a result
	}
	var records []ledger.Record
	if l.alreadyTold(objection{by: l.Practice, finding: f, decision: guard.Decision{Outcome: practice.Failed}}) {
		l.ignore(f.Resource, "said within the day: "+cause.Error())
	} else {
		r := l.record(l.Practice, f, ledger.Result)
		r.Outcome, r.Error, r.ErrorCode = practice.Failed, cause.Error(), cloud.Code(cause)
		records, l.outcomes = append(records, r), append(l.outcomes, r.Outcome)
	}
	for _, intent := range l.interrupted(nil) {
		r := l.completed(intent, practice.Partly, "an earlier attempt was interrupted, and how far it got cannot be seen: all that it announced counts as made")
		records, l.outcomes = append(records, r), append(l.outcomes, r.Outcome)
	}
	if err := l.write(ctx, records...); err != nil {
		return err
	}
	if len(l.Peers) > 0 {
		return fmt.Errorf("another of the family may be able to look: %w", cause)
	}
	return l.hand(ctx)
}
