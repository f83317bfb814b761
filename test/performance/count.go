package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// period is what happened between two moments.
type period struct {
	calls       []cloud.Call
	events      []cloud.Delivered
	invocations []cloud.Invocation
	exchanges   []exchange
	cpu         time.Duration
}

// mark is a moment.
type mark struct {
	calls, events, invocations int
	cpu                        time.Duration
}

func (w *world) now() (mark, error) {
	w.take()
	cpu, err := spent(w.Processes(""))
	return mark{len(w.Calls()), len(w.Events()), len(w.Invocations()), cpu}, err
}

func (w *world) since(m mark) (period, error) {
	cpu, err := spent(w.Processes(""))
	return period{w.Calls()[m.calls:], w.Events()[m.events:], w.Invocations()[m.invocations:], w.take(), cpu - m.cpu}, err
}

// function is which function made a call, empty if none did: each has a role of its own.
func function(c cloud.Call) string {
	role, _, _ := strings.Cut(c.Principal.Name, ":")
	name, ours := strings.CutPrefix(role, "ecsguard-")
	if c.Principal.Type != "assumed-role" || !ours {
		return ""
	}
	return name
}

// helper tells the functions that are no practice.
func helper(name string) bool {
	switch strings.TrimPrefix(name, "ecsguard-") {
	case "triage", "notify", "respond":
		return true
	}
	return false
}

func spanOf(call cloud.Call) span { return span{call.Time, call.Time.Add(call.Duration)} }

// counted is what a period comes to.
type counted struct{ period }

// measures are the figures of a period in which one thing happened, or several alike.
// Each change is timed from the event of the resource that it is made to.
func (p period) measures() sample {
	c := &counted{p}
	s := sample{"cpu": milliseconds(p.cpu)}
	reads, different, woken := 0, map[string]bool{}, map[string]bool{}
	judging, judged := 0, map[string]bool{} // reads of triage
	var changes []cloud.Call
	for _, call := range p.calls {
		name := function(call)
		switch {
		case name == "" || name == "notify":
		case call.Product == "sls":
			s["log"]++
		case helper(name):
			if !call.Write && call.Product != "fc" {
				judging++
				judged[call.Action+fmt.Sprint(call.Params)] = true
			}
		case call.Write && call.Product != "fc":
			if call.Code == "" {
				changes = append(changes, call)
			}
		default:
			reads++
			different[call.Action+fmt.Sprint(call.Params)] = true // maps print in order
		}
	}
	for _, i := range p.invocations {
		switch {
		case i.Status == http.StatusTooManyRequests:
			s["refused"]++
			continue // it is queued, and runs later
		case i.Status != http.StatusOK || i.Error != "":
			s["failed"]++
		}
		if i.Function == "ecsguard-triage" {
			s["judgements"]++
		}
		if !helper(i.Function) {
			woken[i.Function] = true
			s["invocations"]++
		}
	}
	s["woken"], s["reads"], s["different"], s["changes"] = float64(len(woken)), float64(reads), float64(len(different)), float64(len(changes))
	s["judging"], s["judged"] = float64(judging), float64(len(judged))
	c.connections(s, changes)
	c.timed(s, changes)
	return s
}

// connections counts new ones: of all functions, and of those invocations that changed something.
func (c *counted) connections(s sample, changes []cloud.Call) {
	by := map[string]cloud.Call{}
	for _, call := range c.calls {
		by[call.RequestID] = call
	}
	acting := map[string]bool{}
	for _, call := range changes {
		acting[call.Principal.AccessKeyID] = true
	}
	s["connections"], s["connections-acting"] = 0, 0
	for _, x := range c.exchanges {
		call := by[x.id]
		if name := function(call); !x.fresh || name == "" || name == "notify" {
			continue
		}
		s["connections"]++
		if acting[call.Principal.AccessKeyID] {
			s["connections-acting"]++
		}
	}
}

// timed adds how long it took from an event to the answer of the last change made for
// it, and the round trips of the invocation that made that; where nothing is changed,
// to the last answer that any practice got, and the most round trips of any.
func (c *counted) timed(s sample, changes []cloud.Call) {
	spans := map[string][]span{} // by invocation: each has credentials of its own
	for _, call := range c.calls {
		if name := function(call); name != "" && !helper(name) {
			spans[call.Principal.AccessKeyID] = append(spans[call.Principal.AccessKeyID], spanOf(call))
		}
	}
	last := map[string]cloud.Call{}
	for _, call := range changes {
		if before, ok := last[subject(call)]; !ok || spanOf(before).end.Before(spanOf(call).end) {
			last[subject(call)] = call
		}
	}
	var took, trips []float64
	for id, call := range last {
		began, end := c.eventOf(id), spanOf(call).end
		until := slices.DeleteFunc(slices.Clone(spans[call.Principal.AccessKeyID]), func(x span) bool { return x.end.After(end) })
		took, trips = append(took, milliseconds(end.Sub(began))), append(trips, float64(chain(until)))
	}
	if len(last) == 0 && len(c.events) > 0 && len(spans) > 0 {
		var ends []time.Time
		most := 0
		for of := range maps.Values(spans) {
			most = max(most, chain(of))
			for _, x := range of {
				ends = append(ends, x.end)
			}
		}
		took, trips = []float64{milliseconds(latest(ends).Sub(c.events[0].Time))}, []float64{float64(most)}
	}
	t, n := figure(took), figure(trips)
	s["time"], s["slowest"], s["trips"], s["trips-most"] = t.Median, t.Max, n.Median, n.Max
}

// subject is the resource that a change is made to.
func subject(call cloud.Call) string {
	for _, name := range []string{"SecurityGroupId", "InstanceId"} {
		if id := call.Params[name]; id != "" {
			return id
		}
	}
	return call.Action
}

// eventOf is when the first event about a resource came to the bus.
func (c *counted) eventOf(id string) time.Time {
	for _, e := range c.events {
		if strings.Contains(string(e.Event), id) {
			return e.Time
		}
	}
	return c.events[0].Time
}
