package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// decide says what becomes of each finding: jobs of those that are to be put right, the
// others are told, unless that has been done or is somebody else's to do.
func (l *look) decide(acting, ctx context.Context, findings []practice.Finding) (outcomes []practice.Outcome, err error) {
	resources := edited(findings)
	for _, o := range l.peers {
		resources = append(resources, o.finding.Resource)
	}
	if err := l.recall(acting, resources...); err != nil {
		return nil, err
	}
	var own, dealt []objection
	for _, f := range findings {
		id := l.id(l.Practice, f)
		if l.seen[id] {
			return nil, fmt.Errorf("the check reports two findings with the key %q on %s: they could not be told apart", f.Key, f.Resource)
		}
		l.seen[id] = true
		if l.ended(f, id) {
			// A second delivery: what this event showed has been dealt with, and
			// what happened since has an event of its own.
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, "dealt with at an earlier delivery")
			dealt = append(dealt, l.objection(l.Practice, f))
			continue
		}
		if !l.claim(id) {
			outcomes = append(outcomes, practice.Ignored)
			l.note(l.event, f.Resource, practice.Ignored, "another look of this event deals with it")
			dealt = append(dealt, l.objection(l.Practice, f))
			continue
		}
		own = append(own, l.objection(l.Practice, f))
	}
	p := l.plead(own)
	for i, o := range p.left {
		outcomes = append(outcomes, practice.Ignored)
		l.note(l.event, o.finding.Resource, practice.Ignored, p.by[i]+" speaks of it")
	}
	p.act = slices.DeleteFunc(withDealt(p.act, dealt), l.underWay)
	for _, members := range l.edits(p.act) {
		some, err := l.plan(acting, members)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, some...)
	}
	for _, o := range p.tell {
		if id := l.id(o.by, o.finding); o.by != l.Practice {
			if l.seen[id] {
				continue // told in a round before this one
			}
			l.seen[id] = true
		}
		outcomes = append(outcomes, l.tells(acting, o, o.decision))
	}
	if len(l.jobs) > 0 && l.Practice.Evidence != nil {
		return outcomes, nil // the changes do not wait for evidence about what is only told
	}
	return outcomes, l.tell(ctx)
}

// withDealt adds to objections that are to be put right what this practice objects to
// beside them: an edit for the others alone would keep open, or open again, what it has
// dealt with, if the state that shows it is old.
func withDealt(act, dealt []objection) []objection {
	for _, o := range dealt {
		beside := func(g objection) bool {
			return g.finding.Wants != nil && g.finding.Resource.ID == o.finding.Resource.ID
		}
		if o.dealt = true; o.rank == acts && o.finding.Wants != nil && slices.ContainsFunc(act, beside) {
			act = append(act, o)
		}
	}
	return act
}

// underWay tells whether an edit of this look is about an objection: in a later round it
// may still be there.
func (l *look) underWay(o objection) bool {
	return slices.ContainsFunc(l.jobs, func(j *job) bool {
		return slices.ContainsFunc(j.members, func(m *member) bool { return m.is(o) })
	})
}

// edits are objections by the edit that puts them right: one a resource for a family,
// one a finding otherwise.
func (l *look) edits(act []objection) (edits [][]objection) {
	at := map[string]int{}
	for _, o := range act {
		key := o.finding.Resource.ID
		if o.finding.Wants == nil {
			key += "\x00" + o.by.ID + "\x00" + o.finding.Key
		}
		i, known := at[key]
		if !known {
			i = len(edits)
			at[key], edits = i, append(edits, nil)
		}
		edits[i] = append(edits[i], o)
	}
	return edits
}

// mineToTell tells whether this look says how an objection ends where nothing is
// edited: every member that acts has been woken, and says so of its own.
func (l *look) mineToTell(o objection) bool {
	return !o.dealt && (o.by == l.Practice || l.speaksFor(o.by) && !l.seen[l.id(o.by, o.finding)])
}

