package resource

import (
	"context"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeUserGroup is the type of a RAM user group, whose id is its name in lower case.
const TypeUserGroup = "ACS::RAM::Group"

var _ = add(Kind{Type: TypeUserGroup, Words: "RAM user group", Global: true, Written: named(":group/"),
	Page: "https://ram.console.aliyun.com/groups/detail?groupName={id}"})

// named writes names that RAM finds whatever their case, and that an ARN may hold, or a
// principal as Resource Manager writes it: deploy@role.1234.onaliyunservice.com.
func named(after string) func(string) string {
	return func(id string) string {
		if _, name, ok := strings.Cut(id, after); ok {
			id = name
		}
		id, _, _ = strings.Cut(id, "@")
		return strings.ToLower(strings.TrimSpace(id))
	}
}

// A UserGroup gives its members its policies.
type UserGroup struct{ GroupName, GroupID, Comments, CreateDate string }

type userGroupPage struct {
	cloud.Marked
	Groups struct{ Group []UserGroup }
}

func (p userGroupPage) Items() []UserGroup { return p.Groups.Group }

// UserGroups reads all user groups of the account.
func UserGroups(ctx context.Context, r cloud.Reader) ([]UserGroup, error) {
	return cloud.ReadList[userGroupPage](ctx, r, cloud.New("ram", "ListGroups", "", "MaxItems", "1000"))
}

// UserGroupsOf reads the groups that a user is in.
func UserGroupsOf(ctx context.Context, r cloud.Reader, user string) ([]UserGroup, error) {
	return cloud.ReadList[userGroupPage](ctx, r, cloud.New("ram", "ListGroupsForUser", "", "UserName", user))
}

type memberPage struct {
	cloud.Marked
	Users struct{ User []struct{ UserName string } }
}

func (p memberPage) Items() []struct{ UserName string } { return p.Users.User }

// Members reads who is in a user group: ids of users.
func Members(ctx context.Context, r cloud.Reader, group string) (names []string, err error) {
	found, err := cloud.ReadList[memberPage](ctx, r, cloud.New("ram", "ListUsersForGroup", "", "GroupName", group, "MaxItems", "1000"))
	for _, u := range found {
		names = append(names, UserName(u.UserName))
	}
	return names, err
}
