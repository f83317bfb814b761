package engine

import (
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A job is one edit: of a finding, or of what the members of a family object to in one
// resource.
type job struct {
	id      string    // of the record that holds the calls
	members []*member // the first leads: the record is about its finding
	changes []practice.Change
	earlier ledger.Record     // what an interrupted attempt did
	done    []practice.Change // what has succeeded

	failedPeers []string             // practices of the family whose check failed when it was planned
	nonces      map[string]bool      // of our intents
	deferrals   map[string]*deferral // what others have deferred, by nonce

	tried   bool       // a round has begun with it
	gaveWay bool       // it was deferred, and that is recorded
	stopped string     // why it does not go on after a round
	lost    bool       // the answer to a change was lost
	refused cloud.Call // the change that was refused for good, and why:
	err     error
	waived  error // why one was refused that is not to be made any more

	evidence *evidence
}

// A deferral is that of another look, which this one is to settle.
type deferral struct {
	by      string // a practice
	settled bool   // what it saw has been looked at since, and is in the edit if it is still there
}

// A member is one finding of a job.
type member struct {
	objection
	latest practice.Finding // as the latest look shows it
	open   bool             // the latest look still shows it
	left   string           // why no change puts it right, or a part of it
	whole  bool             // nothing of it
	asks   bool             // it could, and a person has to decide whether it should

	stopped       *guard.Decision // why it may not act any more
	unknown       bool            // its practice could not judge at the latest look: latest is old
	before        []string        // ids of the same finding in earlier looks at its plan, whose intents are open
	fixedByOthers bool            // before this edit began
}

func newMember(o objection) *member { return &member{objection: o, latest: o.finding, open: true} }

// acts tells whether the job still has something that may be put right. A finding that was seen
// before a change is no reason for another change, which would create again what the first one
// has replaced.
func (m *member) acts() bool { return m.open && m.stopped == nil && !m.unknown }

func (j *job) lead() *member { return j.members[0] }

// resource is what the job edits.
func (j *job) resource() practice.Resource { return j.lead().finding.Resource }

func (j *job) family() string { return family(j.lead().by) }

// has tells whether an objection is among those that the job is about.
func (j *job) has(o objection) bool {
	return slices.ContainsFunc(j.members, func(m *member) bool { return m.is(o) })
}

// open tells whether something is still wrong that the job is about.
func (j *job) open() bool {
	return slices.ContainsFunc(j.members, func(m *member) bool { return m.open })
}

// pending tells whether there is something to do that may still be done.
func (j *job) pending() bool {
	return slices.ContainsFunc(j.members, (*member).acts) && j.err == nil && j.stopped == "" && !j.gaveWay && len(j.changes) > 0
}

// quiet tells whether people already know of everything that the job is about.
func (j *job) quiet() bool {
	return !slices.ContainsFunc(j.members, func(m *member) bool { return !m.decision.Quiet && !m.dealt })
}

// made is how many changes were made for it.
func (j *job) made() int { return len(j.earlier.Calls) + len(j.done) }

// ids are those of the findings of a job. An attempt before this one may have had another
// of them lead.
func (j *job) ids() (ids []string) {
	for _, m := range j.members {
		ids = append(append(ids, m.id), m.before...)
	}
	return ids
}

// goesOn tells whether the member's plan has got further, or waits, and is not at its end.
func (m *member) goesOn() bool { return m.open && m.latest.Plan != nil && m.stopped == nil }

// membership names the findings of a job, where there are several.
func (j *job) membership() (members []ledger.Member) {
	if len(j.members) < 2 {
		return nil
	}
	for _, m := range j.members {
		members = append(members, ledger.Member{Practice: m.by.ID, ID: m.id, Severity: m.severity(), Finding: m.finding.Title})
	}
	return members
}

// intents are the nonces of the intents that a result of the job closes: its own, and those
// of attempts before this one, by what the ledger says of its resource.
func (j *job) intents(v view) []string {
	nonces := maps.Clone(j.nonces)
	for _, old := range v.unfinished(j.ids()...) {
		nonces[old.Nonce] = true
	}
	return slices.Sorted(maps.Keys(nonces))
}

// chooseLead picks the finding that leads, which the record is about: one that is put right,
// and one of the practice's own if possible.
func (j *job) chooseLead(own *practice.Practice) {
	place := func(m *member) int {
		switch {
		case m.fixedByOthers:
			return 3
		case m.whole, m.dealt:
			return 2
		case m.by != own:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(j.members, func(a, b *member) int { return place(a) - place(b) })
	j.id = j.lead().objection.id
}
