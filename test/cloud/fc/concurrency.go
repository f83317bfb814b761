package fc

import (
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ticket is an asynchronous invocation that waits for a place to run in.
// Its address is its place in the queue.
type ticket struct{ id string }

// errExpired says that an invocation has waited for longer than its function allows.
var errExpired = kernel.Refuse(429, "AsyncEventExpired", "the invocation has waited for too long")

// room says whether one more instance of the function may run: of those reserved for it,
// or else of those of the account that are reserved for no function. An instance of a
// standard runtime works on one invocation at a time. The caller holds mu.
func (c *Service) room(fn *function) bool {
	if fn.ReservedConcurrency > 0 {
		return fn.Running < fn.ReservedConcurrency
	}
	free, running := c.Concurrency, c.Running
	for _, other := range c.Functions {
		if other.ReservedConcurrency > 0 {
			free -= other.ReservedConcurrency
			running -= other.Running
		}
	}
	return running < free
}

// checkReserved holds to what the documentation says: all functions together may reserve
// 90 % of what the account has in a region.
func (c *Service) checkReserved(f Function) error {
	if f.ReservedConcurrency < 0 {
		return kernel.Refuse(400, "InvalidArgument", "reservedConcurrency must not be negative")
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	sum := f.ReservedConcurrency
	for name, other := range c.Functions {
		if name != f.Name {
			sum += other.ReservedConcurrency
		}
	}
	if most := c.Concurrency * 9 / 10; f.ReservedConcurrency > 0 && sum > most {
		return kernel.Refuse(400, "InvalidArgument", "reservedConcurrency of all functions together is %d, and may be %d", sum, most)
	}
	return nil
}

// reserve takes a place to run in, and an idle instance if there is one.
// A synchronous call that finds no room is refused with 429, and does not wait.
func (c *Service) reserve(w work) (*function, *fcInstance, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	fn, err := c.deployed(w.function, w.region)
	switch {
	case err != nil:
		return nil, nil, err
	case c.Closed:
		return nil, nil, kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
	case !c.room(fn):
		return nil, nil, kernel.Refuse(429, "ResourceExhausted", "the concurrency of function '%s' exceeds its limit", fn.Name)
	}
	i := c.take(fn)
	return fn, i, nil
}

// take takes a place of which there is room. The caller holds mu.
func (c *Service) take(fn *function) *fcInstance {
	fn.Running++
	c.Running++
	c.Work.Add(1)
	return fn.warmest()
}

// reserveInTurn is reserve for an asynchronous invocation: it waits for a place, and the
// first that came gets the first. The real one tries again with a growing pause, so that
// there the order is not kept.
func (c *Service) reserveInTurn(w work, expired func() bool) (*function, *fcInstance, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	mine := &ticket{w.id}
	c.queues[w.function] = append(c.queues[w.function], mine)
	defer func() {
		c.queues[w.function] = slices.DeleteFunc(c.queues[w.function], func(t *ticket) bool { return t == mine })
		c.Changed.Broadcast() // there may be a place for the next, too
	}()
	for {
		fn, err := c.deployed(w.function, w.region)
		switch {
		case err != nil:
			return nil, nil, err
		case c.Closed:
			return nil, nil, kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
		case expired():
			return nil, nil, errExpired
		case c.queues[w.function][0] == mine && c.room(fn):
			i := c.take(fn)
			return fn, i, nil
		}
		// Whatever changes wakes everybody; the one at the head of the queue goes.
		c.Changed.Wait()
	}
}
