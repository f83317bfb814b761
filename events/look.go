package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Look is how ecsguard's own functions ask one another for a look: at resources that an
// event is about and where something is wrong, at what a sweep has found, at what was left
// wrong, or at any of these in the place of another practice that could not.
type Look struct {
	Ecsguard string `json:"ecsguard"` // "look"

	Event   json.RawMessage `json:"event,omitempty"`   // what it comes from, as it was
	Targets []Asked         `json:"targets,omitempty"` // what to look at; none: all that the event is about
	For     []string        `json:"for,omitempty"`     // practices of the family that object too, and that this look speaks for
	Passed  []string        `json:"passed,omitempty"`  // practices of the family that were asked before, and could not

	// Where there is no event:
	ID    string    `json:"id,omitempty"`        // of this look
	Name  string    `json:"eventName,omitempty"` // of the event that led to it, if there was one
	Time  time.Time `json:"eventTime,omitzero"`
	Actor Actor     `json:"actor,omitzero"`
	Sweep bool      `json:"sweep,omitempty"` // it comes from a sweep
	Left  int       `json:"left,omitempty"`  // findings that the sweep may still act on
}

// Asked is a resource that a look is asked for.
type Asked struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Region  string `json:"region,omitempty"`
	Account string `json:"account,omitempty"`

	// Handover is of the note that the look was handed over. Whoever has looked closes it;
	// while it is open, somebody else is asked in a while.
	Handover string `json:"handover,omitempty"`
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
		inner[0].Asked, inner[0].For, inner[0].Passed = l.Targets, l.For, l.Passed
		return inner[0], l.named()
	case l.ID == "" || len(l.Targets) == 0:
		return Event{}, errors.New("a look without an event names its id, and what to look at")
	}
	first := l.Targets[0]
	e := Event{
		Kind: KindLook, ID: l.ID, Service: "ecsguard", Name: l.Name, Time: l.Time, Region: first.Region, Account: first.Account, Actor: l.Actor,
		Asked: l.Targets, For: l.For, Passed: l.Passed, Sweep: l.Sweep, Left: l.Left, Data: raw,
	}
	for _, t := range l.Targets {
		e.Resources = append(e.Resources, Resource{Type: t.Type, ID: t.ID})
	}
	return e, l.named()
}

// named says which target lacks what it is known by.
func (l Look) named() error {
	for i, t := range l.Targets {
		if t.Type == "" || t.ID == "" {
			return fmt.Errorf("target %d of a look has the type %q and the id %q: it needs both", i+1, t.Type, t.ID)
		}
	}
	return nil
}
