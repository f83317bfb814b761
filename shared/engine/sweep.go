package engine

import (
	"context"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// sweepAge is how far back a sweep's earlier attempts may be: Function Compute runs a
// failed invocation again within hours.
const sweepAge = 24 * time.Hour

// budget is how many findings a sweep may still act on.
type budget struct {
	mu   sync.Mutex
	left int
	paid map[string]bool // edits that an earlier attempt of the same sweep has announced, by id

	interrupted map[string]bool // resources that an earlier attempt has announced something about
}

// sweepBudget is what earlier attempts have left of the budget: a sweep that is run again after
// a crash does not get a new one.
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
