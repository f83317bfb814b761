package engine

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Reserve is how much of an invocation is kept for its last records.
const Reserve = reserve

// AtATime is how many resources are looked at at the same time.
const AtATime = atATime

// NewMemo is what a check of a family reads with.
var NewMemo = newMemo

// HandleEvent does what one event asks for.
func HandleEvent(ctx context.Context, d *Driver, e *events.Event) ([]practice.Outcome, error) {
	return d.event(ctx, e)
}

// Hurry lets nobody wait long for checks of others, for a test of those that do not end.
func Hurry() (undo func()) {
	was, ends := askTime, grace
	askTime, grace = 50*time.Millisecond, 50*time.Millisecond
	return func() { askTime, grace = was, ends }
}
