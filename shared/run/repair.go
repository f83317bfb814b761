package run

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// repair makes the changes of the jobs and looks again, until nothing is found or
// the rounds are used up. What a fix uncovers is decided on like everything else. An
// error means that another attempt has to go on from the intents.
func (l *look) repair(acting, ctx context.Context) (outcomes []practice.Outcome, err error) {
	for round := 1; round <= rounds; round++ {
		todo := l.todo()
		if len(todo) == 0 {
			break
		}
		ready, deferred, err := l.prepare(acting, ctx, todo, round)
		outcomes = append(outcomes, deferred...)
		if err != nil {
			return outcomes, err
		}
		if len(ready) == 0 {
			continue
		}
		for _, j := range ready {
			if err := l.apply(acting, j); err != nil {
				return outcomes, err
			}
		}
		uncovered, err := l.again(acting)
		if err != nil {
			return outcomes, err
		}
		more, err := l.decide(acting, ctx, uncovered)
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, more...)
	}
	ended, err := l.conclude(ctx)
	return append(outcomes, ended...), err
}

// todo are the jobs of the next round. A later round asks the limits again: what the
// rounds before have done counts.
func (l *look) todo() (todo []*job) {
	for _, j := range l.jobs {
		if !j.going() {
			continue
		}
		lead := j.lead()
		if j.tried {
			l.reconsider(j)
			if !j.going() {
				continue
			}
			if d, over := guard.Ceiling(l.Settings, lead.by, lead.finding.Resource.ID, len(j.changes), l.spending(lead.finding.Resource.ID, j), l.Now()); over {
				j.held = d.Reason
				continue
			}
		}
		j.tried = true
		todo = append(todo, j)
	}
	return todo
}

// prepare announces the jobs' changes and makes sure that they may be made: that no
// other look is at the same, and that the state is as it was when they were planned.
// Where it has moved they are planned and announced anew. It returns those that may go
// on, and how those ended that give way.
func (l *look) prepare(acting, ctx context.Context, todo []*job, round int) (ready []*job, outcomes []practice.Outcome, err error) {
	for try := 1; ; try++ {
		todo, outcomes, err = l.giveWay(ctx, todo, outcomes, func(j *job) *audit.Record {
			if len(j.nonces) > 0 || len(j.earlier.Calls) > 0 {
				return nil // announced: the order in the log says who goes on
			}
			h := l.of(j.lead().finding.Resource.ID)
			return alive(h.pulled, family(j.lead().by), l.logTime(h), l.aside)
		})
		if err != nil || len(todo) == 0 {
			return nil, outcomes, err
		}
		if err := l.announce(acting, todo, round); err != nil {
			return nil, outcomes, err
		}
		moved, verdicts, err := l.confirm(acting, todo)
		if err != nil {
			return nil, outcomes, err
		}
		todo, outcomes, err = l.giveWay(ctx, todo, outcomes, func(j *job) *audit.Record { return verdicts[j].ahead })
		if err != nil || len(todo) == 0 || !moved {
			return todo, outcomes, err
		}
		if try == rounds {
			giveUp(todo)
			return nil, outcomes, nil
		}
		same, err := l.planAnew(acting, todo)
		if err != nil {
			return nil, outcomes, err
		}
		todo = slices.DeleteFunc(todo, func(j *job) bool { return !j.going() })
		if same || len(todo) == 0 {
			return todo, outcomes, nil
		}
	}
}

// logTime is the time by the log's own clock.
func (l *look) logTime(h *past) time.Time { return cmp.Or(h.upTo.Now, l.Now()) }

