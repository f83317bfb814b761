package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A planner makes the edits for what is to be put right, and makes them anew where the
// state has moved.
type planner struct {
	*assignment
	memory   *memory
	checker  *checker
	others   *others
	evidence *investigator
}

// newJob plans the edit of objections.
func (p *planner) newJob(ctx context.Context, objections []objection) (*job, error) {
	j := &job{failedPeers: p.others.failed, nonces: map[string]bool{}, deferrals: map[string]*deferral{}}
	for _, o := range objections {
		m := newMember(o)
		m.before = p.memory.of(o.resource()).begun(o)
		j.members = append(j.members, m)
	}
	if err := p.edit(ctx, j); err != nil {
		return nil, err
	}
	j.chooseLead(p.Practice)
	resource := j.resource().ID
	j.earlier = p.memory.of(resource).earlier(j.changes, j.ids()...)
	for _, r := range p.memory.of(resource).unfinished(j.ids()...) {
		if p.Invocation.wroteEarlier(r) && !p.memory.dead(r) { // others give way to it: its place in the log is ours
			j.nonces[r.Nonce] = true
		}
	}
	return j, nil
}

// edit makes the job's changes of what its members want, as they show at the moment.
func (p *planner) edit(ctx context.Context, j *job) (err error) {
	lead := j.lead()
	if lead.finding.Wants == nil {
		j.changes = lead.latest.Changes
		return nil
	}
	var open []*member
	var findings []practice.Finding
	for _, m := range j.members {
		if m.left, m.whole, m.asks = "", false, false; m.acts() {
			open, findings = append(open, m), append(findings, m.latest)
		}
	}
	j.changes = nil
	if len(open) == 0 {
		return nil
	}
	by := open[0].by
	pass := p.pass(by, p.checker.memo)
	pass.Refused = cmp.Or(cloud.Code(j.err), cloud.Code(j.waived))
	defer Recovered(p.log(), by, "plan", &err)
	union, err := by.Family.Join(ctx, pass, findings)
	if err != nil {
		return fmt.Errorf("planning one edit for %s: %w", names(open), err)
	}
	j.changes = union.Changes
	for _, left := range union.Left {
		m := open[left.Finding]
		m.left, m.whole, m.asks = strings.TrimPrefix(m.left+"; "+left.Why, "; "), left.Whole, left.Asks
	}
	return nil
}

// replan makes new plans on the state as it is now, and tells whether they are the
// ones that were announced. All are those of the look.
func (p *planner) replan(ctx context.Context, jobs, all []*job) (same bool, err error) {
	findings, err := p.checker.check(ctx)
	if err != nil {
		return false, err
	}
	p.others.askAgain(ctx, findings, all)
	same = true
	for _, j := range jobs {
		before := j.changes
		p.update(j, findings)
		p.reconsider(j)
		if err := p.edit(ctx, j); err != nil {
			return false, err
		}
		if len(j.done) == 0 {
			// Another look may meanwhile have recorded what became of an earlier attempt.
			j.earlier = p.memory.of(j.resource().ID).earlier(j.changes, j.ids()...)
		}
		if lead := j.lead(); j.made() == 0 {
			for _, m := range j.members {
				m.fixedByOthers = !m.open
			}
			if j.chooseLead(p.Practice); j.lead() != lead {
				j.evidence = p.evidence.investigate(ctx, j.lead().by, j.lead().finding)
			}
		}
		same = same && slices.EqualFunc(before, j.changes, func(a, b practice.Change) bool { return sameCall(a.Call, b.Call) })
	}
	return same, nil
}

// update notes for each member of a job whether the latest check still shows its finding, and
// adds to a family's edit what the acting practices object to by now: what has come to light
// since it was planned is what other looks have deferred to this one. Objections that this edit
// is not about are left for those practices to look at again.
func (p *planner) update(j *job, findings []practice.Finding) {
	shown := p.others.shown(findings)
	for _, m := range j.members {
		m.unknown = m.by != p.Practice && slices.Contains(p.others.failed, m.by.ID)
		m.open = m.unknown
		for _, o := range shown {
			if m.is(o) {
				m.latest, m.open, m.fixedByOthers = o.finding, true, false
			}
		}
	}
	left := map[string]bool{} // practices with an objection that is not in this edit
	for _, o := range p.others.current() {
		if j.lead().finding.Wants == nil || j.has(o) || o.resource() != j.resource().ID {
			continue
		}
		if may := fight(p.assignment, p.memory, o); may.Act && o.rank == acts && o.finding.Wants != nil {
			o.decision.Quiet = may.Quiet
			j.members = append(j.members, newMember(o))
		} else {
			left[o.by.ID] = true // at another event it may act
		}
	}
	for _, d := range j.deferrals {
		d.settled = len(p.others.failed) == 0 && !left[d.by]
	}
}

// reconsider asks whether the members may still act: an exemption may have been given
// meanwhile.
func (p *planner) reconsider(j *job) {
	for _, m := range j.members {
		if o := weigh(p.assignment, p.memory, m.by, m.latest); m.open && o.rank != acts {
			m.stopped = &o.decision
		}
	}
}

func names(members []*member) string {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.by.ID)
	}
	return strings.Join(slices.Compact(ids), ", ")
}
