package prepare

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// losses reads the policies that there are, and says what their roles may do now and would
// not any more, by a mode or by settings. What an earlier version of ecsguard needed is no
// loss. It is refused where nobody has asked for it: an account that puts things right
// would go on finding them, and change nothing.
func (p *preparation) losses(ctx context.Context, roles []ram.Role) (refusal, err error) {
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
				p.line("loses", r.Name, strings.Join(actions, ", "))
				lost = append(lost, r.Name+": "+strings.Join(actions, ", "))
			}
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	list := "\n  " + strings.Join(lost, "\n  ")
	again := "go run ./deploy/ecsguard prepare --region " + p.Region + " --mode "
	switch {
	case !p.asked:
		return fmt.Errorf("no --mode was given, which means observe, and these roles may change things now, which they could not any more:%s\nto leave them that: %senforce\nto take it from them: %sobserve", list, again, again), nil
	case p.Mode == practice.Enforce && p.NoSettings:
		return fmt.Errorf("there is no ecsguard.yaml in this folder, and without the canary that it names this role would lose:%s\nto leave it that: run this in the folder of ecsguard.yaml\nto take it away: run this where ecsguard.yaml names no canary", list), nil
	}
	return nil, nil
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
