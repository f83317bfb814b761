package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// last is why a change would leave no administrator.
func (r Rules) last(ctx context.Context, lock practice.Lock) (string, error) {
	takes := lock.SignIn || lock.Rights || lock.Key != "" && !lock.Fewer
	if !takes || len(lock.Users()) == 0 && lock.Role == "" {
		return "", nil
	}
	admins, err := r.administrators(ctx)
	if err != nil {
		return "", err
	}
	var those []string
	for _, user := range lock.Users() {
		if admins.has(user) {
			those = append(those, user)
		}
	}
	if lock.Role != "" && lock.Rights && admins.take(lock.Role) {
		those = append(those, "who takes the role "+lock.Role)
	}
	if len(those) == 0 {
		return "", nil
	}
	pending := append(slices.Clone(r.Pending), lock)
	for _, user := range admins.certain(pending) {
		active, err := r.active(ctx, user, pending)
		if err != nil {
			return "", err // it names the call
		}
		if active {
			return "", nil
		}
	}
	whom := practice.Few(those, 3, ", ")
	if len(r.Pending) > 0 {
		return fmt.Sprintf("together with what is being done at the moment this would leave no administrator who can sign in or has an active AccessKey: it would end the access of %s%s", whom, byHand), nil
	}
	return fmt.Sprintf("the user %s is the last administrator who can sign in or has an active AccessKey: only the root account could put anything right after that%s", whom, byHand), nil
}

// active tells whether a user can sign in or has an active key, once what is pending is done.
func (r Rules) active(ctx context.Context, user string, pending []practice.Lock) (bool, error) {
	keys, signIn := map[string]bool{}, false
	for _, lock := range pending {
		if !slices.Contains(lock.Users(), user) {
			continue
		}
		if lock.Rights {
			return false, nil
		}
		signIn = signIn || lock.SignIn
		keys[lock.Key] = keys[lock.Key] || !lock.Fewer
	}
	principal, err := resource.Principal(ctx, r.Reader, user)
	if err != nil {
		return false, err
	}
	if !signIn {
		profiles, err := resource.Login(ctx, r.Reader, principal)
		if err != nil && !cloud.NotFound(err) {
			return false, err
		}
		for _, p := range profiles {
			if in, err := p.SignsIn(); err != nil || in {
				return in, err
			}
		}
	}
	all, err := resource.AccessKeys(ctx, r.Reader, principal)
	if cloud.NotFound(err) {
		return false, nil // he is gone
	}
	if err != nil {
		return false, err
	}
	for _, k := range all {
		active, err := k.Active()
		if err != nil {
			return false, err
		}
		if active && !keys[k.AccessKeyID] {
			return true, nil
		}
	}
	return false, nil
}
