// Package router hands each event to the practices that asked for it. A bus has
// room for few rules, so a broad one feeds this function, which may invoke
// functions, and write to the audit log that one is missing.
package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
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
	wanted   map[string][]*practice.Practice // by service and event name, in lower case
	settings settings.Settings
	invoke   Invoke
	missing  Missing
	log      *slog.Logger
}

// New makes a router for those of the practices that are in use.
func New(practices []*practice.Practice, set settings.Settings, invoke Invoke, missing Missing, log *slog.Logger) *Router {
	r := &Router{map[string][]*practice.Practice{}, set, invoke, missing, log}
	for _, p := range set.Deployed(practices) {
		seen := map[string]bool{}
		for _, t := range p.Triggers {
			if k := key(t.Service, t.Name); !seen[k] {
				seen[k] = true
				r.wanted[k] = append(r.wanted[k], p)
			}
		}
	}
	return r
}

func key(service, name string) string { return strings.ToLower(service + ":" + name) }

// Answer says what became of an invocation's events.
type Answer struct {
	Events  int      `json:"events"`
	Invoked []string `json:"invoked"`
}

// Handle routes the events of one payload. An error means that something was not
// handed over, and makes Function Compute run the router again; what was handed
// over before is then recognised by its task id.
func (r *Router) Handle(ctx context.Context, request string, payload []byte) (Answer, error) {
	if done, answer, err := r.aside(ctx, request, payload); done {
		if err != nil {
			r.log.Error("routing failed", "request", request, "error", err)
		}
		return answer, err
	}
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

// wants returns the practices that the event concerns.
func (r *Router) wants(e *events.Event) []*practice.Practice {
	candidates := r.wanted[key(e.Service, e.Name)]
	if e.Rule != "" {
		candidates = append(candidates[:len(candidates):len(candidates)], r.wanted[key(e.Service, e.Rule)]...)
	}
	var wanting []*practice.Practice
	for _, p := range candidates {
		// By the type and by the rule it may be wanted twice.
		if !slices.Contains(wanting, p) && len(p.Match(e)) > 0 {
			wanting = append(wanting, p)
		}
	}
	return wanting
}

func (r *Router) route(ctx context.Context, request string, e *events.Event) ([]string, error) {
	wanting := r.wants(e)
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
		if cloud.Code(failed[i]) == functionNotFound {
			// To run the router again would bring no function: it is said instead.
			r.log.Error("function missing", "event", e.Key(), "name", e.Name, "request", request, "practice", p.ID)
			if failed[i] = r.tell(ctx, p, e); failed[i] != nil {
				failed[i] = fmt.Errorf("router: event %s: saying that %s is missing: %w", e.Key(), p.ID, failed[i])
			}
			continue
		}
		if failed[i] != nil {
			failed[i] = fmt.Errorf("router: event %s: invoking %s: %w", e.Key(), p.ID, failed[i])
			continue
		}
		invoked = append(invoked, p.ID)
		r.log.Info("routed", "event", e.Key(), "name", e.Name, "request", request, "practice", p.ID)
	}
	return invoked, errors.Join(failed...)
}

// functionNotFound is Function Compute's code for a function that is not there.
const functionNotFound = "FunctionNotFound"

// telling is what saying that a function is missing may take.
const telling = 10 * time.Second

func (r *Router) tell(ctx context.Context, p *practice.Practice, e *events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	return r.missing(ctx, p, e)
}

// payload is the event as it is sent on, cut to what an invocation can carry.
func payload(e *events.Event) (json.RawMessage, error) {
	body := e.Envelope
	if body == nil {
		body = e.Data
	}
	return events.Trim(body, maxBody)
}
