package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A job is one edit: of a finding, or of what the members of a family object to in one
// resource.
type job struct {
	id      string    // of the record that holds the calls
	members []*member // the first leads: the record is about its finding
	changes []practice.Change
	deaf    []string          // practices of the family that could not judge
	earlier audit.Record      // what an interrupted attempt did
	done    []practice.Change // what has succeeded

	nonces  map[string]bool         // of our intents
	covered map[string]*deferral    // what others have deferred, by nonce
	calls   map[string][]cloud.Call // what each of our intents announced

	tried   bool       // a round has begun with it
	ended   bool       // another look goes on with it, and that is recorded
	held    string     // why the limits stopped it after a round
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

	stopped *guard.Decision // why it may not act any more
	unknown bool            // its practice could not judge at the latest look: latest is old
	others  bool            // others put it right before this edit began
}

// acts tells whether there is something to put right that still may be. What was seen
// before a change is no ground for another one: it would make anew what the first has
// replaced.
func (m *member) acts() bool { return m.open && m.stopped == nil && !m.unknown }

func (j *job) lead() *member { return j.members[0] }

// open tells whether something is still wrong that the job is about.
func (j *job) open() bool {
	return slices.ContainsFunc(j.members, func(m *member) bool { return m.open })
}

// going tells whether there is something to do that may still be done.
func (j *job) going() bool {
	return slices.ContainsFunc(j.members, (*member).acts) && j.err == nil && j.held == "" && !j.ended && len(j.changes) > 0
}

// quiet tells whether people know already of all that the job is about.
func (j *job) quiet() bool {
	return !slices.ContainsFunc(j.members, func(m *member) bool { return !m.decision.Quiet && !m.dealt })
}

// made is how many changes were made for it.
func (j *job) made() int { return len(j.earlier.Calls) + len(j.done) }

// job plans the edit of objections.
func (l *look) job(ctx context.Context, objections []objection) (*job, error) {
	j := &job{deaf: l.deaf, nonces: map[string]bool{}, covered: map[string]*deferral{}, calls: map[string][]cloud.Call{}}
	for _, o := range objections {
		j.members = append(j.members, &member{objection: o, latest: o.finding, open: true})
	}
	if err := l.join(ctx, j); err != nil {
		return nil, err
	}
	l.arrange(j)
	resource := j.lead().finding.Resource.ID
	j.earlier = l.earlier(resource, j.changes, l.ids(j)...)
	for _, r := range l.unfinished(resource, l.ids(j)...) {
		if l.mine(r) && !l.dead(r) { // others give way to it: its place in the log is ours
			j.nonces[r.Nonce], l.nonces[r.Nonce] = true, true
		}
	}
	return j, nil
}

// ids are those of the findings of a job. An attempt before this one may have had another
// of them lead.
func (l *look) ids(j *job) (ids []string) {
	for _, m := range j.members {
		ids = append(ids, l.id(m.by, m.finding))
	}
	return ids
}

// arrange lets a finding lead that is put right, if it can be one of this practice's own:
// the record is about that.
func (l *look) arrange(j *job) {
	slices.SortStableFunc(j.members, func(a, b *member) int { return rank(l, a) - rank(l, b) })
	j.id = l.id(j.lead().by, j.lead().finding)
}

func rank(l *look, m *member) int {
	switch {
	case m.others:
		return 3
	case m.whole, m.dealt:
		return 2
	case m.by != l.Practice:
		return 1
	}
	return 0
}

// join makes the job's changes of what its members want, as they show at the moment.
func (l *look) join(ctx context.Context, j *job) (err error) {
	lead := j.lead()
	if lead.finding.Wants == nil {
		j.changes = lead.latest.Changes
		return nil
	}
	var open []*member
	var findings []practice.Finding
	for _, m := range j.members {
		if m.left, m.whole, m.asks = "", false, false; m.acts() {
			open, findings = append(open, m), append(findings, m.latest)
		}
	}
	j.changes = nil
	if len(open) == 0 {
		return nil
	}
	by := open[0].by
	pass := l.pass(by, l.target.Resource, l.memo)
	pass.Refused = cmp.Or(cloud.Code(j.err), cloud.Code(j.waived))
	defer l.recovered(by, "plan", &err)
	edit, err := by.Family.Join(ctx, pass, findings)
	if err != nil {
		return fmt.Errorf("planning one edit for %s: %w", names(open), err)
	}
	j.changes = edit.Changes
	for _, left := range edit.Left {
		m := open[left.Finding]
		m.left, m.whole, m.asks = strings.TrimPrefix(m.left+"; "+left.Why, "; "), left.Whole, left.Asks
	}
	return nil
}

func names(members []*member) string {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.by.ID)
	}
	return strings.Join(slices.Compact(ids), ", ")
}

// explained is the objection with why no change puts it right.
func (m *member) explained() objection {
	o := m.objection
	if m.left != "" {
		o.finding.Facts = with(o.finding.Facts, "not changed", m.left)
		o.finding.Advice = strings.TrimSpace(m.left + " " + o.finding.Advice)
	}
	return o
}

