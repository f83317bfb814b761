// Package triage judges what each event is about, and wakes the practices that are needed.
// A bus has room for few rules, so a broad one feeds this function, which may read what the
// checks of practices read, invoke functions, and read and write the audit log. It changes
// nothing. It is handed these things:
//
//   - an event: what it is about is read once and judged by every practice that asked for it,
//     and if something is wrong one practice of each family is woken (triage.go, waking.go). An
//     effect that is not visible yet is looked for again (unseen.go);
//   - the range of what is new in a trail's logstore, whose events become tasks like those
//     of the bus (trail.go);
//   - a failure: a practice gave up on an event. The next of its family is asked, and only if
//     none is left are people told that ecsguard itself failed (failed.go);
//   - each minute, a timer: open cases are looked at again (cases.go), and every other time it
//     is checked whether notify is working (pulse.go).
package triage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/logtrigger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// wrapper is what of it the look around an event may take: its targets, and for whom.
const wrapper = 16 << 10

// maxBody is what an asynchronous invocation can carry.
const maxBody = 128 << 10

// An Invoke starts a function asynchronously. It returns ErrGiven if the function has been
// given the task before, so that a task is done once.
type Invoke func(ctx context.Context, function, task string, body []byte) error

// ErrGiven says that a function has been given a task before.
var ErrGiven = errors.New("the function has been given this task before")

// Ledger is what triage reads and writes of the audit log.
type Ledger interface {
	Append(ctx context.Context, records ...ledger.Record) error
	History(ctx context.Context, r practice.Resource, since time.Time) ([]ledger.Record, error)
	Digest(ctx context.Context, now time.Time) (ledger.Digest, []ledger.Record, error)
	Results(ctx context.Context, since time.Time) ([]ledger.Record, error)
	Sweeps(ctx context.Context, since time.Time) ([]ledger.Record, error)
}

// Triage dispatches the function's payloads, and lives as long as the process. Each part has
// one purpose; judging is the one that events, sweeps and cases share.
type Triage struct {
	*judging
	matcher  *practice.Matcher
	sweeper  *sweeper
	cases    *cases
	failures *failures
	lane     lane
}

// base is what all parts of triage use: which practices can be woken (wake, next), and how
// people are told, once a day, about faults of ecsguard itself (tell).
type base struct {
	practices []*practice.Practice // that are in use
	settings  settings.Settings
	log       *slog.Logger

	foreigners foreigners

	mu   sync.Mutex
	said map[string]time.Time // what this process has told, by what: the log's index lags

	untold   error // why the last thing could not be told, when that was
	untoldAt time.Time
}

// judging finds out what is wrong with some resources, and wakes the practices that are needed.
type judging struct {
	*base

	// Wait is how long to wait before looking again for an event's effect that is not visible; 0
	// is ten seconds.
	Wait   time.Duration
	Limits *cloud.Limits // of a sweep's reads

	standing standing
	stuck    atomic.Bool // a judgement does not return: this process is to end
}

// A sweeper lists everything there is, and has it judged in pieces.
type sweeper struct{ *judging }

// cases asks for another look at whatever was left wrong.
type cases struct{ *judging }

// failures deals with functions that have given up.
type failures struct{ *base }

// Invocation is what triage runs with once.
type Invocation struct {
	Request, Region, Account, Version string
	Attempt                           int // 0 is the first

	Invoke Invoke
	Ledger Ledger
	Reader cloud.Reader // with which judgements read
	Trail  TrailReader  // with which a trail's log is read
	Now    func() time.Time
	Watch  Watch // what the minute's timer does beside the cases; its zero value does nothing
}

// New makes triage for those of the practices that are in use.
func New(practices []*practice.Practice, set settings.Settings, log *slog.Logger) *Triage {
	deployed := set.Deployed(practices)
	b := &base{practices: deployed, settings: set, log: log, said: map[string]time.Time{}}
	j := &judging{base: b, Limits: cloud.NewLimits()}
	return &Triage{judging: j, matcher: practice.NewMatcher(deployed), sweeper: &sweeper{j}, cases: &cases{j}, failures: &failures{b}}
}

// Answer says what became of an invocation's events.
type Answer struct {
	Events  int      `json:"events"`
	Invoked []string `json:"invoked"`
}

