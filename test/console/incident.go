package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// An incident is one event, or one sweep, and all that came of it. It is put
// together from what the cloud saw: nothing in it is ecsguard's own word but the
// records.
type incident struct {
	ID       string    `json:"id"`   // of the event
	Kind     string    `json:"kind"` // event or sweep
	Time     time.Time `json:"time"`
	Name     string    `json:"name"` // AuthorizeSecurityGroup
	Source   string    `json:"source"`
	Actor    string    `json:"actor"`
	ActorIP  string    `json:"actorIp,omitempty"`
	Resource string    `json:"resource,omitempty"`
	Failed   string    `json:"failed,omitempty"` // the call's error code: it changed nothing
	Own      bool      `json:"own"`              // ecsguard's own call
	Rules    []string  `json:"rules"`
	Copies   int       `json:"copies"`            // deliveries
	Dropped  string    `json:"dropped,omitempty"` // why the bus let it fall

	Stage    string            `json:"stage"`   // unwanted, routing, looking, retrying, gaveup, reporting, done
	Outcome  practice.Outcome  `json:"outcome"` // the one that most needs a person; empty until there is one
	Severity practice.Severity `json:"severity,omitempty"`
	Took     int64             `json:"tookMs,omitempty"` // from the event's arrival to the last result
	Steps    []step            `json:"steps"`
	Records  []record          `json:"records"`
	Messages []int             `json:"messages"` // their places in the chat
}

// A step is one attempt to run one function.
type step struct {
	Function string    `json:"function"`
	Trigger  string    `json:"trigger"`
	Request  string    `json:"request"`
	Attempt  int       `json:"attempt"`
	Cold     bool      `json:"cold"`
	Start    time.Time `json:"start"`
	Took     int64     `json:"tookMs"`
	Error    string    `json:"error,omitempty"`
	Result   string    `json:"result,omitempty"`
	Calls    []call    `json:"calls"`
}

// A call is one API call that a step made: the role's calls while it ran. Two runs of
// one practice at the same time cannot be told apart, and each shows the calls of both.
type call struct {
	Time   time.Time `json:"time"`
	Took   int64     `json:"tookMs"`
	Action string    `json:"action"`
	Write  bool      `json:"write"`
	Status int       `json:"status"`
	Code   string    `json:"code,omitempty"`
}

// worst first: what most needs a person is how an incident ended. One that gave way leaves
// that to another.
var worst = []practice.Outcome{practice.Failed, practice.Partly, practice.Awaiting, practice.Observed, practice.Undone, practice.Fixed, practice.Exempt, practice.Good, practice.Ignored, practice.Deferred}

// most is how many incidents are told; the API's lists have everything.
const most = 300

func (c *Console) incidents() []incident { return c.world().incidents() }

// incidents are the newest, oldest first.
func (w *world) incidents() []incident {
	all := []incident{}
	for _, e := range w.events[max(0, len(w.events)-most):] {
		all = append(all, w.ofEvent(e))
	}
	for _, i := range w.sweeps {
		all = append(all, w.ofSweep(i))
	}
	slices.SortStableFunc(all, func(a, b incident) int { return a.Time.Compare(b.Time) })
	return all[max(0, len(all)-most):]
}

func (w *world) ofEvent(d cloud.Delivered) incident {
	in := incident{ID: d.ID, Kind: "event", Time: d.Time, Name: cmp.Or(d.Name, d.Type), Source: d.Source, Rules: d.Rules, Copies: d.Copies,
		Dropped: cmp.Or(d.Dropped, strings.Join(d.Failed, "; "))}
	invoked := map[string]bool{}
	for _, i := range w.routed[d.ID] {
		in.Steps = append(in.Steps, w.step(i, "router"))
		var a struct{ Invoked []string }
		if json.Unmarshal([]byte(i.Result), &a) == nil {
			for _, name := range a.Invoked {
				invoked[name] = true
			}
		}
	}
	happened, err := events.Decode(d.Event)
	if err == nil && len(happened) == 1 {
		e := &happened[0]
		in.Actor, in.ActorIP, in.Failed = e.Actor.Name, e.Actor.SourceIP, cmp.Or(e.ErrorCode, e.ErrorMessage)
		role, _ := e.Actor.Role()
		in.Own = strings.HasPrefix(role, "ecsguard-")
		if len(e.Resources) > 0 {
			in.Resource = e.Resources[0].ID
		}
		for _, p := range functions.All {
			for _, task := range w.given(p, e, d.ID) {
				for _, i := range w.tasks[task] {
					in.Steps = append(in.Steps, w.step(i, p.ID))
					invoked[p.ID] = true
				}
				in.Records = append(in.Records, w.byTask[task]...)
			}
		}
		for _, i := range w.stoodIn[e.Key()] {
			in.Steps = append(in.Steps, w.step(i, i.Function))
			invoked[i.Function] = true
		}
	}
	return w.concluded(in, len(d.Targets) > 0 && in.Dropped == "", len(w.routed[d.ID]) > 0, invoked)
}

