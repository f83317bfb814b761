package engine

import (
	"log/slog"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// An assignment is what a look is about: the resource, and the event that asks for it. It
// does not change while the look lasts.
type assignment struct {
	Practice   *practice.Practice
	Peers      []*practice.Practice // the others of its family that are deployed
	Settings   settings.Settings
	Invocation Invocation
	Now        func() time.Time
	Log        *slog.Logger
	Wait       time.Duration // between looks at what is not visible yet; 0: a second
	statements *atomic.Int64 // of the invocation

	event  *events.Event
	target practice.Target
}

// nonce identifies one statement: a copy of it that the log gets later has the same nonce.
func (a *assignment) nonce() string {
	return a.Invocation.Request + "/" + strconv.Itoa(a.Invocation.Attempt) + "/" + strconv.FormatInt(a.statements.Add(1), 10)
}

// note logs how a look ended where there is no finding to record.
func (a *assignment) note(of practice.Resource, o practice.Outcome, why string) {
	a.Log.Info("looked", "practice", a.Practice.ID, "resource", of.ID, "event", a.event.Key(), "request", a.Invocation.Request,
		"mode", a.Settings.ModeOf(a.Practice), "outcome", o, "why", why)
}

// id identifies a finding of an event: the same at every delivery and every look,
// whichever member of the family it is that looks.
func (a *assignment) id(p *practice.Practice, f practice.Finding) string {
	task := practice.Task(p.ID, a.event, a.Invocation.Request)
	return digest(task, f.Resource.Type, f.Resource.ID, f.Key)
}

// lookAgain says in a record when a plan is looked at again, and that this goes on for as long as the
// plan does.
func (a *assignment) lookAgain(r ledger.Record, p *practice.Plan) ledger.Record {
	r.Every = max(p.Next, time.Minute)
	r.Due = a.Now().Add(r.Every)
	return r
}

// log writes to the function's log, with what tells one look from another.
func (a *assignment) log() *slog.Logger {
	return a.Log.With("practice", a.Practice.ID, "resource", a.target.Resource.ID, "event", a.event.Key(), "request", a.Invocation.Request)
}

// pass is what a practice is given to look at the resource with.
func (a *assignment) pass(p *practice.Practice, reader cloud.Reader) *practice.Pass {
	pass := practice.NewPass(p, a.target.Resource, a.event, a.Now(), reader, a.Settings.Params(p))
	pass.Home = a.Invocation.Region
	return pass
}

// fresh tells whether the event may have made the resource so lately that it is not to be
// seen yet.
func (a *assignment) fresh() bool {
	return a.target.Trigger.New && a.Now().Sub(a.event.Time) < practice.SettleTime
}

// pause is how long to wait for what is not visible yet.
func (a *assignment) pause() time.Duration {
	if a.Wait == 0 {
		return time.Second
	}
	return a.Wait
}

// watching are the practices of the family that this event concerns as well. An event that
// makes no difference to a practice does not wake it, so that practice says nothing.
func (a *assignment) watching() (peers []*practice.Practice) {
	trigger := a.target.Trigger
	for _, p := range a.Peers {
		if (trigger == practice.Trigger{} || slices.Contains(p.Triggers, trigger)) {
			peers = append(peers, p)
		}
	}
	return peers
}

// judges tells whether a practice's check is run in this look.
func (a *assignment) judges(id string) bool {
	return id == a.Practice.ID || slices.ContainsFunc(a.watching(), func(p *practice.Practice) bool { return p.ID == id })
}

// passed tells whether this look stands in for a practice that should have acted and could not.
func (a *assignment) passed(p *practice.Practice) bool { return slices.Contains(a.event.Passed, p.ID) }

// speaksFor tells whether this look has to report what another practice of the family objects
// to, because nobody else will: that practice could not act, or was not woken because this one
// was.
func (a *assignment) speaksFor(p *practice.Practice) bool {
	return a.passed(p) || slices.Contains(a.event.For, p.ID)
}

func (a *assignment) modeOf(id string) practice.Mode {
	for _, p := range a.Peers {
		if p.ID == id {
			return a.Settings.ModeOf(p)
		}
	}
	return a.Settings.ModeOf(a.Practice)
}

// stamp says in a record which run is writing, and when.
func (a *assignment) stamp(r ledger.Record) ledger.Record {
	r.Time, r.Mode, r.Nonce = a.Now().UTC(), a.modeOf(r.Practice), a.nonce()
	r.Request, r.Attempt, r.Version = a.Invocation.Request, a.Invocation.Attempt, a.Invocation.Version
	r.Received = time.Time{}
	if !a.event.Time.IsZero() {
		r.LagMS = r.Time.Sub(a.event.Time).Milliseconds()
	}
	return r
}
