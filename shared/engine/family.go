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

// askTime is how long the checks of the other practices of a family may take: what they
// lack must not keep this one from its work.
var askTime = 5 * time.Second

// ask learns what the family objects to in what the latest check has read, if there is
// something to ask about.
func (l *look) ask(ctx context.Context, findings []practice.Finding) {
	l.objections, l.failedPeers = nil, nil
	if len(l.event.Passed) == 0 && len(l.event.For) == 0 && !slices.ContainsFunc(findings, func(f practice.Finding) bool { return len(f.Scope) > 0 }) {
		return
	}
	l.askPeers(ctx)
}

// askAgain asks also where a job has members of the family, or somebody has deferred to it,
// whatever the practice itself has found.
func (l *look) askAgain(ctx context.Context, findings []practice.Finding) {
	l.ask(ctx, findings)
	if l.objections == nil && slices.ContainsFunc(l.jobs, func(j *job) bool {
		return len(j.members) > 1 || len(j.deferrals) > 0 || j.lead().by != l.Practice
	}) {
		l.askPeers(ctx)
	}
}

func (l *look) askPeers(ctx context.Context) {
	l.objections, l.failedPeers = nil, nil
	peers, memo := l.watching(), l.memo
	if l.Settings.ModeOf(l.Practice) == practice.Enforce {
		peers = l.leaveOnlookers(ctx, peers)
	}
	found, failed := l.judgeAll(ctx, memo, peers)
	for i, p := range peers {
		if failed[i] != nil {
			l.failedPeers = append(l.failedPeers, p.ID)
			switch {
			case l.passed(p):
				l.cannotStandIn[p.ID] = true // unknown is not good: somebody has to say so
			case l.speaksFor(p):
				l.unjudged = append(l.unjudged, p)
			}
			l.log().Warn("a practice of the family cannot judge", "peer", p.ID, "error", failed[i])
		}
		l.objections = append(l.objections, found[i]...)
	}
	slices.Sort(l.failedPeers)
}

// leaveOnlookers returns the practices whose objections make a difference to what this one
// does: that act, or that it stands in for. The others are only to be named, and a change
// does not wait for them: they judge what the first check has read in the meantime.
func (l *look) leaveOnlookers(ctx context.Context, peers []*practice.Practice) (matter []*practice.Practice) {
	var others []*practice.Practice
	for _, p := range peers {
		if l.Settings.ModeOf(p) == practice.Enforce || l.passed(p) {
			matter = append(matter, p)
		} else {
			others = append(others, p)
		}
	}
	if l.onlookers != nil {
		return matter
	}
	l.onlookers = make(chan []objection, 1)
	memo := l.memo.beside()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	l.background.Go(func() {
		defer cancel()
		found := make([][]objection, len(others))
		var group sync.WaitGroup
		for i, p := range others {
			group.Go(func() { found[i], _ = l.judge(ctx, memo, p) }) // what they lack is their own to tell
		}
		group.Wait()
		l.onlookers <- slices.Concat(found...)
	})
	return matter
}

// onlookerObjections are those of the practices that were not waited for. An intent does
// not wait for them either.
func (l *look) onlookerObjections(kind ledger.Kind) []objection {
	if l.onlookers == nil || kind == ledger.Intent {
		return nil
	}
	select {
	case found := <-l.onlookers:
		l.onlookers <- found
		return l.weighed(found)
	case <-time.After(askTime): // a check that does not heed its context
		return nil
	}
}

// judgeAll runs the checks of other practices at the same time. One that does not end when
// its time is up is not waited for, nor run again in this look.
func (l *look) judgeAll(ctx context.Context, memo *memo, peers []*practice.Practice) (found [][]objection, failed []error) {
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
		if l.endless[p.ID] {
			continue
		}
		waiting[i] = true
		l.background.Go(func() {
			some, err := l.judge(ctx, memo, p)
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
				l.endless[peers[i].ID] = true
			}
			return found, failed
		}
	}
	return found, failed
}

// judge runs the check of another practice. Its faults, even a panic, are its own
// function's to tell.
func (l *look) judge(ctx context.Context, reader cloud.Reader, p *practice.Practice) (found []objection, err error) {
	pass := l.pass(p, reader)
	if err := l.checked(ctx, pass); err != nil && !errors.Is(err, practice.ErrGone) {
		return nil, fmt.Errorf("the check of %s: %w", p.ID, err)
	}
	for _, f := range pass.Findings() {
		found = append(found, objection{by: p, finding: f})
	}
	return found, nil
}

// peerObjections are what the others object to, with how far each may go by now.
func (l *look) peerObjections() []objection { return l.weighed(l.objections) }

// weighed are objections with how far each may go by the ledger as it is now.
func (l *look) weighed(found []objection) (all []objection) {
	for _, o := range found {
		all = append(all, l.objection(o.by, o.finding))
	}
	return all
}
