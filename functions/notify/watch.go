package notify

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	ours "github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// Watch is what notify needs to monitor the other parts of ecsguard.
type Watch struct {
	Watcher  *watch.Watcher // of the process; nil: nothing is looked after
	Settings error          // why the settings are refused, if they are
	Canary   watch.Canary
	URL      string // of a dead man's switch outside; empty: there is none

	// Open is the cloud and the log, as of one invocation.
	Open func(Invocation) (watch.Doer, watch.Ledger)
	HTTP http.RoundTripper // to URL; nil: the process's
}

// watching is how long reading may take: the rest of the invocation is for reporting.
const watching = 40 * time.Second

// watchTimer is when the timer fired, if it is what invoked the function.
func watchTimer(payload []byte) (at time.Time, is bool) {
	if !bytes.Contains(payload, []byte(`"triggerName"`)) {
		return time.Time{}, false
	}
	happened, err := ours.Decode(payload)
	if err != nil || len(happened) != 1 || happened[0].Kind != ours.KindTimer {
		return time.Time{}, false
	}
	return happened[0].Time, true
}

// watch checks whether all of ecsguard exists and is working. It returns an error if people
// could not be told, so that Function Compute runs it again.
func (n *Notifier) watch(ctx context.Context, in Invocation, at time.Time) (Answer, error) {
	w := n.Config.Watch
	if w.Watcher == nil {
		return Answer{}, errors.New("the timer fired, but there is nothing to monitor")
	}
	doer, ledger := w.Open(in)
	run := watch.Run{
		Request: in.Request, Version: in.Version, Region: in.Region, Account: in.Account, At: at, Now: n.Now, Cloud: doer, Ledger: ledger,
		Tell: func(ctx context.Context, m message.Message) error { return n.Tell(ctx, in, m) },
	}
	report, err := w.Watcher.Run(ctx, run, func(ctx context.Context, seen watch.Seen) watch.Sight {
		if w.Settings != nil {
			return watch.Settings(w.Settings)
		}
		ctx, cancel := context.WithTimeout(ctx, watching)
		defer cancel()
		return watch.Look(ctx, w.Watcher.Deployment, doer, ledger, seen.Pulses, at, seen.Now).
			And(w.Watcher.Canary(ctx, w.Canary, run, &seen.State.Canary, n.Log))
	})
	if report.Well && w.URL != "" {
		n.ping(ctx, in, w)
	}
	messages := 0
	if report.Told > 0 {
		messages = 1
	}
	return Answer{Messages: messages}, err
}

// Tell takes one message to the channels. It counts as delivered when one of them has taken it:
// it is not kept for the others, whose own failure is reported separately.
func (n *Notifier) Tell(ctx context.Context, in Invocation, m message.Message) error {
	return n.deliver(ctx, in, []message.Message{m}, n.Now().Add(-2*Patience))
}

// perPing bounds the one request to the dead man's switch.
const perPing = 5 * time.Second

// ping sends the heartbeat to the dead man's switch, which raises the alarm when none comes. So
// a failed ping is not retried. The address is a secret.
func (n *Notifier) ping(ctx context.Context, in Invocation, w Watch) {
	ctx, cancel := context.WithTimeout(ctx, perPing)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
	if err != nil {
		n.Log.Error("heartbeat not sent: its address is not a URL", "request", in.Request) // err quotes it
		return
	}
	transport := w.HTTP
	if transport == nil {
		transport = cloud.Transport()
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		n.Log.Error("heartbeat not answered", "request", in.Request)
		return
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		n.Log.Error("heartbeat not taken", "status", response.StatusCode, "request", in.Request)
	}
}

// told drops records that need no message: that the port which notify opened itself was found
// and closed.
func (n *Notifier) told(records []ledger.Record) []ledger.Record {
	return slices.DeleteFunc(records, n.Config.Watch.Canary.OfCanary)
}
