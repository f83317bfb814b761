package engine

import (
	"context"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The keys of records that are about the work itself and not about a finding. Their resource is
// looked at again until a practice has done so.
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

// A closer ends looks.
type closer struct {
	*assignment
	memory     *memory
	checker    *checker
	others     *others
	rec        *recorder
	reconciler *reconciler
}

// hand finishes a look: whatever it could not find out is left as cases, and the handover that
// asked for it is closed.
func (c *closer) hand(ctx context.Context, jobs []*job) error {
	var records []ledger.Record
	note := func(p *practice.Practice, key, why string, o practice.Outcome) *ledger.Record {
		r := c.rec.record(p, practice.Finding{Key: key, Resource: c.target.Resource, Title: why}, ledger.Result)
		r.Outcome, r.Reason, r.Quiet = o, why, true
		records = append(records, r)
		return &records[len(records)-1]
	}
	for i, p := range c.others.unjudged {
		if slices.Contains(c.others.unjudged[:i], p) {
			continue
		}
		note(p, KeyUnjudged, "its check did not work beside that of "+c.Practice.ID, practice.Deferred)
	}
	about := c.memory.of(c.target.Resource.ID)
	if changed(jobs, c.target.Resource.ID) || about.changedFor(c.target.Resource.ID, c.event.Key()) {
		// The event's effect is not missing: ecsguard has put it right, just now or before.
		c.checker.unseen = ""
	}
	if c.checker.unseen != "" && !about.noted(KeyUnseen, c.Practice.ID, c.event.Key()) {
		r := note(c.Practice, KeyUnseen, c.checker.unseen, practice.Deferred)
		r.Due = r.Time.Add(time.Minute)
	}
	for _, a := range c.event.Asked {
		if a.ID == c.target.Resource.ID && a.Handover != "" {
			r := note(c.Practice, KeyHandover, "it has been looked at", practice.Good)
			r.Closes = []string{a.Handover}
		}
	}
	for _, r := range about.records { // what this look was for
		if OfTheWork(r) && r.Practice == c.Practice.ID && r.Opens() && r.Key != KeyHandover && c.checker.unseen == "" && !c.memory.of(r.Resource).closed(r.Nonce) {
			done := note(c.Practice, r.Key, "it has been looked at", practice.Good)
			done.Closes = []string{r.Nonce}
		}
	}
	return c.rec.write(ctx, records...)
}
