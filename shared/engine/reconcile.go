package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	if l.others.objections == nil && slices.ContainsFunc(intents, func(r ledger.Record) bool { return r.Practice != l.Practice.ID }) {
		l.others.askPeers(ctx) // the attempt edited for them
	}
	for _, intent := range intents {
		r := l.ending(intent, findings)
		records = append(records, r)
		l.rec.ended(r.Outcome)
	}
	for _, r := range l.gone(findings) {
		good := withoutCalls(l.stamp(r))
		good.Kind, good.Outcome, good.Reason, good.Round = ledger.Result, practice.Good, "it has been put right since it was told", 0
		good.Due, good.Error, good.ErrorCode = time.Time{}, "", ""
		good.Closes = l.memory.of(r.Resource).stillOpen(r)
		if r.Confirms() {
			good.Reason, good.Quiet = "it was put right, and that held", true
		}
		records = append(records, good)
	}
	return l.rec.write(ctx, records...)
}

// ending is the result of an intent that nothing is to be done for any more, or not by this
// look.
func (l *look) ending(intent ledger.Record, findings []practice.Finding) ledger.Record {
	own, others := false, slices.Contains(l.others.failed, intent.Practice)
	for _, o := range l.shown(findings) {
		if o.by.ID == intent.Practice && o.finding.Key == intent.Key && o.resource() == intent.Resource {
			own, others = own || o.by == l.Practice, others || o.by != l.Practice
		}
	}
	other := l.memory.of(intent.Resource).instead(intent)
	var r ledger.Record
	switch {
	case others:
		return l.completed(intent, practice.Partly, "an earlier attempt was interrupted, and it is still wrong, or nobody can tell: all that it announced counts as made")
	case other != nil:
		r = withoutCalls(l.completed(intent, practice.Good, fmt.Sprintf("%s put it right instead (request %s)", cmp.Or(other.By, other.Practice), other.Request)))
	case l.memory.of(intent.Resource).toldFixed(intent.ID):
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
		noted[id] = !l.memory.of(f.Resource.ID).ended(id)
	}
	for _, j := range l.plan.jobs {
		for _, id := range j.ids() {
			noted[id] = true // its result settles them
		}
	}
	for resource := range l.memory.past {
		for _, r := range l.memory.of(resource).open() {
			if (l.Invocation.wroteEarlier(r) || l.orphan(r, findings)) && r.Subject == l.target.Resource.ID && !noted[r.ID] {
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
	h := l.memory.at(r.Resource)
	return r.Practice == l.Practice.ID && r.Request != l.Invocation.Request && h != nil && h.read && l.memory.dead(r) &&
		!slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == r.Resource })
}

// announcedElsewhere are other resources that an earlier attempt of this invocation has announced
// changes to. The pointer that says so may have been lost where the intent was not, and the
// intent, which names what was looked at, is found by that.
func (l *look) announcedElsewhere() (resources []practice.Resource) {
	for _, r := range l.memory.history(l.target.Resource.ID) {
		elsewhere := r.Kind == ledger.Pointer || r.Kind == ledger.Intent && r.Resource != l.target.Resource.ID
		if elsewhere && l.Invocation.wroteEarlier(r) {
			resources = append(resources, practice.Resource{Type: r.ResourceType, ID: r.Resource, Name: r.ResourceName, Region: r.Region, Account: r.Account})
		}
	}
	return resources
}

// gone are the latest records of this practice about the resource of things that
// were told, or are to be looked at again, and are not found any more.
func (l *look) gone(findings []practice.Finding) (records []ledger.Record) {
	id := l.target.Resource.ID
	history, later := l.memory.history(id), map[string]bool{}
	settled := ledger.Settled(history)
	for _, r := range slices.Backward(history) {
		if r.Kind != ledger.Result || r.Practice != l.Practice.ID || r.Resource != id || r.Outcome == practice.Ignored || OfTheWork(r) || r.Momentary || later[r.Key] {
			continue
		}
		later[r.Key] = true
		still := slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == id })
		if r.Key == KeyGaveUp && l.memory.of(id).mayHaveChanged(l.Practice.ID) {
			continue // who gave up may have changed something, and the look that says so comes later
		}
		stands := (r.Opens() || r.Confirms() && l.memory.of(r.Resource).confirms(r, l.event.ID)) && !settled[r.Nonce] || r.Outcome == practice.Observed || r.Outcome == practice.Awaiting
		if stands && !still {
			records = append(records, r)
		}
	}
	return records
}

// completed is the result of an intent whose attempt did not come to say it.
func (l *look) completed(intent ledger.Record, outcome practice.Outcome, reason string) ledger.Record {
	all, r := l.memory.of(intent.Resource).earlier(nil, intent.ID), l.stamp(intent)
	r.Kind, r.Outcome, r.Reason, r.Round = ledger.Result, outcome, reason, 0
	r.Calls, r.Why, r.Undo, r.CallsMade = all.Calls, all.Why, all.Undo, len(all.Calls)
	r.Quiet = outcome == practice.Fixed && l.memory.of(intent.Resource).toldFixed(intent.ID)
	for _, open := range l.memory.of(intent.Resource).unfinished(intent.ID) {
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
	if err := l.memory.recall(ctx, l.target.Resource); err != nil {
		return errors.Join(cause, err) // what has been announced is not left without a result
	}
	var records []ledger.Record
	if l.memory.of(f.Resource.ID).alreadyTold(objection{by: l.Practice, finding: f, decision: guard.Decision{Outcome: practice.Failed}}, l.event.Actor.Name) {
		l.rec.ignore(f.Resource, "said within the day: "+cause.Error())
	} else {
		r := l.rec.record(l.Practice, f, ledger.Result)
		r.Outcome, r.Error, r.ErrorCode = practice.Failed, cause.Error(), cloud.Code(cause)
		records = append(records, r)
		l.rec.ended(r.Outcome)
	}
	for _, intent := range l.interrupted(nil) {
		r := l.completed(intent, practice.Partly, "an earlier attempt was interrupted, and how far it got cannot be seen: all that it announced counts as made")
		records = append(records, r)
		l.rec.ended(r.Outcome)
	}
	if err := l.rec.write(ctx, records...); err != nil {
		return err
	}
	if len(l.Peers) > 0 {
		return fmt.Errorf("another of the family may be able to look: %w", cause)
	}
	return l.hand(ctx)
}
