package ram

import (
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ramGroup gives its users its policies.
type ramGroup struct {
	name, id, comments string
	created, changed   time.Time
	users              []string // lower-case names, in the order in which they came
	attached           []string // names of policies
}

const ramGroupKind = "ACS::RAM::Group"

var (
	onRAMGroup        = onRAM("group", "GroupName")
	onUserAndRAMGroup = kernel.Both(onUser, onRAMGroup)
)

var ramGroupActions = []action{
	{Name: "CreateGroup", Write: true, On: onRAM("group", ""), Do: ramCreateGroup, Params: "GroupName Comments"},
	{Name: "GetGroup", On: onRAMGroup, Do: ramGetGroup, Params: "GroupName"},
	{Name: "ListGroups", On: onRAM("group", ""), Do: ramListGroups, Params: "Marker MaxItems:Integer=1..1000"},
	{Name: "UpdateGroup", Write: true, On: onRAMGroup, Do: ramUpdateGroup, Params: "GroupName NewGroupName NewComments"},
	{Name: "DeleteGroup", Write: true, On: onRAMGroup, Do: ramDeleteGroup, Params: "GroupName"},
	{Name: "AddUserToGroup", Write: true, On: onUserAndRAMGroup, Do: ramJoinGroup, Params: "UserName GroupName"},
	{Name: "RemoveUserFromGroup", Write: true, On: onUserAndRAMGroup, Do: ramLeaveGroup, Params: "UserName GroupName"},
	{Name: "ListGroupsForUser", On: onUser, Do: ramListGroupsForUser, Params: "UserName"},
	{Name: "ListUsersForGroup", On: onRAMGroup, Do: ramListUsersForGroup, Params: "GroupName Marker MaxItems:Integer=1..1000"},
	{Name: "AttachPolicyToGroup", Write: true, On: kernel.Both(onRAMGroup, onPolicy), Do: attach(groupPolicies, true), Params: "GroupName PolicyName PolicyType=System|Custom"},
	{Name: "DetachPolicyFromGroup", Write: true, On: kernel.Both(onRAMGroup, onPolicy), Do: attach(groupPolicies, false), Params: "GroupName PolicyName PolicyType=System|Custom"},
	{Name: "ListPoliciesForGroup", On: onRAMGroup, Do: listPolicies(groupPolicies), Params: "GroupName"},
}

func (q *request) ramGroup() (*ramGroup, error) {
	name := q.Str("GroupName")
	if name == "" {
		return nil, kernel.MissingAtGateway("GroupName")
	}
	g := q.c.groups[strings.ToLower(name)]
	if g == nil {
		return nil, kernel.Refuse(404, "EntityNotExist.Group", "The group does not exist: %s.", name)
	}
	q.Touch(ramGroupKind, g.name)
	return g, nil
}

func (g *ramGroup) view() map[string]any {
	return map[string]any{
		"GroupId": g.id, "GroupName": g.name, "Comments": g.comments, "CreateDate": kernel.Stamp(g.created), "UpdateDate": kernel.Stamp(g.changed),
	}
}

// groupName checks a name that a group is to have.
func (q *request) groupName(param string) (string, error) {
	name := q.Str(param)
	switch {
	case len(name) > 64:
		return "", kernel.Refuse(400, "InvalidParameter."+param+".Length", "The parameter - %q beyond the length limit.", param)
	case strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "":
		return "", kernel.Refuse(400, "InvalidParameter."+param+".InvalidChars", "The parameter - %q contains invalid chars.", param)
	case q.c.groups[strings.ToLower(name)] != nil:
		return "", kernel.Refuse(409, "EntityAlreadyExists.Group", "The group does already exist: %s.", name)
	}
	return name, nil
}

func ramCreateGroup(q *request) (any, error) {
	if !q.Has("GroupName") {
		return nil, kernel.MissingAtGateway("GroupName")
	}
	name, err := q.groupName("GroupName")
	if err != nil {
		return nil, err
	}
	g := &ramGroup{name: name, id: "g-" + q.c.Random.Text(14, kernel.Alnum), comments: q.Str("Comments"), created: q.c.Clock(), changed: q.c.Clock()}
	q.c.groups[strings.ToLower(name)] = g
	q.Touch(ramGroupKind, name)
	return map[string]any{"Group": g.view()}, nil
}

func ramGetGroup(q *request) (any, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Group": g.view()}, nil
}

func ramListGroups(q *request) (any, error) {
	return markedPage(q, kernel.SortedKeys(q.c.groups), "Groups", "Group", func(name string) any { return q.c.groups[name].view() })
}

// markedPage is a page of names as RAM cuts it: MaxItems, from a Marker on.
func markedPage(q *request, names []string, outer, inner string, view func(name string) any) (any, error) {
	from := 0
	if q.Has("Marker") {
		var err error
		if from, err = kernel.ReadToken(q.Str("Marker"), q.Action.Name); err != nil {
			return nil, err
		}
	}
	to := min(from+q.Num("MaxItems", 100), len(names))
	answer := map[string]any{"IsTruncated": to < len(names)}
	if to < len(names) {
		answer["Marker"] = kernel.MakeToken(to, q.Action.Name)
	}
	views := []any{}
	for _, name := range names[min(from, to):to] {
		views = append(views, view(name))
	}
	answer[outer] = map[string]any{inner: views}
	return answer, nil
}

func ramUpdateGroup(q *request) (any, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, err
	}
	if q.Has("NewGroupName") && !strings.EqualFold(q.Str("NewGroupName"), g.name) {
		name, err := q.groupName("NewGroupName")
		if err != nil {
			return nil, err
		}
		delete(q.c.groups, strings.ToLower(g.name))
		g.name = name
		q.c.groups[strings.ToLower(name)] = g
	}
	if _, given := q.Params["NewComments"]; given {
		g.comments = q.Str("NewComments")
	}
	g.changed = q.c.Clock()
	return map[string]any{"Group": g.view()}, nil
}

