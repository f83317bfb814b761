package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// An editor makes changes. Nothing else does.
type editor struct {
	*assignment
	cloud   Cloud
	planner *planner
}

// apply makes a job's changes in order. It stops at the first that is refused for good, and
// keeps that error in the job; an error that may pass is returned.
func (e *editor) apply(ctx context.Context, j *job, all []*job) error {
	for _, change := range j.changes {
		err := e.change(ctx, j, &change, all)
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

// change makes a changing call, whose action must be among the Writes of a practice of the
// job. It completes the undo with what only the answer tells, such as a new id.
func (e *editor) change(ctx context.Context, j *job, change *practice.Change, all []*job) error {
	if !slices.ContainsFunc(j.members, func(m *member) bool { return slices.Contains(m.by.Writes, change.Call.RAM()) }) {
		return &cloud.Error{Action: change.Call.RAM(), Code: "Undeclared", Message: "the practice changes something with an action that is not among its Writes"}
	}
	unwanted := false
	trying := cloud.While(ctx, func() bool { unwanted = !e.wants(ctx, j, change.Call, all); return !unwanted })
	var answer map[string]any
	out := any(&answer)
	if change.Undo == nil || !change.Undo.Open() {
		out = nil
	}
	switch err := e.cloud.Do(trying, change.Call, out); {
	case unwanted && err != nil:
		return errUnwanted
	case err != nil || out == nil:
		return err
	}
	undo := change.Undo.Fill(answer)
	change.Undo = &undo
	return nil
}

// errUnwanted: a change was refused, and is not to be made any more.
var errUnwanted = errors.New("somebody else has made the same change")

// wants tells whether a change that is refused because of its resource's status is still to be
// made. If nobody can tell, it is.
func (e *editor) wants(ctx context.Context, j *job, call cloud.Call, all []*job) bool {
	if _, err := e.planner.replan(ctx, []*job{j}, all); err != nil {
		return true
	}
	return j.pending() && slices.ContainsFunc(j.changes, func(c practice.Change) bool { return sameCall(c.Call, call) })
}

// waive lets the job go on after a refusal where the new plan no longer begins with the
// refused call: somebody else has changed the same at the same moment, or there is another
// way, or something comes before it that may make room for it.
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
