package prepare

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// losses reads the policies that there are, and says what their roles may do now and would
// not any more, by a mode or by settings. What an earlier version of ecsguard needed is no
// loss. The line of a role says what it loses. It is refused where nobody has asked for it: an account that puts things right
// would go on finding them, and change nothing.
func (p *preparation) losses(ctx context.Context, roles []ram.Role) (*refusal, error) {
	most, err := ram.Roles(false, true)
	if err != nil {
		return nil, err
	}
	full := map[string]string{}
	for _, r := range most {
		for _, policy := range r.Policies {
			full[policy.Name] = policy.Document
		}
	}
	var lost []string
	for _, r := range roles {
		for _, policy := range r.Policies {
			if err := p.read(ctx, policy.Name); err != nil {
				return nil, err
			}
			actions, err := taken(p.have[policy.Name], policy.Document, full[policy.Name])
			if err != nil {
				return nil, fmt.Errorf("policy %s: %w", policy.Name, err)
			}
			if len(actions) > 0 {
				p.lost[r.Name] = append(p.lost[r.Name], actions...)
				lost = append(lost, r.Name+": "+strings.Join(actions, ", "))
			}
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	again := "go run ./deploy/ecsguard prepare --region " + p.Region + " --mode "
	switch {
	case !p.asked:
		return &refusal{"no --mode was given, which means observe, and " + message.Plural(len(p.lost), "role") + " may change things now, which they could not any more", lost,
			"\nto leave them that: " + again + "enforce\nto take it from them: " + again + "observe"}, nil
	case p.Mode == practice.Enforce && p.NoSettings:
		return &refusal{"there is no ecsguard.yaml in this folder, and without the canary that it names a role would lose what opens it", lost,
			"\nto leave it that: run this in the folder of ecsguard.yaml\nto take it away: run this where ecsguard.yaml names no canary"}, nil
	}
	return nil, nil
}

// A refusal says why nothing is made, who would lose what, and what to run instead.
type refusal struct {
	why  string
	lost []string
	then string
}

func (r *refusal) Error() string {
	return r.why + ":\n  " + strings.Join(r.lost, "\n  ") + r.then
}

// planned is the refusal after a plan, whose lines have said who would lose what.
func (r *refusal) planned() string {
	return "without --plan this is refused: " + r.why + " (it says loses above)" + r.then
}

// taken are the actions of a document that another does not have, of those in a third.
func taken(have, want, full string) (lost []string, err error) {
	now, broken := ram.Actions(have)
	if have == "" || broken != nil { // somebody has written it, and it is replaced
		return nil, nil
	}
	then, wanted := ram.Actions(want)
	all, whole := ram.Actions(full)
	if err := errors.Join(wanted, whole); err != nil {
		return nil, err
	}
	for _, action := range all {
		if may(now, action) && !may(then, action) {
			lost = append(lost, action)
		}
	}
	return lost, nil
}

// may tells whether an action is among those of a document, which may hold patterns.
func may(actions []string, action string) bool {
	return slices.ContainsFunc(actions, func(pattern string) bool {
		matched, _ := path.Match(strings.ToLower(pattern), strings.ToLower(action)) // what is no pattern matches nothing
		return matched
	})
}
