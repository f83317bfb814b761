package identity

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// everything is the document of the system policy AdministratorAccess, and ofRAM that of
// AliyunRAMFullAccess: a user who has the latter can grant himself everything.
const (
	everything = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	ofRAM      = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}`
)

// last is why a change would leave no administrator.
func (r Rules) last(ctx context.Context, lock practice.Lock) (string, error) {
	takes := lock.SignIn || lock.Rights || lock.Key != "" && !lock.Fewer
	if !takes || len(lock.Users()) == 0 {
		return "", nil
	}
	admins, err := r.administrators(ctx)
	if err != nil {
		return "", err
	}
	var those []string
	for _, user := range lock.Users() {
		if _, may := admins[user]; may {
			those = append(those, user)
		}
	}
	if len(those) == 0 {
		return "", nil
	}
	pending := append(slices.Clone(r.Pending), lock)
	for _, user := range slices.Sorted(maps.Keys(admins)) {
		if !admins[user] {
			continue // it is not certain that he is one
		}
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

// administrators are the users who may be administrators, and whether that is certain. It
// starts from policies: those that can make somebody an administrator, and those that deny
// something.
func (r Rules) administrators(ctx context.Context) (map[string]bool, error) {
	documents := map[string][]string{} // by user
	give := func(kind, name, document string) error {
		holders, err := resource.HoldersOf(ctx, r.Reader, kind, name)
		if err != nil {
			return err
		}
		users := map[string]bool{}
		for _, user := range holders.Users {
			users[user] = true
		}
		for _, group := range holders.Groups {
			members, err := resource.Members(ctx, r.Reader, group)
			if err != nil && !cloud.NotFound(err) {
				return err
			}
			for _, user := range members {
				users[user] = true
			}
		}
		for user := range users {
			documents[user] = append(documents[user], document)
		}
		return nil
	}
	if err := give(resource.SystemPolicy, "AdministratorAccess", everything); err != nil {
		return nil, err
	}
	if err := give(resource.SystemPolicy, "AliyunRAMFullAccess", ofRAM); err != nil {
		return nil, err
	}
	own, err := resource.Policies(ctx, r.Reader, resource.CustomPolicy)
	if err != nil {
		return nil, err
	}
	for _, p := range own {
		if p.Unattached() {
			continue
		}
		text, err := resource.PolicyDocument(ctx, r.Reader, resource.CustomPolicy, p.PolicyName)
		if err != nil {
			return nil, err
		}
		for _, t := range text {
			may, _ := Administrator([]string{t.PolicyDocument})
			_, still := Administrator([]string{everything, t.PolicyDocument})
			if !may && still {
				continue // it neither makes one nor keeps one from it
			}
			if err := give(resource.CustomPolicy, p.PolicyName, t.PolicyDocument); err != nil {
				return nil, err
			}
		}
	}
	admins := map[string]bool{}
	for user, texts := range documents {
		if may, certain := Administrator(texts); may {
			admins[user] = certain
		}
	}
	return admins, nil
}
