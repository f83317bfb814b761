package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A concluder says how jobs ended.
type concluder struct {
	*assignment
	memory   *memory
	evidence *investigator
	rec      *recorder
}

// conclude writes how each job ended: one record with the calls and their undo, and one for
// each further finding that they put right.
func (c *concluder) conclude(ctx context.Context, plan *plan) error {
	var records []ledger.Record
	for _, j := range plan.jobs {
		if j.gaveWay {
			continue
		}
		lead := c.leadResult(j)
		records = append(records, lead)
		for _, m := range j.members[1:] {
			if lead.Outcome == practice.Good && !m.open && !plan.mineToTell(c.assignment, m.objection) {
				continue // whoever put it right says so for all
			}
			r := c.result(j, m, m.finding)
			r.Edit = j.id
			r.Quiet = r.Outcome == lead.Outcome || m.dealt
			records = append(records, r)
		}
	}
	for _, r := range records {
		c.rec.ended(r.Outcome)
	}
	return c.rec.write(ctx, records...)
}

// leadResult is the result with the calls of a job and their undo. It closes the job's
// intents, and what others have deferred to it.
func (c *concluder) leadResult(j *job) ledger.Record {
	m := j.lead()
	r := c.result(j, m, c.evidence.withEvidence(j.evidence, m.finding))
	r = withChanges(r, j.changes)
	if held := m.stopped != nil && j.made() == 0; j.tried && !held { // what is held back, a person may do
		r = withChanges(r, j.done)
		r.Calls, r.Why = slices.Concat(j.earlier.Calls, r.Calls), slices.Concat(j.earlier.Why, r.Why)
		r.Undo = append(r.Undo, j.earlier.Undo...)
		r.CallsMade = j.made()
	}
	r.Members = j.membership()
	r.Quiet = r.Outcome == practice.Fixed && (j.quiet() || len(j.done) == 0 && c.memory.of(r.Resource).toldFixed(r.ID))
	r.Quiet = r.Quiet || r.Outcome == practice.Fixed && m.finding.Inspection
	r.Quiet = r.Quiet || r.Outcome == practice.Failed && len(j.done) == 0 && c.memory.of(r.Resource).toldFailed(r)
	if r.Outcome == practice.Fixed && !r.Quiet && !m.finding.Momentary {
		r.Confirm()
	}
	r.Closes = j.intents(c.memory.of(j.resource().ID))
	for _, nonce := range slices.Sorted(maps.Keys(j.deferrals)) {
		if j.deferrals[nonce].settled {
			r.Closes = append(r.Closes, nonce)
		}
	}
	return r
}

// result is the record of how a finding of a job ended, without calls.
func (c *concluder) result(j *job, m *member, f practice.Finding) ledger.Record {
	if p := m.latest.Plan; p != nil && m.open && (j.err != nil || j.stopped != "" || m.stopped != nil) {
		f.Paste, f.Advice = p.Left, cmp.Or(p.Advice, f.Advice) // it has stopped
	}
	r := c.rec.record(m.by, m.explained(f), ledger.Result)
	r.Fact = factOf(m.finding)
	r.Outcome, r.Reason = j.outcome(m)
	switch {
	case !j.tried && r.Outcome == practice.Awaiting:
		r.Due = c.Now().Add(time.Minute)
	case m.goesOn() && r.Outcome == practice.Deferred && c.memory.of(r.Resource).inVain(r, j.done):
		// Left to the sweeps, each of which says so.
		r.Outcome, r.Reason = practice.Partly, "the cloud has accepted the same change several times, and it does not show"
		r.Prevent = append(r.Prevent, m.latest.Plan.Left...)
	case m.goesOn() && j.err == nil && j.stopped != "":
		r.Due = c.Now().Add(roomAgain)
	case m.goesOn() && j.err != nil && m.latest.Plan.Again > 0:
		r.Due = c.Now().Add(m.latest.Plan.Again)
	case m.goesOn() && (r.Outcome == practice.Deferred || r.Outcome == practice.Partly && j.err == nil):
		r = c.lookAgain(r, m.latest.Plan)
	}
	if err := cmp.Or(j.err, j.waived); err != nil {
		r.Error, r.ErrorCode = err.Error(), cloud.Code(err)
	}
	if len(f.Scope) > 0 {
		r.Facts = with(r.Facts, "could not be asked", strings.Join(j.failedPeers, ", "))
	}
	r.Note = m.decision.Reason
	return r
}

// outcome is how a member's finding ended.
func (j *job) outcome(m *member) (practice.Outcome, string) {
	switch {
	case !m.open && j.made() > 0 && !m.fixedByOthers:
		return practice.Fixed, j.doubt()
	case !m.open:
		return practice.Good, "somebody else put it right at the same moment"
	case m.unknown && j.made() > 0:
		return practice.Partly, "changes were made, and " + m.by.ID + " could not check the result"
	case m.unknown:
		return practice.Failed, m.by.ID + " could not judge the resource any more"
	case m.goesOn() && j.err == nil && j.stopped == "":
		if p := m.finding.Plan; p != nil && p.Tells && j.made() > 0 {
			return practice.Partly, m.latest.Plan.Says
		}
		return practice.Deferred, m.latest.Plan.Says
	case m.stopped != nil && j.made() > 0:
		return practice.Partly, m.stopped.Reason
	case m.stopped != nil:
		return m.stopped.Outcome, m.stopped.Reason
	case !j.tried:
		return practice.Awaiting, fmt.Sprintf("it came to light in the last of %d rounds, and nothing was changed for it", rounds)
	case j.stopped != "" && j.made() > 0:
		return practice.Partly, j.stopped
	case j.stopped != "":
		return practice.Failed, j.stopped
	case m.left != "" && (m.whole || j.made() == 0):
		return m.unchanged()
	case m.left != "":
		return practice.Partly, "no change would put the rest right without affecting anything else"
	case j.err != nil && j.made() > 0:
		return practice.Partly, "a later change was refused"
	case j.err != nil:
		return practice.Failed, "the change was refused"
	default:
		return practice.Partly, "the cloud accepted the changes, but the last look found it still wrong"
	}
}

// unchanged is the outcome of a finding that no change puts right.
func (m *member) unchanged() (practice.Outcome, string) {
	if m.asks {
		return practice.Awaiting, "a person has to decide whether it is changed"
	}
	return practice.Failed, "no change would put this right without affecting anything else"
}

// doubt says what is not certain about a fix.
func (j *job) doubt() string {
	switch {
	case j.err != nil:
		return "a later change was refused, but was not needed"
	case j.waived != nil:
		return "a change was refused, and the rest was done in another way"
	case j.lost:
		return "the cloud's answer to a change was lost; the look afterwards shows that it was made"
	case len(j.earlier.Calls) > 0:
		return "an earlier attempt was interrupted: changes that it announced and that are no longer needed count as made"
	}
	return ""
}

// explained is the member's finding, with the reason why no change puts all or part of it
// right.
func (m *member) explained(f practice.Finding) practice.Finding {
	if m.left != "" {
		f.Facts = with(f.Facts, "not changed", m.left)
		f.Advice = strings.TrimSpace(m.left + " " + strings.TrimSpace(f.Advice))
	}
	return f
}
