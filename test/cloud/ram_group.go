package cloud

import (
	"slices"
	"strings"
	"time"
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
	onUserAndRAMGroup = both(onUser, onRAMGroup)
)

var ramGroupActions = []rpcAction{
	{name: "CreateGroup", write: true, on: onRAM("group", ""), do: ramCreateGroup, params: "GroupName Comments"},
	{name: "GetGroup", on: onRAMGroup, do: ramGetGroup, params: "GroupName"},
	{name: "ListGroups", on: onRAM("group", ""), do: ramListGroups, params: "Marker MaxItems:Integer=1..1000"},
	{name: "UpdateGroup", write: true, on: onRAMGroup, do: ramUpdateGroup, params: "GroupName NewGroupName NewComments"},
	{name: "DeleteGroup", write: true, on: onRAMGroup, do: ramDeleteGroup, params: "GroupName"},
	{name: "AddUserToGroup", write: true, on: onUserAndRAMGroup, do: ramJoinGroup, params: "UserName GroupName"},
	{name: "RemoveUserFromGroup", write: true, on: onUserAndRAMGroup, do: ramLeaveGroup, params: "UserName GroupName"},
	{name: "ListGroupsForUser", on: onUser, do: ramListGroupsForUser, params: "UserName"},
	{name: "ListUsersForGroup", on: onRAMGroup, do: ramListUsersForGroup, params: "GroupName Marker MaxItems:Integer=1..1000"},
	{name: "AttachPolicyToGroup", write: true, on: both(onRAMGroup, onPolicy), do: attach(groupPolicies, true), params: "GroupName PolicyName PolicyType=System|Custom"},
	{name: "DetachPolicyFromGroup", write: true, on: both(onRAMGroup, onPolicy), do: attach(groupPolicies, false), params: "GroupName PolicyName PolicyType=System|Custom"},
	{name: "ListPoliciesForGroup", on: onRAMGroup, do: listPolicies(groupPolicies), params: "GroupName"},
}

func (q *rpcRequest) ramGroup() (*ramGroup, error) {
	name := q.str("GroupName")
	if name == "" {
		return nil, missingAtGateway("GroupName")
	}
	g := q.c.ram.groups[strings.ToLower(name)]
	if g == nil {
		return nil, refuse(404, "EntityNotExist.Group", "The group does not exist: %s.", name)
	}
	q.touch(ramGroupKind, g.name)
	return g, nil
}

func (g *ramGroup) view() map[string]any {
	return map[string]any{
		"GroupId": g.id, "GroupName": g.name, "Comments": g.comments, "CreateDate": stamp(g.created), "UpdateDate": stamp(g.changed),
	}
}

// groupName checks a name that a group is to have.
func (q *rpcRequest) groupName(param string) (string, error) {
	name := q.str(param)
	switch {
	case len(name) > 64:
		return "", refuse(400, "InvalidParameter."+param+".Length", "The parameter - %q beyond the length limit.", param)
	case strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "":
		return "", refuse(400, "InvalidParameter."+param+".InvalidChars", "The parameter - %q contains invalid chars.", param)
	case q.c.ram.groups[strings.ToLower(name)] != nil:
		return "", refuse(409, "EntityAlreadyExists.Group", "The group does already exist: %s.", name)
	}
	return name, nil
}

func ramCreateGroup(q *rpcRequest) (any, error) {
	if !q.has("GroupName") {
		return nil, missingAtGateway("GroupName")
	}
	name, err := q.groupName("GroupName")
	if err != nil {
		return nil, err
	}
	g := &ramGroup{name: name, id: "g-" + q.c.random.text(14, alnum), comments: q.str("Comments"), created: q.c.clock(), changed: q.c.clock()}
	q.c.ram.groups[strings.ToLower(name)] = g
	q.touch(ramGroupKind, name)
	return map[string]any{"Group": g.view()}, nil
}

func ramGetGroup(q *rpcRequest) (any, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Group": g.view()}, nil
}

func ramListGroups(q *rpcRequest) (any, error) {
	return markedPage(q, sortedKeys(q.c.ram.groups), "Groups", "Group", func(name string) any { return q.c.ram.groups[name].view() })
}

