package kernel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// workState is what goes on beside the calls of clients.
// mu guards it. Changed is one condition for all: whoever waits looks again at what it waits for.
type workState struct {
	Pending   int // events and asynchronous invocations not finished
	Changed   *sync.Cond
	Closing   chan struct{}
	Closed    bool
	Work      sync.WaitGroup
	StillToDo []func() string // what a product has still to do, empty for nothing. mu is held
}

// stillBusy is what keeps the cloud from being idle, empty for nothing. mu is held.
func (c *Cloud) stillBusy() string {
	var all []string
	if c.Pending > 0 {
		all = append(all, fmt.Sprintf("%d items pending", c.Pending))
	}
	for _, f := range c.StillToDo {
		if what := f(); what != "" {
			all = append(all, what)
		}
	}
	return strings.Join(all, ", ")
}

// stopWork tells whatever goes on that the cloud closes.
func (c *Cloud) stopWork() {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	// Close may be called twice.
	if !c.Closed {
		c.Closed = true
		close(c.Closing)
	}
	c.Changed.Broadcast()
}

// Background runs f, which Close waits for. It reports false, and does not run
// f, once the cloud is closing.
func (c *Cloud) Background(f func()) bool {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if c.Closed {
		return false
	}
	c.Work.Go(f)
	return true
}

// Sleep waits, and reports false when the cloud closed meanwhile.
// It goes by the machine's clock.
func (c *Cloud) Sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.Closing:
		return false
	}
}

// Pend counts work that Idle waits for.
func (c *Cloud) Pend(n int) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.Pending += n
	c.PendingChanged()
}

// PendingChanged wakes whoever waits for work, or for its end. It may be
// called with or without mu.
func (c *Cloud) PendingChanged() { c.Changed.Broadcast() }

// Idle waits until nothing is under way: no event to deliver, no invocation
// queued or running, no log that a trigger has yet to hand over. A batch that
// its function keeps refusing is under way until the function takes it.
func (c *Cloud) Idle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		c.Mu.Lock()
		defer c.Mu.Unlock()
		c.Changed.Broadcast()
	})
	defer stop()
	c.Mu.Lock()
	defer c.Mu.Unlock()
	for {
		what := c.stillBusy()
		if what == "" {
			return nil
		}
		if c.Closed {
			return errors.New("the local cloud is closed")
		}
		if ctx.Err() != nil {
			return fmt.Errorf("local cloud not idle: %s: %w", what, ctx.Err())
		}
		c.Changed.Wait()
	}
}
