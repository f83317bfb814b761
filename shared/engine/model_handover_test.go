package engine_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

// minutes are the timer's, in a quiet world: it comes whenever something may be due.
func (m *model) minutes() {
	for n, wait := range []int{1, 1, 1, 1, 2, 5, 5, 45, 5, 5} {
		time.Sleep(time.Duration(wait) * time.Minute)
		m.route(fmt.Sprintf("quiet minute %d", n), ticks("minute"))
		m.steps()
	}
}

// judgeHandovers: what was handed over is not left open, least of all by a look that ended
// well: somebody else would be asked, and people told that a practice is silent.
func (m *model) judgeHandovers() {
	records := m.log.records()
	settled := ledger.Settled(records)
	for _, r := range records {
		if r.Key != engine.KeyHandover || !r.Opens() || settled[r.Nonce] {
			continue
		}
		for _, v := range m.invoked {
			of := slices.ContainsFunc(v.event.Asked, func(a events.Asked) bool { return a.Handover == r.Nonce })
			if last := len(v.tries) - 1; of && v.over && !v.tries[last].dead && v.tries[last].err == nil {
				m.violation("the handover to %s for %s stays open, and %s has ended well", r.Practice, r.Event, v.tries[last])
			}
		}
	}
	for _, c := range ledger.Fold(nil, records) {
		if c.Key == engine.KeyHandover && !m.toldFailed[c.Practice] {
			m.violation("what was handed over to %s for %s is still to be looked at", c.Practice, c.Event)
		}
	}
	for _, r := range records {
		if r.Key == "silent" && m.prompt() {
			m.violation("people are told that %s is silent: %s", r.Practice, r.Facts["event"])
		}
	}
}

// prompt tells whether everybody has looked in time: nothing could go wrong, and no
// attempt has failed.
func (m *model) prompt() bool {
	return len(m.cfg.kinds) == 0 && !slices.ContainsFunc(m.invoked, func(v *invocation) bool { return len(v.tries) > 1 })
}

// Digest, Results and Sweeps are what triage reads of the log.
func (l logbook) Digest(ctx context.Context, now time.Time) (d ledger.Digest, records []ledger.Record, err error) {
	all, err := l.indexed(ctx, "digest", now.Add(-48*time.Hour), func(r ledger.Record) bool { return r.Kind == ledger.Cases || r.Kind == ledger.Result })
	for _, r := range all {
		if r.Kind == ledger.Result {
			records = append(records, r)
		} else if r.Time.After(d.At) {
			d = ledger.Digest{Cases: r.Open, At: r.Time}
		}
	}
	return d, records, err
}

func (l logbook) Results(ctx context.Context, since time.Time) ([]ledger.Record, error) {
	return l.indexed(ctx, "results", since, func(r ledger.Record) bool { return r.Kind == ledger.Result })
}

func (l logbook) Sweeps(ctx context.Context, since time.Time) ([]ledger.Record, error) {
	return l.indexed(ctx, "sweeps", since, func(r ledger.Record) bool { return r.Kind == ledger.Sweep })
}
