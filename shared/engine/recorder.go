package engine

import (
	"cmp"
	"context"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A recorder writes a look's records to the ledger, and keeps how each finding ended.
type recorder struct {
	*assignment
	ledger   Ledger
	others   *others
	memory   *memory
	outcomes []practice.Outcome
}

// record makes the record of a practice's finding.
func (r *recorder) record(p *practice.Practice, f practice.Finding, kind ledger.Kind) ledger.Record {
	said := ledger.Record{
		ID: r.id(p, f), Kind: kind,
		Practice: p.ID, Severity: cmp.Or(f.Severity, p.Severity), Family: family(p), Touches: p.Touches && !f.Inspection || f.Lock.Any(), Momentary: f.Momentary,
		ResourceType: f.Resource.Type, Resource: f.Resource.ID, ResourceName: f.Resource.Name,
		Region: f.Resource.Region, Account: f.Resource.Account,
		Subject: r.target.Resource.ID, Key: f.Key, Finding: f.Title, Facts: f.Facts, Doubt: f.Doubt, UsedBy: f.UsedBy, Missed: f.Missed, Costs: f.Costs, TagsOf: f.TagsOf.ID, TagType: f.TagsOf.Type, Advice: f.Advice, Also: r.others.also(p, f, kind),
		Lock:     f.Lock,
		ActorKey: r.event.Actor.AccessKeyID,
		Task:     practice.Task(p.ID, r.event, r.Invocation.Request), Same: sameOf(f), Fact: factOf(f),
	}.Because(r.event)
	if kind == ledger.Result {
		for _, paste := range f.Paste {
			paste.Now = true
			said.Prevent = append(said.Prevent, paste)
		}
		if p.Prevent != nil && r.memory.of(f.Resource.ID).comesAgain(p.ID, said.ID, said.Same) {
			said.Prevent = append(said.Prevent, p.Prevent(f)...)
		}
	}
	if p != r.Practice {
		said.By = r.Practice.ID
	}
	return r.stamp(said)
}

// ignore ends a finding without a record.
func (r *recorder) ignore(of practice.Resource, why string) {
	r.note(of, practice.Ignored, why)
	r.ended(practice.Ignored)
}

// write appends records, if there are any, and logs the results among them.
func (r *recorder) write(ctx context.Context, records ...ledger.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := r.ledger.Append(ctx, records...); err != nil {
		return err
	}
	for _, said := range records {
		if said.Kind == ledger.Result {
			r.Log.Info("looked", "practice", said.Practice, "resource", said.Resource, "event", said.Event, "request", said.Request,
				"mode", said.Mode, "outcome", said.Outcome, "why", said.Reason)
		}
	}
	return nil
}

// ended notes how a finding ended.
func (r *recorder) ended(o practice.Outcome) { r.outcomes = append(r.outcomes, o) }
