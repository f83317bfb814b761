package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// past is what the ledger says of one resource within the day.
type past struct {
	indexed []ledger.Record // what the index has; it lags
	pulled  []ledger.Record // what reading by cursor gave, in the order of the log
	cursor  string
	read    bool      // to the end once, since the look began
	now     time.Time // by the log's own clock, when it was last read; zero: it did not say

	all []ledger.Record // both in one order; nil: not yet put together
}

// memory is what the ledger says of the resources that a look is about, as it was last read.
type memory struct {
	ledger Ledger
	now    func() time.Time
	self   Invocation // who asks

	mu   sync.Mutex
	past map[string]*past // by resource
}

func newMemory(d *Driver) *memory {
	return &memory{ledger: d.Ledger, now: d.Now, self: d.Invocation, past: map[string]*past{}}
}

// open asks the index and reads the last minutes by cursor, at the same time.
func (m *memory) open(ctx context.Context, r practice.Resource) error {
	h := &past{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		h.indexed, err = m.ledger.History(ctx, r, m.now().Add(-guard.Day))
		return err
	})
	group.Go(func() error {
		cursor, err := m.ledger.Start(ctx, r)
		if err != nil {
			return err
		}
		p, err := m.ledger.Pull(ctx, r, cursor)
		h.pulled, h.cursor, h.read, h.now = p.Records, p.Next, err == nil, p.Now
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.past[r.ID] = h
	return nil
}

// follow begins to read by cursor alone what is written about a resource, unless that has
// begun.
func (m *memory) follow(ctx context.Context, r practice.Resource) error {
	if m.at(r.ID) != nil {
		return m.catchUp(ctx, r)
	}
	cursor, err := m.ledger.Start(ctx, r)
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.past[r.ID] = &past{cursor: cursor}
	m.mu.Unlock()
	return m.catchUp(ctx, r)
}

// recall brings what the ledger says of resources up to date.
func (m *memory) recall(ctx context.Context, resources ...practice.Resource) error {
	group, ctx := errgroup.WithContext(ctx)
	done := map[string]bool{}
	for _, r := range resources {
		if done[r.ID] {
			continue
		}
		done[r.ID] = true
		group.Go(func() error {
			if m.at(r.ID) == nil {
				if err := m.open(ctx, r); err != nil {
					return err
				}
			}
			if m.at(r.ID).read {
				return nil
			}
			return m.catchUp(ctx, r)
		})
	}
	return group.Wait()
}

// catchUp reads what has been written about a resource since it was last read.
func (m *memory) catchUp(ctx context.Context, r practice.Resource) error {
	h := m.at(r.ID)
	p, err := m.ledger.Pull(ctx, r, h.cursor)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	h.pulled, h.cursor, h.read, h.now = append(h.pulled, p.Records...), p.Next, true, p.Now
	h.all = nil
	return nil
}

// at is what was read of a resource; nil: nothing yet.
func (m *memory) at(resource string) *past {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.past[resource]
}

// history is everything known about a resource, in the order of the log as far as that is
// known. Callers must not change it.
func (m *memory) history(resource string) []ledger.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.past[resource]
	if h == nil {
		return nil
	}
	if h.all == nil {
		h.all = h.joined()
	}
	return h.all
}

// of returns what the ledger says of a resource.
func (m *memory) of(resource string) view {
	return view{records: m.history(resource), self: m.self, now: m.now(), dead: m.dead}
}

// logTime is the time by the log's own clock when it was last read about a resource.
func (m *memory) logTime(resource string) time.Time {
	if h := m.at(resource); h != nil {
		return cmp.Or(h.now, m.now())
	}
	return m.now()
}

// dead tells whether a record is older than any look may take. A record that only the index has
// does not show the log's own time.
func (m *memory) dead(r ledger.Record) bool {
	if r.Received.IsZero() {
		return deadAt(r, m.now())
	}
	return deadAt(r, m.logTime(r.Resource))
}

// verdict is what the log, as it was last read, says of a job's intent.
func (m *memory) verdict(j *job) verdict {
	id := j.resource().ID
	return arbiter(m.at(id).pulled, j.family(), m.logTime(id), j.nonces, m.self.Request)
}

// joined puts together what was read in two ways: what only the index has is older. Later
// copies of a record are left out.
func (h *past) joined() []ledger.Record {
	seen := map[string]bool{}
	fresh := func(r ledger.Record) bool {
		first := r.Nonce == "" || !seen[r.Nonce]
		seen[r.Nonce] = true
		return first
	}
	all := []ledger.Record{}
	var pulled []ledger.Record
	for _, r := range h.pulled {
		if fresh(r) {
			pulled = append(pulled, r)
		}
	}
	for _, r := range h.indexed {
		if fresh(r) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b ledger.Record) int { return a.Time.Compare(b.Time) })
	return append(all, pulled...)
}
