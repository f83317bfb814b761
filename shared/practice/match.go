package practice

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A Target is a resource that an event asks a practice to look at.
type Target struct {
	Resource Resource
	Trigger  Trigger
}

// Match returns what the event asks the practice to look at: what its triggers say, and
// from what an exemption is taken away. A trigger that is met
// but whose resource the event does not name yields a target without an ID.
func (p *Practice) Match(e *events.Event) []Target {
	var targets []Target
	for _, t := range p.Triggers {
		if !t.meets(e) || t.Else && len(targets) > 0 {
			continue
		}
		ids := e.Find(t.Resource)
		if t.Kin {
			ids = slices.DeleteFunc(ids, func(id string) bool { return !resource.KindOf(cmp.Or(t.Type, p.Resource)).Holds(id) })
		}
		sure := e.Succeeded() || t.Failed
		// What may not have been made need not have a name, nor become visible.
		t.New = t.New && sure
		switch {
		case len(ids) == 0 && (t.Maybe || t.Kin || !sure || e.Later()):
			continue
		case len(ids) == 0:
			ids = []string{""}
		case t.Else:
			ids = ids[:1]
		}
		region := e.Region
		if t.Region != "" {
			region = cmp.Or(strings.Join(e.Find(t.Region), ""), region)
		}
		for _, id := range ids {
			targets = aim(targets, Target{Resource{Type: cmp.Or(t.Type, p.Resource), ID: id, Region: region, Account: e.Account}, t})
		}
	}
	for _, kind := range p.kinds() {
		for _, id := range p.exposed(e, kind) {
			targets = aim(targets, Target{Resource{Type: kind.Type, ID: id, Region: e.Region, Account: e.Account}, Trigger{Service: e.Service, Name: e.Name}})
		}
	}
	return targets
}

// aim adds a target, unless its resource is looked at already.
func aim(targets []Target, target Target) []Target {
	target.Resource = target.Resource.Placed()
	if slices.ContainsFunc(targets, func(x Target) bool { return x.Resource == target.Resource }) {
		return targets
	}
	return append(targets, target)
}

func (t Trigger) meets(e *events.Event) bool {
	if t.By != "" && e.Actor.Type != t.By {
		return false
	}
	named := t.Service == Every && e.Acts() || e.Is(t.Service, t.Name) || e.Rule != "" && t.Name == e.Rule && strings.EqualFold(t.Service, e.Service)
	return named && (!e.Refused() || t.Failed)
}

// Task identifies the work that an event gives to a practice, however often the
// event is delivered. Function Compute rejects an asynchronous task whose id it has
// seen, so the same work is not done twice.
//
// A remediation call of Cloud Config has no identity of its own, and a second case
// would pass for a second delivery: there the invocation, which keeps its request id
// when it is run again, is the identity.
func Task(practiceID string, e *events.Event, request string) string {
	identity := practiceID + "\x00" + e.Key()
	if e.Kind == events.KindConfigRemediation {
		identity += "\x00" + request
	}
	sum := sha256.Sum256([]byte(identity))
	return "t" + hex.EncodeToString(sum[:16]) // a task id begins with a letter
}