func (w *world) ofSweep(i cloud.Invocation) incident {
	in := incident{ID: i.RequestID, Kind: "sweep", Time: i.Start, Name: "sweep of " + i.Function, Source: "timer", Copies: 1,
		Steps: []step{w.step(i, i.Function)}, Records: slices.Clone(w.byRequest[i.RequestID])}
	return w.concluded(in, true, true, map[string]bool{i.Function: true})
}

// concluded says how far it has come.
func (w *world) concluded(in incident, wanted, routed bool, invoked map[string]bool) incident {
	for _, r := range slices.Clone(in.Records) {
		for _, i := range w.again[r.ID] {
			if slices.ContainsFunc(in.Steps, func(s step) bool { return s.Request == i.RequestID && s.Attempt == i.Attempt }) {
				continue // of a record with the same id
			}
			in.Steps, invoked[i.Function] = append(in.Steps, w.step(i, i.Function)), true
			in.Records = append(in.Records, w.byRequest[i.RequestID]...)
		}
	}
	for _, s := range slices.Clone(in.Steps) {
		for _, i := range w.passedOn[s.Request] {
			if s.Error != "" && !slices.ContainsFunc(in.Steps, func(s step) bool { return s.Request == i.RequestID && s.Attempt == i.Attempt }) {
				in.Steps = append(in.Steps, w.step(i, "router"))
			}
		}
	}
	slices.SortStableFunc(in.Steps, func(a, b step) int { return a.Start.Compare(b.Start) })
	slices.SortStableFunc(in.Records, func(a, b record) int { return a.Time.Compare(b.Time) })
	in.Messages = []int{}
	told := false
	for _, r := range in.Records {
		if r.Kind != audit.Result {
			continue
		}
		told = true
		in.Outcome = worse(in.Outcome, r.Outcome)
		in.Took = max(in.Took, r.Time.Sub(in.Time).Milliseconds())
		if in.Severity == "" || severe(r.Severity) < severe(in.Severity) {
			in.Severity = r.Severity
		}
		in.Messages = w.mention(in.Messages, r.ID)
	}
	// The last attempt of each invocation tells where it stands.
	last, ran := map[string]step{}, map[string]bool{}
	for _, s := range in.Steps {
		last[s.Request], ran[s.Function] = s, true
	}
	waiting, again, gaveUp := false, false, false
	for name := range invoked {
		waiting = waiting || !ran[name]
	}
	for _, s := range last {
		if !invoked[s.Function] {
			continue
		}
		if s.Error != "" {
			next, known := w.next(s.Request)
			switch {
			case next == notifier:
				gaveUp = true
				in.Messages = w.mention(in.Messages, s.Request)
			case !known || !ran[next]: // Function Compute tries again, or another stands in for it
				again = true
			}
			continue
		}
		var a struct{ Outcomes []practice.Outcome }
		if json.Unmarshal([]byte(s.Result), &a) == nil {
			for _, o := range a.Outcomes {
				// An outcome counts where no record says more: good and ignored leave none.
				if o == practice.Good || o == practice.Ignored {
					in.Outcome = worse(in.Outcome, o)
				}
			}
		}
	}
	switch {
	case !wanted:
		in.Stage = "unwanted"
	case !routed:
		in.Stage = "routing"
	case waiting:
		in.Stage = "looking"
	case gaveUp:
		in.Stage = "gaveup"
	case again:
		in.Stage = "retrying"
	case len(invoked) == 0:
		in.Stage = "unwanted"
	case told && len(in.Messages) == 0 && in.Outcome != practice.Good && in.Outcome != practice.Ignored && in.Outcome != practice.Deferred:
		in.Stage = "reporting"
	default:
		in.Stage = "done"
	}
	if in.Steps == nil {
		in.Steps = []step{}
	}
	if in.Records == nil {
		in.Records = []record{}
	}
	if in.Rules == nil {
		in.Rules = []string{}
	}
	return in
}

func severe(s practice.Severity) int {
	return slices.Index([]practice.Severity{practice.Critical, practice.High, practice.Medium, practice.Low}, s)
}

func worse(a, b practice.Outcome) practice.Outcome {
	if a == "" || b != "" && slices.Index(worst, b) < slices.Index(worst, a) {
		return b
	}
	return a
}
