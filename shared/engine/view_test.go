package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
)

// An intent is completed by whoever wrote it at an earlier attempt, or by anybody once its
// writer cannot be at it any more.
func TestUnfinished(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := &Driver{Now: func() time.Time { return now }, Invocation: Invocation{Request: "ours", Attempt: 1}}
	intent := func(nonce, request string, attempt int, age time.Duration) ledger.Record {
		return ledger.Record{Kind: ledger.Intent, ID: "finding", Resource: thing.ID, Nonce: nonce, Request: request, Attempt: attempt, Received: now.Add(-age)}
	}
	m := newMemory(d)
	m.past[thing.ID] = &past{pulled: []ledger.Record{
		intent("settled", "ours", 0, time.Second),
		{Kind: ledger.Result, Closes: []string{"settled"}},
		intent("earlier", "ours", 0, time.Second),
		intent("now", "ours", 1, time.Second),
		intent("another's", "theirs", 0, time.Second),
		intent("dead", "theirs", 0, deadAfter+time.Second),
	}}
	var got []string
	for _, r := range m.of(thing.ID).unfinished("finding") {
		got = append(got, r.Nonce)
	}
	if want := []string{"earlier", "dead"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if some := m.of(thing.ID).unfinished("another finding"); len(some) > 0 {
		t.Errorf("of another finding: %v", some)
	}
	if some := m.of("t-2").unfinished("finding"); len(some) > 0 {
		t.Errorf("of another resource: %v", some)
	}
	// The log's clock counts, and not this machine's.
	m.past[thing.ID].now = now.Add(time.Hour)
	if n := len(m.of(thing.ID).unfinished("finding")); n != 4 {
		t.Errorf("an hour later by the log's clock: %d", n)
	}
}
