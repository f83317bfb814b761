package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// abreast is how many resources a sweep looks at at the same time. More would take the
// account's quota of API calls from everybody else.
const abreast = 4

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
	resources, err := d.Practice.Sweep.List(acting, pass)
	if err != nil {
		return nil, fmt.Errorf("practice %s: listing what to sweep: %w", d.Practice.ID, err)
	}
	b, err := d.sweepBudget(acting, e)
	if err != nil {
		return nil, fmt.Errorf("practice %s: reading what the sweep's earlier attempts did: %w", d.Practice.ID, err)
	}
	resources = turned(resources, d.Invocation.Attempt)
	outcomes, failed := make([][]practice.Outcome, len(resources)), make([]error, len(resources))
	var next atomic.Int64
	var group sync.WaitGroup
	for range cmp.Or(d.Abreast, abreast) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(resources)) && acting.Err() == nil; i = next.Add(1) - 1 {
				outcomes[i], failed[i] = newLook(d, e, d.complete(practice.Target{Resource: resources[i]}), b).run(ctx)
			}
		})
	}
	group.Wait()
	var all []practice.Outcome
	seen := 0
	for i := range resources {
		if all = append(all, outcomes[i]...); len(outcomes[i]) > 0 || failed[i] != nil {
			seen++
		}
	}
	if seen < len(resources) {
		failed = append(failed, fmt.Errorf("practice %s: the sweep's time was up after %d of %d resources", d.Practice.ID, seen, len(resources)))
	}
	return all, errors.Join(failed...)
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
	paid map[string]bool // findings that an earlier attempt of the same sweep has announced, by id
}

// sweepBudget is what earlier attempts have left of it: a sweep that dies and is run
// again has no budget of its own.
func (d *Driver) sweepBudget(ctx context.Context, e *events.Event) (*budget, error) {
	b := &budget{left: d.Settings.SweepBudget(), paid: map[string]bool{}}
	records, err := d.Audit.Task(ctx, practice.Task(d.Practice.ID, e, d.Invocation.Request), d.Now().Add(-sweepAge))
	for _, r := range records {
		if r.Kind == audit.Intent && !b.paid[r.ID] {
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

// affords tells whether a finding may be acted on, and takes nothing.
func (b *budget) affords(id string) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paid[id] || b.left > 0
}
