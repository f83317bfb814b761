package notify

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Ten times the same within a minute, in batches of their own, are two messages: the first
// at once, and the rest when the minute is over. News does not wait with them.
func TestTheSameWithinAMinuteIsToldTogether(t *testing.T) {
	w := newWorld(t)
	n := w.notifier()
	now := time.Now()
	n.Now = func() time.Time { return now }
	fixed := func(i int) ledger.Record {
		r := finding(fmt.Sprint("fix-", i))
		r.Outcome, r.CallsMade, r.Resource, r.Time = practice.Fixed, 1, fmt.Sprint("sg-", i), now.UTC()
		return r
	}
	begin, end := "", ""
	take := func(n *Notifier) error {
		payload := string(w.payload())
		end = between(payload, `"endCursor":"`)
		if begin != "" { // what was taken does not come again
			payload = strings.Replace(payload, `"beginCursor":"`+between(payload, `"beginCursor":"`), `"beginCursor":"`+begin, 1)
		}
		_, err := n.Handle(t.Context(), w.in, []byte(payload))
		if err == nil {
			begin = end
		}
		return err
	}
	w.write(fixed(0))
	if err := take(n); err != nil || len(w.Messages()) != 1 {
		t.Fatalf("the first is not told at once: %d messages, %v", len(w.Messages()), err)
	}
	for i := range 9 {
		now = now.Add(5 * time.Second)
		w.write(fixed(i + 1))
		if err := take(n); !errors.Is(err, errRepeats) {
			t.Fatalf("number %d: %v", i+1, err)
		}
	}
	now = now.Add(15 * time.Second)
	if err := take(n); err != nil || len(w.Messages()) != 2 || !strings.Contains(w.Messages()[1].Title, "Fixed 9 times: The internet reaches port 22; sg-1 and 8 more") {
		t.Fatalf("the rest is not one message: %+v, %v", w.Messages(), err)
	}
	w.write(fixed(10))
	if err := take(n); !errors.Is(err, errRepeats) {
		t.Fatalf("what goes on: %v", err)
	}
	open := finding("news")
	open.Time = now.UTC()
	w.write(open)
	if err := take(n); err != nil || len(w.Messages()) != 4 {
		t.Fatalf("news waits: %d messages, %v", len(w.Messages()), err)
	}
	again := fixed(10) // the same group, opened once more
	again.ID, again.Event = "again", "actiontrail/again"
	w.write(again)
	if err := take(n); err != nil || len(w.Messages()) != 5 {
		t.Fatalf("what is done again to the same resource waits: %d messages, %v", len(w.Messages()), err)
	}
	w.write(fixed(12))
	if err := take(New(n.Config)); err != nil || len(w.Messages()) != 6 {
		t.Fatalf("another instance, which has told nothing, waits: %d messages, %v", len(w.Messages()), err)
	}
}

func between(s, after string) string {
	_, s, _ = strings.Cut(s, after)
	s, _, _ = strings.Cut(s, `"`)
	return s
}
