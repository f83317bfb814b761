package run

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// task identifies the work: one a practice and event.
func (l *look) task() string { return practice.Task(l.Practice.ID, l.event, l.Invocation.Request) }

// id identifies a finding of an event: the same at every delivery and every look.
func (l *look) id(f practice.Finding) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.task(), f.Resource.Type, f.Resource.ID, f.Key}, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// record is what is known of a finding, with everything its changes would do.
func (l *look) record(f practice.Finding, kind audit.Kind) audit.Record {
	r := audit.Record{
		ID: l.id(f), Kind: kind,
		Practice: l.Practice.ID, Severity: l.Practice.Severity,
		ResourceType: f.Resource.Type, Resource: f.Resource.ID, ResourceName: f.Resource.Name,
		Region: f.Resource.Region, Account: f.Resource.Account,
		Subject: l.target.Resource.ID, Key: f.Key, Finding: f.Title, Facts: f.Facts, Advice: f.Advice, Also: l.also[l.id(f)],
		Event: l.event.Key(), EventName: l.event.Name, EventTime: l.event.Time,
		Actor: l.event.Actor.Name, ActorType: l.event.Actor.Type, ActorIP: l.event.Actor.SourceIP,
		ActorAgent: l.event.Actor.UserAgent, ActorKey: l.event.Actor.AccessKeyID,
		Task: l.task(),
	}
	return planned(l.stamp(r), f.Changes)
}

// stamp says which run is writing, and when.
func (l *look) stamp(r audit.Record) audit.Record {
	r.Time, r.Mode = l.Now().UTC(), l.Settings.ModeOf(l.Practice)
	r.Request, r.Attempt, r.Version = l.Invocation.Request, l.Invocation.Attempt, l.Invocation.Version
	if !l.event.Time.IsZero() {
		r.LagMS = r.Time.Sub(l.event.Time).Milliseconds()
	}
	return r
}

// planned puts changes into a record, and what takes them back in the reverse order.
func planned(r audit.Record, changes []practice.Change) audit.Record {
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
