package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// workState is what goes on beside the calls of clients.
type workState struct {
	pending int // events and asynchronous invocations not finished
	changed *sync.Cond
	closing chan struct{}
	closed  bool
	work    sync.WaitGroup
	busy    []func() string // what a product has still to do, empty for nothing. mu is held
}

// stillBusy is what keeps the cloud from being idle, empty for nothing. mu is held.
func (c *Cloud) stillBusy() string {
	var all []string
	if c.pending > 0 {
		all = append(all, fmt.Sprintf("%d items pending", c.pending))
	}
	for _, f := range c.busy {
		if what := f(); what != "" {
			all = append(all, what)
		}
	}
	return strings.Join(all, ", ")
}

// stopWork tells whatever goes on that the cloud closes.
func (c *Cloud) stopWork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		close(c.closing)
	}
	c.changed.Broadcast()
}

// background runs f, which Close waits for. It reports false, and does not run
// f, once the cloud is closing.
func (c *Cloud) background(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.work.Go(f)
	return true
}

// sleep waits, and reports false when the cloud closed meanwhile.
func (c *Cloud) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.closing:
		return false
	}
}

// pend counts work that Idle waits for.
func (c *Cloud) pend(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending += n
	c.pendingChanged()
}

// pendingChanged wakes whoever waits for work, or for its end. It may be
// called with or without mu.
func (c *Cloud) pendingChanged() { c.changed.Broadcast() }

// Idle waits until nothing is under way: no event to deliver, no invocation
// queued or running, no log that a trigger has yet to hand over. A batch that
// its function keeps refusing is under way until the function takes it.
func (c *Cloud) Idle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		what := c.stillBusy()
		if what == "" {
			return nil
		}
		if c.closed {
			return errors.New("the local cloud is closed")
		}
		if ctx.Err() != nil {
			return fmt.Errorf("local cloud not idle: %s: %w", what, ctx.Err())
		}
		c.changed.Wait()
	}
}
