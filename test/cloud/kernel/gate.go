package kernel

import (
	"slices"
	"sync"
	"sync/atomic"
)

// gate is a function that every call has to pass.
// Its address tells gates apart, as functions cannot be compared.
type gate struct{ pass func(Call) func() }

// Gate calls pass with every call whose caller is known, before permission is judged and
// anything is done. It may block, and the call waits; so a test decides which of several
// calls comes first. What pass returns, if anything, is called when the call is over:
// all it does is done then, and its answer has not left. Outcome, duration and error of
// the Call are not known yet. The gate stands until remove.
//
// A call whose client has given up waiting goes on all the same when its gate lets it,
// as the real services do.
func (c *Cloud) Gate(pass func(Call) (over func())) (remove func()) {
	g := &gate{pass}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.gates = append(c.gates[:len(c.gates):len(c.gates)], g)
	return func() {
		c.Mu.Lock()
		defer c.Mu.Unlock()
		// A call on its way goes through the list as it was.
		c.gates = slices.DeleteFunc(slices.Clone(c.gates), func(other *gate) bool { return other == g })
	}
}

// PassGates waits at every gate, the oldest first. The caller must not hold mu, and calls
// over once the call is done; calling it again does nothing.
// Permission is judged after the gates, so a test may change policies while a call waits.
func (c *Cloud) PassGates(call Call) (over func()) {
	c.Mu.Lock()
	gates := c.gates[:len(c.gates):len(c.gates)]
	c.Mu.Unlock()
	var ends []func()
	for _, g := range gates {
		if end := g.pass(call); end != nil {
			ends = append(ends, end)
		}
	}
	return sync.OnceFunc(func() {
		for _, end := range ends {
			end()
		}
	})
}

// Before runs f before the nth call that match picks, counted from 1, while that call
// waits: somebody else acts at that very moment. What f calls itself, match must not
// pick. It returns how many calls match has picked so far.
func (c *Cloud) Before(n int, match func(Call) bool, f func()) (met func() int) {
	var count atomic.Int64
	c.Gate(func(call Call) func() {
		if match(call) && count.Add(1) == int64(n) {
			f()
		}
		return nil
	})
	return func() int { return int(count.Load()) }
}

// Held is a call that waits before it is done.
type Held struct {
	call             Call
	arrived, release chan struct{}
	once             sync.Once
}

// Hold stops the next call that match picks, until Release. Others go on.
func (c *Cloud) Hold(match func(Call) bool) *Held {
	h := &Held{arrived: make(chan struct{}), release: make(chan struct{})}
	var taken atomic.Bool
	c.Gate(func(call Call) func() {
		if match(call) && taken.CompareAndSwap(false, true) {
			h.call = call
			close(h.arrived)
			<-h.release
		}
		return nil
	})
	return h
}

// Arrived is closed once the call is there.
func (h *Held) Arrived() <-chan struct{} { return h.arrived }

// Call is the call that waits. It blocks until there is one.
func (h *Held) Call() Call {
	<-h.arrived
	return h.call
}

// Release lets the call go on.
func (h *Held) Release() { h.once.Do(func() { close(h.release) }) }
