package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// How far a practice may go with a finding, the least first.
const (
	exempt = iota
	tells
	asks
	acts
)

// An objection is a finding, with the practice that reports it and how far that one may go.
type objection struct {
	id       string // of the finding, the same in every look for the event; where it is weighed
	by       *practice.Practice
	finding  practice.Finding
	decision guard.Decision
	rank     int
	dealt    bool // its end is on record already; it still counts where an edit is made for others
}

// weigh makes an objection of a finding: how far its practice may go with it, by the settings
// and by what the ledger says of the resource.
func weigh(a *assignment, m *memory, p *practice.Practice, f practice.Finding) objection {
	d := guard.Decide(a.Settings, p, f, m.history(f.Resource.ID), a.Now())
	switch {
	case d.Act && f.Plan != nil && !f.Plan.Tells && m.of(f.Resource.ID).untold(p, f):
		// Whoever began the plan was killed before people could be told: that comes first.
		said := *f.Plan
		said.Tells, f.Plan, f.Changes = true, &said, nil
		d = guard.Decision{Outcome: practice.Deferred, Reason: "it has been begun, and goes on in a few minutes", Due: a.Now().Add(said.Next), Quiet: true}
	case !d.Act && d.Outcome != practice.Deferred:
		f = f.Kept()
	}
	o := objection{id: a.id(p, f), by: p, finding: f, decision: d, rank: tells}
	switch {
	case d.Act:
		o.rank = acts
	case d.Outcome == practice.Exempt:
		o.rank = exempt
	case a.Settings.ModeOf(p) == practice.Approve && f.Managed == "" && (len(f.Changes) > 0 || f.Wants != nil):
		o.rank = asks
	}
	return o
}

// resource is the id of what is to be put right.
func (o objection) resource() string { return o.finding.Resource.ID }

// is tells whether both are the same finding, seen at different times perhaps.
func (o objection) is(g objection) bool {
	return o.by == g.by && o.finding.Key == g.finding.Key && o.resource() == g.resource()
}

// meets tells whether both are about some of the same.
func (o objection) meets(g objection) bool {
	return o.resource() == g.resource() && o.finding.Scope.Meets(g.finding.Scope)
}

// coveredBy tells whether o need not be reported because g covers it: g is about all of it, and
// goes further or is about more. Of two that are alike the first one counts. An exemption is
// always recorded. The relation is a partial order, so there is always an objection that none
// covers.
func (o objection) coveredBy(g objection) bool {
	if o.by == g.by || o.rank == exempt || !o.meets(g) || !o.finding.Scope.Within(g.finding.Scope) {
		return false
	}
	if o.rank != g.rank {
		return g.rank > o.rank
	}
	return !g.finding.Scope.Within(o.finding.Scope) || worstFirst(g, o) < 0
}

// worstFirst orders objections by the severity of their practices, then by name.
func worstFirst(a, b objection) int {
	if d := a.severity().Rank() - b.severity().Rank(); d != 0 {
		return d
	}
	return strings.Compare(a.by.ID, b.by.ID)
}

// covered is an objection that is not reported, because another practice's report covers it.
type covered struct {
	objection
	speaker string
}

// settle says what this look does about a family's objections: which are put right, the worst
// first, and which are reported. A practice that acts, or stands in for one that does, puts
// right what all acting practices want, by one edit per resource. Of those that only report,
// one reports, and never for a practice that this look stands in for.
func settle(a *assignment, own, others []objection) (act, tell []objection, silent []covered) {
	edited := map[string]bool{}
	covers := func(g, o objection) bool { return o.coveredBy(g) && (g.rank == acts || !a.passed(g.by)) }
	for _, o := range own {
		i := slices.IndexFunc(others, func(g objection) bool { return covers(g, o) })
		switch {
		case o.rank == acts:
			act = append(act, o)
			edited[o.resource()] = true
		case i >= 0:
			silent = append(silent, covered{o, others[i].by.ID})
		default:
			tell = append(tell, o)
		}
	}
	for _, o := range others {
		switch {
		case !a.speaksFor(o.by):
		case o.rank == acts:
			edited[o.resource()] = true
		case !slices.ContainsFunc(slices.Concat(own, others), func(g objection) bool { return covers(g, o) }):
			tell = append(tell, o)
		}
	}
	for _, o := range others {
		if o.rank == acts && edited[o.resource()] && !slices.ContainsFunc(act, o.is) {
			act = append(act, o)
		}
	}
	slices.SortStableFunc(act, worstFirst)
	return act, tell, silent
}

// severity is how bad the finding is.
func (o objection) severity() practice.Severity { return cmp.Or(o.finding.Severity, o.by.Severity) }