// giveWay ends the jobs with which another look goes on, and says so in the log: who
// goes on looks once more at what came to light after it began.
func (l *look) giveWay(ctx context.Context, todo []*job, outcomes []practice.Outcome, ahead func(*job) *audit.Record) ([]*job, []practice.Outcome, error) {
	var rest []*job
	var records []audit.Record
	for _, j := range todo {
		other := ahead(j)
		if other == nil {
			rest = append(rest, j)
			continue
		}
		records, outcomes = append(records, l.deferred(j, fmt.Sprintf("%s is changing this resource at the moment (request %s)", cmp.Or(other.By, other.Practice), other.Request))),
			append(outcomes, practice.Deferred)
	}
	return rest, outcomes, l.write(ctx, records...)
}

// giveUp ends jobs whose state has moved each time that their changes were announced.
// People are told: whoever keeps something moving would keep it open unseen.
func giveUp(todo []*job) {
	for _, j := range todo {
		j.held = "the state has moved each time that changes were announced"
	}
}

// deferred is the result of a job that ends with nothing done: it is looked at again in a
// minute. It is about the finding of this practice, if there is one: whoever leads the
// edit otherwise has a look of its own. What an attempt before this one did is in it.
func (l *look) deferred(j *job, why string) audit.Record {
	j.ended = true
	m := j.lead()
	if own := slices.IndexFunc(j.members, func(m *member) bool { return m.by == l.Practice }); own >= 0 {
		m = j.members[own]
	}
	r := l.record(m.by, m.finding, audit.Result)
	r.Outcome, r.Reason, r.Closes = practice.Deferred, why, l.settles(j)
	r.Calls, r.Why, r.Undo, r.CallsMade = j.earlier.Calls, j.earlier.Why, j.earlier.Undo, len(j.earlier.Calls)
	return r
}

// settles are the intents that a result of a job closes: its own, and those of attempts
// before this one.
func (l *look) settles(j *job) []string {
	nonces := maps.Clone(j.nonces)
	for _, old := range l.unfinished(j.lead().finding.Resource.ID, l.ids(j)...) {
		nonces[old.Nonce] = true
	}
	return slices.Sorted(maps.Keys(nonces))
}

// announce writes the intents. Nothing has been changed before it returns. Where the
// log's answer is lost, nobody knows whether it has them: they are looked for, and not
// sent again.
func (l *look) announce(ctx context.Context, jobs []*job, round int) error {
	var records []audit.Record
	for _, j := range jobs {
		lead := j.lead()
		r := l.record(lead.by, lead.finding, audit.Intent)
		r.Round, r.Members = round, l.membership(j)
		r = planned(r, j.changes)
		if nonce := l.announced(j, r); nonce != "" {
			j.nonces[nonce], l.nonces[nonce] = true, true
			continue
		}
		j.nonces[r.Nonce], l.nonces[r.Nonce] = true, true
		records = append(records, r)
		if lead.finding.Resource.ID != l.target.Resource.ID {
			records = append(records, l.pointer(r))
		}
	}
	if err := l.write(ctx, records...); err != nil && !audit.Unanswered(err) {
		return err
	}
	return nil
}

// pointer says in the log of the resource that was looked at where the intent is.
func (l *look) pointer(intent audit.Record) audit.Record {
	return audit.Record{
		ID: intent.ID, Kind: audit.Pointer, Time: intent.Time, Practice: intent.Practice, Family: intent.Family,
		ResourceType: intent.ResourceType, Resource: intent.Resource, ResourceName: intent.ResourceName, Region: intent.Region, Account: intent.Account,
		Subject: intent.Subject, Key: intent.Key, Finding: intent.Finding, Task: intent.Task, Request: intent.Request, Attempt: intent.Attempt, Version: intent.Version, Nonce: intent.Nonce + "/pointer",
	}
}

// announced is the nonce of an intent of this invocation that says the same and that
// reading by cursor still shows: its place in the log counts.
func (l *look) announced(j *job, r audit.Record) string {
	h := l.of(j.lead().finding.Resource.ID)
	settled := guard.Settled(h.pulled)
	for _, old := range h.pulled {
		if old.Kind == audit.Intent && old.ID == r.ID && (l.mine(old) || j.nonces[old.Nonce]) && !settled[old.Nonce] && !l.dead(old) &&
			slices.EqualFunc(old.Calls, r.Calls, sameCall) {
			return old.Nonce
		}
	}
	return ""
}

