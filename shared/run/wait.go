package run

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// patience is how long an invocation waits for other practices. They got the same
// event, and are done in seconds.
const patience = 15 * time.Second

// giveWay waits while another practice, which comes first, is about to change some of
// what this one is about to change: two that edit one rule at once each keep what
// they mean to keep, and lose what the other does. Then it goes on with what is left.
func (l *look) giveWay(ctx context.Context, findings []practice.Finding) ([]practice.Finding, error) {
	peer, err := l.ahead(ctx, findings)
	if err != nil || peer == "" {
		return findings, err
	}
	l.Log.Info("waits", "practice", l.Practice.ID, "peer", peer, "resource", l.target.Resource.ID, "event", l.event.Key(),
		"request", l.Invocation.Request)
	begun := time.Now()
	defer func() { l.Driver.waited.Add(int64(time.Since(begun))) }()
	waiting, cancel := context.WithTimeout(ctx, l.patience(ctx))
	defer cancel()
	for peer != "" {
		more := cloud.Sleep(waiting, l.pause())
		if findings, err = l.consult(ctx); err != nil || !more {
			return findings, err
		}
		if peer, err = l.ahead(ctx, findings); err != nil {
			return nil, err
		}
	}
	return findings, nil
}

// patience is what is left of it, and never more than half of the time that there is.
func (l *look) patience(ctx context.Context) time.Duration {
	left := l.Patience
	if left == 0 {
		left = patience
	}
	left -= time.Duration(l.Driver.waited.Load())
	if end, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(end)/2)
	}
	return left
}

// ahead is the practice to wait for, if there is one.
func (l *look) ahead(ctx context.Context, findings []practice.Finding) (peer string, err error) {
	if len(l.heard) == 0 || l.budget.empty() {
		return "", nil
	}
	for _, f := range findings {
		first := l.firstOf(f)
		if peer != "" || first == "" {
			continue
		}
		if err := l.recall(ctx, f.Resource.ID); err != nil {
			return "", err
		}
		if !l.ended(l.id(f)) {
			peer, l.awaited[first] = first, true
		}
	}
	if l.begun() {
		return "", nil // an earlier attempt has waited, and what it began must be ended
	}
	return peer, nil
}

// firstOf is the practice that comes first in changing some of what a finding is about.
// One that was waited for may be in the middle of its changes: what is left of its
// finding may be a part of this one, and is its work all the same.
func (l *look) firstOf(f practice.Finding) string {
	own := l.objection(l.Practice, f)
	for _, g := range l.heard {
		first := l.awaited[g.by.ID] || l.speaks(g) && g.before(own) && !own.yields(g)
		if own.rank == acts && g.rank == acts && g.meets(own) && first {
			return g.by.ID
		}
	}
	return ""
}

// begun tells whether an earlier attempt of this task has announced something and not
// said how it ended.
func (l *look) begun() bool {
	for _, r := range l.history {
		if r.Kind == audit.Intent && r.Task == l.task() && len(l.unfinished(r.ID)) > 0 {
			return true
		}
	}
	return false
}
