// Package interleave tries the orders in which several callers of the local cloud can
// take their turns: one of them makes a call, then one of them makes the next. A fault
// that shows only when somebody else acts between two calls is found by trying all such
// moments, and found again: nothing depends on time.
//
//	for o := range interleave.Orders(interleave.Options{Switches: 1}) {
//		c := newCloud()
//		err := o.Run(ctx, c, interleave.Caller{Name: "one", Do: …}, interleave.Caller{Name: "other", Do: …})
//		// look at what c is like now; o says which order it was
//	}
package interleave

import (
	"iter"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// Options say which orders are tried.
type Options struct {
	// Switches is how often, at most, a caller is interrupted that could have gone on. With
	// one, somebody else acts as a whole between any two calls; with two, also each part of
	// what one does comes between two calls of the other. The orders multiply by the number
	// of calls with each.
	Switches int
	// Twins says that the callers are alike, so that it makes no difference which begins.
	Twins bool
	// Limit is how many orders are tried at most; 0 is all.
	Limit int
	// Only picks the calls that are turns of their own; nil is every call. The others are
	// made as they come.
	Only func(cloud.Call) bool
}

// Orders goes through the orders, the one in which everybody finishes undisturbed first.
// Each has to be run once before the next is asked for. The callers must do the same thing
// each time, as long as they meet the same; one that does not is let finish as it will.
func Orders(o Options) iter.Seq[*Order] {
	return func(yield func(*Order) bool) {
		var path []choice
		for n := 1; ; n++ {
			order := &Order{options: o}
			for _, c := range path {
				order.plan = append(order.plan, c.taken)
			}
			if !yield(order) {
				return
			}
			if !order.ran {
				panic("interleave: an order was not run")
			}
			path = advance(extend(path, order, o))
			if path == nil || n == o.Limit {
				return
			}
		}
	}
}

// choice is one turn: who took it, and who else is still to be tried there.
type choice struct {
	taken  int
	others []int
}

// extend adds what an order has chosen by itself, after its plan.
func extend(path []choice, o *Order, options Options) []choice {
	for i, t := range o.turns {
		if i < len(path) && path[i].taken == t.taken {
			continue
		}
		c := choice{taken: t.taken}
		// Where a run left its plan its callers do not repeat themselves: to try
		// more from there on would not end.
		if i >= len(path) && !o.strayed && !(i == 0 && options.Twins) {
			for _, other := range t.ready {
				if other != t.taken && t.switches+t.cost(other) <= options.Switches {
					c.others = append(c.others, other)
				}
			}
		}
		path = append(path[:min(i, len(path))], c)
	}
	return path[:min(len(path), len(o.turns))]
}

// advance goes back to the last turn at which somebody else is to be tried; nil if there
// is none.
func advance(path []choice) []choice {
	for i := len(path) - 1; i >= 0; i-- {
		if c := path[i]; len(c.others) > 0 {
			return append(slices.Clone(path[:i]), choice{taken: c.others[0], others: c.others[1:]})
		}
	}
	return nil
}
