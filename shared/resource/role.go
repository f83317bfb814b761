package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeRole is the type of a RAM role, whose id is its name in lower case, as ARNs write it.
const TypeRole = "ACS::RAM::Role"

var _ = add(Kind{Type: TypeRole, Words: "RAM role", Global: true, Written: named(":role/", "@role."),
	Page: "https://ram.console.aliyun.com/roles/detail?roleName={id}"})

// A Role is taken by those whom its trust document names. Only RoleOf has that document.
type Role struct{ RoleName, RoleID, ARN, Description, AssumeRolePolicyDocument, CreateDate string }

type rolePage struct {
	cloud.Marked
	Roles struct{ Role []Role }
}

func (p rolePage) Items() []Role { return p.Roles.Role }

// Roles reads all roles of the account.
func Roles(ctx context.Context, r cloud.Reader) ([]Role, error) {
	return cloud.ReadList[rolePage](ctx, r, cloud.New("ram", "ListRoles", "", "MaxItems", "1000"))
}

// RoleOf reads one role with its trust; none: there is no such role.
func RoleOf(ctx context.Context, r cloud.Reader, name string) ([]Role, error) {
	var answer struct{ Role *Role }
	err := r.Read(ctx, cloud.New("ram", "GetRole", "", "RoleName", name), &answer)
	switch {
	case cloud.NotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case answer.Role == nil || answer.Role.AssumeRolePolicyDocument == "":
		return nil, fmt.Errorf("ram:GetRole: the answer does not say whom %s trusts", name)
	}
	return []Role{*answer.Role}, nil
}
