package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Look is how ecsguard's own functions ask one another for a look: at an event that
// another practice was to deal with and could not, or at a resource that was left wrong.
type Look struct {
	Ecsguard string `json:"ecsguard"` // "look"

	// An event that comes again, for the next of the family.
	Event  json.RawMessage `json:"event,omitempty"`
	Passed []string        `json:"passed,omitempty"` // who was asked before

	// Or a resource.
	ID       string    `json:"id,omitempty"` // of this look
	Type     string    `json:"type,omitempty"`
	Resource string    `json:"resource,omitempty"`
	Region   string    `json:"region,omitempty"`
	Account  string    `json:"account,omitempty"`
	Name     string    `json:"eventName,omitempty"` // of the event that led to it, if there was one
	Time     time.Time `json:"eventTime,omitzero"`
	Actor    Actor     `json:"actor,omitzero"`
}

// LookWord is what Ecsguard is.
const LookWord = "look"

// decodeLook reads a look. An event that comes again is as it was.
func decodeLook(raw json.RawMessage) (Event, error) {
	var l Look
	if err := json.Unmarshal(raw, &l); err != nil {
		return Event{}, fmt.Errorf("a look that cannot be read: %w", err)
	}
	switch {
	case l.Ecsguard != LookWord:
		return Event{}, fmt.Errorf("ecsguard is asked for %q, and there are looks only", l.Ecsguard)
	case l.Event != nil:
		inner, err := Decode(l.Event)
		if err != nil {
			return Event{}, err
		}
		if len(inner) != 1 {
			return Event{}, fmt.Errorf("a look at %d events, and it is made at one", len(inner))
		}
		inner[0].Passed = l.Passed
		return inner[0], nil
	case l.ID == "" || l.Type == "" || l.Resource == "":
		return Event{}, errors.New("a look names its id, and the type and the id of a resource")
	}
	return Event{
		Kind: KindLook, ID: l.ID, Service: "ecsguard", Name: l.Name, Time: l.Time, Region: l.Region, Account: l.Account, Actor: l.Actor,
		Resources: []Resource{{Type: l.Type, ID: l.Resource}}, Passed: l.Passed, Data: raw,
	}, nil
}
