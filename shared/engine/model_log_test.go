package engine_test

import (
	"context"
	"strconv"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The log of the model. What one resource has is one sequence, which a reader by cursor
// sees as far as the log likes; its index comes later; its clock is its own.
type modelLog struct {
	entries []modelEntry
}

type modelEntry struct {
	said     ledger.Record // as it comes back from the log
	received time.Time     // by the log's clock
	at       time.Time     // by everybody's
	acked    bool          // its writer has been told that it is there
	of       *try
	late     bool // taken after its writer was told that nobody knows
}

func (m *model) logTime() time.Time { return time.Now().Add(m.cfg.logSkew).Truncate(time.Second) }

// append takes records.
func (m *model) append(t *try, records []ledger.Record, acked, late bool) {
	for _, r := range records {
		m.log.entries = append(m.log.entries, modelEntry{readBack(r), m.logTime(), time.Now(), acked, t, late})
		if r.Kind == ledger.Intent && !late {
			t.announced, t.reread = m.cloud.number(), false
		}
	}
}

// records are all, in the order of the log, a copy only once.
func (l *modelLog) records() (records []ledger.Record) {
	seen := map[string]bool{}
	for _, e := range l.entries {
		r := e.said
		if !seen[r.Nonce] {
			seen[r.Nonce] = true
			records = append(records, r)
		}
	}
	return records
}

// readBack is a record as it comes back from the log.
func readBack(r ledger.Record) ledger.Record {
	back, err := ledger.Parse(r.Fields())
	if err != nil {
		panic(err)
	}
	return back
}

// logbook is the log as one invocation has it.
type logbook struct {
	m *model
	t *try
}

func (l logbook) Append(ctx context.Context, records ...ledger.Record) error {
	label := ""
	for _, r := range records {
		label += " " + string(r.Kind) + " " + string(r.Outcome)
	}
	_, err := l.m.gate(ctx, l.t, &waiting{kind: "append", label: "append" + label, records: records})
	return err
}

func (l logbook) Start(ctx context.Context, _ practice.Resource) (string, error) {
	since := l.t.now().Add(-3 * time.Minute)
	got, err := l.m.gate(ctx, l.t, &waiting{kind: "start", label: "start", answer: func() any {
		for i, e := range l.m.log.entries {
			if !e.received.Before(since) {
				return strconv.Itoa(i)
			}
		}
		return strconv.Itoa(len(l.m.log.entries))
	}})
	if err != nil {
		return "", err
	}
	return got.(string), nil
}

func (l logbook) Pull(ctx context.Context, _ practice.Resource, cursor string) (ledger.Tail, error) {
	w := &waiting{kind: "pull", label: "pull", asked: -1}
	w.pull = func(behind int) ledger.Tail {
		from, err := strconv.Atoi(cursor)
		if err != nil {
			panic(err)
		}
		to := max(from, len(l.m.log.entries)-behind)
		var tail ledger.Tail
		for i, e := range l.m.log.entries[from:] {
			if i >= to-from {
				l.m.misbehaved = l.m.misbehaved || e.acked && from+i < w.asked
				own := e.of == l.t && e.said.Kind == ledger.Intent
				if l.m.cfg.mutant != impatient || !own || l.t.shown[e.said.Nonce] {
					continue
				}
				l.t.shown[e.said.Nonce] = true // as if it stood here
			}
			r := e.said
			r.Received = e.received
			if r.Resource != group && r.Subject != group {
				continue
			}
			tail.Records = append(tail.Records, r)
		}
		tail.Next, tail.Now = strconv.Itoa(to), l.m.logTime()
		return tail
	}
	got, err := l.m.gate(ctx, l.t, w)
	if err != nil {
		return ledger.Tail{}, err
	}
	return got.(ledger.Tail), nil
}

// indexed is what the index has by now.
func (l logbook) indexed(ctx context.Context, label string, since time.Time, wanted func(ledger.Record) bool) ([]ledger.Record, error) {
	got, err := l.m.gate(ctx, l.t, &waiting{kind: "index", label: label, index: func(lag time.Duration) []ledger.Record {
		var found []ledger.Record
		for _, e := range l.m.log.entries {
			if r := e.said; !e.received.After(l.m.logTime().Add(-lag)) && !r.Time.Before(since) && wanted(r) {
				found = append(found, r)
			}
		}
		return found
	}})
	if err != nil {
		return nil, err
	}
	return got.([]ledger.Record), nil
}

func (l logbook) History(ctx context.Context, about practice.Resource, since time.Time) ([]ledger.Record, error) {
	return l.indexed(ctx, "history of "+about.ID, since, func(r ledger.Record) bool { return r.Resource == about.ID || r.Subject == about.ID })
}

func (l logbook) Task(ctx context.Context, task string, since time.Time) ([]ledger.Record, error) {
	return l.indexed(ctx, "task", since, func(r ledger.Record) bool { return r.Task == task })
}

func (l logbook) Touched(ctx context.Context, since time.Time) ([]ledger.Record, error) {
	return l.indexed(ctx, "touched", since, func(r ledger.Record) bool { return r.Touches })
}

func (logbook) Search(context.Context, practice.Search) ([]map[string]string, error) { return nil, nil }

// hands is the cloud as one invocation has it.
type hands struct {
	m *model
	t *try
}

func (h hands) Do(ctx context.Context, call ours.Call, out any) error {
	w := &waiting{kind: "change", label: call.Action + " " + named(call), call: call}
	if call.RAM() == readRules {
		w.kind, w.label = "read", "read"
		if h.m.cfg.mutant == unread && h.t.frozen != nil {
			return ours.Decode(call, h.t.frozen, out)
		}
	}
	body, err := h.m.gate(ctx, h.t, w)
	if err != nil {
		return err
	}
	if body == nil {
		body = []byte("{}")
	}
	return ours.Decode(call, body.([]byte), out)
}

func named(call ours.Call) (text string) {
	for _, r := range rulesOf(call) {
		text += " " + r.says()
	}
	return text
}
