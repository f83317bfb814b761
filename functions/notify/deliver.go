package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// deliver takes messages to every channel. Each channel has its own time: none
// waits for another. Written is when the newest of what they tell was written.
func (n *Notifier) deliver(ctx context.Context, in Invocation, messages []message.Message, written time.Time) error {
	sending, cancel := early(ctx, telling)
	defer cancel()
	failed := make([][]error, len(n.Channels)) // by channel and message
	var all sync.WaitGroup
	for i, c := range n.Channels {
		all.Go(func() { failed[i] = n.send(sending, in, c, messages) })
	}
	all.Wait()
	waited := n.Now().Sub(written) > Patience
	var broken []error
	for i, c := range n.Channels {
		lost := slices.DeleteFunc(slices.Clone(failed[i]), func(err error) bool { return err == nil })
		if len(lost) == 0 {
			continue
		}
		broken = append(broken, fmt.Errorf("%d of %d messages not taken: %w", len(lost), len(messages), lost[0]))
		if waited || !mayPass(lost[0]) {
			n.tell(ctx, in, c, lost[0], failed)
		}
	}
	err := errors.Join(broken...)
	if err != nil && waited && reached(failed, len(messages)) {
		n.Log.Error("alerts given up for a channel", "request", in.Request, "error", err)
		return nil
	}
	return err
}

// telling is the time kept for telling the other channels that one does not work.
const telling = 3 * time.Second

// early is ctx with a deadline that is earlier by so much.
func early(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-by))
	}
	return context.WithCancel(ctx)
}

func mayPass(err error) bool {
	e, ok := errors.AsType[*channel.Error](err)
	return !ok || e.Retryable
}

// send takes messages to one channel and returns what became of each. A transient failure has
// been retried until the time was up, so the messages after it are not tried.
func (n *Notifier) send(ctx context.Context, in Invocation, c channel.Channel, messages []message.Message) []error {
	failed := make([]error, len(messages))
	for i, m := range messages {
		key := c.Name() + "/" + m.ID
		if n.sent.has(key) {
			continue
		}
		err := c.Send(ctx, m)
		if err == nil {
			n.sent.add(key)
			n.logSent(in, c, m)
			continue
		}
		n.Log.Error("alert not taken", "channel", c.Name(), "message", m.ID, "outcome", m.Outcome, "request", in.Request, "error", err)
		failed[i] = err
		if mayPass(err) {
			for j := i + 1; j < len(messages); j++ {
				if !n.sent.has(c.Name() + "/" + messages[j].ID) {
					failed[j] = err
				}
			}
			return failed
		}
	}
	return failed
}

func (n *Notifier) logSent(in Invocation, c channel.Channel, m message.Message) {
	with := []any{"channel", c.Name(), "message", m.ID, "outcome", m.Outcome, "request", in.Request, "records", len(m.Records)}
	if len(m.Records) == 1 {
		r := m.Records[0]
		with = append(with, "practice", r.Practice, "resource", r.Resource, "event", r.Event)
	}
	n.Log.Info("alert sent", with...)
}

// tell tells the channels that work that one does not, once a day for each cause.
func (n *Notifier) tell(ctx context.Context, in Invocation, c channel.Channel, cause error, failed [][]error) {
	var deploy []string
	if d, ok := n.deployment(in); ok {
		deploy = []string{d.Deploy(watch.Notify), d.Deploy(watch.Triage)}
	}
	var code string
	if e, ok := errors.AsType[*channel.Error](cause); ok {
		code = e.Code
	}
	m := message.Broken(c.Name(), code, cause, n.Now(), deploy...)
	for i, other := range n.Channels {
		if errors.Join(failed[i]...) == nil {
			n.send(ctx, in, other, []message.Message{m}) // its own failure is in the log
		}
	}
}

// reached tells whether some channel took each message.
func reached(failed [][]error, messages int) bool {
	for m := range messages {
		taken := false
		for c := range failed {
			taken = taken || failed[c][m] == nil
		}
		if !taken {
			return false
		}
	}
	return true
}

// memory is what this instance has delivered. It is small: a batch that comes
// again comes soon.
type memory struct {
	mu   sync.Mutex
	keys map[string]bool
}

const maxMemory = 4096

func (m *memory) has(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys[key]
}

func (m *memory) add(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil || len(m.keys) >= maxMemory {
		m.keys = map[string]bool{}
	}
	m.keys[key] = true
}
