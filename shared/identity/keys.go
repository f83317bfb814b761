package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// On are calls of Ims and of Ram that name the user whom they are about. Those of the root
// account name nobody, and concern nobody who looks at users.
func On(names ...string) (set []practice.Trigger) {
	for _, name := range names {
		for _, service := range []string{"Ims", "Ram"} {
			set = append(set, practice.Trigger{Service: service, Name: name, Resource: User, Type: resource.TypeUser, Maybe: true})
		}
	}
	return set
}

// A Key is an active AccessKey of a user.
type Key struct {
	ID, Principal string // whose it is, by the whole name
	Made          time.Time
	User          resource.User
}

// KeyReads are the RAM actions that ActiveKeys calls.
var KeyReads = []string{"ram:GetUser", "ram:GetDefaultDomain", "ram:ListAccessKeys"}

// ActiveKeys reads the active keys of the user whom a pass is about, the oldest first.
func ActiveKeys(ctx context.Context, pass *practice.Pass) (active []Key, err error) {
	found, err := resource.UserOf(ctx, pass, pass.Resource.ID)
	user, err := practice.One(found, err)
	if err != nil {
		return nil, fmt.Errorf("reading who %s is: %w", pass.Resource.ID, err)
	}
	active, err = activeKeys(ctx, pass, user, "")
	return active, practice.Gone(err)
}

// KeyByID reads an active AccessKey of which the ID alone is known, and who has it. Without an
// owner it is no user's of this account; without a key it is disabled, or has been deleted.
func KeyByID(ctx context.Context, r cloud.Reader, id string) (key []Key, owner []resource.User, err error) {
	owner, err = resource.KeyOwner(ctx, r, id)
	if err != nil {
		return nil, nil, fmt.Errorf("reading whose key %s is: %w", id, err)
	}
	if len(owner) == 0 {
		return nil, nil, nil
	}
	key, err = activeKeys(ctx, r, owner[0], id)
	switch {
	case cloud.NotFound(err): // with its user
		return nil, owner, nil
	case err != nil:
		return nil, owner, fmt.Errorf("reading whether key %s is active: %w", id, err)
	}
	return key, owner, nil
}

// activeKeys reads all of a user, the oldest first, or the one of an ID.
func activeKeys(ctx context.Context, r cloud.Reader, user resource.User, id string) (active []Key, err error) {
	keys, err := resource.AccessKeys(ctx, r, user.UserPrincipalName)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		works, err := k.Active()
		if err != nil {
			return nil, err
		}
		if !works || id != "" && k.AccessKeyID != id {
			continue
		}
		made, err := k.Created()
		if err != nil {
			return nil, err
		}
		active = append(active, Key{ID: k.AccessKeyID, Principal: user.UserPrincipalName, Made: made, User: user})
	}
	slices.SortStableFunc(active, func(a, b Key) int { return a.Made.Compare(b.Made) })
	return active, nil
}

// Use reads when the key was last used. One that was never used counts from the day on which
// it was made.
func (k Key) Use(ctx context.Context, pass *practice.Pass) (since time.Time, said string, err error) {
	use, err := resource.LastUsed(ctx, pass, k.Principal, k.ID)
	switch {
	case err != nil:
		return time.Time{}, "", err
	case use.At.After(k.Made):
		said = "last used on " + use.At.UTC().Format(time.DateOnly)
		if use.Service != "" {
			said += " for " + use.Service
		}
		return use.At, said, nil
	}
	return k.Made, "never used; made on " + k.Made.UTC().Format(time.DateOnly), nil
}

// Finding begins a finding about the key.
func (k Key) Finding(pass *practice.Pass, key, title string) practice.Finding {
	return practice.Finding{
		Key: key, Title: title,
		Resource: pass.Named(resource.TypeAccessKey, k.ID, k.User.Name()),
		Facts:    map[string]string{"user": k.Principal, "made on": k.Made.UTC().Format(time.DateOnly)},
		Lock:     practice.Lock{User: k.User.Name(), Key: k.ID},
	}
}

// Disable is the change that disables the key, and its undo.
func (k Key) Disable() []practice.Change { return []practice.Change{Disable(k.Principal, k.ID)} }

// Command is the command line of a call of IMS about the key's user, to be shown.
func (k Key) Command(action string, params ...string) string {
	return cloud.New("ims", action, "", append([]string{"UserPrincipalName", k.Principal}, params...)...).String()
}
