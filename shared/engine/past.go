package engine

import (
	"context"
	"slices"
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

// openHistory asks the index and reads the last minutes by cursor, at the same time.
func (l *look) openHistory(ctx context.Context, r practice.Resource) error {
	h := &past{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		h.indexed, err = l.Ledger.History(ctx, r, l.Now().Add(-guard.Day))
		return err
	})
	group.Go(func() error {
		cursor, err := l.Ledger.Start(ctx, r)
		if err != nil {
			return err
		}
		p, err := l.Ledger.Pull(ctx, r, cursor)
		h.pulled, h.cursor, h.read, h.now = p.Records, p.Next, err == nil, p.Now
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	l.past[r.ID] = h
	return nil
}

// recall makes what the ledger says of resources known, as of a moment ago.
func (l *look) recall(ctx context.Context, resources ...practice.Resource) error {
	group, ctx := errgroup.WithContext(ctx)
	done := map[string]bool{}
	for _, r := range resources {
		if done[r.ID] {
			continue
		}
		done[r.ID] = true
		group.Go(func() error {
			if l.pastOf(r.ID) == nil {
				if err := l.openHistory(ctx, r); err != nil {
					return err
				}
			}
			if l.pastOf(r.ID).read {
				return nil
			}
			return l.catchUp(ctx, r)
		})
	}
	return group.Wait()
}

// catchUp reads what has been written about a resource since it was last read.
func (l *look) catchUp(ctx context.Context, r practice.Resource) error {
	h := l.pastOf(r.ID)
	p, err := l.Ledger.Pull(ctx, r, h.cursor)
	if err != nil {
		return err
	}
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	h.pulled, h.cursor, h.read, h.now = append(h.pulled, p.Records...), p.Next, true, p.Now
	h.all = nil
	return nil
}

func (l *look) pastOf(resource string) *past {
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	return l.past[resource]
}

// history is all that is known of a resource, in the order of the log as far as that is
// known. Nobody may change it.
func (l *look) history(resource string) []ledger.Record {
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	h := l.past[resource]
	if h == nil {
		return nil
	}
	if h.all == nil {
		h.all = h.joined()
	}
	return h.all
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
