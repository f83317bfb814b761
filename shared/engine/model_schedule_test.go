package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// The mutants: what the model must find fault with.
const (
	apart       = "each practice edits alone"
	overwriting = "an edit writes over a rule by its id"
	unread      = "the state is not read again before a change"
	impatient   = "who goes on is decided before the own intent is seen"
)

// A modelConfig is one case: who acts, and what may go wrong.
type modelConfig struct {
	members    []memberSpec
	rules      []modelRule
	events     int // with one of them delivered twice, if there are more than one
	sweep      bool
	direct     int
	owner      []string // names of ownerSteps, in their order
	single     bool     // one call a rule
	faults     int      // how many things may go wrong in all
	lags       int      // the weight of a log that lags
	kinds      map[string]bool
	writerSkew time.Duration // up to
	logSkew    time.Duration
	indexLag   time.Duration
	latency    time.Duration
	retryAfter []time.Duration
	mutant     string
	triaged    bool // events come to triage, and not to every practice
	timers     int  // how often the minute's timer comes while all this goes on
}

// model is one run: the scheduler and the world that it has in its hands. Everything but
// the calls' arrival happens on the scheduler's goroutine, while all others wait for it.
type model struct {
	cfg       modelConfig
	choose    func(options []option) int
	cloud     *modelCloud
	log       modelLog
	settings  settings.Settings
	practices []*practice.Practice
	invoked   []*invocation
	owner     []ownerStep
	later     []later // calls that are carried out after their time-out
	faults    int
	current   *try
	calm      bool // no more faults
	trace     []string

	removedByOwner map[int]bool // ports that the owner has closed since
	excused        map[int]bool // ports that came back, or went, in the window that the design states
	corrected      []modelRule
	reopened       int             // how often the owner has opened something, so that it has to be put right again
	misbehaved     bool            // the log has not shown what it had acknowledged, or took a write after its time-out
	toldFailed     map[string]bool // practices whose failure reached people
	violations     []string

	mu      sync.Mutex
	pending []*waiting
	ended   []*try
	flaws   map[string]int
	looking map[*events.Event]string // by the copy that each attempt has of its event

	instances []*instance // of triage
	tasks     map[string]bool
	timers    int
}

// An invocation is what Function Compute runs, and runs again where it fails.
type invocation struct {
	name     string
	practice *practice.Practice // nil: triage
	event    events.Event
	body     []byte // what it is invoked with, where events come to triage
	floor    int    // the version that every read shows at least: the event's
	tries    []*try
	after    time.Time // not to be run before
	over     bool
}

// A try is one attempt of an invocation.
type try struct {
	of        *invocation
	name      string
	number    int
	skew      time.Duration
	cancel    context.CancelFunc
	dead      bool
	running   bool
	err       error
	read      int  // the version that was read last
	announced int  // the version when an intent was taken
	reread    bool // after that
	faulty    bool
	frozen    []byte // of the mutant that does not read again
	shown     map[string]bool
}

func (t *try) now() time.Time { return time.Now().Add(t.skew) }

func (t *try) String() string { return t.name }

// waiting is a call that has arrived and is not carried out.
type waiting struct {
	of          *try
	kind, label string
	key         string // sorts, and tells what it is
	call        ours.Call
	records     []ledger.Record
	answer      func() any
	index       func(time.Duration) []ledger.Record
	pull        func(behind int) ledger.Tail
	invokes     func() error
	asked       int // of a pull: how many entries there were when it was asked for
	replies     chan reply
	gone        bool
}

type reply struct {
	value any
	err   error
}

// later is a call that is carried out after its time-out.
type later struct {
	label string
	do    func()
}

// An option is what may happen next.
type option struct {
	label  string
	weight int
	do     func()
}

// gate holds a call until the scheduler lets it go.
func (m *model) gate(ctx context.Context, t *try, w *waiting) (any, error) {
	w.of, w.key, w.replies = t, t.name+": "+w.label, make(chan reply, 1)
	m.mu.Lock()
	if t.dead || ctx.Err() != nil {
		m.mu.Unlock()
		return nil, ours.TimeUp(w.label)
	}
	m.pending = append(m.pending, w)
	m.mu.Unlock()
	select {
	case r := <-w.replies:
		return r.value, r.err
	case <-ctx.Done():
		m.mu.Lock()
		w.gone = true
		m.mu.Unlock()
		return nil, ours.TimeUp(w.label)
	}
}

