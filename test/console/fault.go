package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// wait is a duration as people write it: "200ms".
type wait time.Duration

func (d wait) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *wait) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("a wait is text such as \"200ms\" or \"1.5s\", not %s", text)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("a wait is text such as \"200ms\" or \"1.5s\", not %q", s)
	}
	*d = wait(parsed)
	return nil
}

// faultForm is a fault as the API has it.
type faultForm struct {
	Name         string `json:"name,omitempty"`
	Action       string `json:"action,omitempty"`
	Times        int    `json:"times,omitempty"`
	Percent      int    `json:"percent,omitempty"`
	Status       int    `json:"status,omitempty"`
	Code         string `json:"code,omitempty"`
	Message      string `json:"message,omitempty"`
	Delay        wait   `json:"delay,omitempty"`
	Jitter       wait   `json:"jitter,omitempty"`
	P50          wait   `json:"p50,omitempty"`
	P99          wait   `json:"p99,omitempty"`
	Reset        bool   `json:"reset,omitempty"`
	LoseResponse bool   `json:"loseResponse,omitempty"`
}

func (f faultForm) fault() cloud.Fault {
	return cloud.Fault{Name: f.Name, Action: f.Action, Times: f.Times, Percent: f.Percent, Status: f.Status, Code: f.Code, Message: f.Message,
		Delay: time.Duration(f.Delay), Jitter: time.Duration(f.Jitter), P50: time.Duration(f.P50), P99: time.Duration(f.P99),
		Reset: f.Reset, LoseResponse: f.LoseResponse}
}

// busForm is how the event bus misbehaves.
type busForm struct {
	Duplicate int  `json:"duplicate"` // percent
	Delay     wait `json:"delay"`
	Reorder   bool `json:"reorder"`
}

// activeForm is a fault that is there.
type activeForm struct {
	ID int `json:"id"`
	faultForm
	Left   int `json:"left,omitempty"`
	Struck int `json:"struck"`
}

// A preset is a fault with a name: a button of the page.
type preset struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	What  string `json:"what"`
	fault *cloud.Fault
	bus   *cloud.EventFaults
}

func misbehave(name, title, what string, f cloud.Fault) preset {
	f.Name = title
	return preset{Name: name, Title: title, What: what, fault: &f}
}

var presets = []preset{
	misbehave("throttle", "Throttle 30% of all calls", "Throttling.User: each client has to wait and try again", cloud.Fault{Action: "*", Percent: 30, Code: "Throttling.User", Message: "Request was denied due to user flow control."}),
	misbehave("errors", "503 for 20% of ECS calls", "the cloud's own failures", cloud.Fault{Action: "ecs:*", Percent: 20, Status: 503}),
	misbehave("latency", "Slow: median 300 ms, one in a hundred 3 s", "a log-normal wait before every call", cloud.Fault{Action: "*", P50: 300 * time.Millisecond, P99: 3 * time.Second}),
	misbehave("reset", "Cut 10% of connections", "before anything is done", cloud.Fault{Action: "*", Percent: 10, Reset: true}),
	misbehave("lost-response", "Lose the answer of the next revoke", "the change is made, and the caller never learns", cloud.Fault{Action: "ecs:RevokeSecurityGroup", Times: 1, LoseResponse: true}),
	misbehave("deny", "Deny ecs:RevokeSecurityGroup", "as RAM does when a permission is missing: the fix fails and says so", cloud.Deny("ecs:RevokeSecurityGroup")),
	misbehave("sls-down", "Log service down", "without an audit record nothing may be changed", cloud.SLSDown()),
	misbehave("chat-down", "Chat down", "messages wait and are sent again", cloud.ChatDown("dingtalk:Send")),
	misbehave("chat-slow", "Chat slow", "median 2 s, one in a hundred 8 s", cloud.ChatSlow("dingtalk:Send", 2*time.Second, 8*time.Second)),
	{Name: "bus", Title: "Events doubled, late, out of order", What: "half of them twice, each up to 3 s late: at least once is all that EventBridge promises",
		bus: &cloud.EventFaults{Duplicate: 50, Delay: 3 * time.Second, Reorder: true}},
}

