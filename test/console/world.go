package console

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// world is what the cloud remembers, ready to be looked up.
type world struct {
	events      []cloud.Delivered
	messages    []cloud.Message
	records     []record
	routed      map[string][]cloud.Invocation // by the event's id
	tasks       map[string][]cloud.Invocation // by task id
	sweeps      []cloud.Invocation
	passedOn    map[string][]cloud.Invocation // the router's, by the request id that Function Compute tries no more
	stoodIn     map[string][]cloud.Invocation // of practices in the place of others, by the event's key
	again       map[string][]cloud.Invocation // that look again at what was left wrong, by the id of its record
	calls       map[string][]cloud.Call       // by function
	byTask      map[string][]record
	byRequest   map[string][]record
	invocations int
}

func (c *Console) world() *world {
	w := &world{
		events: c.cloud.Events(), messages: c.cloud.Messages(), records: c.records(), routed: map[string][]cloud.Invocation{},
		tasks: map[string][]cloud.Invocation{}, calls: map[string][]cloud.Call{}, byTask: map[string][]record{}, byRequest: map[string][]record{},
		passedOn: map[string][]cloud.Invocation{}, stoodIn: map[string][]cloud.Invocation{}, again: map[string][]cloud.Invocation{},
	}
	for _, i := range c.cloud.Invocations() {
		w.invocations++
		if i.Function != router && i.Function != notifier {
			i.Function = practice.OfFunction(i.Function) // a practice is shown by its ID
		}
		switch {
		case i.Trigger == "api" && w.asked(i):
		case i.TaskID != "" && i.Trigger == "api":
			w.tasks[i.TaskID] = append(w.tasks[i.TaskID], i)
		case i.Trigger == "eventbridge":
			var head struct{ ID string }
			if json.Unmarshal([]byte(i.Payload), &head) == nil {
				w.routed[head.ID] = append(w.routed[head.ID], i)
			}
		case i.Trigger == "destination":
			var d struct {
				RequestContext struct {
					RequestID string `json:"requestId"`
				} `json:"requestContext"`
			}
			if json.Unmarshal([]byte(i.Payload), &d) == nil {
				w.passedOn[d.RequestContext.RequestID] = append(w.passedOn[d.RequestContext.RequestID], i)
			}
		case i.Trigger == "timer" && i.Function != router: // whose timer asks for looks, which are told where they belong
			w.sweeps = append(w.sweeps, i)
		}
	}
	for _, call := range c.cloud.Calls() {
		if role, _, ok := strings.Cut(call.Principal.Name, ":"); ok {
			if function, ok := strings.CutPrefix(role, "ecsguard-"); ok {
				w.calls[function] = append(w.calls[function], call)
			}
		}
	}
	for _, r := range w.records {
		w.byTask[r.task] = append(w.byTask[r.task], r)
		w.byRequest[r.request] = append(w.byRequest[r.request], r)
	}
	return w
}

const (
	router   = "ecsguard-router"
	notifier = "ecsguard-notify"
)

// asked notes an invocation by which the router asks for a look: at an event in the place
// of a practice that gave up on it, or at what was left wrong.
func (w *world) asked(i cloud.Invocation) bool {
	if !strings.Contains(i.Payload, `"ecsguard"`) {
		return false
	}
	happened, err := events.Decode([]byte(i.Payload))
	if err != nil || len(happened) != 1 {
		return false
	}
	e := &happened[0]
	switch {
	case e.Kind == events.KindLook:
		record, _, _ := strings.Cut(e.ID, "/")
		w.again[record] = append(w.again[record], i)
	case len(e.Passed) > 0:
		w.stoodIn[e.Key()] = append(w.stoodIn[e.Key()], i)
	default:
		return false
	}
	return true
}

// given are the tasks that the router may have made of an event for a practice: one,
// but for remediation calls, where each run of the router makes another.
func (w *world) given(p *practice.Practice, e *events.Event, id string) (tasks []string) {
	for _, i := range w.routed[id] {
		if task := practice.Task(p.ID, e, i.RequestID); !slices.Contains(tasks, task) {
			tasks = append(tasks, task)
		}
	}
	return tasks
}

// next is whom the router gave what an invocation gave up on: another of the family, or
// notify, which tells people.
func (w *world) next(request string) (function string, known bool) {
	for _, i := range w.passedOn[request] {
		var a struct{ Invoked []string }
		if i.Error == "" && json.Unmarshal([]byte(i.Result), &a) == nil && len(a.Invoked) > 0 {
			return a.Invoked[0], true
		}
	}
	return "", false
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

func (w *world) step(i cloud.Invocation, function string) step {
	s := step{Function: i.Function, Trigger: i.Trigger, Request: i.RequestID, Attempt: i.Attempt, Cold: i.Cold, Start: i.Start,
		Took: i.End.Sub(i.Start).Milliseconds(), Error: i.Error, Result: strings.TrimSpace(i.Result), Calls: []call{}}
	// Calls are in order of their ends, and few ends are far from their begins.
	for _, made := range w.calls[function] {
		if !made.Time.Before(i.Start) && !made.Time.After(i.End) {
			s.Calls = append(s.Calls, call{made.Time, made.Duration.Milliseconds(), made.Action, made.Write, made.Status, made.Code})
		}
	}
	slices.SortStableFunc(s.Calls, func(a, b call) int { return a.Time.Compare(b.Time) })
	return s
}
