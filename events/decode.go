package events

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Decode reads the body of an invocation: one event, an array of them, or
// either of these as JSON in a string.
//
// Nothing is lost: when some elements of an array cannot be read, the others
// are returned together with an error that names the bad ones by their index.
func Decode(body []byte) ([]Event, error) {
	raw, err := unwrap(body)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if raw[0] != '[' {
		e, err := decodeOne(raw)
		if err != nil {
			return nil, fmt.Errorf("events: %w", err)
		}
		return []Event{e}, nil
	}
	list, _ := splitArray(raw)
	if len(list) == 0 {
		return nil, errors.New("events: an empty array, so no event")
	}
	// One bad element must not hide the others, nor be hidden by them.
	var out []Event
	var errs []error
	for i, elem := range list {
		e, err := decodeElement(elem)
		if err != nil {
			errs = append(errs, fmt.Errorf("events: element %d: %w", i, err))
			continue
		}
		out = append(out, e)
	}
	return out, errors.Join(errs...)
}

// decodeElement opens strings once more: some bridges write each element of a
// batch as text.
func decodeElement(elem json.RawMessage) (Event, error) {
	if elem[0] == '"' {
		inner, err := unwrap(elem)
		if err != nil {
			return Event{}, err
		}
		elem = inner
	}
	return decodeOne(elem)
}

// decodeOne reads one object. An array within the array would be a batch of
// batches, which nothing sends; it is an error rather than a guess.
func decodeOne(raw json.RawMessage) (Event, error) {
	if raw[0] != '{' {
		return Event{}, fmt.Errorf("%s where an event should be", nameOf(raw))
	}
	o := toObject(raw)
	if o == nil {
		return Event{}, errors.New("an object that cannot be read")
	}
	if isCloudEvent(o) {
		return decodeCloudEvent(o)
	}
	if o.has("ecsguard") {
		return decodeLook(raw)
	}
	// A log store of a trail keeps the record under one key.
	if inner := o.object("event"); inner.has("eventName") && !o.has("eventName") {
		o = inner
	}
	return decodeBare(o)
}

// decodeBare reads a record that came without an envelope. Sure signs are tried
// before weak ones: an ActionTrail record has a resourceType too, and a message
// of Cloud Config an eventName.
func decodeBare(o object) (Event, error) {
	e := Event{Data: compact(o.encode())}
	read := readerOf(o)
	if read == nil && o.has("resourceType") && o.has("resourceId") {
		read = readConfigItem
		// A remediation gets the name of the resource and nothing about it.
		if !o.has("captureTime") && !o.has("configuration") && !o.has("resourceEventType") {
			read = readRemediation
		}
	}
	if read == nil && o.has("triggerName") {
		read = readTimer
	}
	// A record that is ActionTrail's by half is told what it lacks.
	if read == nil && (o.has("eventName") || o.has("userIdentity") || o.has("eventId")) {
		read = readActionTrail
	}
	if read == nil {
		return Event{}, fmt.Errorf(`no "specversion" (a CloudEvent), "eventName" (ActionTrail), "resourceType" (Cloud Config) or "triggerName" (a timer) in an object of %s`, o.keys())
	}
	if err := read(&e, o); err != nil {
		return Event{}, err
	}
	if e.ID == "" {
		e.ID = hash(e.Data)
	}
	return e, nil
}

// readerOf knows a record by keys that nothing else has. Weaker signs do not
// do within a CloudEvent: any service's event may have a resourceId.
func readerOf(o object) func(*Event, object) error {
	switch {
	case o.has("eventName") && o.has("serviceName") && (o.has("userIdentity") || o.has("eventId")):
		return readActionTrail
	case o.has("invokingEvent") && o.has("resultToken"):
		return readConfigRule
	case o.has("evaluationResultIdentifier"):
		return readNonCompliant
	case o.has("configurationItem"):
		return readConfigItem
	}
	return nil
}

// nameOf names the type of a value for an error message.
func nameOf(raw json.RawMessage) string {
	switch raw[0] {
	case '[':
		return "an array"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	}
	return "a number"
}
