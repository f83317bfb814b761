package run

import (
	"cmp"
	"context"
	"slices"
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

// ahead is a practice to wait for, if there is one. All that come first are waited for,
// from now on: while one is, another may get into the middle of its changes.
func (l *look) ahead(ctx context.Context, findings []practice.Finding) (peer string, err error) {
	for _, f := range findings {
		own := l.objection(l.Practice, f)
		rivals := l.rivals(own)
		if len(rivals) == 0 || !l.budget.affords(l.id(f)) {
			continue
		}
		if err := l.recall(ctx, f.Resource.ID); err != nil {
			return "", err
		}
		for _, g := range rivals {
			if !l.ended(l.id(f)) && l.goes(own, g) {
				peer, l.awaited[g.by.ID] = cmp.Or(peer, g.by.ID), true
			}
		}
	}
	if l.begun() {
		return "", nil // an earlier attempt has waited, and what it began must be ended
	}
	return peer, nil
}

// rivals are the objections heard that change some of what this practice is about to change.
func (l *look) rivals(own objection) (some []objection) {
	for _, g := range l.heard {
		if own.rank == acts && g.rank == acts && g.meets(own) {
			some = append(some, g)
		}
	}
	return some
}

// goes tells whether a rival goes first. One that was waited for, or has said what it
// changes, may be in the middle of its changes: what is left of its finding may be a
// part of this one, and is its work all the same.
func (l *look) goes(own, g objection) bool {
	return l.awaited[g.by.ID] || l.busy(g) || l.speaks(g) && g.before(own) && !own.yields(g)
}

// busy tells whether a practice has announced a change and not said how it ended. One
// that was silent for longer than an event may take has died.
func (l *look) busy(g objection) bool {
	return slices.ContainsFunc(l.others, func(r audit.Record) bool {
		return r.Kind == audit.Intent && r.Practice == g.by.ID && r.Resource == g.finding.Resource.ID &&
			l.Now().Sub(r.Time) < eventTime && len(unfinished(l.others, r.ID)) > 0
	})
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
