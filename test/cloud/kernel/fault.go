package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Fault is misbehaviour of one action or several. What it does, in order:
// wait, cut the connection, refuse; or let the call be done and cut then; or say
// that it was done.
//
// Chance is drawn for each fault and action by itself, from the cloud's Seed and
// from how often they have met: two clouds with one seed misbehave alike, whatever
// else goes on in them.
type Fault struct {
	Name         string // for people; empty: made from what it does
	Action       string // RAM action, with wildcards: "ecs:*"; chat is dingtalk:Send and webhook:Send
	Times        int    // how often; 0 = always
	Percent      int    // how likely, 1 to 100; 0 = certain
	Status       int    // of the refusal; 0 = 400
	Code         string // of the refusal; empty = none
	Message      string
	Delay        time.Duration
	Jitter       time.Duration // a random part of it is added to Delay, each as likely
	P50, P99     time.Duration // added too: a log-normal wait with this median and this 99th percentile
	Reset        bool          // cut the connection, nothing done
	LoseResponse bool          // do the change, then cut the connection
	Ignore       bool          // of a write: answer with success, nothing done; for RPC APIs
	Unseen       int           // of a write of logs: so many pulls see neither it nor what comes behind it
	Late         bool          // refuse, or cut the connection, and do it all the same: later
	Twice        bool          // do it and answer, and do it once more: later
	After        int           // later is after so many further calls of anybody, of any product; 0 = at Release
}

// ActiveFault is a fault that is there, and how often it has struck.
type ActiveFault struct {
	ID int
	Fault
	Left   int // of Times; 0 where there is no end
	Struck int
}

// mu guards it.
type faultState struct {
	active []*activeFault
	made   int
	late   []*lateCall // in the order in which they came
}

type activeFault struct {
	Fault
	id, left, struck int
	met              map[string]int // how often each action came by
}

// Validate says what makes no sense about a fault.
func (f Fault) Validate() error {
	switch {
	case f.Action == "":
		return errors.New("action is missing: which calls does it strike? ecs:* or * or dingtalk:Send")
	case f.Percent < 0 || f.Percent > 100:
		return fmt.Errorf("percent is %d, not between 1 and 100 (0 is certain)", f.Percent)
	case f.Times < 0:
		return fmt.Errorf("times is %d: 0 is always, and less is nothing", f.Times)
	case f.Delay < 0 || f.Jitter < 0 || f.P50 < 0 || f.P99 < 0:
		return errors.New("a wait cannot be negative")
	case f.P99 > 0 && f.P50 == 0:
		return errors.New("p99 needs a p50")
	case f.P99 > 0 && f.P99 < f.P50:
		return fmt.Errorf("p99 (%v) is less than p50 (%v)", f.P99, f.P50)
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status is %d, not between 400 and 599", f.Status)
	case f.Reset && f.LoseResponse:
		return errors.New("reset cuts before the change and loseResponse after it: choose one")
	case f.Ignore && (f.Reset || f.LoseResponse || f.Status > 0 || f.Code != ""):
		return errors.New("ignore answers with success: nothing else can be answered")
	case f.Late && (f.Reset || f.LoseResponse || f.Twice || f.Ignore || f.Unseen > 0):
		return errors.New("late refuses, or cuts the connection, by itself, and does the call once, later")
	case f.Twice && (f.Reset || f.Ignore || f.Status > 0 || f.Code != ""):
		return errors.New("twice does the call at once too: it is not refused")
	case f.Unseen < 0 || f.After < 0:
		return errors.New("unseen and after are numbers of calls, and not negative")
	case f.After > 0 && !f.Late && !f.Twice:
		return errors.New("after says when late or twice is: choose one of them")
	case !f.misbehaves() && !f.waits():
		return errors.New("it does nothing: it needs a delay, jitter, p50, a status or code, reset, loseResponse, late, twice or unseen")
	}
	return nil
}

func (f Fault) waits() bool { return f.Delay > 0 || f.Jitter > 0 || f.P50 > 0 }

// Of all faults that meet a call, one can misbehave; all can make it wait.
func (f Fault) misbehaves() bool {
	return f.Code != "" || f.Status >= 400 || f.Reset || f.LoseResponse || f.Ignore || f.Unseen > 0 || f.Late || f.Twice
}

// cuts says that the connection ends before anything is done, as far as anyone can see.
func (f *Fault) cuts() bool { return f != nil && (f.Reset || f.Late && f.Code == "") }

// Later says that the call is still to be done, or done again.
func (f *Fault) Later() bool { return f != nil && (f.Late || f.Twice) }

// completed fills in what a fault leaves out.
func (f Fault) completed() Fault {
	switch {
	case f.Code != "" && f.Status == 0:
		f.Status = 400
	case f.Code == "" && f.Status >= 400:
		f.Code = "InternalError"
	}
	if f.Code != "" && f.Message == "" {
		f.Message = "The request processing has failed due to some unknown error."
	}
	f.Name = cmp.Or(f.Name, f.String())
	return f
}

// String says what the fault does.
func (f Fault) String() string {
	var does string
	switch {
	case f.Late:
		does = "refused, and done later"
	case f.Twice:
		does = "done twice"
	case f.Unseen > 0:
		does = fmt.Sprintf("not seen by %d pulls", f.Unseen)
	case f.Reset:
		does = "connection reset"
	case f.LoseResponse:
		does = "lost response"
	case f.Ignore:
		does = "success, and nothing done"
	case f.Code != "":
		does = fmt.Sprintf("%s (HTTP %d)", f.Code, f.Status)
	default:
		does = "slow"
	}
	if f.Percent > 0 && f.Percent < 100 {
		does += fmt.Sprintf(", %d%%", f.Percent)
	}
	return f.Action + ": " + does
}