// flaw tells whether a flaky check fails this time, the same in every run of a seed.
func (m *model) flaw(member int, pass *practice.Pass) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := m.looking[pass.Event]
	key := fmt.Sprintf("%d %s", member, name)
	m.flaws[key]++
	return !m.calm && (m.flaws[key]+member+len(name))%3 == 0
}

// happens invokes every practice that is deployed because of an event, some twice.
func (m *model) happens(name string, twice bool, made ...modelRule) {
	if m.cfg.triaged {
		m.route(name, openingEvent(name, made...)).floor -= min(len(made), m.cloud.number())
		if twice {
			m.route(name+" again", m.invoked[len(m.invoked)-1].body)
		}
		return
	}
	e := events.Event{
		Kind: events.KindActionTrail, ID: name, Service: "ecs", Name: "AuthorizeSecurityGroup", Time: time.Now(), Region: region, Account: account,
		Params: map[string]string{"SecurityGroupId": group}, Actor: events.Actor{Name: "owner"},
	}
	for i, p := range m.practices {
		if m.cfg.members[i].mode == practice.Off {
			continue
		}
		m.invoke(p, name, e)
		if twice && i == 0 {
			m.invoke(p, name+" again", e)
		}
	}
}

func (m *model) invoke(p *practice.Practice, name string, e events.Event) *invocation {
	v := &invocation{name: p.ID + " for " + name, practice: p, event: e, floor: m.cloud.number()}
	m.invoked = append(m.invoked, v)
	return v
}

// begin starts the next attempt of an invocation.
func (m *model) begin(v *invocation) {
	t := &try{of: v, name: fmt.Sprintf("%s.%d", v.name, len(v.tries)), number: len(v.tries), running: true, shown: map[string]bool{}, read: v.floor, announced: v.floor}
	if m.cfg.writerSkew > 0 {
		t.skew = time.Duration(len(m.invoked)*7+t.number*3)%3*m.cfg.writerSkew - m.cfg.writerSkew
	}
	v.tries, m.current = append(v.tries, t), t
	if v.practice == nil {
		m.runs(t, 10*time.Minute, func(ctx context.Context) error { return m.routes(ctx, t) })
		return
	}
	d := &engine.Driver{
		Practice: v.practice, Cloud: hands{m, t}, Ledger: logbook{m, t}, Settings: m.settings,
		Invocation: engine.Invocation{Request: "request of " + v.name, Attempt: t.number, Version: "model", Region: region, Account: account},
		Now:        t.now, Log: slog.New(slog.DiscardHandler),
	}
	if m.cfg.mutant != apart {
		for _, p := range m.practices {
			if p != v.practice && m.settings.ModeOf(p) != practice.Off {
				d.Peers = append(d.Peers, p)
			}
		}
	}
	e := m.heard(v.event)
	m.mu.Lock()
	m.looking[&e] = t.String()
	m.mu.Unlock()
	m.runs(t, 2*time.Minute, func(ctx context.Context) error {
		_, err := engine.HandleEvent(ctx, d, &e)
		return err
	})
}

// runs lets an attempt run for so long at most.
func (m *model) runs(t *try, most time.Duration, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	t.cancel = cancel
	go func() {
		err := do(ctx)
		m.mu.Lock()
		t.err = err
		m.ended = append(m.ended, t)
		m.mu.Unlock()
	}()
}

// ending is an error in a trace. Which of the calls that wait when the time is up, or when
// the process ends, comes to say so is not the same each time.
func ending(err error) string {
	if err == nil || ours.Code(err) == "Deadline" {
		return "its time is up"
	}
	return err.Error()
}

// passOn is what the failure destination does.
func (m *model) passOn(v *invocation) {
	if m.cfg.triaged {
		m.failsForGood(v)
		return
	}
	e := v.event
	e.Passed = append(slices.Clone(e.Passed), v.practice.ID)
	for i, p := range m.practices {
		if m.cfg.members[i].mode != practice.Off && !slices.Contains(e.Passed, p.ID) {
			m.invoke(p, v.event.ID+" in place of "+v.practice.ID, e).floor = v.floor
			return
		}
	}
	for _, id := range e.Passed {
		m.toldFailed[id] = true
	}
}

func (m *model) note(format string, args ...any) {
	m.trace = append(m.trace, time.Now().Format("04:05.000 ")+fmt.Sprintf(format, args...))
}

func (m *model) violation(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	m.violations = append(m.violations, text)
	m.note("VIOLATION: %s", text)
}
