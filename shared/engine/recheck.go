package engine

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// recheck looks whether the findings are still there, and returns those that were not
// there before. A read may be answered from before the change, so what shows is
// looked at once more; so is everything where another look has given way since.
func (l *look) recheck(ctx context.Context) (uncovered []practice.Finding, err error) {
	for try := 1; ; try++ {
		var findings []practice.Finding
		group, reading := errgroup.WithContext(ctx)
		group.Go(func() (err error) { findings, err = l.checker.check(reading); return err })
		for _, r := range places(slices.DeleteFunc(slices.Clone(l.plan.jobs), func(j *job) bool { return !j.tried || j.gaveWay })) {
			group.Go(func() error { return l.memory.catchUp(reading, r) })
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		l.others.askAgain(ctx, findings, l.plan.jobs)
		uncovered = slices.DeleteFunc(slices.Clone(findings), func(f practice.Finding) bool { return l.plan.seen[l.id(l.Practice, f)] })
		wrong, late := len(uncovered) > 0, false
		for _, j := range l.plan.jobs {
			if j.gaveWay {
				continue
			}
			l.update(j, findings)
			if err := l.planEdit(ctx, j); err != nil {
				return nil, err
			}
			j.waive()
			wrong = wrong || j.open()
			late = j.tried && l.noteDeferrals(j) || late
		}
		if late && try < rounds {
			continue
		}
		if !wrong || try > 1 || !cloud.Sleep(ctx, l.pause()) {
			return uncovered, nil
		}
	}
}

// replan makes new plans on the state as it is now, and tells whether they are the
// ones that were announced.
func (l *look) replan(ctx context.Context, jobs []*job) (same bool, err error) {
	findings, err := l.checker.check(ctx)
	if err != nil {
		return false, err
	}
	l.others.askAgain(ctx, findings, l.plan.jobs)
	same = true
	for _, j := range jobs {
		before := j.changes
		l.update(j, findings)
		l.reconsider(j)
		if err := l.planEdit(ctx, j); err != nil {
			return false, err
		}
		if len(j.done) == 0 {
			// Another look may have said meanwhile what became of an attempt before this one.
			j.earlier = l.memory.of(j.resource().ID).earlier(j.changes, j.ids()...)
		}
		if lead := j.lead(); j.made() == 0 {
			for _, m := range j.members {
				m.fixedByOthers = !m.open
			}
			if j.chooseLead(l.Practice); j.lead() != lead {
				j.evidence = l.evidence.investigate(ctx, j.lead().by, j.lead().finding)
			}
		}
		same = same && slices.EqualFunc(before, j.changes, func(a, b practice.Change) bool { return sameCall(a.Call, b.Call) })
	}
	return same, nil
}

// update says of each member of a job whether the latest check still shows its finding, and
// takes into an edit of the family what those that act object to by now: what came to light
// since it was planned is what others have deferred to this look for. What they object to
// and this edit is not about is for them to look at again.
func (l *look) update(j *job, findings []practice.Finding) {
	shown := l.shown(findings)
	for _, m := range j.members {
		m.unknown = m.by != l.Practice && slices.Contains(l.others.failed, m.by.ID)
		m.open = m.unknown
		for _, o := range shown {
			if m.is(o) {
				m.latest, m.open, m.fixedByOthers = o.finding, true, false
			}
		}
	}
	left := map[string]bool{} // practices with an objection that is not in this edit
	for _, o := range l.others.now() {
		if j.lead().finding.Wants == nil || j.has(o) || o.resource() != j.resource().ID {
			continue
		}
		if d := l.fight(o); d.Act && o.rank == acts && o.finding.Wants != nil {
			o.decision.Quiet = d.Quiet
			j.members = append(j.members, newMember(o))
		} else {
			left[o.by.ID] = true // at another event it may act
		}
	}
	for _, d := range j.deferrals {
		d.settled = len(l.others.failed) == 0 && !left[d.by]
	}
}

// shown is what the latest check found, and what the others of the family object to in what
// it has read.
func (l *look) shown(findings []practice.Finding) []objection {
	var own []objection
	for _, f := range findings {
		own = append(own, objection{by: l.Practice, finding: f})
	}
	return append(own, l.others.objections...)
}

// reconsider asks whether the members may still act: an exemption may have been given
// meanwhile.
func (l *look) reconsider(j *job) {
	for _, m := range j.members {
		if o := weigh(l.assignment, l.memory, m.by, m.latest); m.open && o.rank != acts {
			m.stopped = &o.decision
		}
	}
}
