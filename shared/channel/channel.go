// Package channel delivers messages to people. A channel is a subfolder with a Declaration:
// what its receiver accepts (Limits), which environment variables configure it, and how it is
// opened. Package all lists them; nothing else names one.
//
// A channel renders a message's blocks as text with a Form, under its own limits, and posts it
// with Transport, which retries transient failures. docs/adding-a-channel.md builds one.
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
