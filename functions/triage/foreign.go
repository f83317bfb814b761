package triage

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// foreign tells whether an event comes from an account or a region that is not watched. Such an
// event is not judged, and people are told once a day where it comes from.
func (r *Triage) foreign(ctx context.Context, in Invocation, e *events.Event) (bool, error) {
	var what, id, advice string
	most := mostForeigners
	switch {
	case e.Account != "" && in.Account != "" && e.Account != in.Account:
		what, id = "the account "+e.Account, e.Account
		advice = "Deploy ecsguard in that account too, or keep its events from this account's event bus."
		if e.OfTrail() { // of an organization, whose accounts are known
			most, advice = mostMembers, "The trail is that of the whole organization. Deploy ecsguard in that account too: from here nothing is changed there."
		}
	case e.Global: // what has no region is recorded in one all the same
		return false, nil
	case e.Region != "" && len(r.settings.Regions) > 0 && !slices.Contains(r.settings.Regions, e.Region) && !r.ofAccount(e):
		what, id = "the region "+e.Region, e.Region
		advice = "Add it to regions in ecsguard.yaml, if it is to be watched."
	default:
		return false, nil
	}
	r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", in.Request, "outcome", practice.Ignored, "why", what+" is not watched")
	if len(id) > 64 || !r.foreigners.few(id, most) {
		return true, nil // who can make up one can make up many, and people are told of some
	}
	err := r.tell(ctx, in, "foreign/"+id, itself(in), ledger.Record{
		Practice: triageFunction, Severity: practice.Low, Mode: practice.Observe, Outcome: practice.Observed, Key: "foreign " + id, Subject: triageFunction,
		Finding: fmt.Sprintf("events arrive from %s, which is not watched", what),
		Reason:  "ecsguard looks at nothing because of them",
		Facts:   map[string]string{"the first of them": e.Name + " " + e.Key()},
		Advice:  advice + " This is repeated in a day if it goes on.",
	})
	return true, err
}

// ofAccount tells whether an event is about something that belongs to no region: all events of
// RAM and IMS come from one region, which need not be among the watched ones.
func (r *Triage) ofAccount(e *events.Event) bool {
	matches := r.matcher.Match(e)
	return len(matches) > 0 && !slices.ContainsFunc(matches, func(m practice.Match) bool {
		return slices.ContainsFunc(m.Targets, func(t practice.Target) bool { return !resource.KindOf(t.Resource.Type).Global })
	})
}

// foreigners are the accounts and regions of which this process tells people.
type foreigners struct {
	mu  sync.Mutex
	ids []string
}

// mostForeigners is more than one misconfiguration in an organization causes, and few enough to
// read.
const mostForeigners = 10

// mostMembers are the accounts of an organization that are told of, each once a day.
const mostMembers = 1000

// few tells whether an account or a region is one of the first that came.
func (f *foreigners) few(id string, most int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.ids, id) && len(f.ids) < most {
		f.ids = append(f.ids, id)
	}
	return slices.Contains(f.ids, id)
}
