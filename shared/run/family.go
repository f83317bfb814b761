package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// How far a practice goes with a finding, before what it did earlier is counted.
const (
	accepts = iota // exempt
	tells
	asks
	acts
)

// asking is how long the other practices of a family may take: what they lack must
// not keep this one from its work.
const asking = 5 * time.Second

// objection is a finding, with whose it is and how far they go.
type objection struct {
	by      *practice.Practice
	finding practice.Finding
	rank    int
}

func (l *look) objection(p *practice.Practice, f practice.Finding) objection {
	d := guard.Decide(l.Settings, p, f, nil, l.Now())
	o := objection{p, f, tells}
	switch {
	case d.Act:
		o.rank = acts
	case d.Outcome == practice.Exempt:
		o.rank = accepts
	case l.Settings.ModeOf(p) == practice.Approve && f.Managed == "" && len(f.Changes) > 0:
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
// Whoever cannot ask g does not know that it could be silent. An exemption is always
// on record. It is an order, so that there is always one that yields to none.
func (o objection) yields(g objection) bool {
	if o.by == g.by || o.rank == accepts || !o.by.Asks(g.by) || !o.meets(g) || !o.finding.Scope.Within(g.finding.Scope) {
		return false
	}
	if o.rank != g.rank {
		return g.rank > o.rank
	}
	return !g.finding.Scope.Within(o.finding.Scope) || g.before(o)
}

var severities = []practice.Severity{practice.Critical, practice.High, practice.Medium, practice.Low}

// before is the order of those that nothing else tells apart: every practice of a
// family comes to the same. One that cannot ask the other goes ahead, since it does
// not know of it.
func (o objection) before(g objection) bool {
	if knows, known := o.by.Asks(g.by), g.by.Asks(o.by); knows != known {
		return known
	}
	a, b := slices.Index(severities, o.by.Severity), slices.Index(severities, g.by.Severity)
	return a < b || a == b && o.by.ID < g.by.ID
}

// peers are the practices of the family that can be asked: those that need no more
// than this one's role may read, and that look at what this one looks at. What makes
// no difference to a practice does not start it, and it says nothing.
func (l *look) peers() (able []*practice.Practice) {
	trigger := l.target.Trigger
	for _, p := range l.Peers {
		if l.Practice.Asks(p) && (trigger == practice.Trigger{} || slices.Contains(p.Triggers, trigger)) {
			able = append(able, p)
		}
	}
	return able
}

// consult is a check that asks the family too, if there is one and there is something
// to ask. What one has read the others need not read again.
func (l *look) consult(ctx context.Context) ([]practice.Finding, error) {
	findings, err := l.check(ctx)
	if err == nil && len(l.peers()) > 0 {
		l.ask(ctx, l.memo, findings)
	}
	return findings, err
}

// ask hears what the family says of the same resource.
func (l *look) ask(ctx context.Context, reader cloud.Reader, findings []practice.Finding) {
	l.heard, l.speaking, l.unheard = nil, nil, nil
	if !slices.ContainsFunc(findings, func(f practice.Finding) bool { return len(f.Scope) > 0 }) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	peers := l.peers()
	found, failed := make([][]practice.Finding, len(peers)), make([]error, len(peers))
	var group sync.WaitGroup
	for i, p := range peers {
		group.Go(func() { found[i], failed[i] = l.hear(ctx, reader, p) })
	}
	group.Wait()
	for i, p := range peers {
		if failed[i] != nil {
			l.unheard = append(l.unheard, p.ID)
			l.Log.Warn("not heard", "practice", l.Practice.ID, "peer", p.ID, "resource", l.target.Resource.ID, "event", l.event.Key(),
				"request", l.Invocation.Request, "error", failed[i])
			continue
		}
		for _, g := range found[i] {
			l.heard = append(l.heard, l.objection(p, g))
		}
	}
	slices.Sort(l.unheard)
	l.speaking = l.loudest(findings)
}

// hear runs the check of another practice. Its faults, even a panic, are its own
// function's to tell.
func (l *look) hear(ctx context.Context, reader cloud.Reader, p *practice.Practice) ([]practice.Finding, error) {
	pass := practice.NewPass(p, l.target.Resource, l.event, l.Now(), reader, l.Settings.Params(p))
	if err := l.checked(ctx, pass); err != nil && !errors.Is(err, practice.ErrGone) {
		return nil, fmt.Errorf("the check of %s: %w", p.ID, err)
	}
	return pass.Findings(), nil
}

// loudest are the objections heard that yield to none, in their order.
func (l *look) loudest(findings []practice.Finding) []objection {
	all := slices.Clone(l.heard)
	for _, f := range findings {
		all = append(all, l.objection(l.Practice, f))
	}
	loud := slices.DeleteFunc(slices.Clone(l.heard), func(o objection) bool { return slices.ContainsFunc(all, o.yields) })
	slices.SortStableFunc(loud, func(a, b objection) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
	return loud
}

// speaks tells whether an objection heard yields to none.
func (l *look) speaks(g objection) bool {
	return slices.ContainsFunc(l.speaking, func(s objection) bool {
		return s.by == g.by && s.finding.Key == g.finding.Key && s.finding.Resource == g.finding.Resource
	})
}

// spokenFor is the practice that speaks of a finding instead of this one. What an
// attempt of this task has begun is never left to another.
func (l *look) spokenFor(f practice.Finding) string {
	if len(l.speaking) == 0 || len(f.Scope) == 0 || len(l.unfinished(l.id(f))) > 0 {
		return ""
	}
	if i := slices.IndexFunc(l.speaking, l.objection(l.Practice, f).yields); i >= 0 {
		return l.speaking[i].by.ID
	}
	return ""
}

// named is a finding that says whom it was not compared with; which practices object
// to some of the same is kept for its records.
func (l *look) named(f practice.Finding) practice.Finding {
	if len(f.Scope) == 0 {
		return f
	}
	own := l.objection(l.Practice, f)
	var also []string
	for _, g := range l.heard {
		if own.meets(g) && g.rank > accepts {
			also = append(also, g.by.ID)
		}
	}
	slices.Sort(also)
	l.also[l.id(f)] = slices.Compact(also)
	f.Facts = with(f.Facts, "could not be asked", strings.Join(l.unheard, ", "))
	return f
}