// membership names the findings of a job, where there are several.
func (l *look) membership(j *job) (members []audit.Member) {
	if len(j.members) < 2 {
		return nil
	}
	for _, m := range j.members {
		members = append(members, audit.Member{Practice: m.by.ID, ID: l.id(m.by, m.finding), Severity: m.by.Severity, Finding: m.finding.Title})
	}
	return members
}

// confirm reads the state once more, all of it at once, and the log in the same time,
// until that shows our intents. Both are read again each time: a state that was read
// while the log lagged says nothing of the moment in which it no longer does. Where the
// log shows that another look has come to its end meanwhile, the state counts as moved:
// it may have been read before that one's changes.
func (l *look) confirm(ctx context.Context, jobs []*job) (moved bool, verdicts map[*job]verdict, err error) {
	for wait := l.pause() / 10; ; wait *= 2 {
		known := map[string]int{}
		for _, r := range places(jobs) {
			known[r.ID] = len(l.of(r.ID).pulled)
		}
		group, reading := errgroup.WithContext(ctx)
		group.Go(func() (err error) { moved, err = l.memo.moved(reading, l.Driver); return err })
		for _, r := range places(jobs) {
			group.Go(func() error { return l.catchUp(reading, r) })
		}
		if err := group.Wait(); err != nil {
			return false, nil, err
		}
		verdicts = map[*job]verdict{}
		unseen := false
		for _, j := range jobs {
			h := l.of(j.lead().finding.Resource.ID)
			verdicts[j] = arbiter(h.pulled, family(j.lead().by), l.logTime(h), j.nonces, l.aside)
			l.cover(j)
			unseen = unseen || !verdicts[j].seen
		}
		if !unseen {
			for id, n := range known {
				moved = moved || slices.ContainsFunc(l.of(id).pulled[n:], func(r audit.Record) bool {
					return r.Kind == audit.Result && r.Outcome != practice.Deferred && r.Request != l.Invocation.Request
				})
			}
			return moved, verdicts, nil
		}
		if wait > 10*l.pause() || !cloud.Sleep(ctx, wait) {
			return false, nil, &cloud.Error{Action: "log:GetCursorOrData", Code: "Unseen", Message: "the log does not show an intent that was written to it", Status: 503}
		}
	}
}

// places are the resources that jobs edit, each once.
func places(jobs []*job) (resources []practice.Resource) {
	for _, j := range jobs {
		r := j.lead().finding.Resource
		if !slices.ContainsFunc(resources, func(x practice.Resource) bool { return x.ID == r.ID }) {
			resources = append(resources, r)
		}
	}
	return resources
}

// cover notes the deferrals that the log shows now, and returns how many are new. What
// these saw is settled by the next check that comes after it, if everybody can judge.
// Others than those that are asked have a case of their own.
func (l *look) cover(j *job) (more int) {
	for _, r := range l.of(j.lead().finding.Resource.ID).pulled {
		if r.Kind == audit.Result && r.Outcome == practice.Deferred && r.Family == family(j.lead().by) && l.judges(r.Practice) {
			if _, known := j.covered[r.Nonce]; known {
				continue
			}
			j.covered[r.Nonce] = &deferral{by: r.Practice}
			more++
		}
	}
	return more
}

