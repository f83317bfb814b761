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

// ListUsers is the List of a Sweep over all RAM users: one call for each thousand. What is
// read of each is read when it is judged, for those alone that are.
func ListUsers(ctx context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	users, err := resource.Users(ctx, pass)
	for _, u := range users {
		all = append(all, pass.Named(resource.TypeUser, u.Name(), u.DisplayName))
	}
	return all, err
}

// Disable is the change that disables an AccessKey of a user, by the whole name. It is never
// deleted: the undo enables it.
func Disable(principal, key string) practice.Change {
	set := cloud.New("ims", "UpdateAccessKey", "", "UserPrincipalName", principal, "UserAccessKeyId", key)
	return practice.Change{
		Why:  "disable the AccessKey " + key + " of " + principal,
		Call: set.With("Status", "Inactive"), Undo: new(set.With("Status", "Active")),
	}
}
