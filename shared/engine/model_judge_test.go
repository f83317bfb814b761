package engine_test

import (
	"slices"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// change carries out a changing call of ours and looks what it did: it may open only what
// was open in the state that it goes by, and close only what the family forbids. Both are
// excused where the owner has changed the same between that and the call: the window
// that the design states. That state is what was read last, after the intent was
// taken: a reading from before that does not count.
func (m *model) change(t *try, call ours.Call) {
	base := t.read
	if !t.reread {
		base = max(t.read, t.announced)
	}
	seen, before := m.cloud.versions[base], m.cloud.now()
	m.cloud.carryOut(call, nil)
	after := m.cloud.now()
	for _, p := range ports {
		owned := slices.ContainsFunc(m.cloud.versions[base+1:], func(v version) bool { return slices.Contains(v.owner, p) })
		switch {
		case !before.open(p) && after.open(p) && m.removedByOwner[p] && owned:
			m.excused[p] = true
		case !before.open(p) && after.open(p) && !seen.open(p):
			m.violation("%s opens %d, which was closed when it looked", t, p)
		case before.open(p) && !after.open(p) && !m.forbidden(p) && owned:
			m.excused[p] = true
		case before.open(p) && !after.open(p) && !m.forbidden(p):
			m.violation("%s closes %d, which nobody forbids", t, p)
		}
	}
}

// forbidden tells whether a member that acts forbids a port.
func (m *model) forbidden(port int) bool {
	return slices.ContainsFunc(m.cfg.members, func(s memberSpec) bool { return s.enforced() && slices.Contains(s.forbids, port) })
}

// judge looks at the end of a run, after everybody is done.
func (m *model) judge() {
	m.judgeState()
	m.judgeRecords()
	m.judgeHandovers()
}

func (m *model) judgeState() {
	end, first := m.cloud.now(), m.cloud.versions[0]
	opened := func(p int) bool { // by the owner, at some time
		return slices.ContainsFunc(m.cloud.versions, func(v version) bool { return v.open(p) && slices.Contains(v.owner, p) })
	}
	for _, p := range ports {
		for i, s := range m.cfg.members {
			if s.mode == practice.Enforce && s.health == works && slices.Contains(s.forbids, p) && end.open(p) && !m.toldFailed[memberID(i)] {
				m.violation("%d is open at the end, and %s forbids it", p, memberID(i))
			}
		}
		switch {
		case m.excused[p] || m.forbidden(p):
		case end.open(p) && m.removedByOwner[p]:
			m.violation("%d is open at the end, and its owner has closed it", p)
		case end.open(p) && !first.open(p) && !opened(p):
			m.violation("%d is open at the end, and nobody has opened it", p)
		case !end.open(p) && (first.open(p) || opened(p)) && !m.removedByOwner[p]:
			m.violation("%d is lost", p)
		}
	}
	for _, r := range m.corrected {
		if !slices.Contains(end.rules, r) {
			m.violation("%s, as its owner has corrected it, is gone", r.says())
		}
	}
}

func (m *model) judgeRecords() {
	records := m.log.records()
	settled, requests, fixed, revoked := map[string]bool{}, map[string]bool{}, map[string]int{}, map[string]int{}
	for _, r := range records {
		for _, nonce := range r.Closes {
			settled[nonce] = true
		}
		if r.Outcome == practice.Fixed && !r.Quiet {
			if r.Attempt == 0 && !takesUp(records, r) || requests[r.ID+r.Request] {
				fixed[r.ID]++ // who takes up what was interrupted does not know whether another is at it
			}
			requests[r.ID+r.Request] = true
			for _, c := range r.Calls {
				if c.RAM() == revoke {
					for _, x := range rulesOf(c) {
						revoked[x.says()]++
					}
				}
			}
		}
	}
	for _, id := range sortedKeys(fixed) {
		if fixed[id] > 1+m.reopened && !m.misbehaved {
			m.violation("the finding %s is said to be fixed %d times", id, fixed[id])
		}
	}
	for _, says := range sortedKeys(revoked) {
		if revoked[says] > m.cloud.removed[says] && m.quiet() {
			m.violation("people are told %d times that %s was revoked, which happened %d times", revoked[says], says, m.cloud.removed[says])
		}
	}
	for _, r := range records {
		if r.Kind == ledger.Intent && !settled[r.Nonce] && !m.dead(r) {
			m.violation("the intent %s of %s has no result", r.Nonce, r.Practice)
		}
	}
	m.judgeSilence()
}

// takesUp tells whether a result is only of what another invocation had announced.
func takesUp(records []ledger.Record, result ledger.Record) bool {
	closes := func(own bool) bool {
		return slices.ContainsFunc(records, func(r ledger.Record) bool {
			return r.Kind == ledger.Intent && (r.Request == result.Request) == own && slices.Contains(result.Closes, r.Nonce)
		})
	}
	return closes(false) && !closes(true)
}

// quiet tells whether nothing can go wrong but that the log shows late: then nobody may
// claim a change that another has made. Who takes up an attempt that ended in between
// takes what it announced for made.
func (m *model) quiet() bool {
	for kind := range m.cfg.kinds {
		if kind != behind && kind != twice {
			return false
		}
	}
	return !slices.ContainsFunc(m.cfg.members, func(s memberSpec) bool { return s.health == flaky })
}

// dead tells whether an intent is of an invocation that failed for good, which people
// are told, or came to the log when its invocation was over.
func (m *model) dead(intent ledger.Record) bool {
	for _, v := range m.invoked {
		if "request of "+v.name != intent.Request {
			continue
		}
		last := v.tries[len(v.tries)-1]
		if last.dead || last.err != nil {
			return true
		}
	}
	return slices.ContainsFunc(m.log.entries, func(e modelEntry) bool { return e.late && e.said.Nonce == intent.Nonce })
}

// judgeSilence: what is open at the end and somebody objects to, people were told
// since it was opened.
func (m *model) judgeSilence() {
	end := m.cloud.now()
	for i, s := range m.cfg.members {
		if s.mode == practice.Off || s.health == panics || s.health == fails || m.toldFailed[memberID(i)] {
			continue
		}
		for _, p := range s.forbids {
			since := m.cloud.openSince(p)
			told := slices.ContainsFunc(m.log.entries, func(e modelEntry) bool { return !e.at.Before(since) && tellsOf(e.said, p) })
			if end.open(p) && !told && !m.excused[p] {
				m.violation("%d is open at the end, %s objects, and nobody was told", p, memberID(i))
			}
		}
	}
}
