package engine

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A turn counts for what it says is taken. Where a look, replanned, takes more than it had said, it
// comes behind whoever has taken a turn meanwhile, and has to wait until the log shows the new one.
func TestATurnForMore(t *testing.T) {
	now := time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)
	taken := func(id, nonce string, users ...string) ledger.Record {
		return ledger.Record{ID: id, Kind: ledger.Pointer, Resource: "lock-outs", Nonce: turn(nonce), Received: now, Lock: practice.Lock{Rights: true, Others: users}}
	}
	first, other, again := taken("a", "n1", "u1"), taken("b", "m", "u2"), taken("a", "n2", "u3", "u1")
	for name, test := range map[string]struct {
		log    []ledger.Record
		takes  []string
		seen   bool
		before int
	}{
		"as it said":                  {[]ledger.Record{first, other}, []string{"u1"}, true, 0},
		"behind another":              {[]ledger.Record{other, first}, []string{"u1"}, true, 1},
		"more, and that is not there": {[]ledger.Record{first, other}, []string{"u1", "u3"}, false, 1},
		"more":                        {[]ledger.Record{first, other, again}, []string{"u1", "u3"}, true, 1},
		"more, at once":               {[]ledger.Record{first, again, other}, []string{"u1", "u3"}, true, 0},
		"less again":                  {[]ledger.Record{first, other, again}, []string{"u1"}, true, 0},
	} {
		m := newMember(objection{finding: practice.Finding{Lock: practice.Lock{Rights: true, Others: []string{"u1"}}}})
		m.latest.Lock.Others = test.takes
		j := &job{id: "a", members: []*member{m}, nonces: map[string]bool{"n1": true, "n2": true}}
		l := &lockouts{assignment: &assignment{}, memory: &memory{now: func() time.Time { return now }, past: map[string]*past{"lock-outs": {pulled: test.log, now: now}}}}
		if seen, before := l.seen(j), len(l.before(j)); seen != test.seen || before != test.before {
			t.Errorf("%s: seen %v, %d before", name, seen, before)
		}
	}
}
