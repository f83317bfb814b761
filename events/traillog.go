package events

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// TrailRecord is a record as ActionTrail delivers it to a trail's logstore.
type TrailRecord struct {
	Act  Act    // what was done: enough to tell whether anybody asks for it
	text string // the record
	also [6]string
}

// laneAttribute says in the envelope by which way an event has come, where that is not the bus.
const (
	laneAttribute = "ecsguardlane"
	laneTrail     = "trail"
)

// trailFields are read without the rest: most records concern nobody.
var trailFields = []string{"eventName", "serviceName", "eventSource", "eventType", "eventId", "eventTime", "recipientAccountId", "acsRegion"}

// TrailLog reads a log of a trail's logstore, of which one field, event, holds the record as JSON.
func TrailLog(fields map[string]string) (r TrailRecord, err error) {
	r.text = strings.TrimSpace(fields["event"])
	switch {
	case r.text == "":
		return r, errors.New(`events: a trail's log has no field "event"`)
	case r.text[0] != '{' || !gjson.Valid(r.text):
		return r, errors.New(`events: the field "event" of a trail's log is not a JSON object`)
	}
	var found [8]string
	for i, v := range gjson.GetMany(r.text, trailFields...) {
		if v.Type == gjson.String || v.Type == gjson.Number {
			found[i] = v.String()
		}
	}
	r.Act, r.also = Act{strings.ToLower(found[1]), found[0]}, [6]string(found[2:])
	if r.Act.Service == "" { // as readActionTrail has it
		r.Act.Service, _, _ = strings.Cut(strings.ToLower(r.also[0]), ".")
	}
	switch {
	case r.Act.Name == "":
		return r, errors.New(`events: no "eventName" in the record of a trail's log`)
	case r.Act.Service == "" || strings.ContainsAny(r.Act.Service, ":/"):
		return r, fmt.Errorf(`events: no "serviceName" in the record of %s in a trail's log`, r.Act.Name)
	}
	return r, nil
}

// Actor is of which type the actor is.
func (r TrailRecord) Actor() string { return gjson.Get(r.text, "userIdentity.type").Str }

// CloudEvent is the event that EventBridge would have sent of the record, so that it has the same
// [Event.Key], and nobody who reads it has to know which way it came. Sign-ins come by this way
// only: EventBridge has no type for them.
func (r TrailRecord) CloudEvent() []byte {
	envelope := object{
		"specversion": quote("1.0"), "source": quote("acs." + r.Act.Service), "type": quote(r.Act.Service + ":ActionTrail:" + cmp.Or(r.also[1], "ApiCall")),
		"datacontenttype": quote("application/json"), laneAttribute: quote(laneTrail), "data": json.RawMessage(r.text),
	}
	for i, attribute := range []string{"id", "time", "aliyunaccountid", "aliyunregionid"} {
		if s := r.also[2+i]; s != "" {
			envelope[attribute] = quote(s)
		}
	}
	return mend(envelope).encode(envelopeOrder...)
}

// OfTrail tells whether an event has come by a trail's logstore.
func (e *Event) OfTrail() bool { return toObject(e.Envelope).text(laneAttribute) == laneTrail }
