package securitygroup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A wish is what of a group is to be closed: a finding's Wants.
type wish struct {
	group     *Group
	objection Objection
}

// Join plans the smallest edit that closes what findings on one group are about, and
// nothing else: as much of it as can be proved, the first findings before the others.
// Where the edit makes Drop rules, that holds for interfaces with further groups as
// well. An objection that has something against the edit for all is left out of it.
func Join(ctx context.Context, pass *practice.Pass, findings []practice.Finding) (practice.Edit, error) {
	if len(findings) == 0 {
		return practice.Edit{}, nil
	}
	j := joining{pass: pass, refusals: map[int]string{}}
	for _, f := range findings {
		w, ok := f.Wants.(*wish)
		if !ok {
			return practice.Edit{}, fmt.Errorf("the finding %q on %s does not say what it wants", f.Key, f.Resource)
		}
		j.wishes = append(j.wishes, w)
	}
	j.group = j.wishes[0].group
	known, err := j.group.known()
	if err != nil {
		return practice.Edit{}, err
	}
	unknown, err := j.group.unknowable()
	if err != nil {
		return practice.Edit{}, err
	}
	if len(unknown) > 0 {
		j.unknown = [][]exposure.Rule{unknown}
	}
	j.rules = known.Rules()
	if err := j.close(ctx); err != nil {
		return practice.Edit{}, err
	}
	edit := practice.Edit{Left: j.told(findings)}
	if j.has != nil {
		edit.Changes = j.group.fullChanges(j.plan.Edits)
	} else {
		edit.Changes = j.group.Changes(j.plan.Edits)
	}
	return edit, nil
}

// joining is an edit that is being planned.
type joining struct {
	pass     *practice.Pass
	wishes   []*wish
	group    *Group
	rules    []exposure.Rule
	unknown  [][]exposure.Rule // of lists that cannot be read
	beside   company
	asked    bool           // beside is read
	has      *space         // the usual edit has no room
	refusals map[int]string // by wish: what it has against the edit

	plan exposure.Plan
	left []exposure.Left
	of   []int // by policy: whose it is
}

// close plans until nobody has anything against it.
func (j *joining) close(ctx context.Context) error {
	for {
		var policies []exposure.Policy
		j.of = nil
		for i, w := range j.wishes {
			if j.refusals[i] != "" {
				continue
			}
			for _, p := range w.objection.Policies {
				p.Beside = slices.Concat(j.unknown, j.beside.rules)
				policies = append(policies, p)
				j.of = append(j.of, i)
			}
		}
		var fits func([]exposure.Edit) error
		if j.pass.Refused == full && j.has == nil {
			j.has = &space{0, "the group takes no more rules (" + full + ")"}
		}
		if j.has != nil {
			fits = j.group.room(*j.has)
		}
		j.plan, j.left = exposure.CloseMost(j.rules, fits, policies...)
		again, err := j.ask(ctx)
		if err != nil {
			return err
		}
		if !again && !j.refuses() {
			return nil
		}
	}
}

// ask finds out what the plan has to know beside the group's own rules, and tells whether
// there has to be another one.
func (j *joining) ask(ctx context.Context) (again bool, err error) {
	drops, grows := stops(j.plan.Edits), j.group.grows(j.plan.Edits)
	if !j.asked && (drops || grows > 0) {
		switch j.beside, err = j.group.beside(ctx, j.pass); {
		case err == nil:
			again = drops && len(j.beside.rules) > 0
		case drops || !practice.Refused(err):
			return false, err
		default: // how many rules others have is not known
			j.beside = company{}
		}
		j.asked = true
	}
	if has := j.group.space(j.beside); j.has == nil && grows > max(0, has.rules) {
		j.has, again = &has, true // counted before the first call: half an edit may be worse than none
	}
	return again, nil
}

// refuses leaves out the last wish that has something against the plan, if one has: the
// worst are kept longest.
func (j *joining) refuses() bool {
	if len(j.plan.Edits) == 0 {
		return false
	}
	for i, w := range slices.Backward(j.wishes) {
		if j.refusals[i] != "" || w.objection.Unless == nil {
			continue
		}
		if why := w.objection.Unless(j.rules, j.plan.After); why != "" {
			j.refusals[i] = why
			return true
		}
	}
	return false
}

// told is what the plan does not close, for each finding.
func (j *joining) told(findings []practice.Finding) (left []practice.Left) {
	for i, f := range findings {
		var open []exposure.Breach
		var why string
		whole := func() bool { return f.Scope.Within(Scope(open)) }
		if refusal := j.refusals[i]; refusal != "" {
			open = exposure.Judge(j.plan.After, j.wishes[i].objection.Policies...)
			why = "Not changed, because " + refusal + "."
			// The rules may be others by now, and as open.
			whole = func() bool { return byProtocol(f.Scope).Within(byProtocol(Scope(open))) }
		} else {
			var own []exposure.Left
			for _, l := range j.left {
				if j.of[l.Policy] == i {
					own = append(own, l)
					open = append(open, l.Breach)
				}
			}
			why = reason(own)
		}
		if len(open) > 0 {
			left = append(left, practice.Left{Finding: i, Whole: whole(), Asks: j.refusals[i] != "", Why: why})
		}
	}
	return left
}

// reason says in a sentence what is left, where that is not all, and why.
func reason(left []exposure.Left) string {
	var sentences []string
	for _, l := range left {
		sentence := "No edit closes " + l.Breach.Rule.ID + " and leaves the rest as it is: " + flaw(l.Flaw) + ". Change the rule yourself."
		var small *crowded
		if errors.As(l.Flaw, &small) {
			sentence = fmt.Sprintf("%s stays as it is, because %s. Revoke rules that nobody needs, or have the quota raised.", l.Breach.Rule.ID, small)
		}
		if !slices.Contains(sentences, sentence) {
			sentences = append(sentences, sentence)
		}
	}
	if more := len(sentences) - mostReasons; more > 0 {
		sentences = append(sentences[:mostReasons], fmt.Sprintf("%d more cannot be closed either.", more))
	}
	return strings.Join(sentences, " ")
}

// mostReasons is how many rules are explained: a message has limited room.
const mostReasons = 3

// flaw is the packets that speak against the ways that were tried, without repeating
// that none could be proved.
func flaw(err error) string {
	_, packets, found := strings.Cut(err.Error(), ": ")
	if !found {
		return err.Error()
	}
	return packets
}
