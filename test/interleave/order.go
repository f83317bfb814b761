package interleave

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// Caller is somebody who calls the cloud, and the only one who does so by this name.
type Caller struct {
	Name string                // of a role's session, or of a user; it has no spaces
	Is   func(cloud.Call) bool // if the name does not tell: which calls are this caller's
	Do   func()                // all it does
}

// Order is one order in which callers take their turns. A caller's first turn lasts from
// its start to its first call; each turn after that is a call and what follows it, up to
// the next. Calls that a caller makes side by side take turns too, in the order in which
// they come.
type Order struct {
	options Options
	plan    []int    // whose turn it is
	words   []string // the same by name, of an order that was written down
	ran     bool
	strayed bool // the plan could not be kept
	turns   []turn

	mu      sync.Mutex
	moved   *sync.Cond
	callers []*caller
}

// turn is a turn taken.
type turn struct {
	taken, before int    // before is whose turn it was; -1 at first
	ready         []int  // who could have taken it
	switches      int    // how often somebody was interrupted before
	call          string // the call, or that the caller started
}

// cost is 1 if it would interrupt somebody to take the turn.
func (t turn) cost(who int) int {
	if who != t.before && slices.Contains(t.ready, t.before) {
		return 1
	}
	return 0
}

type caller struct {
	Caller
	started, ended bool
	waiting        []*waiting
	under          int // calls under way
}

type waiting struct {
	call cloud.Call
	turn chan struct{}
}

// settled says that the caller does nothing until it is given a turn.
func (c *caller) settled() bool {
	return c.ended || !c.started || c.under == 0 && len(c.waiting) > 0
}

// Run lets the callers do what they do, in this order, and returns when all have ended.
// It fails if ctx ends first: then somebody waits for something that is not a turn.
func (o *Order) Run(ctx context.Context, c *cloud.Cloud, callers ...Caller) error {
	o.ran = true
	o.moved = sync.NewCond(&o.mu)
	for _, who := range callers {
		o.callers = append(o.callers, &caller{Caller: who})
	}
	if err := o.read(); err != nil {
		return err
	}
	remove := c.Gate(o.pass)
	defer remove()
	stop := context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.moved.Broadcast()
	})
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for before, switches := -1, 0; ; {
		for before >= 0 && !o.callers[before].settled() {
			if ctx.Err() != nil {
				o.letGo()
				return fmt.Errorf("%s neither calls nor ends, after %s: %w", o.callers[before].Name, o, ctx.Err())
			}
			o.moved.Wait()
		}
		t := turn{before: before, switches: switches}
		for i, who := range o.callers {
			if !who.ended {
				t.ready = append(t.ready, i)
			}
		}
		if len(t.ready) == 0 {
			return nil
		}
		t.taken = o.choose(t)
		t.call = o.give(o.callers[t.taken])
		o.turns = append(o.turns, t)
		before, switches = t.taken, switches+t.cost(t.taken)
	}
}

// choose says whose turn it is: as planned, and then nobody is interrupted any more.
func (o *Order) choose(t turn) int {
	if n := len(o.turns); n < len(o.plan) {
		if slices.Contains(t.ready, o.plan[n]) {
			return o.plan[n]
		}
		o.strayed = true
	}
	if slices.Contains(t.ready, t.before) {
		return t.before
	}
	return t.ready[0]
}

// give gives a caller its turn. mu is held.
func (o *Order) give(who *caller) (call string) {
	if !who.started {
		who.started = true
		go func() {
			defer o.end(who) // also where a test ends the goroutine
			who.Do()
		}()
		return "starts"
	}
	next := who.waiting[0]
	who.waiting = who.waiting[1:]
	who.under++
	close(next.turn)
	return next.call.Action
}

func (o *Order) end(who *caller) {
	o.mu.Lock()
	defer o.mu.Unlock()
	who.ended = true
	o.release(who)
	o.moved.Broadcast()
}

// letGo ends all order: what waits goes on.
func (o *Order) letGo() {
	for _, who := range o.callers {
		who.ended = true
		o.release(who)
	}
}

// release lets go what a caller has left behind, which nobody waits for.
func (o *Order) release(who *caller) {
	for _, w := range who.waiting {
		close(w.turn)
	}
	who.waiting = nil
}

// pass is the gate of the cloud.
func (o *Order) pass(call cloud.Call) (over func()) {
	o.mu.Lock()
	i := slices.IndexFunc(o.callers, func(c *caller) bool { return c.made(call) })
	if i < 0 || !o.callers[i].started || o.callers[i].ended {
		o.mu.Unlock()
		return nil
	}
	who := o.callers[i]
	if o.options.Only != nil && !o.options.Only(call) {
		who.under++
		o.mu.Unlock()
	} else {
		w := &waiting{call, make(chan struct{})}
		who.waiting = append(who.waiting, w)
		o.moved.Broadcast()
		o.mu.Unlock()
		<-w.turn
	}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		who.under--
		o.moved.Broadcast()
	}
}

func (c *caller) made(call cloud.Call) bool {
	if c.Is != nil {
		return c.Is(call)
	}
	return call.Principal.Session() == c.Name
}

// Steps are the turns taken, with what was called: "one ecs:DescribeInstances".
func (o *Order) Steps() (steps []string) {
	for _, t := range o.turns {
		steps = append(steps, o.callers[t.taken].Name+" "+t.call)
	}
	return steps
}

// Strayed says that a planned order could not be kept, because a caller did not do what
// it had done before.
func (o *Order) Strayed() bool { return o.strayed }

// String is the order, to be read by people and by Repeat: "one×3 other×7 one×2".
func (o *Order) String() string {
	var parts []string
	for i := 0; i < len(o.turns); {
		n := i
		for n < len(o.turns) && o.turns[n].taken == o.turns[i].taken {
			n++
		}
		parts = append(parts, fmt.Sprintf("%s×%d", o.callers[o.turns[i].taken].Name, n-i))
		i = n
	}
	return strings.Join(parts, " ")
}

// Repeat is an order that String has written down.
func Repeat(order string, only func(cloud.Call) bool) *Order {
	return &Order{words: strings.Fields(order), options: Options{Only: only}}
}

// read turns a written order into a plan.
func (o *Order) read() error {
	for _, word := range o.words {
		name, text, _ := strings.Cut(word, "×")
		i := slices.IndexFunc(o.callers, func(c *caller) bool { return c.Name == name })
		n, err := strconv.Atoi(text)
		if i < 0 || err != nil {
			return fmt.Errorf("%q in an order is not a caller and a number of turns", word)
		}
		o.plan = append(o.plan, slices.Repeat([]int{i}, n)...)
	}
	return nil
}