// Handle does what one payload asks for. An error means that something was not
// handed over, and makes Function Compute run triage again; what was handed
// over before is then recognised by its task id.
func (r *Triage) Handle(ctx context.Context, in Invocation, payload []byte) (answer Answer, err error) {
	answer.Invoked = []string{}
	if bytes.Contains(payload, []byte(`"requestContext"`)) { // most are events, and are not read for nothing
		if f, ok := events.DecodeFailure(payload); ok {
			answer.Invoked, err = r.failures.failed(ctx, in, f, payload)
			return answer, r.failing(in, err)
		}
	}
	if bytes.Contains(payload, []byte(`"beginCursor"`)) {
		if rng, ok, err := logtrigger.Decode(payload); ok {
			if err == nil {
				answer, err = r.trail(ctx, in, rng)
			}
			return answer, r.failing(in, err)
		}
	}
	if c, ok := partOfASweep(payload); ok {
		answer.Invoked, err = r.sweeper.goOn(ctx, in, c)
		return answer, r.failing(in, err)
	}
	if act, key, ok := events.Peek(payload); ok && !r.matcher.Asks(act) && !r.matcher.AsksOf(events.PeekActor(payload)) {
		r.log.Info("routed", "event", key, "name", act.Name, "request", in.Request, "outcome", practice.Ignored)
		answer.Events = 1
		return answer, nil
	}
	happened, err := events.Decode(payload)
	if err != nil {
		err = fmt.Errorf("triage: %w", err)
	}
	answer.Events = len(happened)
	for i := range happened {
		var invoked []string
		var failed error
		switch e := &happened[i]; {
		case e.Kind == events.KindTimer:
			invoked, failed = r.timer(ctx, in, e)
		case i > 0 && !timeFor(ctx, pieceTime):
			failed = r.postpone(ctx, in, e)
		default:
			invoked, failed = r.triage(ctx, in, e)
		}
		answer.Invoked = append(answer.Invoked, invoked...)
		err = errors.Join(err, failed)
	}
	return answer, r.failing(in, err)
}

// Stuck tells whether a judgement has never returned. What it holds is never released, so the
// process has to end once it has answered.
func (r *Triage) Stuck() bool { return r.stuck.Load() }

// timer does what a timer of this function is for.
func (r *Triage) timer(ctx context.Context, in Invocation, e *events.Event) ([]string, error) {
	if strings.HasPrefix(e.Trigger, practice.Sweeps) {
		return r.sweeper.sweeps(ctx, in, e)
	}
	return r.minute(ctx, in, e)
}

func (r *Triage) failing(in Invocation, err error) error {
	if err != nil {
		r.log.Error("routing failed", "request", in.Request, "error", err)
	}
	return err
}

// invoke starts a function, and tells whether it has been given the task before.
func (in Invocation) invoke(ctx context.Context, function, task string, body []byte) (given bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, invoking)
	defer cancel()
	err = in.Invoke(ctx, function, task, body)
	if errors.Is(err, ErrGiven) {
		return true, nil
	}
	return false, err
}

// invoking is how long starting one function may take: one that is throttled must not use up
// the time of the others.
const invoking = 30 * time.Second

// wake invokes a practice's function, and tells whether it is there, and has been given the
// task before. It does not retry if the function is missing, since that would not help: people
// are told, once a day.
func (r *base) wake(ctx context.Context, in Invocation, p *practice.Practice, task string, e *events.Event, body []byte) (there, given bool, err error) {
	given, err = in.invoke(ctx, practice.FunctionName(p.ID), task, body)
	if cloud.Code(err) != functionNotFound {
		return err == nil, given, err
	}
	r.log.Error("function missing", "event", e.Key(), "name", e.Name, "request", in.Request, "practice", p.ID)
	if err := r.tellMissing(ctx, in, p, e); err != nil {
		return false, false, fmt.Errorf("saying that it is missing: %w", err)
	}
	return false, false, nil
}

// functionNotFound is Function Compute's code for a function that is not there.
const functionNotFound = "FunctionNotFound"

// payload is the event as it is sent on, without what may hold a secret and cut to what an
// invocation can carry: queues keep it, and copies of what has failed.
func payload(e *events.Event) (json.RawMessage, error) {
	body := e.Envelope
	if body == nil {
		body = e.Data
	}
	return events.Trim(events.Mask(body), maxBody-wrapper)
}
