package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// How far a practice goes with a finding.
const (
	accepts = iota // exempt
	tells
	asks
	acts
)

// askTime is how long the other practices of a family may take: what they lack must
// not keep this one from its work.
var askTime = 5 * time.Second

// An objection is a finding, with whose it is and how far they go.
type objection struct {
	by       *practice.Practice
	finding  practice.Finding
	decision guard.Decision
	rank     int
	dealt    bool // its result is known: it counts where an edit is made for others
}

func (l *look) objection(p *practice.Practice, f practice.Finding) objection {
	d := guard.Decide(l.Settings, p, f, l.history(f.Resource.ID), l.Now())
	o := objection{by: p, finding: f, decision: d, rank: tells}
	switch {
	case d.Act:
		o.rank = acts
	case d.Outcome == practice.Exempt:
		o.rank = accepts
	case l.Settings.ModeOf(p) == practice.Approve && f.Managed == "" && (len(f.Changes) > 0 || f.Wants != nil):
		o.rank = asks
	}
	return o
}

// meets tells whether both are about some of the same.
func (o objection) meets(g objection) bool {
	return o.finding.Resource.ID == g.finding.Resource.ID && o.finding.Scope.Meets(g.finding.Scope)
}

// yields tells whether nothing need be said of o, because g says it: g is about all
// of it, and goes further or is about more. Of two that are alike the first speaks.
// An exemption is always on record. It is an order, so that there is always one that
// yields to none.
func (o objection) yields(g objection) bool {
	if o.by == g.by || o.rank == accepts || !o.meets(g) || !o.finding.Scope.Within(g.finding.Scope) {
		return false
	}
	if o.rank != g.rank {
		return g.rank > o.rank
	}
	return !g.finding.Scope.Within(o.finding.Scope) || worse(g, o) < 0
}

// worse is the order of a family's members: the worst severity first, then by name.
func worse(a, b objection) int {
	if d := slices.Index(practice.Severities, a.by.Severity) - slices.Index(practice.Severities, b.by.Severity); d != 0 {
		return d
	}
	return strings.Compare(a.by.ID, b.by.ID)
}

// kin are the practices of the family that look at what this one looks at. What makes
// no difference to a practice does not wake it, and it says nothing.
func (l *look) kin() (able []*practice.Practice) {
	trigger := l.target.Trigger
	for _, p := range l.Peers {
		if (trigger == practice.Trigger{} || slices.Contains(p.Triggers, trigger)) {
			able = append(able, p)
		}
	}
	return able
}

// judges tells whether a practice's check is run in this look.
func (l *look) judges(id string) bool {
	return id == l.Practice.ID || slices.ContainsFunc(l.kin(), func(p *practice.Practice) bool { return p.ID == id })
}

// ask hears what the family objects to in what the latest check has read, if there is
// something to ask about.
func (l *look) ask(ctx context.Context, findings []practice.Finding) {
	l.peers, l.deaf = nil, nil
	if len(l.event.Passed) == 0 && len(l.event.For) == 0 && !slices.ContainsFunc(findings, func(f practice.Finding) bool { return len(f.Scope) > 0 }) {
		return
	}
	kin, memo := l.kin(), l.memo
	if l.Settings.ModeOf(l.Practice) == practice.Enforce {
		kin = l.those(ctx, kin)
	}
	found, failed := l.hearAll(ctx, memo, kin)
	for i, p := range kin {
		if failed[i] != nil {
			l.deaf = append(l.deaf, p.ID)
			switch {
			case l.passed(p):
				l.helpless[p.ID] = true // unknown is not good: somebody has to say so
			case l.speaksFor(p):
				l.unjudged = append(l.unjudged, p)
			}
			l.Log.Warn("a practice of the family cannot judge", "practice", l.Practice.ID, "peer", p.ID, "resource", l.target.Resource.ID,
				"event", l.event.Key(), "request", l.Invocation.Request, "error", failed[i])
			continue
		}
		for _, g := range found[i] {
			l.peers = append(l.peers, objection{by: p, finding: g})
		}
	}
	slices.Sort(l.deaf)
}

// hearAll runs the checks of others. One that does not end when its time is up is not waited
// for, nor run again in this look.
func (l *look) hearAll(ctx context.Context, memo *memo, kin []*practice.Practice) ([][]practice.Finding, []error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	type answer struct {
		of     int
		found  []practice.Finding
		failed error
	}
	answers := make(chan answer, len(kin))
	found, failed := make([][]practice.Finding, len(kin)), make([]error, len(kin))
	waiting := map[int]bool{}
	for i, p := range kin {
		failed[i] = fmt.Errorf("the check of %s does not end", p.ID)
		if l.endless[p.ID] {
			continue
		}
		waiting[i] = true
		l.gathering.Go(func() {
			f, err := l.hear(ctx, memo, p)
			answers <- answer{i, f, err}
		})
	}
	defer cancel()
	for len(waiting) > 0 {
		select {
		case a := <-answers:
			found[a.of], failed[a.of] = a.found, a.failed
			delete(waiting, a.of)
			continue
		case <-ctx.Done():
		}
		select {
		case a := <-answers: // who heeds its context ends in the same moment
			found[a.of], failed[a.of] = a.found, a.failed
			delete(waiting, a.of)
		case <-time.After(grace):
			for i := range waiting {
				l.endless[kin[i].ID] = true
			}
			return found, failed
		}
	}
	return found, failed
}

