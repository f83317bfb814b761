// Package ledger is ecsguard's audit log, its statement of what it saw and did: flat records in
// Simple Log Service, written before anything is changed and after. It is kept apart from
// logging: it has no levels, drops nothing, and its errors stop the work.
package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Kind distinguishes an announcement from a result.
type Kind string

// The kinds.
const (
	Intent  Kind = "intent"  // about to change something
	Result  Kind = "result"  // how the look at a finding ended
	Pointer Kind = "pointer" // an intent about another resource came from the look at this one
	Hold    Kind = "hold"    // not to be changed until a time: somebody has taken a change back
	Sweep   Kind = "sweep"   // how far a sweep has come
	Cases   Kind = "cases"   // what is open and when it is looked at again, as of one minute
	Pulse   Kind = "pulse"   // a part of ecsguard was at work; nobody is told
)

// Kinds is the closed set.
var Kinds = []Kind{Intent, Result, Pointer, Hold, Sweep, Cases, Pulse}

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

	Subject string                `log:"subject"`  // id of the resource that was looked at; the finding may be on a part of it
	Key     string                `log:"key"`      // tells findings of one resource apart
	Finding string                `log:"finding"`  // what is wrong, in a person's words
	Facts   map[string]string     `log:"facts"`    // JSON; for people: no code goes by it
	Note    string                `log:"note"`     // what the guard had to say while it let a change pass
	Doubt   string                `log:"doubt"`    // why the actor may not be the one who did it
	UsedBy  string                `log:"used_by"`  // who has used what is wrong
	Missed  string                `log:"missed"`   // why it is not known who has used it, where that was to be read
	Costs   string                `log:"costs"`    // what putting it right costs and interrupts
	TagsOf  string                `log:"tags_of"`  // id of what is tagged to exempt the resource, which has no tags of its own
	TagType string                `log:"tag_type"` // type of TagsOf
	Calls   []cloud.Call          `log:"calls"`    // JSON; made, about to be made, or that would be made
	Why     []string              `log:"why"`      // JSON; a reason for each call
	Undo    []cloud.Call          `log:"undo"`     // JSON; takes the calls back, in this order
	Prevent []practice.Prevention `log:"prevent"`  // JSON; what stops it at its source, where it has come again
	Advice  string                `log:"advice"`   // what a person should do
	Also    []string              `log:"also"`     // JSON; other practices that object to some of the same
	Members []Member              `log:"members"`  // JSON; the findings that one edit puts right, where there are several
	Edit    string                `log:"edit"`     // id of the record that holds the calls and their undo, where this one does not

	// What the engine depends on when it reads the log back.
	Family string        `log:"family"` // practices of one act on a resource by one edit
	By     string        `log:"by"`     // the function that acted, where it stood in for the practice's own
	Nonce  string        `log:"nonce"`  // of this statement: a copy of it has the same
	Closes []string      `log:"closes"` // JSON; nonces of the intents and deferrals that this result settles
	Same   string        `log:"same"`   // digest of what is wrong, the same when it is done again
	Fact   string        `log:"fact"`   // digest of what was seen, another when it is done again
	Due    time.Time     `log:"due"`    // when to look again, where that is not the usual time
	Every  time.Duration `log:"every"`  // and from then on, for as long as something takes that is done in steps
	Quiet  bool          `log:"quiet"`  // people have been told of this before
	Until  time.Time     `log:"until"`  // of a hold
	Open   []Case        `log:"open"`   // JSON; of the kind cases

	// Momentary says that only an event showed it: nobody looks at it again.
	Momentary bool `log:"momentary"`

	// Touches says that the change acts on a machine, a key or a user; only a few of these may be
	// touched in an hour.
	Touches bool `log:"touches"`

	// Lock is what the change takes from a person or a program: looks that announce a change later
	// count it as done.
	Lock practice.Lock `log:"lock"`

	// Received is when the log got the record, by its own clock. The log service adds it, and it
	// is known when the log is read by cursor.
	Received time.Time `log:"-"`

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
	LagMS      int64     `log:"lag_ms"`           // from the event to this record
	Error      string    `log:"error"`
	ErrorCode  string    `log:"error_code"`
	Version    string    `log:"version"`   // of ecsguard
	Signature  string    `log:"signature"` // nobody signs records yet; the field is in the index, so that those who will need no new one
}

// Because is the record with the event that led to it.
func (r Record) Because(e *events.Event) Record {
	r.Event, r.EventName, r.EventTime = e.Key(), e.Name, e.Time
	r.Actor, r.ActorType, r.ActorIP, r.ActorAgent = e.Actor.Name, e.Actor.Type, e.Actor.SourceIP, e.Actor.UserAgent
	return r
}

// A Member is one finding of an edit.
type Member struct {
	Practice string            `json:"practice"`
	ID       string            `json:"id"` // of its own record
	Severity practice.Severity `json:"severity"`
	Finding  string            `json:"finding"`
}

// A Case is something that is wrong and will be looked at again.
type Case struct {
	Practice     string           `json:"practice"`
	ResourceType string           `json:"type"`
	Resource     string           `json:"resource"`
	ResourceName string           `json:"name,omitempty"`
	Region       string           `json:"region,omitempty"`
	Account      string           `json:"account,omitempty"`
	Key          string           `json:"key"`
	Outcome      practice.Outcome `json:"outcome"`
	ID           string           `json:"id"` // of the record that opened it
	Nonce        string           `json:"nonce,omitempty"`
	Opened       time.Time        `json:"opened"`
	Looks        int              `json:"looks,omitempty"` // that were asked for
	Next         time.Time        `json:"next,omitzero"`   // zero: only a sweep looks again
	Every        time.Duration    `json:"every,omitempty"` // it is looked at so often, as long as looks say so
	Last         time.Time        `json:"last,omitzero"`   // when one has
	Also         []string         `json:"also,omitempty"`  // who is to judge what was not seen
	Event        string           `json:"event,omitempty"`
	EventName    string           `json:"event_name,omitempty"`
	EventTime    time.Time        `json:"event_time,omitzero"`
	Actor        string           `json:"actor,omitempty"`
	ActorType    string           `json:"actor_type,omitempty"`
	ActorIP      string           `json:"actor_ip,omitempty"`
	ActorAgent   string           `json:"actor_agent,omitempty"`
}

// Fields is the record as the log keeps it. Empty fields are left out.
func (r Record) Fields() map[string]string {
	out := map[string]string{}
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("log")
		if text := format(v.Field(i)); text != "" && name != notKept {
			out[name] = text
		}
	}
	return out
}

// notKept marks what the log adds to a record.
const notKept = "-"

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
		if !ok || text == "" || name == notKept {
			continue
		}
		if err := parse(v.Field(i), text); err != nil {
			return Record{}, fmt.Errorf("audit record %s: field %s: %w", cmp.Or(fields["id"], "without id"), name, err)
		}
	}
	if r.ID == "" || !slices.Contains(Kinds, r.Kind) {
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
		if name := t.Field(i).Tag.Get("log"); name != notKept {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
