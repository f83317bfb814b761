package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// sweepAge is how far back a sweep's earlier attempts may be: Function Compute runs a
// failed invocation again within hours.
const sweepAge = 24 * time.Hour

// sweep looks at everything there is. It acts on a limited number of findings: a
// job that was broken and is mended must not change everything at once.
func (d *Driver) sweep(ctx context.Context, e *events.Event) ([]practice.Outcome, error) {
	if d.Practice.Sweep.List == nil {
		return nil, fmt.Errorf("practice %s has no sweep, but its timer fired", d.Practice.ID)
	}
	acting, cancel := early(ctx)
	defer cancel()
	start := practice.Resource{Type: d.Practice.Resource, Region: d.Invocation.Region, Account: d.Invocation.Account}
	pass := practice.NewPass(d.Practice, start, e, d.Now(), d, d.Settings.Params(d.Practice))
	pass.Home = d.Invocation.Region
	resources, err := d.Practice.List(acting, pass)
	if err != nil {
		return nil, fmt.Errorf("practice %s: listing what to sweep: %w", d.Practice.ID, err)
	}
	b, err := d.sweepBudget(acting, e, d.Settings.SweepBudget())
	if err != nil {
		return nil, fmt.Errorf("practice %s: reading what the sweep's earlier attempts did: %w", d.Practice.ID, err)
	}
	targets := make([]practice.Target, 0, len(resources))
	for _, r := range turned(resources, d.Invocation.Attempt) {
		targets = append(targets, practice.Target{Resource: r})
	}
	return d.looks(ctx, e, targets, b)
}

// attempts is how often Function Compute runs an invocation.
const attempts = 3

// turned lets each attempt begin at another third, so that an account too large for one
// attempt is looked at by all of them.
func turned(resources []practice.Resource, attempt int) []practice.Resource {
	at := attempt % attempts * len(resources) / attempts
	return slices.Concat(resources[at:], resources[:at])
}

// budget is how many findings a sweep may still act on.
type budget struct {
	mu   sync.Mutex
	left int
	paid map[string]bool // edits that an earlier attempt of the same sweep has announced, by id

	interrupted map[string]bool // resources that an earlier attempt has announced something about
}

// sweepBudget is what earlier attempts have left of it: a sweep that dies and is run
// again has no budget of its own.
func (d *Driver) sweepBudget(ctx context.Context, e *events.Event, left int) (*budget, error) {
	b := &budget{left: left, paid: map[string]bool{}, interrupted: map[string]bool{}}
	records, err := d.Ledger.Task(ctx, practice.Task(d.Practice.ID, e, d.Invocation.Request), d.Now().Add(-sweepAge))
	for _, r := range records {
		b.interrupted[r.Subject] = true
		if r.Kind == ledger.Intent && !b.paid[r.ID] {
			b.paid[r.ID] = true
			b.left--
		}
	}
	return b, err
}

// afford takes a finding out of the budget, unless it has been paid for.
func (b *budget) afford(id string) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paid[id] {
		return true
	}
	if b.left <= 0 {
		return false
	}
	b.left--
	b.paid[id] = true
	return true
}
