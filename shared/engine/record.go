package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// id identifies a finding of an event: the same at every delivery and every look,
// whichever member of the family it is that looks.
func (l *look) id(p *practice.Practice, f practice.Finding) string {
	task := practice.Task(p.ID, l.event, l.Invocation.Request)
	return digest(task, f.Resource.Type, f.Resource.ID, f.Key)
}

// family is what the records of practices that edit a resource together have in common.
func family(p *practice.Practice) string {
	if p.Family != nil {
		return p.Family.Name
	}
	return p.ID
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// factOf is a digest of what was seen. It differs when the same mistake is made again: a
// rule that is made again has another id.
func factOf(f practice.Finding) string {
	parts := []string{f.Title}
	for _, name := range slices.Sorted(maps.Keys(f.Facts)) {
		parts = append(parts, name, f.Facts[name])
	}
	if f.Doubt != "" {
		parts = append(parts, f.Doubt)
	}
	parts = append(parts, slices.Sorted(maps.Keys(f.Scope))...)
	return digest(parts...)
}

// sameOf is a digest of the mistake: it is the same whenever the same is done again.
func sameOf(f practice.Finding) string { return digest(f.Key, cmp.Or(f.Same, f.Title)) }

// record is what is known of a finding of a practice.
func (l *look) record(p *practice.Practice, f practice.Finding, kind ledger.Kind) ledger.Record {
	r := ledger.Record{
		ID: l.id(p, f), Kind: kind,
		Practice: p.ID, Severity: cmp.Or(f.Severity, p.Severity), Family: family(p), Touches: p.Touches, Momentary: f.Momentary,
		ResourceType: f.Resource.Type, Resource: f.Resource.ID, ResourceName: f.Resource.Name,
		Region: f.Resource.Region, Account: f.Resource.Account,
		Subject: l.target.Resource.ID, Key: f.Key, Finding: f.Title, Facts: f.Facts, Doubt: f.Doubt, UsedBy: f.UsedBy, Missed: f.Missed, TagsOf: f.TagsOf.ID, TagType: f.TagsOf.Type, Advice: f.Advice, Also: l.also(p, f, kind),
		ActorKey: l.event.Actor.AccessKeyID,
		Task:     practice.Task(p.ID, l.event, l.Invocation.Request), Same: sameOf(f), Fact: factOf(f),
	}.Because(l.event)
	if p != l.Practice {
		r.By = l.Practice.ID
	}
	return l.stamp(r)
}

// stamp says which run is writing, and when.
func (l *look) stamp(r ledger.Record) ledger.Record {
	r.Time, r.Mode, r.Nonce = l.Now().UTC(), l.modeOf(r.Practice), l.nonce()
	r.Request, r.Attempt, r.Version = l.Invocation.Request, l.Invocation.Attempt, l.Invocation.Version
	r.Received = time.Time{}
	if !l.event.Time.IsZero() {
		r.LagMS = r.Time.Sub(l.event.Time).Milliseconds()
	}
	return r
}

func (l *look) modeOf(id string) practice.Mode {
	for _, p := range l.Peers {
		if p.ID == id {
			return l.Settings.ModeOf(p)
		}
	}
	return l.Settings.ModeOf(l.Practice)
}

// withChanges puts changes into a record, and what takes them back in the reverse order.
func withChanges(r ledger.Record, changes []practice.Change) ledger.Record {
	r.Calls, r.Why, r.Undo = nil, nil, nil
	for _, c := range changes {
		r.Calls, r.Why = append(r.Calls, c.Call), append(r.Why, c.Why)
		if c.Undo != nil {
			r.Undo = append(r.Undo, *c.Undo)
		}
	}
	slices.Reverse(r.Undo)
	return r
}

func sameCall(a, b cloud.Call) bool { return a.String() == b.String() }

// earlier is what unfinished intents announced and the plan no longer holds: it was
// done, as far as anybody can tell. What takes it back is in the reverse order.
func (l *look) earlier(resource string, plan []practice.Change, ids ...string) (e ledger.Record) {
	now := withChanges(ledger.Record{}, plan)
	done := func(c cloud.Call, still, noted []cloud.Call) bool {
		same := func(x cloud.Call) bool { return sameCall(c, x) }
		return !slices.ContainsFunc(still, same) && !slices.ContainsFunc(noted, same)
	}
	for _, r := range l.unfinished(resource, ids...) {
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

// with returns facts with one more, if there is something to say.
func with(facts map[string]string, name, value string) map[string]string {
	if value == "" {
		return facts
	}
	facts = maps.Clone(facts)
	if facts == nil {
		facts = map[string]string{}
	}
	facts[name] = value
	return facts
}