func ramDeleteGroup(q *request) (any, error) {
	g, err := q.ramGroup()
	switch {
	case err != nil:
		return nil, err
	case len(g.users) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.Group.User", "The group CAN NOT has any user member while deleting the group.") // sic
	case len(g.attached) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.Group.Policy", "The entity CAN NOT has any attached policy while deleting the group.") // sic
	}
	delete(q.c.groups, strings.ToLower(g.name))
	return kernel.Done()
}

func (q *request) userAndGroup() (*ramGroup, string, error) {
	if !q.Has("UserName") {
		return nil, "", kernel.MissingAtGateway("UserName")
	}
	u, err := q.ramUser()
	if err != nil {
		return nil, "", err
	}
	g, err := q.ramGroup()
	return g, strings.ToLower(u.name), err
}

func ramJoinGroup(q *request) (any, error) {
	g, user, err := q.userAndGroup()
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(g.users, user):
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User.Group", "The user has already been added to the group: %s.", g.name)
	}
	g.users = append(g.users, user)
	return kernel.Done()
}

func ramLeaveGroup(q *request) (any, error) {
	g, user, err := q.userAndGroup()
	if err != nil {
		return nil, err
	}
	i := slices.Index(g.users, user)
	if i < 0 {
		return nil, kernel.Refuse(404, "EntityNotExist.User.Group", "The user is not in the group: %s.", g.name)
	}
	g.users = slices.Delete(g.users, i, i+1)
	return kernel.Done()
}

// groupsOf are the groups of a user, by lower-case names. mu is held.
func (s *state) groupsOf(user string) []*ramGroup {
	var of []*ramGroup
	for _, name := range kernel.SortedKeys(s.groups) {
		if g := s.groups[name]; user != kernel.RootOwner && slices.Contains(g.users, user) {
			of = append(of, g)
		}
	}
	return of
}

func ramListGroupsForUser(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range q.c.groupsOf(strings.ToLower(u.name)) {
		view := g.view()
		view["JoinDate"] = kernel.Stamp(g.changed)
		views = append(views, view)
	}
	return map[string]any{"Groups": map[string]any{"Group": views}}, nil
}

func ramListUsersForGroup(q *request) (any, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, err
	}
	return markedPage(q, g.users, "Users", "User", func(name string) any {
		u := q.c.users[name]
		return map[string]any{"UserName": u.name, "DisplayName": u.display, "JoinDate": kernel.Stamp(g.changed)}
	})
}

func groupPolicies(q *request) (*[]string, string, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, "", err
	}
	return &g.attached, "Group", nil
}
