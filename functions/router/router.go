// Package router hands each event to the practices that asked for it. A bus has
// room for few rules, so a broad one feeds this function, which may invoke
// functions and nothing else.
package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// maxBody is what an asynchronous invocation can carry.
const maxBody = 128 << 10

// An Invoke starts a function asynchronously. A task that the function has been
// given before is not an error: it is done once.
type Invoke func(ctx context.Context, function, task string, body []byte) error

// Router knows which practices want which events.
type Router struct {
	matcher  *practice.Matcher
	settings settings.Settings
	invoke   Invoke
	log      *slog.Logger
}

// New makes a router for practices.
func New(practices []*practice.Practice, set settings.Settings, invoke Invoke, log *slog.Logger) *Router {
	return With(practice.NewMatcher(practices), set, invoke, log)
}

// With makes a router of a matcher, which the process keeps: what else it is made of is
// one invocation's.
func With(matcher *practice.Matcher, set settings.Settings, invoke Invoke, log *slog.Logger) *Router {
	return &Router{matcher, set, invoke, log}
}

// Answer says what became of an invocation's events.
type Answer struct {
	Events  int      `json:"events"`
	Invoked []string `json:"invoked"`
}

// Handle routes the events of one payload. An error means that something was not
// handed over, and makes Function Compute run the router again; what was handed
// over before is then recognised by its task id.
func (r *Router) Handle(ctx context.Context, request string, payload []byte) (Answer, error) {
	happened, err := events.Decode(payload)
	if err != nil {
		err = fmt.Errorf("router: %w", err)
	}
	answer := Answer{Events: len(happened), Invoked: []string{}}
	for i := range happened {
		invoked, failed := r.route(ctx, request, &happened[i])
		answer.Invoked = append(answer.Invoked, invoked...)
		err = errors.Join(err, failed)
	}
	if err != nil {
		r.log.Error("routing failed", "request", request, "error", err)
	}
	return answer, err
}

func (r *Router) route(ctx context.Context, request string, e *events.Event) ([]string, error) {
	var wanting []*practice.Practice
	for _, m := range r.matcher.Match(e) {
		wanting = append(wanting, m.Practice)
	}
	role, _ := e.Actor.Role()
	if len(wanting) == 0 || r.settings.Own(role) {
		r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", request, "outcome", practice.Ignored)
		return nil, nil
	}
	body, err := payload(e)
	if err != nil {
		return nil, fmt.Errorf("router: event %s: %w", e.Key(), err)
	}
	failed := make([]error, len(wanting))
	var group errgroup.Group
	for i, p := range wanting {
		group.Go(func() error {
			failed[i] = r.invoke(ctx, p.ID, practice.Task(p.ID, e, request), body)
			return nil
		})
	}
	_ = group.Wait() // each error is kept: one practice out of reach does not keep the event from the others
	var invoked []string
	for i, p := range wanting {
		if failed[i] != nil {
			failed[i] = fmt.Errorf("router: event %s: invoking %s: %w", e.Key(), p.ID, failed[i])
			continue
		}
		invoked = append(invoked, p.ID)
		r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", request, "practice", p.ID)
	}
	return invoked, errors.Join(failed...)
}

// payload is the event as it is sent on, cut to what an invocation can carry.
func payload(e *events.Event) (json.RawMessage, error) {
	body := e.Envelope
	if body == nil {
		body = e.Data
	}
	return events.Trim(body, maxBody)
}
