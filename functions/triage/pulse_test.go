package triage_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/functions/triage"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// notifier answers for Function Compute: notify is there or is not.
type notifier struct {
	*functions
	gone  bool
	calls int
	mute  bool // no channel takes anything
	said  []message.Message
}

func (n *notifier) Do(_ context.Context, call cloud.Call, out any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls++
	if n.gone {
		return &cloud.Error{Action: call.RAM(), Code: "FunctionNotFound", Status: 404}
	}
	answer := `{"functionName":"ecsguard-notify"}`
	if call.Action == "ListTriggers" {
		answer = `{"triggers":[{"triggerName":"audit","triggerType":"log"},{"triggerName":"watch","triggerType":"timer","triggerConfig":"{\"enable\":true}"}]}`
	}
	return json.Unmarshal([]byte(answer), out)
}

// Pulses are what was written, at once; notify's latest is a minute old.
func (n *notifier) Pulses(context.Context, time.Time) (pulses []ledger.Record, now time.Time, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.log {
		if x.Kind == ledger.Pulse {
			pulses = append(pulses, x)
		}
	}
	heard := ledger.Record{By: watch.Notify, Region: "cn-hangzhou", Account: "1098765432101234", Time: n.clock.Add(-time.Minute)}
	return append(pulses, heard), n.clock, nil
}

func (n *notifier) tell(_ context.Context, m message.Message) error {
	if n.mute {
		return errors.New("the channel is down")
	}
	n.said = append(n.said, m)
	return nil
}

// process is triage of which minutes pass.
type process struct {
	t *testing.T
	n *notifier
	r *triage.Triage
	w *watch.Watcher
}

func newProcess(t *testing.T, n *notifier) process {
	d := watch.Deployment{Functions: []watch.Function{{Name: watch.Notify, Role: watch.Notify, Triggers: map[string]string{watch.Audit: "log", watch.Watch: "timer"}}}}
	return process{t, n, n.triage(settings.Settings{}), &watch.Watcher{Name: watch.Triage, Deployment: d, TellsLedger: true, Log: slog.New(slog.DiscardHandler)}}
}

func (p process) minute() {
	p.t.Helper()
	p.n.clock = p.n.clock.Add(time.Minute)
	in := p.n.invocation("request")
	in.Watch = triage.Watch{Watcher: p.w, Cloud: p.n, Ledger: p.n, Tell: p.n.tell}
	body, _ := json.Marshal(map[string]string{"triggerTime": p.n.clock.Format(time.RFC3339), "triggerName": "cases", "payload": "cases"})
	_, _ = p.r.Handle(p.t.Context(), in, body) // what becomes of the cases is not asked here
}

func (n *notifier) pulses() (count int) {
	for _, x := range n.log {
		if x.Kind == ledger.Pulse {
			count++
		}
	}
	return count
}

func newNotifier() *notifier {
	return &notifier{functions: &functions{clock: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}}
}

// Every other minute leaves a pulse, and says nothing while all is well.
func TestThePulse(t *testing.T) {
	n := newNotifier()
	p := newProcess(t, n)
	for range 10 {
		p.minute()
	}
	if n.pulses() != 5 || n.calls != 10 || len(n.said) > 0 {
		t.Errorf("%d pulses, %d calls, said %+v", n.pulses(), n.calls, n.said)
	}
}

// That notify is gone is told once, by whichever process, and again when it has come back
// and is gone again.
func TestNotifyIsGone(t *testing.T) {
	n := newNotifier()
	n.gone = true
	for range 3 {
		p := newProcess(t, n)
		p.minute()
		p.minute()
	}
	if len(n.said) != 1 || !strings.Contains(channel.Full.Render(n.said[0], channel.Plain), "The function ecsguard-notify is missing") {
		t.Fatalf("said %+v", n.said)
	}
	n.gone = false
	newProcess(t, n).minute()
	n.gone = true
	newProcess(t, n).minute()
	if len(n.said) != 2 {
		t.Errorf("said %d times", len(n.said))
	}
}

// What no channel took is told at the next minute.
func TestWhatNobodyTookIsToldAgain(t *testing.T) {
	n := newNotifier()
	n.gone, n.mute = true, true
	p := newProcess(t, n)
	p.minute()
	n.mute = false
	p.minute()
	p.minute()
	if len(n.said) != 1 {
		t.Errorf("said %d times", len(n.said))
	}
}

// A log that takes nothing is told past it when it has taken nothing twice, and once.
func TestALogThatTakesNothing(t *testing.T) {
	n := newNotifier()
	n.deaf = true
	p := newProcess(t, n)
	p.minute()
	if len(n.said) != 0 {
		t.Errorf("said at the first try: %+v", n.said)
	}
	for range 5 {
		p.minute()
	}
	if len(n.said) != 1 || !strings.Contains(channel.Full.Render(n.said[0], channel.Plain), "The audit log cannot be written") {
		t.Errorf("said %+v", n.said)
	}
}