// those are the practices whose objections make a difference to what this one does: that
// act, or that it stands in for. The others are only to be named, and a change does not
// wait for them: they judge what the first check has read in the meantime.
func (l *look) those(ctx context.Context, kin []*practice.Practice) (matter []*practice.Practice) {
	var others []*practice.Practice
	for _, p := range kin {
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
	l.gathering.Go(func() {
		defer cancel()
		found := make([][]practice.Finding, len(others))
		var group sync.WaitGroup
		for i, p := range others {
			group.Go(func() { found[i], _ = l.hear(ctx, memo, p) }) // what they lack is their own to tell
		}
		group.Wait()
		var all []objection
		for i, p := range others {
			for _, f := range found[i] {
				all = append(all, objection{by: p, finding: f})
			}
		}
		l.onlookers <- all
	})
	return matter
}

// onlooking are the objections of those that were not waited for. An intent does not
// wait for them either.
func (l *look) onlooking(kind audit.Kind) (all []objection) {
	if l.onlookers == nil || kind == audit.Intent {
		return nil
	}
	select {
	case found := <-l.onlookers:
		l.onlookers <- found
		for _, o := range found {
			all = append(all, l.objection(o.by, o.finding))
		}
	case <-time.After(askTime): // a check that does not heed its context
	}
	return all
}

// hear runs the check of another practice. Its faults, even a panic, are its own
// function's to tell.
func (l *look) hear(ctx context.Context, reader cloud.Reader, p *practice.Practice) ([]practice.Finding, error) {
	pass := l.pass(p, l.target.Resource, reader)
	if err := l.checked(ctx, pass); err != nil && !errors.Is(err, practice.ErrGone) {
		return nil, fmt.Errorf("the check of %s: %w", p.ID, err)
	}
	return pass.Findings(), nil
}

// heard are the objections of the others, as the ledger lets them go.
func (l *look) heard() (all []objection) {
	for _, o := range l.peers {
		all = append(all, l.objection(o.by, o.finding))
	}
	return all
}

// passed tells whether a practice was to act and could not: this look is made in its
// place.
func (l *look) passed(p *practice.Practice) bool { return slices.Contains(l.event.Passed, p.ID) }

// speaksFor tells whether nobody else tells what another practice of the family objects
// to: it was to act and could not, or it has not been woken because this one has.
func (l *look) speaksFor(p *practice.Practice) bool {
	return l.passed(p) || slices.Contains(l.event.For, p.ID)
}

// A plea is what this look has to do about a family's objections.
type plea struct {
	act  []objection // to be put right, the worst first
	tell []objection
	left []objection // others speak of these, and who:
	by   []string
}

// plead says what this look does. Whoever acts puts right what all of those want that
// act, by one edit a resource; of who only tells one speaks. Nobody who only observes
// speaks for one that is to act. Only a practice that acts edits anything, or one that
// stands in for another that was to and could not.
func (l *look) plead(own []objection) (p plea) {
	others := l.heard()
	join := func(resource string) {
		for _, g := range others {
			if g.rank == acts && g.finding.Resource.ID == resource && !slices.ContainsFunc(p.act, g.is) {
				p.act = append(p.act, g)
			}
		}
	}
	speaks := func(o objection, g objection) bool { return o.yields(g) && (g.rank == acts || !l.passed(g.by)) }
	for _, o := range own {
		i := slices.IndexFunc(others, func(g objection) bool { return speaks(o, g) })
		switch {
		case o.rank == acts:
			p.act = append(p.act, o)
			join(o.finding.Resource.ID)
		case i >= 0:
			p.left, p.by = append(p.left, o), append(p.by, others[i].by.ID)
		default:
			p.tell = append(p.tell, o)
		}
	}
	for _, g := range others {
		switch {
		case !l.speaksFor(g.by):
		case g.rank == acts:
			join(g.finding.Resource.ID)
		case !slices.ContainsFunc(slices.Concat(own, others), func(h objection) bool { return speaks(g, h) }):
			p.tell = append(p.tell, g)
		}
	}
	slices.SortStableFunc(p.act, worse)
	return p
}

func (o objection) is(g objection) bool {
	return o.by == g.by && o.finding.Key == g.finding.Key && o.finding.Resource.ID == g.finding.Resource.ID
}

// also names who else objects to some of a finding.
func (l *look) also(p *practice.Practice, f practice.Finding, kind audit.Kind) (ids []string) {
	if len(f.Scope) == 0 {
		return nil
	}
	own := objection{by: p, finding: f}
	for _, g := range slices.Concat(l.heard(), l.onlooking(kind)) {
		if g.by != p && own.meets(g) && g.rank > accepts {
			ids = append(ids, g.by.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
