package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The keys of records that are about the work itself and not about what was found. What
// they are about is looked at again until somebody has.
const (
	KeyHandover = "handed over"  // to a practice that has not answered yet
	KeyUnjudged = "not judged"   // by a practice in whose place another one spoke, and could not judge
	KeyUnseen   = "not seen yet" // what an event did does not show
	KeyGaveUp   = "gave up"      // a practice's function failed at every attempt
)

// OfTheWork tells whether a record is about the work itself.
func OfTheWork(r ledger.Record) bool {
	return r.Key == KeyHandover || r.Key == KeyUnjudged || r.Key == KeyUnseen
}

// hand ends a look that has come to its end: what it could not find out is left as cases,
// and who handed it over is told that it is done.
func (l *look) hand(ctx context.Context) error {
	var records []ledger.Record
	note := func(p *practice.Practice, key, why string, o practice.Outcome) *ledger.Record {
		r := l.rec.record(p, practice.Finding{Key: key, Resource: l.target.Resource, Title: why}, ledger.Result)
		r.Outcome, r.Reason, r.Quiet = o, why, true
		records = append(records, r)
		return &records[len(records)-1]
	}
	for i, p := range l.others.unjudged {
		if slices.Contains(l.others.unjudged[:i], p) {
			continue
		}
		note(p, KeyUnjudged, "its check did not work beside that of "+l.Practice.ID, practice.Deferred)
	}
	if l.undone() {
		l.checker.unseen = ""
	}
	if l.checker.unseen != "" && !l.noted(KeyUnseen) {
		r := note(l.Practice, KeyUnseen, l.checker.unseen, practice.Deferred)
		r.Due = r.Time.Add(time.Minute)
	}
	for _, a := range l.event.Asked {
		if a.ID == l.target.Resource.ID && a.Handover != "" {
			r := note(l.Practice, KeyHandover, "it has been looked at", practice.Good)
			r.Closes = []string{a.Handover}
		}
	}
	for _, r := range l.memory.history(l.target.Resource.ID) { // what this look was for
		if OfTheWork(r) && r.Practice == l.Practice.ID && r.Opens() && r.Key != KeyHandover && l.checker.unseen == "" && !l.closed(r) {
			c := note(l.Practice, r.Key, "it has been looked at", practice.Good)
			c.Closes = []string{r.Nonce}
		}
	}
	return l.rec.write(ctx, records...)
}

// noted tells whether an earlier delivery of the event has left the same.
func (l *look) noted(key string) bool {
	return slices.ContainsFunc(l.memory.history(l.target.Resource.ID), func(r ledger.Record) bool {
		return r.Key == key && r.Practice == l.Practice.ID && r.Event == l.event.Key()
	})
}

// undone tells whether ecsguard itself has changed the resource because of the event: what
// the event did is not missing then, it has been put right.
func (l *look) undone() bool {
	if slices.ContainsFunc(l.plan.jobs, func(j *job) bool { return j.made() > 0 && j.resource().ID == l.target.Resource.ID }) {
		return true // just now, by this look
	}
	return slices.ContainsFunc(l.memory.history(l.target.Resource.ID), func(r ledger.Record) bool {
		return r.CallsMade > 0 && r.Resource == l.target.Resource.ID && r.Event == l.event.Key()
	})
}

func (l *look) closed(r ledger.Record) bool {
	return ledger.Settled(l.memory.history(r.Resource))[r.Nonce]
}

// speak tells what those of the family object to that only tell and have not been woken,
// because this practice was. Nothing waits for it: it comes when all changes are made.
func (l *look) speak(acting context.Context) error {
	if l.Settings.ModeOf(l.Practice) != practice.Enforce {
		return nil // all have been asked
	}
	peers := slices.DeleteFunc(l.watching(), func(p *practice.Practice) bool {
		return !slices.Contains(l.event.For, p.ID) || l.Settings.ModeOf(p) == practice.Enforce
	})
	var found []objection
	judged, failed := l.others.judgeAll(acting, l.checker.memo, peers)
	for i, p := range peers {
		if failed[i] != nil {
			l.others.unjudged = append(l.others.unjudged, p)
			l.log().Warn("a practice of the family cannot judge", "peer", p.ID, "error", failed[i])
		}
		found = append(found, judged[i]...)
	}
	var resources []practice.Resource
	for _, o := range found {
		resources = append(resources, o.finding.Resource)
	}
	if err := l.memory.recall(acting, resources...); err != nil {
		return fmt.Errorf("reading what was told of it before: %w", err)
	}
	found = l.others.weighed(found)
	for _, o := range found {
		rest := func(g objection) bool { return o.coveredBy(g) }
		if l.plan.seen[o.id] || slices.ContainsFunc(found, rest) || slices.ContainsFunc(l.plan.told, func(t told) bool { return rest(t.objection) }) {
			continue
		}
		l.toTell(acting, o)
	}
	return nil
}