type faultsView struct {
	Faults  []activeForm `json:"faults"`
	Bus     busForm      `json:"bus"`
	Presets []preset     `json:"presets"`
}

func (c *Console) faults() faultsView {
	v := faultsView{Faults: []activeForm{}, Presets: presets}
	for _, f := range c.cloud.Faults() {
		v.Faults = append(v.Faults, activeForm{f.ID, faultForm{f.Name, f.Action, f.Times, f.Percent, f.Status, f.Code, f.Message,
			wait(f.Delay), wait(f.Jitter), wait(f.P50), wait(f.P99), f.Reset, f.LoseResponse}, f.Left, f.Struck})
	}
	bus := c.cloud.BusFaults()
	v.Bus = busForm{bus.Duplicate, wait(bus.Delay), bus.Reorder}
	return v
}

func (c *Console) getFaults(w http.ResponseWriter, r *http.Request) {
	if onlyQuery(w, r.URL.Query()) {
		answer(w, http.StatusOK, c.faults())
	}
}

func (c *Console) postFault(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Preset string   `json:"preset"`
		Bus    *busForm `json:"bus"`
		faultForm
	}
	if !onlyQuery(w, r.URL.Query()) || !read(w, r, &in) {
		return
	}
	fault, bus := in.fault(), in.Bus
	forms := 0
	for _, given := range []bool{in.Preset != "", bus != nil, in.faultForm != faultForm{}} {
		if given {
			forms++
		}
	}
	if forms != 1 {
		fail(w, http.StatusBadRequest, "InvalidFault", "give one of: the fields of a fault, a preset, or bus")
		return
	}
	if in.Preset != "" {
		i := slices.IndexFunc(presets, func(p preset) bool { return p.Name == in.Preset })
		if i < 0 {
			fail(w, http.StatusNotFound, "NoPreset", "no preset is called %q; GET /api/faults lists them", in.Preset)
			return
		}
		if p := presets[i]; p.fault != nil {
			fault = *p.fault
		} else {
			bus = &busForm{p.bus.Duplicate, wait(p.bus.Delay), p.bus.Reorder}
		}
	}
	defer c.stir()
	if bus != nil {
		if bus.Duplicate < 0 || bus.Duplicate > 100 || bus.Delay < 0 {
			fail(w, http.StatusBadRequest, "InvalidFault", "bus: duplicate is a percentage from 0 to 100, delay is not negative")
			return
		}
		c.cloud.EventFaults(cloud.EventFaults{Duplicate: bus.Duplicate, Delay: time.Duration(bus.Delay), Reorder: bus.Reorder})
		answer(w, http.StatusCreated, map[string]string{"id": "bus"})
		return
	}
	id, err := c.cloud.InjectFault(fault)
	if err != nil {
		fail(w, http.StatusBadRequest, "InvalidFault", "%v", err)
		return
	}
	answer(w, http.StatusCreated, map[string]int{"id": id})
}

func (c *Console) deleteFaults(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) {
		return
	}
	removed := 0
	for _, f := range c.cloud.Faults() {
		if c.cloud.RemoveFault(f.ID) {
			removed++
		}
	}
	c.cloud.EventFaults(cloud.EventFaults{})
	c.stir()
	answer(w, http.StatusOK, map[string]int{"removed": removed})
}

func (c *Console) deleteFault(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) {
		return
	}
	defer c.stir()
	if r.PathValue("id") == "bus" {
		c.cloud.EventFaults(cloud.EventFaults{})
		answer(w, http.StatusOK, map[string]int{"removed": 1})
		return
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || !c.cloud.RemoveFault(id) {
		fail(w, http.StatusNotFound, "NoFault", "no fault has the number %q; it may have struck as often as it should", r.PathValue("id"))
		return
	}
	answer(w, http.StatusOK, map[string]int{"removed": 1})
}