// markedPage is a page of names as RAM cuts it: MaxItems, from a Marker on.
func markedPage(q *rpcRequest, names []string, outer, inner string, view func(name string) any) (any, error) {
	from := 0
	if q.has("Marker") {
		var err error
		if from, err = readToken(q.str("Marker"), q.action.name); err != nil {
			return nil, err
		}
	}
	to := min(from+q.num("MaxItems", 100), len(names))
	answer := map[string]any{"IsTruncated": to < len(names)}
	if to < len(names) {
		answer["Marker"] = makeToken(to, q.action.name)
	}
	views := []any{}
	for _, name := range names[min(from, to):to] {
		views = append(views, view(name))
	}
	answer[outer] = map[string]any{inner: views}
	return answer, nil
}

func ramUpdateGroup(q *rpcRequest) (any, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, err
	}
	if q.has("NewGroupName") && !strings.EqualFold(q.str("NewGroupName"), g.name) {
		name, err := q.groupName("NewGroupName")
		if err != nil {
			return nil, err
		}
		delete(q.c.ram.groups, strings.ToLower(g.name))
		g.name = name
		q.c.ram.groups[strings.ToLower(name)] = g
	}
	if _, given := q.params["NewComments"]; given {
		g.comments = q.str("NewComments")
	}
	g.changed = q.c.clock()
	return map[string]any{"Group": g.view()}, nil
}

func ramDeleteGroup(q *rpcRequest) (any, error) {
	g, err := q.ramGroup()
	switch {
	case err != nil:
		return nil, err
	case len(g.users) > 0:
		return nil, refuse(409, "DeleteConflict.Group.User", "The group CAN NOT has any user member while deleting the group.") // sic
	case len(g.attached) > 0:
		return nil, refuse(409, "DeleteConflict.Group.Policy", "The entity CAN NOT has any attached policy while deleting the group.") // sic
	}
	delete(q.c.ram.groups, strings.ToLower(g.name))
	return done()
}

func (q *rpcRequest) userAndGroup() (*ramGroup, string, error) {
	if !q.has("UserName") {
		return nil, "", missingAtGateway("UserName")
	}
	u, err := q.ramUser()
	if err != nil {
		return nil, "", err
	}
	g, err := q.ramGroup()
	return g, strings.ToLower(u.name), err
}

func ramJoinGroup(q *rpcRequest) (any, error) {
	g, user, err := q.userAndGroup()
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(g.users, user):
		return nil, refuse(409, "EntityAlreadyExists.User.Group", "The user has already been added to the group: %s.", g.name)
	}
	g.users = append(g.users, user)
	return done()
}

func ramLeaveGroup(q *rpcRequest) (any, error) {
	g, user, err := q.userAndGroup()
	if err != nil {
		return nil, err
	}
	i := slices.Index(g.users, user)
	if i < 0 {
		return nil, refuse(404, "EntityNotExist.User.Group", "The user is not in the group: %s.", g.name)
	}
	g.users = slices.Delete(g.users, i, i+1)
	return done()
}

// groupsOf are the groups of a user, by lower-case names. mu is held.
func (s *ramState) groupsOf(user string) []*ramGroup {
	var of []*ramGroup
	for _, name := range sortedKeys(s.groups) {
		if g := s.groups[name]; user != rootOwner && slices.Contains(g.users, user) {
			of = append(of, g)
		}
	}
	return of
}

func ramListGroupsForUser(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range q.c.ram.groupsOf(strings.ToLower(u.name)) {
		view := g.view()
		view["JoinDate"] = stamp(g.changed)
		views = append(views, view)
	}
	return map[string]any{"Groups": map[string]any{"Group": views}}, nil
}

func ramListUsersForGroup(q *rpcRequest) (any, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, err
	}
	return markedPage(q, g.users, "Users", "User", func(name string) any {
		u := q.c.ram.users[name]
		return map[string]any{"UserName": u.name, "DisplayName": u.display, "JoinDate": stamp(g.changed)}
	})
}

func groupPolicies(q *rpcRequest) (*[]string, string, error) {
	g, err := q.ramGroup()
	if err != nil {
		return nil, "", err
	}
	return &g.attached, "Group", nil
}
