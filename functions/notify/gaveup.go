package notify

import (
	"cmp"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/message"
)

// failure says what happened. Of the event only its name, who did it and what it is
// about are told: it holds whatever somebody sent.
func failure(g events.Failure) message.Failure {
	f := message.Failure{Function: g.Function, Request: g.Request, Tries: g.Tries, Why: g.Why, Error: g.Error, Time: g.Time}
	happened, _ := events.Decode(g.Payload) // that it cannot be read may be why the function failed
	if len(happened) == 0 {
		return f
	}
	e := happened[0]
	f.Event, f.Region, f.Account = cmp.Or(e.Name, e.Trigger, e.Type), e.Region, e.Account
	f.EventTime, f.Actor, f.ActorType, f.ActorIP, f.ActorAgent = e.Time, e.Actor.Name, e.Actor.Type, e.Actor.SourceIP, e.Actor.UserAgent
	if len(e.Resources) > 0 {
		f.ResourceType, f.Resource = e.Resources[0].Type, e.Resources[0].ID
	}
	return f
}
