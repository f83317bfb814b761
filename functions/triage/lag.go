package triage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

const (
	// mostLag is how long an event may wait between the event bus and this function.
	mostLag = time.Minute
	// oldest is how long the bus and Function Compute try to deliver an event. An older event was
	// sent again by somebody.
	oldest = 24 * time.Hour
	// lagSaidFor is how long it is not repeated that events wait.
	lagSaidFor = time.Hour
)

// late tells people that events wait before they are looked at: in the queue, for a free
// instance of this function, or on the bus. The time that ActionTrail took to publish the event
// is not counted, since nobody here can change it. Nor are events that wait for other reasons:
// a retry after a failed invocation, and the rest of an event that is handled in pieces.
func (r *base) late(ctx context.Context, in Invocation, e *events.Event, began time.Time) {
	waited := began.Sub(e.Published)
	if waited <= mostLag || waited > oldest || in.Attempt > 0 || len(e.Asked) > 0 || len(e.Passed) > 0 {
		return
	}
	err := r.tellEvery(ctx, in, lagSaidFor, "lag", itself(in), ledger.Record{
		Practice: triageFunction, Severity: practice.Medium, Mode: practice.Observe, Outcome: practice.Failed, Key: "lag", Subject: triageFunction,
		Finding: fmt.Sprintf("an event waited %s before it was looked at", waited.Round(time.Second)),
		Reason:  "more events arrive than " + triageFunction + " has instances for, or Function Compute or EventBridge is slow. Whatever happens now is found that much later",
		Facts:   map[string]string{"the event": strings.TrimSpace(e.Name + " " + e.Key()), "published": e.Published.Format(time.RFC3339)},
		Advice: "Look in ActionTrail for who makes so many calls. If the account is always that busy, let the function have more instances at once " +
			"(reservedConcurrency in s.yaml). This is repeated in an hour if it goes on.",
	})
	if err != nil { // the event has been looked at all the same
		r.log.Error("that events wait cannot be told", "event", e.Key(), "waited", waited.String(), "request", in.Request, "error", err)
	}
}
