package identity

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// User is where events of Ims and Ram name the user whom they are about: the path for a
// Trigger's Resource, with Type: resource.TypeUser where the practice is of another type.
const User = "params.UserPrincipalName|params.UserName|params.UserId|resources.ACS::RAM::User"

// ListUsers is the List of a Sweep over all RAM users: one call for each thousand. Further
// details of a user are read only when, and if, that user is judged.
func ListUsers(ctx context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	users, err := resource.Users(ctx, pass)
	for _, u := range users {
		all = append(all, pass.Named(resource.TypeUser, u.Name(), u.DisplayName))
	}
	return all, err
}

// Disable is the change that disables a user's AccessKey; the user is given by the full
// principal name. Keys are never deleted: the undo enables the key again.
func Disable(principal, key string) practice.Change {
	set := cloud.New("ims", "UpdateAccessKey", "", "UserPrincipalName", principal, "UserAccessKeyId", key)
	return practice.Change{
		Why:  "disable the AccessKey " + key + " of " + principal,
		Call: set.With("Status", "Inactive"), Undo: new(set.With("Status", "Active")),
	}
}
