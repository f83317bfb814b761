package notify

import (
	"cmp"
	"slices"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// failure says what happened. It takes only the name, the actor and the resource from the
// event, which contains whatever its sender wrote.
func (n *Notifier) failure(g events.Failure) message.Failure {
	f := message.Failure{Function: g.Function, Request: g.Request, Tries: g.Tries, Why: g.Why, Error: g.Error, Time: g.Time}
	happened, _ := events.Decode(g.Payload) // that it cannot be read may be why the function failed
	if len(happened) == 0 {
		return f
	}
	e := happened[0]
	f.Event, f.Region, f.Account = cmp.Or(e.Name, e.Trigger, e.Type), e.Region, e.Account
	f.EventTime, f.Actor, f.ActorType, f.ActorIP, f.ActorAgent = e.Time, e.Actor.Name, e.Actor.Type, e.Actor.SourceIP, e.Actor.UserAgent
	for _, e := range happened {
		for _, r := range n.about(g.Function, &e) {
			switch {
			case f.Resource == "":
				f.ResourceType, f.Resource = r.Type, r.ID
			case r.ID != f.Resource && !slices.Contains(f.Others, r.ID):
				f.Others = append(f.Others, r.ID)
			}
		}
	}
	return f
}

// about are the resources that a function was supposed to look at: those that it was asked for,
// or else those that its practice looks at because of the event (for triage, those of any
// practice). The resource that the event itself names comes last: it may be a different one, or
// missing.
func (n *Notifier) about(function string, e *events.Event) (all []events.Resource) {
	for _, a := range e.Asked {
		all = append(all, events.Resource{Type: a.Type, ID: a.ID})
	}
	if len(all) > 0 {
		return all
	}
	of := practice.OfFunction(function)
	own := slices.ContainsFunc(n.Practices, func(p *practice.Practice) bool { return p.ID == of })
	for _, p := range n.Practices {
		if own && p.ID != of {
			continue
		}
		for _, t := range p.Match(e) {
			if t.Resource.ID != "" {
				all = append(all, events.Resource{Type: t.Resource.Type, ID: t.Resource.ID})
			}
		}
	}
	if len(all) == 0 {
		all = e.Resources
	}
	return all
}
