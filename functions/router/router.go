// Package router hands each event to the practices that asked for it. A bus has
// room for few rules, so a broad one feeds this function, which may invoke
// functions, and read and write the audit log. It is handed three things:
//
//   - an event: each practice that asked for it gets it (this file);
//   - a failure: a practice gave up on an event. The next of its family is asked, and
//     only when there is none left people are told that ecsguard itself failed
//     (failed.go);
//   - each minute, a timer: what was left wrong is looked at again (cases.go), and
//     every other time it is looked whether notify is at work (pulse.go).
package router

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// maxBody is what an asynchronous invocation can carry.
const maxBody = 128 << 10

// An Invoke starts a function asynchronously. A task that the function has been
// given before is not an error: it is done once.
type Invoke func(ctx context.Context, function, task string, body []byte) error

// Ledger is what the router reads and writes of the audit log.
type Ledger interface {
	Append(ctx context.Context, records ...audit.Record) error
	History(ctx context.Context, r practice.Resource, since time.Time) ([]audit.Record, error)
	Digest(ctx context.Context, now time.Time) (audit.Digest, []audit.Record, error)
}

// Router knows which practices want which events. It lives as long as the process.
type Router struct {
	practices []*practice.Practice // that are in use
	matcher   *practice.Matcher
	settings  settings.Settings
	log       *slog.Logger

	mu   sync.Mutex
	said map[string]time.Time // what this process has told, by what: the log's index lags
}

// Invocation is what the router runs with once.
type Invocation struct {
	Request, Region, Account, Version string

	Invoke Invoke
	Ledger Ledger
	Now    func() time.Time
	Watch  Watch // what the minute's timer does beside the cases; its zero value does nothing
}

// New makes a router for those of the practices that are in use.
func New(practices []*practice.Practice, set settings.Settings, log *slog.Logger) *Router {
	deployed := set.Deployed(practices)
	return &Router{practices: deployed, matcher: practice.NewMatcher(deployed), settings: set, log: log, said: map[string]time.Time{}}
}

// Answer says what became of an invocation's events.
type Answer struct {
	Events  int      `json:"events"`
	Invoked []string `json:"invoked"`
}

// Handle does what one payload asks for. An error means that something was not
// handed over, and makes Function Compute run the router again; what was handed
// over before is then recognised by its task id.
func (r *Router) Handle(ctx context.Context, in Invocation, payload []byte) (answer Answer, err error) {
	answer.Invoked = []string{}
	if bytes.Contains(payload, []byte(`"requestContext"`)) { // most are events, and are not read for nothing
		if f, ok := events.DecodeFailure(payload); ok {
			answer.Invoked, err = r.failed(ctx, in, f, payload)
			return answer, r.failing(in, err)
		}
	}
	happened, err := events.Decode(payload)
	if err != nil {
		err = fmt.Errorf("router: %w", err)
	}
	answer.Events = len(happened)
	for i := range happened {
		var invoked []string
		var failed error
		if e := &happened[i]; e.Kind == events.KindTimer {
			invoked, failed = r.minute(ctx, in, e)
		} else {
			invoked, failed = r.route(ctx, in, e)
		}
		answer.Invoked = append(answer.Invoked, invoked...)
		err = errors.Join(err, failed)
	}
	return answer, r.failing(in, err)
}

func (r *Router) failing(in Invocation, err error) error {
	if err != nil {
		r.log.Error("routing failed", "request", in.Request, "error", err)
	}
	return err
}

func (r *Router) route(ctx context.Context, in Invocation, e *events.Event) ([]string, error) {
	wanting := r.matcher.Match(e)
	if len(wanting) == 0 {
		r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", in.Request, "outcome", practice.Ignored)
		return nil, nil
	}
	body, err := payload(e)
	if err != nil {
		return nil, fmt.Errorf("router: event %s: %w", e.Key(), err)
	}
	failed, invoked := make([]error, len(wanting)), make([]bool, len(wanting))
	var group errgroup.Group
	for i, m := range wanting {
		group.Go(func() error {
			p := m.Practice
			invoked[i], failed[i] = r.wake(ctx, in, p, practice.Task(p.ID, e, in.Request), e, body)
			return nil
		})
	}
	_ = group.Wait() // each error is kept: one practice out of reach does not keep the event from the others
	var ids []string
	for i, m := range wanting {
		p := m.Practice
		switch {
		case failed[i] != nil:
			failed[i] = fmt.Errorf("router: event %s: invoking %s: %w", e.Key(), p.ID, failed[i])
		case invoked[i]:
			ids = append(ids, p.ID)
			r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", in.Request, "practice", p.ID)
		default: // one that is not there may be the one that was to act
			next, err := r.next(ctx, in, p, e, body)
			ids, failed[i] = append(ids, next...), err
		}
	}
	return ids, errors.Join(failed...)
}

// wake invokes a practice's function, and tells whether it is there. To ask again would
// bring no function: that it is missing is told, once a day.
func (r *Router) wake(ctx context.Context, in Invocation, p *practice.Practice, task string, e *events.Event, body []byte) (there bool, err error) {
	err = in.Invoke(ctx, p.ID, task, body)
	if cloud.Code(err) != functionNotFound {
		return err == nil, err
	}
	r.log.Error("function missing", "event", e.Key(), "name", e.Name, "request", in.Request, "practice", p.ID)
	if err := r.missing(ctx, in, p, e); err != nil {
		return false, fmt.Errorf("saying that it is missing: %w", err)
	}
	return false, nil
}

// functionNotFound is Function Compute's code for a function that is not there.
const functionNotFound = "FunctionNotFound"

// payload is the event as it is sent on, cut to what an invocation can carry.
func payload(e *events.Event) (json.RawMessage, error) {
	body := e.Envelope
	if body == nil {
		body = e.Data
	}
	return events.Trim(body, maxBody)
}
