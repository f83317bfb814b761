// Package channel takes messages to people. A channel is a folder beside it that holds a
// Declaration: what its receiver takes (Limits), which environment variables set it, and
// how it is opened. Package all lists them; nothing else names one.
//
// A channel makes text of a message's blocks by a Form, under its own limits, and posts it
// by Transport, which tries again what may work a little later. docs/adding-a-channel.md
// builds one.
package channel

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/shared/message"
)

// A Channel takes messages to people. Send tries again what may work a little
// later, as long as ctx has time. Its error is an *Error.
type Channel interface {
	Name() string
	Send(ctx context.Context, m message.Message) error
}

// An Error is why a channel did not take a message. It holds no secret, and no
// address: that of a robot or a hook is one.
type Error struct {
	Channel   string
	Code      string // the receiver's own, "HTTP 500", "Network" or "Deadline"
	Message   string
	Retryable bool // the same message may be taken later

	after time.Duration // the receiver asked to be left alone for so long
}

// RetryAfter is for cloud.Retry.
func (e *Error) RetryAfter() time.Duration { return e.after }

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Channel + ": " + e.Code
	}
	return e.Channel + ": " + e.Code + ": " + e.Message
}