// apply makes a job's changes in their order. The first that is refused for
// good ends them and is kept in the job; what may succeed later is returned.
func (l *look) apply(ctx context.Context, j *job) error {
	for _, change := range j.changes {
		err := l.change(ctx, j, &change)
		switch {
		case err == nil:
			j.done = append(j.done, change)
		case errors.Is(err, errUnwanted):
			return nil // as the next look shows
		case cloud.Retryable(err):
			return err
		case cloud.Repeated(err):
			// Refused because an unanswered try had made it already: what is left is
			// for the next look to say.
			j.done, j.lost = append(j.done, change), true
			return nil
		default:
			j.refused, j.err = change.Call, err
			return nil
		}
	}
	return nil
}

// change makes a changing call, which must be among the Writes of a practice of the job,
// and completes what takes it back with what only the answer tells.
func (l *look) change(ctx context.Context, j *job, c *practice.Change) error {
	if !slices.ContainsFunc(j.members, func(m *member) bool { return slices.Contains(m.by.Writes, c.Call.RAM()) }) {
		return &cloud.Error{Action: c.Call.RAM(), Code: "Undeclared", Message: "the practice changes something with an action that is not among its Writes"}
	}
	unwanted := false
	trying := cloud.While(ctx, func() bool { unwanted = !l.wants(ctx, j, c.Call); return !unwanted })
	var answer map[string]any
	out := any(&answer)
	if c.Undo == nil || !c.Undo.Open() {
		out = nil
	}
	switch err := l.Cloud.Do(trying, c.Call, out); {
	case unwanted && err != nil:
		return errUnwanted
	case err != nil || out == nil:
		return err
	}
	undo := c.Undo.Fill(answer)
	c.Undo = &undo
	return nil
}

// errUnwanted: a change was refused, and is not to be made any more.
var errUnwanted = errors.New("somebody else has made the same change")

// wants tells whether a change that is refused for the status of its resource is still
// to be made. Where nobody can tell it is.
func (l *look) wants(ctx context.Context, j *job, call cloud.Call) bool {
	if _, err := l.planAnew(ctx, []*job{j}); err != nil {
		return true
	}
	return j.going() && slices.ContainsFunc(j.changes, func(c practice.Change) bool { return sameCall(c.Call, call) })
}

// waive lets the job go on where what was refused is not to be done any more, and
// something else is: somebody else has changed the same in the same moment, or there
// is another way: or something else before it, which may make room for it.
func (j *job) waive() {
	again := false
	for _, c := range j.changes {
		if again = sameCall(c.Call, j.refused); again || !slices.ContainsFunc(j.done, func(d practice.Change) bool { return sameCall(c.Call, d.Call) }) {
			break
		}
	}
	if j.err != nil && !again && len(j.changes) > 0 {
		j.waived, j.err = errors.Join(j.waived, j.err), nil
	}
}

// outcome is how a member's finding ended.
func (j *job) outcome(m *member) (practice.Outcome, string) {
	switch {
	case !m.open && j.made() > 0 && !m.others:
		return practice.Fixed, j.doubt()
	case !m.open:
		return practice.Good, "somebody else put it right in the same moment"
	case m.unknown && j.made() > 0:
		return practice.Partly, "changes were made, and " + m.by.ID + " could not judge what they have come to"
	case m.unknown:
		return practice.Failed, m.by.ID + " could not judge the resource any more"
	case m.stopped != nil && j.made() > 0:
		return practice.Partly, m.stopped.Reason
	case m.stopped != nil:
		return m.stopped.Outcome, m.stopped.Reason
	case !j.tried:
		return practice.Awaiting, fmt.Sprintf("it came to light in the last of %d rounds, and nothing was changed for it", rounds)
	case j.held != "" && j.made() > 0:
		return practice.Partly, j.held
	case j.held != "":
		return practice.Failed, j.held
	case m.left != "" && (m.whole || j.made() == 0):
		return m.unchanged()
	case m.left != "":
		return practice.Partly, "no change puts the rest of it right and leaves everything else as it is"
	case j.err != nil && j.made() > 0:
		return practice.Partly, "a later change was refused"
	case j.err != nil:
		return practice.Failed, "the change was refused"
	default:
		return practice.Partly, "the cloud accepted the changes, and it is still wrong at the last look"
	}
}

// unchanged is how a finding ends that no change puts right.
func (m *member) unchanged() (practice.Outcome, string) {
	if m.asks {
		return practice.Awaiting, "whether it is to be changed is for a person to say"
	}
	return practice.Failed, "no change puts this right and leaves the rest as it is"
}

// doubt says what is not certain about a fix.
func (j *job) doubt() string {
	switch {
	case j.err != nil:
		return "a later change was refused, and was not needed"
	case j.waived != nil:
		return "a change was refused, and what was left was done in another way"
	case j.lost:
		return "the cloud's answer to a change was lost; the look afterwards shows that it was made"
	case len(j.earlier.Calls) > 0:
		return "an earlier attempt was interrupted: what it announced and was no longer needed counts as made"
	}
	return ""
}
