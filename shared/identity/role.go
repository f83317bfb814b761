package identity

import (
	"context"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Trusting are the events that say whom a role lets in.
var Trusting = []practice.Trigger{
	{Service: "Ram", Name: "CreateRole", Type: resource.TypeRole, Resource: "params.RoleName", New: true},
	{Service: "Ram", Name: "UpdateRole", Type: resource.TypeRole, Resource: "params.RoleName"},
	{Service: "ResourceManager", Name: "CreateRole", Type: resource.TypeRole, Resource: "params.RoleName", New: true},
	{Service: "ResourceManager", Name: "UpdateRole", Type: resource.TypeRole, Resource: "params.RoleName"},
}

// ListRoles is the List of a Sweep over all roles.
func ListRoles(ctx context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	roles, err := resource.Roles(ctx, pass)
	for _, r := range roles {
		all = append(all, pass.Named(resource.TypeRole, r.RoleName, ""))
	}
	return all, err
}

// ServiceRole tells whether a role is a service's own, or one of the sign-in by CloudSSO: only
// the service can change it.
func ServiceRole(role string) bool {
	role = strings.ToLower(role)
	return strings.HasPrefix(role, "aliyunservicerolefor") || strings.HasPrefix(role, "aliyunreservedsso-")
}
