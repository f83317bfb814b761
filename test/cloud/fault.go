package cloud

import (
	"context"
	"slices"
	"time"
)

// Fault is misbehaviour of one action or several. What it does, in order:
// wait, cut the connection, refuse; or let the call be done and cut then.
type Fault struct {
	Action       string // RAM action, with wildcards: "ecs:*"
	Times        int    // how often; 0 = always
	Percent      int    // how likely, 1 to 100; 0 = certain
	Status       int    // of the refusal; 0 = 400
	Code         string // of the refusal; empty = none
	Message      string
	Delay        time.Duration
	Reset        bool // cut the connection, nothing done
	LoseResponse bool // do the change, then cut the connection
}

type faultState []*Fault

// Inject adds a fault and returns what takes it away. The first that matches
// is used.
func (c *Cloud) Inject(f Fault) (remove func()) {
	switch {
	case f.Code != "" && f.Status == 0:
		f.Status = 400
	case f.Code == "" && f.Status >= 400:
		f.Code, f.Message = "InternalError", "The request processing has failed due to some unknown error."
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := &f
	c.faults = append(c.faults, kept)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.faults = slices.DeleteFunc(c.faults, func(f *Fault) bool { return f == kept })
	}
}

// Throttle refuses an action once, as the cloud does under load.
func Throttle(action string) Fault {
	return Fault{Action: action, Times: 1, Status: 400, Code: "Throttling.User", Message: "Request was denied due to user flow control."}
}

// Deny refuses an action always, as RAM does.
func Deny(action string) Fault {
	e := denial(Principal{}, action, "*", implicitDeny).(*Error)
	return Fault{Action: action, Status: e.Status, Code: e.Code, Message: e.Message}
}

// fault takes the fault that is due for an action, if there is one. The caller
// must not hold mu.
func (c *Cloud) fault(action string) *Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range c.faults {
		if !actionMatches(f.Action, action) {
			continue
		}
		if f.Percent > 0 && c.random.intn(100) >= f.Percent {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				c.faults = slices.Delete(c.faults, i, i+1)
			}
		}
		taken := *f
		return &taken
	}
	return nil
}

// before does what a fault does ahead of the call. It returns the refusal; a
// caller that gets errReset cuts the connection.
func (f *Fault) before(ctx context.Context) error {
	if f == nil {
		return nil
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
		}
	}
	if f.Reset {
		return errReset
	}
	if f.Code != "" {
		return &Error{Status: f.Status, Code: f.Code, Message: f.Message}
	}
	return nil
}

// errReset stands for an answer that never leaves: the connection is cut.
var errReset = &Error{Status: 503, Code: "LocalCloud.Reset", Message: "The connection was cut."}
