// Package audit is ecsguard's statement of what it saw and did: flat records in
// Simple Log Service, written before anything is changed and after. It is kept
// apart from logging: it has no levels, drops nothing, and its errors stop the work.
package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Kind tells an announcement from a result.
type Kind string

// The kinds.
const (
	Intent Kind = "intent" // about to change something
	Result Kind = "result" // how the look at a finding ended
)

// A Record is one statement. Each field is one field of the log, so that each fact
// can be searched. A result has the ID of its intent.
type Record struct {
	ID   string    `log:"id"` // the same for the same finding of the same event, however often it is delivered
	Kind Kind      `log:"kind"`
	Time time.Time `log:"time"`

	Practice string            `log:"practice"`
	Severity practice.Severity `log:"severity"`
	Mode     practice.Mode     `log:"mode"`
	Outcome  practice.Outcome  `log:"outcome"` // empty in an intent
	Reason   string            `log:"reason"`  // why this outcome, where that is not plain
	Round    int               `log:"round"`   // of check and apply; 1 is the first

	ResourceType string `log:"resource_type"`
	Resource     string `log:"resource"`
	ResourceName string `log:"resource_name"`
	Region       string `log:"region"`
	Account      string `log:"account"`

	Subject string            `log:"subject"` // id of the resource that was looked at; the finding may be on a part of it
	Key     string            `log:"key"`     // tells findings of one resource apart
	Finding string            `log:"finding"` // what is wrong, in a person's words
	Facts   map[string]string `log:"facts"`   // JSON
	Calls   []cloud.Call      `log:"calls"`   // JSON; made, about to be made, or that would be made
	Why     []string          `log:"why"`     // JSON; a reason for each call
	Undo    []cloud.Call      `log:"undo"`    // JSON; takes the calls back, in this order
	Advice  string            `log:"advice"`  // what a person should do
	Also    []string          `log:"also"`    // JSON; other practices that object to some of the same

	Event      string    `log:"event"` // identity of what made us look, the same at every delivery; empty in a sweep
	EventName  string    `log:"event_name"`
	EventTime  time.Time `log:"event_time"`
	Actor      string    `log:"actor"` // who did it
	ActorType  string    `log:"actor_type"`
	ActorIP    string    `log:"actor_ip"`
	ActorAgent string    `log:"actor_agent"`
	ActorKey   string    `log:"actor_access_key"` // the id, never the secret
	Task       string    `log:"task"`             // of the invocation: one a practice and event
	Request    string    `log:"request"`          // Function Compute's request id
	Attempt    int       `log:"attempt"`          // 0 is the first
	CallsMade  int       `log:"calls_made"`       // changing calls that succeeded
	RoundTrips int       `log:"round_trips"`      // of the API and the audit log until this record, one after the other
	LagMS      int64     `log:"lag_ms"`           // from the event to this record
	Error      string    `log:"error"`
	ErrorCode  string    `log:"error_code"`
	RetryLater bool      `log:"retry_later"` // the invocation fails, so that Function Compute runs it again
	Version    string    `log:"version"`     // of ecsguard
}

// Fields is the record as the log keeps it. Empty fields are left out.
func (r Record) Fields() map[string]string {
	out := map[string]string{}
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		if text := format(v.Field(i)); text != "" {
			out[v.Type().Field(i).Tag.Get("log")] = text
		}
	}
	return out
}

func format(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	case int, int64, bool:
		return fmt.Sprint(x)
	}
	if v.Kind() == reflect.String {
		return v.String()
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		panic(err) // maps and slices of strings always encode
	}
	return string(text)
}

// Parse reads a record back from the log. Fields it does not know are the log's own.
func Parse(fields map[string]string) (Record, error) {
	var r Record
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("log")
		text, ok := fields[name]
		if !ok || text == "" {
			continue
		}
		if err := parse(v.Field(i), text); err != nil {
			return Record{}, fmt.Errorf("audit record %s: field %s: %w", cmp.Or(fields["id"], "without id"), name, err)
		}
	}
	if r.ID == "" || r.Kind != Intent && r.Kind != Result {
		return Record{}, fmt.Errorf("audit record %q has kind %q: not one of ours", r.ID, r.Kind)
	}
	return r, nil
}

func parse(v reflect.Value, text string) error {
	switch v.Interface().(type) {
	case time.Time:
		t, err := time.Parse(time.RFC3339Nano, text)
		v.Set(reflect.ValueOf(t))
		return err
	case int, int64:
		n, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(n)
		return err
	case bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	}
	if v.Kind() == reflect.String {
		v.SetString(text)
		return nil
	}
	return json.Unmarshal([]byte(text), v.Addr().Interface())
}

// FieldNames are the log's fields, for its index.
func FieldNames() []string {
	t := reflect.TypeFor[Record]()
	var names []string
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("log"))
	}
	slices.Sort(names)
	return names
}
