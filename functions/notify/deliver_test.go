package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/dingtalk"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	local "github.com/ecsguard/ecsguard/test/cloud"
)

var now = time.Date(2026, 3, 1, 3, 2, 11, 0, time.UTC)

// scripted is a channel that refuses what it is told to.
type scripted struct {
	name   string
	refuse func(message.Message) error
	mu     sync.Mutex
	titles []string
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Send(_ context.Context, m message.Message) error {
	if s.refuse != nil {
		if err := s.refuse(m); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.titles = append(s.titles, m.Title)
	return nil
}

func always(retryable bool) func(message.Message) error {
	return func(message.Message) error { return &channel.Error{Channel: "bad", Code: "42", Retryable: retryable} }
}

func three() []message.Message {
	var out []message.Message
	for i := range 3 {
		out = append(out, message.Message{ID: fmt.Sprint("id", i), Title: fmt.Sprint("title ", i)})
	}
	return out
}

func quiet(channels ...channel.Channel) *Notifier {
	return New(Config{Channels: channels, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

func TestOneChannelFails(t *testing.T) {
	for _, retryable := range []bool{false, true} {
		bad, good := &scripted{name: "bad", refuse: always(retryable)}, &scripted{name: "good"}
		n := quiet(bad, good)
		told := func() (count int) {
			for _, s := range good.titles {
				if strings.Contains(s, "cannot send alerts to bad") {
					count++
				}
			}
			return count
		}
		if err := n.deliver(t.Context(), Invocation{}, three(), now.Add(-Patience)); err == nil || !strings.Contains(err.Error(), "3 of 3 messages not taken: bad: 42") {
			t.Errorf("retryable %v: error %v", retryable, err)
		}
		if len(good.titles)-told() != 3 {
			t.Errorf("retryable %v: the good channel got %v", retryable, good.titles)
		}
		if want := map[bool]int{true: 0, false: 1}[retryable]; told() != want {
			t.Errorf("retryable %v: told %d times at first, want %d", retryable, told(), want)
		}
		// The batch comes again, then too late to wait any longer.
		if err := n.deliver(t.Context(), Invocation{}, three(), now.Add(-Patience)); err == nil {
			t.Errorf("retryable %v: done with after a second try", retryable)
		}
		if err := n.deliver(t.Context(), Invocation{}, three(), now.Add(-Patience-time.Second)); err != nil {
			t.Errorf("retryable %v: holds up the good channel: %v", retryable, err)
		}
		if len(good.titles) != 4 || told() != 1 {
			t.Errorf("retryable %v: the good channel got %v", retryable, good.titles)
		}
	}
}

func TestNobodyTakesIt(t *testing.T) {
	a, b := &scripted{name: "a", refuse: always(false)}, &scripted{name: "b", refuse: always(true)}
	if err := quiet(a, b).deliver(t.Context(), Invocation{}, three(), now.Add(-24*time.Hour)); err == nil {
		t.Error("an alert that nobody has is done with")
	}
	// Each channel takes what the other refuses: everything has reached somebody.
	a.refuse = func(m message.Message) error {
		if m.ID == "id1" {
			return always(false)(m)
		}
		return nil
	}
	b.refuse = func(m message.Message) error {
		if m.ID == "id2" {
			return always(false)(m)
		}
		return nil
	}
	if err := quiet(a, b).deliver(t.Context(), Invocation{}, three(), now.Add(-24*time.Hour)); err != nil {
		t.Error(err)
	}
	if len(a.titles) != 2 || len(b.titles) != 2 {
		t.Errorf("a permanent refusal stops what follows: %v, %v", a.titles, b.titles)
	}
}

// What may pass has used up the time for trying: what follows is left for the
// next invocation, which does not repeat what came before.
func TestRetryableStops(t *testing.T) {
	down := true
	calls := 0
	c := &scripted{name: "c"}
	c.refuse = func(m message.Message) error {
		if calls++; down && m.ID == "id1" {
			return always(true)(m)
		}
		return nil
	}
	n := quiet(c)
	if err := n.deliver(t.Context(), Invocation{}, three(), now); err == nil || !strings.Contains(err.Error(), "2 of 3") || calls != 2 {
		t.Errorf("error %v after %d calls", err, calls)
	}
	down = false
	if err := n.deliver(t.Context(), Invocation{}, three(), now); err != nil || strings.Join(c.titles, " ") != "title 0 title 1 title 2" {
		t.Errorf("error %v, sent %v", err, c.titles)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range 3 * maxMemory {
		m.add(fmt.Sprint(i))
	}
	if len(m.keys) > maxMemory || !m.has(fmt.Sprint(3*maxMemory-1)) {
		t.Errorf("%d keys", len(m.keys))
	}
}

// The whole way, with a robot whose secret is wrong and one that is blocked.
func TestRobotRefuses(t *testing.T) {
	w := newWorld(t)
	w.write(finding("a"))
	w.env[dingtalk.EnvSecret] = "SECrong"
	n := w.notifier()
	_, err := n.Handle(t.Context(), w.in, w.payload())
	if err == nil || !strings.Contains(err.Error(), "dingtalk: 310000: the secret in ECSGUARD_DINGTALK_SECRET is not the robot's: sign not match") {
		t.Errorf("error %v", err)
	}
	if got := w.Webhooks(); len(got) != 2 || !strings.Contains(string(got[1].Body), "cannot send alerts to dingtalk") {
		t.Errorf("the webhook got %d deliveries", len(got))
	}
	if !strings.Contains(w.log.String(), `"level":"ERROR","msg":"alert not taken"`) {
		t.Errorf("log:\n%s", w.log.String())
	}
	w.env[dingtalk.EnvSecret] = secret
	var many []ledger.Record
	for i := range 5 {
		many = append(many, finding(fmt.Sprint("m", i)))
	}
	for range 4 { // 20 messages within a minute, and the next is one too many
		if err := w.notifier().deliver(t.Context(), w.in, message.Compose(many), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.notifier().Handle(t.Context(), w.in, w.payload()); err == nil || !strings.Contains(err.Error(), "130101") {
		t.Errorf("a blocked robot: %v", err)
	}
}

// A webhook that answers late or not at all does not keep the robot from its part.
func TestWebhookHangs(t *testing.T) {
	w := newWorld(t)
	w.write(finding("a"))
	payload := w.payload()
	defer w.Inject(local.Fault{Action: "webhook:Send", Delay: time.Hour})()
	ctx, cancel := context.WithTimeout(t.Context(), reserve+telling+2*time.Second)
	defer cancel()
	_, err := w.notifier().Handle(ctx, w.in, payload)
	if err == nil || !strings.Contains(err.Error(), "webhook: Deadline") {
		t.Error(err)
	}
	if len(w.Messages()) != 1 {
		t.Errorf("the robot delivered %d messages", len(w.Messages()))
	}
}
