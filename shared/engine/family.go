package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// askTime is how long the checks of the family's other practices may take: if they hang or lack
// a permission, that must not keep this practice from its work.
var askTime = 5 * time.Second

// others are the other practices of the family, with their objections to the state that the
// latest check has read.
type others struct {
	*assignment
	checker    *checker
	memory     *memory
	background *background

	objections    []objection
	failed        []string             // practices whose check failed
	cannotStandIn map[string]bool      // those of them for which this look stands in
	unjudged      []*practice.Practice // for which this look speaks, and that could not judge
	endless       map[string]bool      // practices whose check did not end: it is not run again
	onlookers     chan []objection     // of those that only tell; nil: not asked
}

func newOthers(c *checker, m *memory, b *background) *others {
	return &others{assignment: c.assignment, checker: c, memory: m, background: b, cannotStandIn: map[string]bool{}, endless: map[string]bool{}}
}

// ask learns what the family objects to in what the latest check has read, if there is
// something to ask about.
func (o *others) ask(ctx context.Context, findings []practice.Finding) {
	o.objections, o.failed = nil, nil
	if len(o.event.Passed) == 0 && len(o.event.For) == 0 && !slices.ContainsFunc(findings, func(f practice.Finding) bool { return len(f.Scope) > 0 }) {
		return
	}
	o.askPeers(ctx)
}

// askAgain asks also where a job has members of the family, or somebody has deferred to it,
// whatever the practice itself has found.
func (o *others) askAgain(ctx context.Context, findings []practice.Finding, jobs []*job) {
	o.ask(ctx, findings)
	if o.objections == nil && slices.ContainsFunc(jobs, func(j *job) bool {
		return len(j.members) > 1 || len(j.deferrals) > 0 || j.lead().by != o.Practice
	}) {
		o.askPeers(ctx)
	}
}

func (o *others) askPeers(ctx context.Context) {
	o.objections, o.failed = nil, nil
	peers, memo := o.watching(), o.checker.memo
	if o.Settings.ModeOf(o.Practice) == practice.Enforce {
		peers = o.leaveOnlookers(ctx, peers)
	}
	found, failed := o.judgeAll(ctx, memo, peers)
	for i, p := range peers {
		if failed[i] != nil {
			o.failed = append(o.failed, p.ID)
			switch {
			case o.passed(p):
				o.cannotStandIn[p.ID] = true // unknown is not good: somebody has to say so
			case o.speaksFor(p):
				o.unjudged = append(o.unjudged, p)
			}
			o.log().Warn("a practice of the family cannot judge", "peer", p.ID, "error", failed[i])
		}
		o.objections = append(o.objections, found[i]...)
	}
	slices.Sort(o.failed)
}

// leaveOnlookers returns the practices whose objections affect what this one does: those that
// act, and those that it stands in for. The others are only named in the message, so a change
// does not wait for them: they judge, in the background, what the first check has read.
func (o *others) leaveOnlookers(ctx context.Context, peers []*practice.Practice) (matter []*practice.Practice) {
	var others []*practice.Practice
	for _, p := range peers {
		if o.Settings.ModeOf(p) == practice.Enforce || o.passed(p) {
			matter = append(matter, p)
		} else {
			others = append(others, p)
		}
	}
	if o.onlookers != nil {
		return matter
	}
	o.onlookers = make(chan []objection, 1)
	memo := o.checker.memo.beside()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	o.background.Go(func() {
		defer cancel()
		found := make([][]objection, len(others))
		var group sync.WaitGroup
		for i, p := range others {
			group.Go(func() { found[i], _ = o.judge(ctx, memo, p) }) // what they lack is their own to tell
		}
		group.Wait()
		o.onlookers <- slices.Concat(found...)
	})
	return matter
}

// onlookerObjections are those of the practices that were not waited for. An intent does
// not wait for them either.
func (o *others) onlookerObjections(kind ledger.Kind) []objection {
	if o.onlookers == nil || kind == ledger.Intent {
		return nil
	}
	select {
	case found := <-o.onlookers:
		o.onlookers <- found
		return o.weighed(found)
	case <-time.After(askTime): // a check that does not heed its context
		return nil
	}
}

// judgeAll runs the checks of other practices at the same time. A check that does not return in
// time is abandoned, and not run again in this look.
func (o *others) judgeAll(ctx context.Context, memo *memo, peers []*practice.Practice) (found [][]objection, failed []error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	type answer struct {
		of     int
		found  []objection
		failed error
	}
	answers, waiting := make(chan answer, len(peers)), map[int]bool{}
	found, failed = make([][]objection, len(peers)), make([]error, len(peers))
	for i, p := range peers {
		failed[i] = fmt.Errorf("the check of %s does not end", p.ID)
		if o.endless[p.ID] {
			continue
		}
		waiting[i] = true
		o.background.Go(func() {
			some, err := o.judge(ctx, memo, p)
			answers <- answer{i, some, err}
		})
	}
	var late <-chan time.Time
	up := ctx.Done()
	for len(waiting) > 0 {
		select {
		case a := <-answers:
			found[a.of], failed[a.of] = a.found, a.failed
			delete(waiting, a.of)
		case <-up: // a check that heeds its context ends in the same moment
			up, late = nil, time.After(grace)
		case <-late:
			for i := range waiting {
				o.endless[peers[i].ID] = true
			}
			return found, failed
		}
	}
	return found, failed
}

// judge runs the check of another practice. Reporting that check's faults, even a panic, is
// left to that practice's own function.
func (o *others) judge(ctx context.Context, reader cloud.Reader, p *practice.Practice) (found []objection, err error) {
	pass := o.pass(p, reader)
	if err := runCheck(ctx, o.log(), pass); err != nil && !errors.Is(err, practice.ErrGone) {
		return nil, fmt.Errorf("the check of %s: %w", p.ID, err)
	}
	for _, f := range pass.Findings() {
		found = append(found, objection{by: p, finding: f})
	}
	return found, nil
}

// current is what the others object to, with how far each may go by now.
func (o *others) current() []objection { return o.weighed(o.objections) }

// weighed are objections with how far each may go by the ledger as it is now.
func (o *others) weighed(found []objection) (all []objection) {
	for _, g := range found {
		all = append(all, weigh(o.assignment, o.memory, g.by, g.finding))
	}
	return all
}

// also names who else objects to some of a finding.
func (o *others) also(p *practice.Practice, f practice.Finding, kind ledger.Kind) (ids []string) {
	if len(f.Scope) == 0 {
		return nil
	}
	own := objection{by: p, finding: f}
	for _, g := range slices.Concat(o.current(), o.onlookerObjections(kind)) {
		if g.by != p && own.meets(g) && g.rank > exempt {
			ids = append(ids, g.by.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// shown is what the latest check found, and what the others of the family object to in what
// it has read.
func (o *others) shown(findings []practice.Finding) []objection {
	var own []objection
	for _, f := range findings {
		own = append(own, objection{by: o.Practice, finding: f})
	}
	return append(own, o.objections...)
}