// Inject adds a fault and returns what takes it away. Waits of all faults that
// match an action add up; of what else they do, the first counts.
func (c *Cloud) Inject(f Fault) (remove func()) {
	id := c.inject(f)
	return func() { c.RemoveFault(id) }
}

// InjectFault is Inject for a fault from outside: it refuses what makes no sense,
// and returns the fault's number.
func (c *Cloud) InjectFault(f Fault) (id int, err error) {
	if err := f.Validate(); err != nil {
		return 0, fmt.Errorf("fault: %w", err)
	}
	return c.inject(f), nil
}

// It starts from the next call on: one that waits at a gate or in the fault's own delay is not
// struck.
func (c *Cloud) inject(f Fault) int {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.faults.made++
	c.faults.active = append(c.faults.active, &activeFault{Fault: f.completed(), id: c.faults.made, left: f.Times, met: map[string]int{}})
	return c.faults.made
}

// RemoveFault takes a fault away. It reports whether there was one.
func (c *Cloud) RemoveFault(id int) bool {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	before := len(c.faults.active)
	c.faults.active = slices.DeleteFunc(c.faults.active, func(f *activeFault) bool { return f.id == id })
	return len(c.faults.active) < before
}

// Faults lists the faults that are there, in the order they came. One that has
// struck as often as it may is gone.
func (c *Cloud) Faults() []ActiveFault {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	list := make([]ActiveFault, 0, len(c.faults.active))
	for _, f := range c.faults.active {
		list = append(list, ActiveFault{f.id, f.Fault, f.left, f.struck})
	}
	return list
}

// Throttle refuses an action once, as the cloud does under load.
// The code is that of the user's own limit; others are Throttling and Throttling.Api.
func Throttle(action string) Fault {
	return Fault{Action: action, Times: 1, Status: 400, Code: "Throttling.User", Message: "Request was denied due to user flow control."}
}

// Deny refuses an action always, as RAM does.
func Deny(action string) Fault {
	e := Denial(Principal{}, action, "*", ImplicitDeny).(*Error)
	return Fault{Action: action, Status: e.Status, Code: e.Code, Message: e.Message}
}

// SLSDown is Simple Log Service out of order: nothing can be written or read.
func SLSDown() Fault {
	return Fault{Name: "Simple Log Service is down", Action: "log:*", Status: 503, Code: "ServerBusy", Message: "The server is busy, please try again later."}
}

// ChatDown is the chat program out of order, DingTalk's robot ("dingtalk:Send") or
// the receivers of webhooks ("webhook:Send").
func ChatDown(action string) Fault {
	return Fault{Name: "chat is down", Action: action, Status: 502, Code: "BadGateway", Message: "502 Bad Gateway"}
}

// ChatSlow is a chat program that takes long to answer.
func ChatSlow(action string, p50, p99 time.Duration) Fault {
	return Fault{Name: "chat is slow", Action: action, P50: p50, P99: p99}
}

// Fault takes what is due for an action, if anything is. The caller must not hold mu.
func (c *Cloud) Fault(action string) *Fault {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	var due *Fault
	misbehaves := false
	for _, f := range slices.Clone(c.faults.active) {
		if !ActionMatches(f.Action, action) {
			continue
		}
		chance := f.chance(c.Random.First, action)
		if f.Percent > 0 && chance.IntN(100) >= f.Percent || misbehaves && f.misbehaves() {
			continue
		}
		if due == nil {
			due = &Fault{Action: f.Action}
		}
		// Waits add up over faults, whichever of them misbehaves.
		taken := f.Fault
		taken.Delay = due.Delay + f.wait(chance)
		if f.misbehaves() || !misbehaves {
			*due = taken
		} else {
			due.Delay = taken.Delay
		}
		misbehaves = misbehaves || f.misbehaves()
		f.struck++
		if f.left > 0 {
			if f.left--; f.left == 0 {
				c.faults.active = slices.DeleteFunc(c.faults.active, func(x *activeFault) bool { return x == f })
			}
		}
	}
	return due
}

// chance is the randomness of one meeting of a fault and an action.
func (f *activeFault) chance(seed uint64, action string) *rand.Rand {
	f.met[action]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s", seed, f.id, action)
	return rand.New(rand.NewPCG(h.Sum64(), uint64(f.met[action])))
}

// z99 is how many standard deviations the 99th percentile lies above the median.
const z99 = 2.3263

// wait is how long the fault takes this time. The tail ends at five times P99.
func (f *activeFault) wait(chance *rand.Rand) time.Duration {
	d := f.Delay
	if f.Jitter > 0 {
		d += time.Duration(chance.Int64N(int64(f.Jitter) + 1))
	}
	if f.P50 > 0 {
		most := max(f.P50, f.P99)
		spread := math.Log(float64(most)/float64(f.P50)) / z99
		d += min(time.Duration(float64(f.P50)*math.Exp(spread*chance.NormFloat64())), 5*most)
	}
	return d
}

// Before does what a fault does ahead of the call. It returns the refusal; a
// caller that gets errReset cuts the connection.
// A nil fault does nothing, so that callers need not ask.
func (f *Fault) Before(ctx context.Context) error {
	if f == nil {
		return nil
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
		}
	}
	if f.cuts() {
		return ErrReset
	}
	if f.Code != "" {
		return &Error{Status: f.Status, Code: f.Code, Message: f.Message}
	}
	return nil
}

// ErrReset stands for an answer that never leaves: the connection is cut.
var ErrReset = &Error{Status: 503, Code: "LocalCloud.Reset", Message: "The connection was cut."}