// fight says whether somebody keeps putting back what an objection is about. That the port
// of the canary is opened every hour is no fight: ecsguard opens it itself, to see how long
// it takes until it is closed.
func (l *look) fight(o objection, history []audit.Record) guard.Decision {
	if id := o.finding.Resource.ID; id == l.Settings.Heartbeat.Canary {
		return guard.Decision{Act: true}
	}
	return guard.Fight(o.by, o.finding.Resource.ID, sameOf(o.finding), history, l.Now())
}

// plan makes a job of objections that one edit is to put right. What the limits hold
// back, or no edit can close, is left out of it and told.
func (l *look) plan(acting context.Context, all []objection) (outcomes []practice.Outcome, err error) {
	var members []objection
	var why []guard.Decision
	var held []objection
	for _, o := range all {
		history := l.history(o.finding.Resource.ID)
		d := l.fight(o, history)
		if !d.Act {
			held, why = append(held, o), append(why, d)
			continue
		}
		o.decision.Quiet = d.Quiet
		members = append(members, o)
	}
	j := &job{}
	if len(members) > 0 {
		if j, err = l.job(acting, members); err != nil {
			return nil, err
		}
		if d, over, err := l.limits(acting, j); err != nil {
			return nil, err
		} else if over {
			for _, m := range j.members {
				held, why = append(held, m.objection), append(why, d)
			}
			j = &job{}
		}
	}
	for i, o := range held {
		if l.mineToTell(o) {
			outcomes = append(outcomes, l.tells(acting, o, why[i]))
		}
	}
	if len(j.changes) == 0 && len(j.earlier.Calls) == 0 {
		for _, m := range j.members {
			if l.mineToTell(m.objection) {
				d := guard.Decision{}
				d.Outcome, d.Reason = m.unchanged()
				outcomes = append(outcomes, l.tells(acting, m.explained(), d))
			}
		}
		return outcomes, nil
	}
	j.evidence = l.investigate(acting, j.lead().by, j.lead().finding)
	l.jobs = append(l.jobs, j)
	return outcomes, nil
}

// limits says why a job is not done now.
func (l *look) limits(acting context.Context, j *job) (guard.Decision, bool, error) {
	lead := j.lead()
	resource := lead.finding.Resource.ID
	if d, over := guard.Ceiling(l.Settings, lead.by, resource, len(j.changes), l.spending(resource, j), l.Now()); over {
		return d, true, nil
	}
	if lead.by.Touches {
		if d, over, err := l.touch(acting, resource); err != nil || over {
			return d, over, err
		}
	}
	if !l.budget.afford(j.id) {
		return guard.Decision{Outcome: practice.Awaiting, Reason: "held back: this sweep has acted on as many findings as it may"}, true, nil
	}
	return guard.Decision{}, false, nil
}

// spending is what counts against the ceiling of a resource: what the ledger says, and
// what the other jobs of this look have done or are about to do.
func (l *look) spending(resource string, except *job) []audit.Record {
	var spent []audit.Record
	for _, r := range l.history(resource) {
		if r.ID != except.id || r.Kind != audit.Intent {
			spent = append(spent, r)
		}
	}
	for _, j := range l.jobs {
		calls := len(j.done)
		if j != except && j.going() {
			calls += len(j.changes)
		}
		spent = append(spent, audit.Record{Kind: audit.Result, Resource: j.lead().finding.Resource.ID, Time: l.Now(), CallsMade: calls})
	}
	return spent
}

// touch takes a machine, key or user out of how many may be touched in an hour, or says
// why it is left. What the log says is read once an invocation.
func (l *look) touch(ctx context.Context, resource string) (guard.Decision, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.touched == nil {
		records, err := l.Ledger.Touched(ctx, l.Now().Add(-guard.Day/24))
		if err != nil {
			return guard.Decision{}, false, err
		}
		l.touched = append([]audit.Record{}, records...)
	}
	if d, over := guard.Lockouts(l.Settings, resource, l.touched, l.Now()); over {
		return d, true, nil
	}
	l.touched = append(l.touched, audit.Record{Kind: audit.Intent, Resource: resource, Time: l.Now(), Touches: true})
	return guard.Decision{}, false, nil
}