// planAnew makes new plans on the state as it is now, and tells whether they are the
// ones that were announced.
func (l *look) planAnew(ctx context.Context, jobs []*job) (same bool, err error) {
	findings, err := l.check(ctx)
	if err != nil {
		return false, err
	}
	l.askAll(ctx, findings)
	same = true
	for _, j := range jobs {
		before := j.changes
		l.update(j, findings)
		l.adopt(j)
		l.reconsider(j)
		if err := l.join(ctx, j); err != nil {
			return false, err
		}
		if len(j.done) == 0 {
			// Another look may have said meanwhile what became of an attempt before this one.
			j.earlier = l.earlier(j.lead().finding.Resource.ID, j.changes, l.ids(j)...)
		}
		if lead := j.lead(); j.made() == 0 {
			for _, m := range j.members {
				m.others = !m.open
			}
			if l.arrange(j); j.lead() != lead {
				j.evidence = l.investigate(ctx, j.lead().by, j.lead().finding)
			}
		}
		same = same && slices.EqualFunc(before, j.changes, func(a, b practice.Change) bool { return sameCall(a.Call, b.Call) })
	}
	return same, nil
}

// update says of each member whether the latest check still shows its finding.
func (l *look) update(j *job, findings []practice.Finding) {
	for _, m := range j.members {
		m.open, m.unknown = false, false
		shown := func(by *practice.Practice, f practice.Finding) {
			if by == m.by && f.Key == m.finding.Key && f.Resource.ID == m.finding.Resource.ID {
				m.latest, m.open, m.others = f, true, false
			}
		}
		for _, f := range findings {
			shown(l.Practice, f)
		}
		for _, o := range l.peers {
			shown(o.by, o.finding)
		}
		if m.by != l.Practice && slices.Contains(l.deaf, m.by.ID) {
			m.open, m.unknown = true, true
		}
	}
}

// adopt takes into an edit of the family what those that act object to by now: what came
// to light since it was planned is what others have deferred to this look for. What they
// object to and this edit is not about is for them to look at again.
func (l *look) adopt(j *job) {
	lead := j.lead()
	left := map[string]bool{} // practices that object, and not in this edit
	defer func() {
		for _, d := range j.covered {
			d.settled = len(l.deaf) == 0 && !left[d.by]
		}
	}()
	if lead.finding.Wants == nil {
		return
	}
	for _, o := range l.heard() {
		known := slices.ContainsFunc(j.members, func(m *member) bool { return m.is(o) })
		if known || o.finding.Resource.ID != lead.finding.Resource.ID {
			continue
		}
		if o.rank != acts || o.finding.Wants == nil {
			left[o.by.ID] = true // at another event it may act
			continue
		}
		if d := l.fight(o, l.history(o.finding.Resource.ID)); d.Act {
			o.decision.Quiet = d.Quiet
			j.members = append(j.members, &member{objection: o, latest: o.finding, open: true})
		} else {
			left[o.by.ID] = true
		}
	}
}

// reconsider asks whether the members may still act: an exemption may have been given
// meanwhile.
func (l *look) reconsider(j *job) {
	for _, m := range j.members {
		if o := l.objection(m.by, m.latest); m.open && o.rank != acts {
			m.stopped = &o.decision
		}
	}
}

