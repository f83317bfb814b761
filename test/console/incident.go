package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
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

	Judges   []string          `json:"judges,omitempty"` // practices for which triage judges it
	Looked   int               `json:"looked,omitempty"` // resources that a sweep has judged
	Unseen   string            `json:"unseen,omitempty"` // what it did and what does not show yet
	Stage    string            `json:"stage"`            // unwanted, routing, looking, retrying, unseen, gaveup, reporting, done
	Outcome  practice.Outcome  `json:"outcome"`          // the one that most needs a person; empty until there is one
	Severity practice.Severity `json:"severity,omitempty"`
	Took     int64             `json:"tookMs,omitempty"` // from the event's arrival to the last result
	Steps    []step            `json:"steps"`
	Records  []record          `json:"records"`
	Messages []int             `json:"messages"` // their places in the chat

	goes    bool     // a sweep that is not through
	invoked []string // functions, by triage
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
	For      []string  `json:"for,omitempty"`     // practices that it speaks for as well
	Targets  []string  `json:"targets,omitempty"` // resources that it was given
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
	w.steps(&in, w.routed[d.ID])
	if happened, err := events.Decode(d.Event); err == nil && len(happened) == 1 {
		e := &happened[0]
		in.Actor, in.ActorIP, in.Failed = e.Actor.Name, e.Actor.SourceIP, cmp.Or(e.ErrorCode, e.ErrorMessage)
		role, _ := e.Actor.Role()
		in.Own = strings.HasPrefix(role, "ecsguard-")
		if len(e.Resources) > 0 {
			in.Resource = e.Resources[0].ID
		}
		in.Judges = w.judges(e)
		w.steps(&in, w.looks[e.Key()])
	}
	return w.concluded(in, len(d.Targets) > 0 && in.Dropped == "")
}

func (w *world) ofSweep(s sweep) incident {
	in := incident{ID: s.RequestID, Kind: "sweep", Time: s.Start, Name: s.timer, Source: "timer", Copies: 1}
	w.steps(&in, []cloud.Invocation{s.Invocation})
	w.steps(&in, w.parts[s.id])
	w.steps(&in, w.looks[s.id])
	for _, r := range in.Records {
		if r.Kind == ledger.Sweep && r.task == s.id { // in the order in which they were written
			in.Looked, _ = strconv.Atoi(r.facts["looked"]) // 0 until there is a number
			in.goes = r.Reason != sweepEnded
		}
	}
	return w.concluded(in, true)
}

// sweepEnded is the reason of the last record of a sweep.
const sweepEnded = "it is through"

// steps adds invocations to an incident, each once, with what they wrote into the log.
func (w *world) steps(in *incident, some []cloud.Invocation) {
	for _, i := range some {
		if slices.ContainsFunc(in.Steps, func(s step) bool { return s.Request == i.RequestID && s.Attempt == i.Attempt }) {
			continue
		}
		if !slices.ContainsFunc(in.Steps, func(s step) bool { return s.Request == i.RequestID }) {
			in.Records = append(in.Records, w.byRequest[i.RequestID]...)
		}
		in.Steps = append(in.Steps, w.step(i))
		in.invoked = append(in.invoked, invokedBy(i)...)
		if i.Trigger == "api" {
			in.invoked = append(in.invoked, i.Function)
		}
	}
}

// concluded says how far it has come.
func (w *world) concluded(in incident, wanted bool) incident {
	for n := 0; n < len(in.Records); n++ { // what is looked at again may be left wrong again
		w.steps(&in, w.again[in.Records[n].ID])
	}
	for _, s := range slices.Clone(in.Steps) {
		for _, i := range w.passedOn[s.Request] {
			if s.Error != "" && !slices.ContainsFunc(in.Steps, func(s step) bool { return s.Request == i.RequestID && s.Attempt == i.Attempt }) {
				in.Steps = append(in.Steps, w.step(i)) // what it notes of the failure is no finding
			}
		}
	}
	slices.SortStableFunc(in.Steps, func(a, b step) int { return a.Start.Compare(b.Start) })
	slices.SortStableFunc(in.Records, func(a, b record) int { return a.Time.Compare(b.Time) })
	in.Messages = []int{}
	told := false
	for _, r := range in.Records {
		if r.Work && r.key == engine.KeyUnseen && r.Outcome == practice.Deferred && !w.closed[r.nonce] {
			in.Unseen = r.Finding
		}
		if r.Kind != ledger.Result || r.Work {
			continue
		}
		told = true
		in.Outcome = worse(in.Outcome, r.Outcome)
		in.Took = max(in.Took, r.Time.Sub(in.Time).Milliseconds())
		if in.Severity == "" || r.Severity.RankLast() < in.Severity.RankLast() {
			in.Severity = r.Severity
		}
		in.Messages = w.mention(in.Messages, r.ID)
	}
	s := w.standing(&in)
	switch {
	case !wanted:
		in.Stage = "unwanted"
	case len(in.Steps) == 0:
		in.Stage = "routing"
	case s.waiting:
		in.Stage = "looking"
	case s.gaveUp:
		in.Stage = "gaveup"
	case s.again:
		in.Stage = "retrying"
	case in.goes:
		in.Stage = "looking"
	case in.Unseen != "":
		in.Stage = "unseen"
	case len(in.invoked) == 0 && len(in.Judges) == 0 && in.Kind == "event":
		in.Stage = "unwanted"
	case told && len(in.Messages) == 0 && in.Outcome != practice.Good && in.Outcome != practice.Ignored && in.Outcome != practice.Deferred:
		in.Stage = "reporting"
	default:
		in.Stage = "done"
		if len(in.invoked) == 0 { // whoever finds nothing wrong writes no record
			in.Outcome = worse(in.Outcome, practice.Good)
		}
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

// standing is where the invocations of an incident stand.
type standing struct {
	waiting bool // for one to begin or to end
	again   bool // one failed, and is tried again or another stands in for it
	gaveUp  bool // people were told that nobody could
}

func (w *world) standing(in *incident) (all standing) {
	// The last attempt of each invocation tells where it stands.
	last, ran := map[string]step{}, map[string]bool{}
	for _, s := range in.Steps {
		last[s.Request], ran[s.Function] = s, true
	}
	for _, name := range in.invoked {
		all.waiting = all.waiting || !ran[name]
	}
	for _, s := range last {
		if s.Function == notifier || s.Trigger == "destination" {
			continue
		}
		if s.Error != "" {
			next, known := w.next(s.Request)
			switch {
			case next == notifier:
				all.gaveUp = true
				in.Messages = w.mention(in.Messages, s.Request)
			case !known || !ran[next]:
				all.again = true
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
	return all
}

// worse is how an incident ended: as what most needs a person.
func worse(a, b practice.Outcome) practice.Outcome {
	if a == "" || b != "" && b.Rank() < a.Rank() {
		return b
	}
	return a
}
