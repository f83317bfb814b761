// Package notify turns what Function Compute hands it into messages for the people on call. It
// is invoked for three reasons: the log trigger of the audit logstore brings the range of new
// records, a function that gave up on an event brings that event (its onFailure destination),
// and every two minutes a timer makes it check whether all of ecsguard exists and is working
// (watch.go).
//
// # What arrives, and how often
//
// Until an invocation succeeds, the log trigger keeps invoking with the same records and
// perhaps more: its retries first, then at every interval. Until then it delivers nothing later
// from that shard. So:
//
//   - No alert is lost while no channel takes it: the invocation fails and the
//     batch comes again.
//   - One channel that fails does not keep the others waiting for long. For Patience after the
//     batch was written the invocation fails and the channel gets another chance; after that, a
//     message that some channel took is finished. That holds for transient errors (a receiver
//     that is down) and for permanent ones (a wrong secret) alike: nobody can tell how soon a
//     person will fix it, and a failing invocation is what makes it visible from outside.
//   - Repeats of a fix that was reported within the last minute wait until that minute is over,
//     and become one message (again.go).
//   - The channels that work are told which one does not.
//   - A record that its writer wrote twice, because it got no answer, is reported once, and so
//     is a finding that two looks report at the same moment. For both, the log before the batch
//     is read.
//   - If a range cannot be read in full yet, the invocation fails, so that the range is
//     delivered again.
//   - A message may be seen twice. The webhook's receiver can tell by X-Ecsguard-Delivery.
//     DingTalk cannot, so a message is retried within the invocation first, and an instance
//     remembers what it has delivered; only a new instance or a lost answer makes a message
//     appear twice.
package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	ours "github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/logtrigger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// Config is what a Notifier needs of its surroundings.
type Config struct {
	Channels  []channel.Channel
	Transport http.RoundTripper // to Simple Log Service; nil: the default
	Now       func() time.Time  // nil: time.Now
	Log       *slog.Logger
	Watch     Watch

	Practices []*practice.Practice // what a function that gave up was to look at, its practice says
}

// Notifier lives as long as the instance.
type Notifier struct {
	Config
	pageGroups int // of one answer of the log
	sent       memory
	failures   failures
	repeats    repeats
}

// New returns a Notifier.
func New(c Config) *Notifier {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Notifier{Config: c, pageGroups: logtrigger.MostGroups}
}

// Invocation is what Function Compute says of the present run.
type Invocation struct {
	Request, Region, Account, Version string
	Attempt                           int // 0 is the first
	Credentials                       cloud.Credentials
}

// Answer says what became of an invocation.
type Answer struct {
	Records  int `json:"records"` // read from the log
	Skipped  int `json:"skipped"` // lines that are no audit records
	Messages int `json:"messages"`
}

// Patience is how long a channel that fails holds up a batch that another took. A
// DingTalk robot that was sent too much is silent for ten minutes.
const Patience = 15 * time.Minute

// reserve is the time kept at the end of an invocation for reporting how it went.
const reserve = 2 * time.Second

// Handle does what one payload asks for. An error makes the payload come again.
func (n *Notifier) Handle(ctx context.Context, in Invocation, payload []byte) (Answer, error) {
	ctx, cancel := early(ctx, reserve)
	defer cancel()
	answer, err := n.handle(ctx, in, payload)
	if err != nil {
		err = fmt.Errorf("notify: %w", err)
		if errors.Is(err, errRepeats) {
			n.Log.Info("nothing told yet", "request", in.Request, "why", err)
			return answer, err
		}
		n.Log.Error("notifying failed", "request", in.Request, "error", err)
	}
	return answer, err
}

func (n *Notifier) handle(ctx context.Context, in Invocation, payload []byte) (Answer, error) {
	if g, ok := ours.DecodeFailure(payload); ok {
		f := n.failure(g)
		if d, ok := n.deployment(in); ok {
			f.Prepare = d.Prepare()
		}
		n.Log.Error("a function gave up", "function", f.Function, "event", f.Event, "failed", f.Request, "request", in.Request)
		return n.gaveUp(ctx, in, f)
	}
	if at, ok := watchTimer(payload); ok {
		return n.watch(ctx, in, at)
	}
	if !json.Valid(payload) {
		return Answer{}, errors.New("the payload is not JSON of the form of a log trigger or a destination")
	}
	if r, ok, err := logtrigger.Decode(payload); ok {
		if err != nil {
			return Answer{}, err
		}
		return n.batch(ctx, in, r)
	}
	return Answer{}, errors.New(`the payload has neither "source" (a log trigger) nor "requestContext" (a destination) nor "triggerName" (a timer)`)
}

// deployment is ecsguard as it was deployed, if that is known: for the commands that mend it.
func (n *Notifier) deployment(in Invocation) (d watch.Deployment, ok bool) {
	if n.Config.Watch.Watcher == nil {
		return d, false
	}
	d = n.Config.Watch.Watcher.Deployment
	d.Region, d.Account = in.Region, in.Account
	return d, true
}

// batch sends the alerts for a range of the audit log.
func (n *Notifier) batch(ctx context.Context, in Invocation, r logtrigger.Range) (Answer, error) {
	records, skipped, err := n.pull(ctx, in, r)
	if err != nil {
		return Answer{}, fmt.Errorf("reading the audit log %s/%s: %w", r.Project, r.Store, err)
	}
	messages := message.Compose(n.told(n.news(ctx, in, r, records)))
	answer := Answer{Records: len(records), Skipped: skipped, Messages: len(messages)}
	n.Log.Info("audit log read", "request", in.Request, "records", answer.Records, "skipped", answer.Skipped, "messages", answer.Messages)
	if n.repeats.wait(messages, oldest(records, n.Now()), n.Now()) {
		return answer, errRepeats
	}
	written := r.Written
	for _, record := range records {
		if r.Written.IsZero() && record.Time.After(written) {
			written = record.Time
		}
	}
	if err := n.deliver(ctx, in, messages, cmp.Or(written, n.Now())); err != nil {
		return answer, err
	}
	n.repeats.note(messages, n.Now())
	return answer, nil
}

// oldest is when the first record of some was written.
func oldest(records []ledger.Record, now time.Time) time.Time {
	for _, r := range records {
		if r.Time.Before(now) {
			now = r.Time
		}
	}
	return now
}
