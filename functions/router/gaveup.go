package router

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// notifyFunction is told of what a practice gave up on.
const notifyFunction = "ecsguard-notify"

// casesPayload is that of the timer which runs each minute.
const casesPayload = "cases"

// other is what a payload says that is no event: what Function Compute sends to the
// failure destination of a practice, or that the timer has fired.
type other struct {
	RequestContext *struct {
		RequestID   string `json:"requestId"`
		FunctionARN string `json:"functionArn"`
	} `json:"requestContext"`
	TriggerName string `json:"triggerName"`
	Payload     any    `json:"payload"`
}

// aside does what a payload asks for that is no event, and says whether it was one.
func (r *Router) aside(ctx context.Context, request string, payload []byte) (done bool, answer Answer, err error) {
	if !bytes.Contains(payload, []byte(`"functionArn"`)) && !bytes.Contains(payload, []byte(`"triggerName"`)) {
		return false, Answer{}, nil // most are events, and are not read for nothing
	}
	var o other
	if json.Unmarshal(payload, &o) != nil { // an event, perhaps, or several
		return false, Answer{}, nil
	}
	answer.Invoked = []string{}
	switch {
	case o.TriggerName != "" && o.Payload == casesPayload:
		return true, answer, nil
	case o.RequestContext != nil && o.RequestContext.FunctionARN != "":
		// Unchanged, so that notify reads it as if it had been the destination.
		if err := r.invoke(ctx, notifyFunction, "gave-up-"+o.RequestContext.RequestID, payload); err != nil {
			return true, answer, fmt.Errorf("router: passing on that %s gave up on %s: %w", o.RequestContext.FunctionARN, o.RequestContext.RequestID, err)
		}
		r.log.Info("passed on what a function gave up on", "function", o.RequestContext.FunctionARN, "failed", o.RequestContext.RequestID, "request", request)
		answer.Invoked = append(answer.Invoked, notifyFunction)
		return true, answer, nil
	}
	return false, Answer{}, nil
}
