package console

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// world is what the cloud remembers, ready to be looked up.
type world struct {
	events      []cloud.Delivered
	messages    []cloud.Message
	records     []record
	matcher     *practice.Matcher
	routed      map[string][]cloud.Invocation // of triage, by the id of the event that EventBridge brought
	looks       map[string][]cloud.Invocation // that triage asked for, by the key of the event or the sweep behind them
	again       map[string][]cloud.Invocation // looks at what was left wrong, by the id of its record
	sweeps      []sweep
	parts       map[string][]cloud.Invocation // of triage, that go on with a sweep, by the sweep's id
	passedOn    map[string][]cloud.Invocation // that were given what Function Compute tries no more, by the request that failed
	calls       map[string][]cloud.Call       // by function
	byRequest   map[string][]record
	closed      map[string]bool // notes that a later record closes, by nonce
	invocations int
}

// A sweep is what a timer of triage has begun.
type sweep struct {
	cloud.Invocation
	id, timer string
}

func (c *Console) world() *world {
	w := &world{
		events: c.cloud.Events(), messages: c.cloud.Messages(), records: c.records(), matcher: practice.NewMatcher(c.settings.Deployed(functions.All)),
		routed: map[string][]cloud.Invocation{}, looks: map[string][]cloud.Invocation{}, again: map[string][]cloud.Invocation{},
		parts: map[string][]cloud.Invocation{}, passedOn: map[string][]cloud.Invocation{},
		calls: map[string][]cloud.Call{}, byRequest: map[string][]record{}, closed: map[string]bool{},
	}
	for _, i := range c.cloud.Invocations() {
		w.invocations++
		if i.Function != triage && i.Function != notifier {
			i.Function = practice.OfFunction(i.Function) // a practice is shown by its ID
		}
		w.add(i)
	}
	for _, call := range c.cloud.Calls() {
		if role, _, ok := strings.Cut(call.Principal.Name, ":"); ok {
			if function, ok := strings.CutPrefix(role, "ecsguard-"); ok {
				w.calls[function] = append(w.calls[function], call)
			}
		}
	}
	for _, r := range w.records {
		w.byRequest[r.request] = append(w.byRequest[r.request], r)
		for _, nonce := range r.closes {
			w.closed[nonce] = true
		}
	}
	return w
}

const (
	triage   = "ecsguard-triage"
	notifier = "ecsguard-notify"
)

// add finds out what an invocation belongs to.
func (w *world) add(i cloud.Invocation) {
	switch i.Trigger {
	case "eventbridge":
		var head struct{ ID string }
		if json.Unmarshal([]byte(i.Payload), &head) == nil {
			w.routed[head.ID] = append(w.routed[head.ID], i)
		}
	case "destination":
		var d struct {
			RequestContext struct {
				RequestID string `json:"requestId"`
			} `json:"requestContext"`
		}
		if json.Unmarshal([]byte(i.Payload), &d) == nil {
			w.passedOn[d.RequestContext.RequestID] = append(w.passedOn[d.RequestContext.RequestID], i)
		}
	case "timer": // the others of triage ask for looks, which are told where they belong
		e, err := events.Decode([]byte(i.Payload))
		if err == nil && i.Function == triage && strings.HasPrefix(e[0].Trigger, practice.Sweeps) {
			w.sweeps = append(w.sweeps, sweep{i, e[0].Key(), e[0].Trigger})
		}
	case "api":
		w.asked(i)
	}
}

// asked notes an invocation by which triage asks for something: for a look at what an
// event or a sweep is about, for one at what was left wrong, or for the rest of a sweep.
func (w *world) asked(i cloud.Invocation) {
	var part struct{ Ecsguard, ID string }
	if json.Unmarshal([]byte(i.Payload), &part) != nil || part.Ecsguard == "" {
		return
	}
	if part.Ecsguard == "sweep" {
		w.parts[part.ID] = append(w.parts[part.ID], i)
		return
	}
	happened, err := events.Decode([]byte(i.Payload))
	if err != nil || len(happened) != 1 {
		return
	}
	switch e := &happened[0]; {
	case e.Kind != events.KindLook:
		w.looks[e.Key()] = append(w.looks[e.Key()], i)
	case e.Sweep:
		w.looks[e.ID] = append(w.looks[e.ID], i)
	default:
		record, _, _ := strings.Cut(e.ID, "/")
		w.again[record] = append(w.again[record], i)
	}
}

// judges are the practices that triage judges an event for.
func (w *world) judges(e *events.Event) (ids []string) {
	for _, m := range w.matcher.Match(e) {
		if !m.Practice.Alone {
			ids = append(ids, m.Practice.ID)
		}
	}
	return ids
}

// next is who was given what an invocation gave up on: another of the family, or notify,
// which tells people.
func (w *world) next(request string) (function string, known bool) {
	for _, i := range w.passedOn[request] {
		if i.Function == notifier {
			return notifier, true
		}
		if names := invokedBy(i); len(names) > 0 {
			return names[0], true
		}
	}
	return "", false
}

// invokedBy are the functions that a run of triage says it has invoked.
func invokedBy(i cloud.Invocation) []string {
	var a struct{ Invoked []string }
	if i.Function != triage || i.Error != "" || json.Unmarshal([]byte(i.Result), &a) != nil {
		return nil
	}
	return a.Invoked
}

// mention adds the messages that speak of an id.
func (w *world) mention(told []int, id string) []int {
	for n, m := range w.messages {
		if id != "" && strings.Contains(m.Text, id) && !slices.Contains(told, n) {
			told = append(told, n)
		}
	}
	return told
}

func (w *world) step(i cloud.Invocation) step {
	s := step{Function: i.Function, Trigger: i.Trigger, Request: i.RequestID, Attempt: i.Attempt, Cold: i.Cold, Start: i.Start,
		Took: i.End.Sub(i.Start).Milliseconds(), Error: i.Error, Result: strings.TrimSpace(i.Result), Calls: []call{}}
	// Calls are in order of their ends, and few ends are far from their begins.
	for _, made := range w.calls[strings.TrimPrefix(i.Function, "ecsguard-")] {
		if !made.Time.Before(i.Start) && !made.Time.After(i.End) {
			s.Calls = append(s.Calls, call{made.Time, made.Duration.Milliseconds(), made.Action, made.Write, made.Status, made.Code})
		}
	}
	slices.SortStableFunc(s.Calls, func(a, b call) int { return a.Time.Compare(b.Time) })
	var look struct {
		For     []string
		Targets []events.Asked
	}
	if i.Trigger == "api" && json.Unmarshal([]byte(i.Payload), &look) == nil {
		resources := map[string]bool{}
		for _, t := range look.Targets {
			resources[t.ID] = true
		}
		s.For, s.Targets = look.For, slices.Sorted(maps.Keys(resources))
	}
	return s
}
