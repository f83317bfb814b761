package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A lockouts says whether machines, keys and users may be touched. It is asked when a job is
// planned, and once more right before its changes, in the order in which the ledger has all
// looks that want to touch something in the account. Intents of different resources are in
// different shards, which have no common order, so each such look also writes a turn, all under
// one key.
type lockouts struct {
	*assignment
	memory *memory
	reader cloud.Reader // which reads for itself: what was read before is old
	ledger Ledger
}

// turns is the key under which the log keeps the order of looks that touch something in an
// account.
func (l *lockouts) turns() practice.Resource {
	return practice.Resource{ID: "lock-outs", Account: l.target.Resource.Account}
}

// turnOf says in the log that an intent is about to touch something.
func (l *lockouts) turnOf(intent ledger.Record, nonce string) ledger.Record {
	at := l.turns()
	return ledger.Record{
		ID: intent.ID, Kind: ledger.Pointer, Time: intent.Time, Practice: intent.Practice, Resource: at.ID, Subject: at.ID, Account: at.Account,
		Key: intent.Resource, Lock: intent.Lock, Request: intent.Request, Attempt: intent.Attempt, Version: intent.Version, Nonce: turn(nonce),
	}
}

func turn(nonce string) string { return nonce + "/turn" }

// mine tells whether a record is a turn of a job that says all that the job takes by now: with
// another plan it may take more than it had said before.
func mine(j *job, r ledger.Record) bool {
	return j.nonces[strings.TrimSuffix(r.Nonce, "/turn")] && r.Lock.Covers(j.lead().latest.Lock)
}

// touches tells whether a job touches a machine, a key or a user.
func (j *job) touches() bool {
	return slices.ContainsFunc(j.members, func(m *member) bool { return m.by.Touches && !m.latest.Inspection || m.latest.Lock.Any() })
}

// seen tells whether the log, as it was last read, shows the turn of a job: then it also shows
// all turns before it.
func (l *lockouts) seen(j *job) bool {
	h := l.memory.at(l.turns().ID)
	return h != nil && slices.ContainsFunc(h.pulled, func(r ledger.Record) bool { return mine(j, r) })
}

// before are the turns of other looks that come before a job's turn and may still be running.
func (l *lockouts) before(j *job) (others []ledger.Record) {
	h := l.memory.at(l.turns().ID)
	if h == nil {
		return nil
	}
	for _, r := range h.pulled {
		if mine(j, r) {
			break
		}
		if r.Kind == ledger.Pointer && strings.HasSuffix(r.Nonce, "/turn") && r.ID != j.id && !deadAt(r, l.memory.logTime(l.turns().ID)) {
			others = append(others, r)
		}
	}
	return others
}

// undeclared names a change that takes something from somebody although its finding does not
// declare from whom.
func undeclared(j *job) error {
	if slices.ContainsFunc(j.members, func(m *member) bool { return m.latest.Lock.Any() }) {
		return nil
	}
	for _, c := range j.changes {
		if identity.Takes(c.Call) {
			return fmt.Errorf("%s would make %s, and its finding has no Lock that says from whom that takes something", j.lead().by.ID, c.Call.RAM())
		}
	}
	return nil
}

// may says whether a job may take what it takes, counting other looks' turns as done.
func (l *lockouts) may(ctx context.Context, j *job, pending []ledger.Record) (guard.Decision, error) {
	rules := identity.Rules{Settings: l.Settings, Reader: l.reader, Event: l.event, Now: l.Now()}
	for _, r := range pending {
		if r.Lock.Any() {
			rules.Pending = append(rules.Pending, r.Lock)
		}
	}
	for _, m := range j.members {
		if !m.latest.Lock.Any() || !m.acts() {
			continue
		}
		if may, err := rules.May(ctx, m.latest.Lock); err != nil || !may.Act {
			return may, err
		}
	}
	return guard.Decision{Act: true}, nil
}

// hold asks for the last time, right before the changes, and returns the jobs that may go on.
// The others are reported, with the commands.
func (l *lockouts) hold(ctx context.Context, todo []*job) (ready []*job, err error) {
	for _, j := range todo {
		if !j.touches() {
			ready = append(ready, j)
			continue
		}
		records, err := l.ledger.Touched(ctx, l.Now().Add(-guard.Day/24))
		if err != nil {
			return nil, err
		}
		idle := guard.Idle(records)
		pending := slices.DeleteFunc(l.before(j), func(r ledger.Record) bool { return idle[strings.TrimSuffix(r.Nonce, "/turn")] })
		for _, r := range pending {
			records = append(records, ledger.Record{Kind: ledger.Intent, Resource: r.Key, Time: r.Time, Touches: true})
		}
		// Intents whose turn has not come yet do not count: each would hold back the other.
		known := map[string]bool{}
		for _, r := range pending {
			known[strings.TrimSuffix(r.Nonce, "/turn")] = true
		}
		settled := ledger.Settled(records)
		records = slices.DeleteFunc(records, func(r ledger.Record) bool {
			return r.Kind == ledger.Intent && r.Nonce != "" && !settled[r.Nonce] && !known[r.Nonce] && !l.memory.dead(r)
		})
		may := guard.Lockouts(l.Settings, j.resource().ID, records, l.Now())
		if may.Act {
			if may, err = l.may(ctx, j, pending); err != nil {
				return nil, err
			}
		}
		if may.Act {
			ready = append(ready, j)
			continue
		}
		for _, m := range j.members {
			m.stopped = &may
			m.finding = refusedBy(m.finding, may)
		}
	}
	return ready, nil
}

// refusedBy is a finding with the error that kept it from being decided, if one did.
func refusedBy(f practice.Finding, d guard.Decision) practice.Finding {
	f.Facts = with(f.Facts, "not decided", d.Cause)
	return f
}