// again looks whether the findings are still there, and returns those that were not
// there before. A read may be answered from before the change, so what shows is
// looked at once more; so is everything where another look has given way since.
func (l *look) again(ctx context.Context) (uncovered []practice.Finding, err error) {
	for try := 1; ; try++ {
		var findings []practice.Finding
		group, reading := errgroup.WithContext(ctx)
		group.Go(func() (err error) { findings, err = l.check(reading); return err })
		going := slices.DeleteFunc(slices.Clone(l.jobs), func(j *job) bool { return !j.tried || j.ended })
		for _, r := range places(going) {
			group.Go(func() error { return l.catchUp(reading, r) })
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		l.askAll(ctx, findings)
		uncovered = slices.DeleteFunc(slices.Clone(findings), func(f practice.Finding) bool { return l.seen[l.id(l.Practice, f)] })
		wrong, late := len(uncovered) > 0, 0
		for _, j := range l.jobs {
			if j.ended {
				continue
			}
			l.update(j, findings)
			l.adopt(j)
			if err := l.join(ctx, j); err != nil {
				return nil, err
			}
			j.waive()
			wrong = wrong || j.open()
			if j.tried {
				late += l.cover(j)
			}
		}
		if late > 0 && try < rounds {
			continue
		}
		if !wrong || try > 1 || !cloud.Sleep(ctx, l.pause()) {
			return uncovered, nil
		}
	}
}

// askAll asks the family where a job has members of it, or somebody has deferred to it,
// whatever the practice itself has found.
func (l *look) askAll(ctx context.Context, findings []practice.Finding) {
	l.ask(ctx, findings)
	if l.peers == nil && slices.ContainsFunc(l.jobs, func(j *job) bool { return len(j.members) > 1 || len(j.covered) > 0 || j.lead().by != l.Practice }) {
		l.ask(ctx, []practice.Finding{{Scope: practice.Scope{"": nil}}})
	}
}

// conclude writes how each job ended: one record with the calls and what takes them
// back, and one for each further finding that they put right.
func (l *look) conclude(ctx context.Context) (outcomes []practice.Outcome, err error) {
	var records []audit.Record
	for _, j := range l.jobs {
		if j.ended {
			continue
		}
		for i, m := range j.members {
			if first, _ := j.outcome(j.lead()); i > 0 && first == practice.Good && !m.open && !l.mineToTell(m.objection) {
				continue // whoever put it right says so for all
			}
			f := m.finding
			if i == 0 {
				f = l.informed(j.evidence, f)
			}
			o := m.explained()
			f.Facts, f.Advice = with(f.Facts, "not changed", m.left), cmp.Or(adviceOf(o, m), f.Advice)
			r := planned(l.record(m.by, f, audit.Result), nil)
			r.Same, r.Fact = sameOf(m.finding), factOf(m.finding)
			r.Outcome, r.Reason = j.outcome(m)
			if !j.tried && r.Outcome == practice.Awaiting {
				r.Due = l.Now().Add(time.Minute)
			}
			if i == 0 {
				if j.tried {
					r = planned(r, j.done)
					r.Calls, r.Why = slices.Concat(j.earlier.Calls, r.Calls), slices.Concat(j.earlier.Why, r.Why)
					r.Undo = append(r.Undo, j.earlier.Undo...)
					r.CallsMade = j.made()
				} else {
					r = planned(r, j.changes)
				}
				r.Members = l.membership(j)
				r.Quiet = r.Outcome == practice.Fixed && (j.quiet() || len(j.done) == 0 && l.toldFixed(f.Resource.ID, r.ID))
				if r.Outcome == practice.Fixed && !r.Quiet && !m.finding.Momentary {
					r.Confirm()
				}
				r.Closes = l.settles(j)
				for _, nonce := range slices.Sorted(maps.Keys(j.covered)) {
					if j.covered[nonce].settled {
						r.Closes = append(r.Closes, nonce)
					}
				}
			} else {
				r.Edit = j.id
				first, _ := j.outcome(j.lead())
				r.Quiet = r.Outcome == first || m.dealt
			}
			if err := cmp.Or(j.err, j.waived); err != nil {
				r.Error, r.ErrorCode = err.Error(), cloud.Code(err)
			}
			if len(f.Scope) > 0 {
				r.Facts = with(r.Facts, "could not be asked", strings.Join(j.deaf, ", "))
			}
			if decision := m.decision.Reason; decision != "" {
				r.Facts = with(r.Facts, "note", decision)
			}
			records, outcomes = append(records, r), append(outcomes, r.Outcome)
		}
	}
	return outcomes, l.write(ctx, records...)
}

// adviceOf is what to do about what an edit could not put right.
func adviceOf(o objection, m *member) string {
	if m.left == "" || !m.open {
		return ""
	}
	return strings.TrimSpace(o.finding.Advice)
}
