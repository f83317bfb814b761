// Package run is the driver: the only package that knows the order of things.
//
//	event → targets → check → who speaks? → may we? → intent → change → check again → result
//
// A check reports what is wrong and cannot change anything. The driver writes what
// it is about to do to the audit log, does it, looks again, and writes how it
// ended. It may die between any two of these: the next attempt reads its own
// intent back and completes it.
package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// Driver runs one practice for one invocation.
type Driver struct {
	Practice   *practice.Practice
	Peers      []*practice.Practice // the others of its family
	Cloud      *cloud.Client
	Audit      *audit.Log
	Settings   settings.Settings
	Invocation Invocation
	Now        func() time.Time
	Log        *slog.Logger
	Wait       time.Duration // between looks at what is not visible yet; 0: a second
	Patience   time.Duration // with practices that come first; 0: a quarter of a minute
	Abreast    int           // resources that a sweep looks at at the same time; 0: four

	waited atomic.Int64 // of that, in nanoseconds
	slow   atomic.Bool  // evidence has taken too long

	mu      sync.Mutex
	written []audit.Record // by this invocation
}

// Invocation is what Function Compute says of the present run.
type Invocation struct {
	Request string // Function Compute's request id
	Attempt int    // 0 is the first
	Version string // of ecsguard
	Region  string // where the function is, and Account whose it is:
	Account string // what an event does not say is taken from here
}

// Read makes a call that changes nothing.
func (d *Driver) Read(ctx context.Context, call cloud.Call, out any) error {
	return d.Cloud.Do(ctx, call, out)
}

// reserve is kept at the end of an invocation for the last records.
const reserve = 3 * time.Second

// eventTime is what an event may take.
const eventTime = time.Minute

// early is ctx without the reserve: for everything but the last records.
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

// Handle does what the payload of an invocation asks for. An error means that the
// invocation should be run again: what can never succeed is recorded instead. It
// returns how each finding ended.
func (d *Driver) Handle(ctx context.Context, payload []byte) ([]practice.Outcome, error) {
	happened, err := events.Decode(payload)
	if err != nil {
		// Retrying will not help, but failing takes it to the destination for
		// failures, where a person sees it; ignoring it would lose it.
		err = fmt.Errorf("practice %s: %w", d.Practice.ID, err)
	}
	var outcomes []practice.Outcome
	for i := range happened {
		some, failed := d.event(ctx, &happened[i])
		outcomes = append(outcomes, some...)
		err = errors.Join(err, failed)
	}
	return outcomes, err
}

func (d *Driver) event(ctx context.Context, e *events.Event) ([]practice.Outcome, error) {
	if e.Kind == events.KindTimer {
		return d.sweep(ctx, e)
	}
	// The function has time for a sweep. While the cloud is down, events do not take
	// all of it, or they would fill the account's instances.
	ctx, cancel := context.WithTimeout(ctx, eventTime)
	defer cancel()
	targets := d.Practice.Match(e)
	if len(targets) == 0 {
		d.note(e, practice.Resource{}, practice.Ignored, "the event does not concern this practice")
		return []practice.Outcome{practice.Ignored}, nil
	}
	if role, _ := e.Actor.Role(); d.Settings.Own(role) {
		d.note(e, targets[0].Resource, practice.Ignored, "our own change coming back")
		return []practice.Outcome{practice.Ignored}, nil
	}
	var outcomes []practice.Outcome
	var err error
	for _, t := range targets {
		if t.Resource.ID == "" {
			err = errors.Join(err, fmt.Errorf("practice %s: event %s (%s) does not name its resource: nothing at %s", d.Practice.ID, e.Key(), e.Name, t.Trigger.Resource))
			continue
		}
		some, failed := newLook(d, e, d.complete(t), nil).run(ctx)
		outcomes = append(outcomes, some...)
		err = errors.Join(err, failed)
	}
	return outcomes, err
}

// complete fills in what the event did not say.
func (d *Driver) complete(t practice.Target) practice.Target {
	if t.Resource.Region == "" {
		t.Resource.Region = d.Invocation.Region
	}
	if t.Resource.Account == "" {
		t.Resource.Account = d.Invocation.Account
	}
	return t
}

// note logs how a look ended where there is no finding to record.
func (d *Driver) note(e *events.Event, r practice.Resource, o practice.Outcome, why string) {
	d.Log.Info("looked", "practice", d.Practice.ID, "resource", r.ID, "event", e.Key(), "request", d.Invocation.Request,
		"mode", d.Settings.ModeOf(d.Practice), "outcome", o, "why", why)
}
