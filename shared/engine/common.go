package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// What the looks of one invocation have in common, and may use at the same time. Each part
// of a look is given those that it uses.
type common struct {
	statements atomic.Int64 // that were made: see assignment.nonce
	slow       atomic.Bool  // evidence has taken too long
	claims     claims
	touches    touches
}

// claims are the findings that a look deals with, by id.
type claims struct {
	mu   sync.Mutex
	made map[string]bool
}

// claim tells whether a look is the first of this invocation that meets a finding: two
// targets of an event may lead to the same.
func (c *claims) claim(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[string]bool{}
	}
	first := !c.made[id]
	c.made[id] = true
	return first
}

// touches are what was done to machines, keys and users within the hour.
type touches struct {
	mu    sync.Mutex
	known []ledger.Record // nil: not read yet
}

// touch counts a machine, key or user towards the hour's limit, or says why it is left alone.
// The log is read for this once per invocation.
func (t *touches) touch(ctx context.Context, l Ledger, set settings.Settings, now func() time.Time, resource string) (guard.Decision, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		records, err := l.Touched(ctx, now().Add(-guard.Day/24))
		if err != nil {
			return guard.Decision{}, err
		}
		t.known = append([]ledger.Record{}, records...)
	}
	may := guard.Lockouts(set, resource, t.known, now())
	if may.Act {
		t.known = append(t.known, ledger.Record{Kind: ledger.Intent, Resource: resource, Time: now(), Touches: true})
	}
	return may, nil
}
