package engine

import "slices"

// A plan is what a look has decided so far.
type plan struct {
	seen map[string]bool // findings that were decided on, by id
	jobs []*job          // edits to be made, or made
	told []told          // findings that are only told, until they are
}

// has tells whether a job is about an objection already: in a later round it may still be
// there.
func (p *plan) has(o objection) bool {
	return slices.ContainsFunc(p.jobs, func(j *job) bool { return j.has(o) })
}

// mineToTell tells whether this look reports how an objection ends where nothing is
// edited: every member that acts was invoked too, and reports its own.
func (p *plan) mineToTell(a *assignment, o objection) bool {
	return !o.dealt && (o.by == a.Practice || a.speaksFor(o.by) && !p.seen[o.id])
}

// changed tells whether one of several jobs has made a change to a resource.
func changed(jobs []*job, resource string) bool {
	return slices.ContainsFunc(jobs, func(j *job) bool { return j.made() > 0 && j.resource().ID == resource })
}
