package practice

import (
	"cmp"
	"time"
)

// A Plan is what a finding is in the middle of, where putting it right takes longer than a look:
// a snapshot takes hours. Each look does the step that the state asks for (the finding's Changes),
// or finds that the cloud is still at work (there are none). The practice keeps nothing between
// looks: what a step has made carries a tag, so that the state says how far the plan is, and a call
// that makes something carries a ClientToken of the plan and the step, so that however often it is
// made it makes one thing. People are told where a plan begins, where it ends, and where it stops: a
// finding without a Plan.
type Plan struct {
	Next  time.Duration // when to look again
	Says  string        // how far it is, or what it waits for
	Tells bool          // people are told of this step, though it is not the last: it is the first
	Left  []Prevention  // what is left over if nobody goes on now, with what removes it

	// If the step is not made, because the cloud refuses it or because of a limit:
	Advice string        // what people are told to do, in place of the finding's advice, which is about the step that is made
	Again  time.Duration // when it is tried again; zero: a sweep does
}

// Held is the finding of a plan whose step is not made now: what is there so far, and not what would be there after it.
func (f Finding) Held() Finding {
	if f.Plan != nil && len(f.Plan.Left) > 0 {
		f.Paste, f.Advice = f.Plan.Left, cmp.Or(f.Plan.Advice, f.Advice)
	}
	return f
}

// Kept is the finding of a plan that does not go on, because of the mode or an exemption: it says what is left
// over.
func (f Finding) Kept() Finding {
	if f.Plan != nil && len(f.Plan.Left) > 0 {
		f.Title += "; what was begun about it does not go on"
	}
	return f.Held()
}
