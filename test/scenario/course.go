package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/channel"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A Course is what a practice does over hours and days: events, the looks that open cases ask for, as triage does
// each minute, and a sweep a day. Its time is that of the bubble, which costs nothing.
type Course struct {
	Told []string // what the people on call got, in order
	Errs []error  // of looks that failed, and were made again

	t       *testing.T
	w       *world
	cases   []ledger.Case
	folded  time.Time // when they were written down last
	written int       // records that have been composed
	swept   time.Time
	kill    *killer
	lost    bool // who is killed does not come back
}

// Over runs a course in time of its own, in a cloud that begins in a state.
func Over(t *testing.T, p *practice.Practice, mode practice.Mode, settings, before string, run func(*testing.T, *Course)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, p, scenario{before: []byte(before), settings: []byte(settings)}, mode)
		defer w.cloud.Close()
		run(t, &Course{t: t, w: w, swept: time.Now()})
	})
}

// Cloud is where it happens, and Do is what its owner does there.
func (c *Course) Cloud() *cloud.Cloud { return c.w.cloud }

// Do makes calls of the account's owner.
func (c *Course) Do(calls ...ours.Call) {
	c.t.Helper()
	for _, call := range calls {
		if err := c.w.root().Do(c.t.Context(), call, nil); err != nil {
			c.t.Fatal(err)
		}
	}
}

// Read reads as the account's owner.
func (c *Course) Read(ctx context.Context, call ours.Call, out any) error {
	return c.w.root().Do(ctx, call, out)
}

// Changes are the changing calls of the practice's function so far.
func (c *Course) Changes() []string { return c.w.changes() }

// Records are those of the audit log.
func (c *Course) Records() []ledger.Record { return c.w.records() }

// Mode is what the operator sets from now on.
func (c *Course) Mode(m practice.Mode) { c.w.mode(m) }

// Param sets one of the practice's.
func (c *Course) Param(name string, values ...string) {
	set := c.w.settings.Practices[c.w.practice.ID]
	set.Params[name] = values
}

// Kill has the function that makes the n-th call from now on killed: before the call reaches the cloud, or with its answer. For good: nobody
// runs it again.
func (c *Course) Kill(n int, after, forGood bool) {
	c.kill = &killer{next: c.w.transport, left: n, after: after}
	c.lost = forGood
}

// Killed tells whether that has happened.
func (c *Course) Killed() bool { return c.kill != nil && c.kill.dead }

// At is the call at which it happened.
func (c *Course) At() string { return c.kill.at }

// Event delivers one, as in a scenario.
func (c *Course) Event(steps string) {
	c.t.Helper()
	event, err := build(lines([]byte(steps)))
	if err != nil {
		c.t.Fatal(err)
	}
	c.deliver(event)
}

// Pass lets time pass.
func (c *Course) Pass(d time.Duration) {
	c.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		c.look()
		next := c.swept.Add(day)
		for _, x := range ledger.Fold(c.cases, c.recent()) {
			if !x.Next.IsZero() && x.Next.Before(next) {
				next = x.Next
			}
		}
		if next.After(end) {
			next = end
		}
		time.Sleep(max(time.Minute, time.Until(next)).Truncate(time.Minute))
	}
}

const day = 24 * time.Hour

// recent are the records that the cases may not have yet, as triage reads them: some minutes more than needed.
func (c *Course) recent() []ledger.Record {
	return slices.DeleteFunc(c.w.log(), func(r ledger.Record) bool { return r.Time.Before(c.folded.Add(-3 * time.Minute)) })
}

// look is what triage does each minute.
func (c *Course) look() {
	now := time.Now()
	due, all := ledger.Due(ledger.Fold(c.cases, c.recent()), 200, now)
	c.cases, c.folded = all, now
	for _, x := range due {
		look := events.Look{Ecsguard: events.LookWord, ID: x.Look(), Name: x.EventName, Time: x.EventTime,
			Actor:   events.Actor{Type: x.ActorType, Name: x.Actor, SourceIP: x.ActorIP, UserAgent: x.ActorAgent},
			Targets: []events.Asked{{Type: x.ResourceType, ID: x.Resource, Region: x.Region, Account: x.Account}}}
		body, err := json.Marshal(look)
		if err != nil {
			c.t.Fatal(err)
		}
		c.deliver(body)
	}
	if now.Sub(c.swept) >= day {
		c.swept = now
		event, err := build([]string{"sample timer/sweep", `/triggerTime = now`})
		if err != nil {
			c.t.Fatal(err)
		}
		c.deliver(event)
	}
}

// deliver runs an invocation, and again where it has failed, as Function Compute does.
func (c *Course) deliver(event []byte) {
	c.t.Helper()
	for attempt := range 3 {
		ctx, cancel := context.WithCancel(c.t.Context())
		transport := c.w.transport
		struck := false
		if c.kill != nil && !c.kill.dead {
			c.kill.cancel = cancel
			c.w.transport = c.kill
		}
		_, err := c.w.deliver(ctx, event, attempt)
		struck = c.kill != nil && c.w.transport == http.RoundTripper(c.kill) && c.kill.dead
		c.w.transport = transport
		cancel()
		if err == nil {
			break
		}
		c.Errs = append(c.Errs, err)
		if struck && c.lost {
			break
		}
		time.Sleep(time.Minute)
	}
	records := c.w.records()
	for _, m := range message.Compose(records[c.written:]) {
		c.Told = append(c.Told, m.Title+"\n"+channel.Full.Render(m, channel.Markdown))
	}
	c.written = len(records)
}

// actionOf is what a request asks for, and whether it changes something or writes to the log.
func actionOf(r *http.Request) (action string, changes bool) {
	action = r.Method + " " + r.URL.Path
	if r.Header.Get("x-log-apiversion") != "" || strings.Contains(r.URL.Host, ".log.") {
		return action, r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/shards/")
	}
	if a := r.URL.Query().Get("Action"); a != "" {
		action = a
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			text, _ := io.ReadAll(body)
			if form, err := url.ParseQuery(string(text)); err == nil && form.Get("Action") != "" {
				action = form.Get("Action")
			}
		}
	}
	return action, !strings.HasPrefix(action, "Describe")
}

// killer is the way to the cloud of a function that is killed.
type killer struct {
	next   http.RoundTripper
	after  bool
	cancel context.CancelFunc

	mu   sync.Mutex
	left int
	dead bool
	at   string
}

var errKilled = errors.New("killed")

func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	action, changes := actionOf(r)
	k.mu.Lock()
	if changes {
		k.left--
	}
	strikes, dead := changes && k.left == 0, k.dead
	if strikes {
		k.at = action
	}
	k.dead = k.dead || strikes
	k.mu.Unlock()
	if dead {
		return nil, errKilled
	}
	if !strikes {
		return k.next.RoundTrip(r)
	}
	if k.after {
		if answer, err := k.next.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
		}
	}
	k.cancel()
	return nil, errKilled
}
