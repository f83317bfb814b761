package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A reconciler settles what earlier attempts and looks have left.
type reconciler struct {
	*assignment
	memory *memory
	others *others
	rec    *recorder
}

// reconcile records the outcome of things that no longer show: changes that an earlier attempt
// of this invocation announced without recording a result, and findings that people were told
// of, or that were to be looked at again, and that are good now.
func (c *reconciler) reconcile(ctx context.Context, findings []practice.Finding, jobs []*job) error {
	var records []ledger.Record
	intents := c.interrupted(findings, jobs)
	if c.others.objections == nil && slices.ContainsFunc(intents, func(r ledger.Record) bool { return r.Practice != c.Practice.ID }) {
		c.others.askPeers(ctx) // the attempt edited for them
	}
	for _, intent := range intents {
		r := c.ending(intent, findings)
		records = append(records, r)
		c.rec.ended(r.Outcome)
	}
	for _, r := range c.gone(findings) {
		good := withoutCalls(c.stamp(r))
		good.Kind, good.Outcome, good.Reason, good.Round = ledger.Result, practice.Good, "it has been put right since it was reported", 0
		good.Due, good.Error, good.ErrorCode = time.Time{}, "", ""
		good.Closes = c.memory.of(r.Resource).stillOpen(r)
		if r.Confirms() {
			good.Reason, good.Quiet = "it was put right, and that held", true
		}
		records = append(records, good)
	}
	return c.rec.write(ctx, records...)
}

// ending is the result of an intent that needs nothing more, or nothing more from this look.
func (c *reconciler) ending(intent ledger.Record, findings []practice.Finding) ledger.Record {
	own, others := false, slices.Contains(c.others.failed, intent.Practice)
	for _, o := range c.others.shown(findings) {
		if o.by.ID == intent.Practice && o.finding.Key == intent.Key && o.resource() == intent.Resource {
			own, others = own || o.by == c.Practice, others || o.by != c.Practice
		}
	}
	other := c.memory.of(intent.Resource).instead(intent)
	var r ledger.Record
	switch {
	case others:
		return c.completed(intent, practice.Partly, "an earlier attempt was interrupted, and it is still wrong, or nobody can tell: all that it announced counts as made")
	case other != nil:
		r = withoutCalls(c.completed(intent, practice.Good, fmt.Sprintf("%s put it right instead (request %s)", cmp.Or(other.By, other.Practice), other.Request)))
	case c.memory.of(intent.Resource).toldFixed(intent.ID):
		r = c.completed(intent, practice.Fixed, "another look has put it right: an attempt before this one was interrupted before it could record what it had done")
	default:
		r = c.completed(intent, practice.Fixed, "nothing is wrong any more: an earlier attempt was interrupted before it could record that it had made the changes")
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
// of no finding that is still there and not dealt with, nor of a job. Of several for one
// finding there is one. Those about another resource than the one that is looked at are
// found by their pointers.
func (c *reconciler) interrupted(findings []practice.Finding, jobs []*job) (intents []ledger.Record) {
	noted := map[string]bool{}
	for _, f := range findings {
		id := c.id(c.Practice, f)
		noted[id] = !c.memory.of(f.Resource.ID).ended(id)
	}
	for _, j := range jobs {
		for _, id := range j.ids() {
			noted[id] = true // its result settles them
		}
	}
	for resource := range c.memory.past {
		for _, r := range c.memory.of(resource).open() {
			if (c.Invocation.wroteEarlier(r) || c.orphan(r, findings)) && r.Subject == c.target.Resource.ID && !noted[r.ID] {
				noted[r.ID] = true
				intents = append(intents, r)
			}
		}
	}
	slices.SortStableFunc(intents, func(a, b ledger.Record) int { return a.Time.Compare(b.Time) })
	return intents
}

// orphan tells whether an intent belongs to another, abandoned invocation of this practice and
// is about something that is good now. Whatever is still wrong is settled by this look's edit.
func (c *reconciler) orphan(r ledger.Record, findings []practice.Finding) bool {
	h := c.memory.at(r.Resource)
	return r.Practice == c.Practice.ID && r.Request != c.Invocation.Request && h != nil && h.read && c.memory.dead(r) &&
		!slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == r.Resource })
}

// gone are this practice's latest records about the resource for findings that were reported,
// or were to be looked at again, and no longer show.
func (c *reconciler) gone(findings []practice.Finding) (records []ledger.Record) {
	id := c.target.Resource.ID
	history, later := c.memory.history(id), map[string]bool{}
	settled := ledger.Settled(history)
	for _, r := range slices.Backward(history) {
		if r.Kind != ledger.Result || r.Practice != c.Practice.ID || r.Resource != id || r.Outcome == practice.Ignored || OfTheWork(r) || r.Momentary || later[r.Key] {
			continue
		}
		later[r.Key] = true
		still := slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == id })
		if r.Key == KeyGaveUp && c.memory.of(id).mayHaveChanged(c.Practice.ID) {
			continue // who gave up may have changed something, and the look that says so comes later
		}
		stands := (r.Opens() || r.Confirms() && c.memory.of(r.Resource).confirms(r, c.event.ID)) && !settled[r.Nonce] || r.Outcome.Waits()
		if stands && !still {
			records = append(records, r)
		}
	}
	return records
}

// completed is the result of an intent whose attempt ended before it could write one.
func (c *reconciler) completed(intent ledger.Record, outcome practice.Outcome, reason string) ledger.Record {
	all, r := c.memory.of(intent.Resource).earlier(nil, intent.ID), c.stamp(intent)
	r.Kind, r.Outcome, r.Reason, r.Round = ledger.Result, outcome, reason, 0
	r.Calls, r.Why, r.Undo, r.CallsMade = all.Calls, all.Why, all.Undo, len(all.Calls)
	r.Quiet = outcome == practice.Fixed && c.memory.of(intent.Resource).toldFixed(intent.ID)
	for _, open := range c.memory.of(intent.Resource).unfinished(intent.ID) {
		r.Closes = append(r.Closes, open.Nonce)
	}
	return r
}
