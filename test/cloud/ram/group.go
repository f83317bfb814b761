package ram

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ramGroup gives its users its policies.
// A deny in one of its policies counts for its users like any other. joined is known only of those
// that a call added.
type ramGroup struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	Comments        string   `yaml:"comments,omitempty"`
	Users           []string `yaml:"users,omitempty"` // in lower case, in the order in which they came
	Policies        []string `yaml:"policies,omitempty"`
	DisplayName     string   `yaml:"display-name,omitempty"` // only IMS knows it

	number  string // the id that answers have
	changed time.Time
	joined  map[string]time.Time // by user
}

const groupKind = "ACS::RAM::Group"

var groupRows = kernel.Kind{Key: "groups", Type: groupKind}

// The names of users are cloned before they are changed, since a dump calls this on a copy that
// shares them.
func (g *ramGroup) Defaults(*Service) {
	g.ID = strings.ToLower(g.Name)
	users := slices.Clone(g.Users)
	for i, name := range users {
		users[i] = strings.ToLower(name)
	}
	g.Users = users
}

// Users and policies are loaded before groups.
func (g *ramGroup) Check(s *Service) error {
	if twice(s.UserGroups, g) {
		return fmt.Errorf("the group %q is there twice", g.Name)
	}
	for _, name := range g.Users {
		if s.User(name) == nil {
			return fmt.Errorf("no user %q", name)
		}
	}
	return s.knowPolicies(g.Policies)
}

// A group that was there keeps its number and its time.
func (g *ramGroup) Complete(_ *kernel.Loader, s *Service) error {
	if before := named(s.loading.before.UserGroups, g.ID); before != nil {
		g.number, g.Created, g.joined = before.number, before.Created, before.joined
	} else {
		g.number = s.groupNumber()
	}
	g.changed = g.Created
	return nil
}

func (c *Service) groupNumber() string { return "g-" + c.Random.Text(14, kernel.Alnum) }

var (
	onGroup        = onRAM("group", "GroupName")
	onUserAndGroup = kernel.Both(onUser, onGroup)
)

// Pages of RAM have up to 1000 entries, and those of IMS 100.
var ramGroupActions = []action{
	{Name: "CreateGroup", Write: true, On: onRAM("group", ""), Do: createGroup, Params: "GroupName Comments"},
	{Name: "GetGroup", On: onGroup, Do: getGroup, Params: "GroupName"},
	{Name: "ListGroups", On: onRAM("group", ""), Do: listGroups, Params: "Marker MaxItems:Integer=1..1000"},
	{Name: "UpdateGroup", Write: true, On: onGroup, Do: updateGroup, Params: "GroupName NewGroupName NewComments"},
	{Name: "DeleteGroup", Write: true, On: onGroup, Do: deleteGroup, Params: "GroupName"},
	// Permission is for both, the user and the group.
	{Name: "AddUserToGroup", Write: true, On: onUserAndGroup, Do: joinGroup, Params: "UserName GroupName"},
	{Name: "RemoveUserFromGroup", Write: true, On: onUserAndGroup, Do: leaveGroup, Params: "UserName GroupName"},
	{Name: "ListGroupsForUser", On: onUser, Do: listGroupsForUser, Params: "UserName"},
	{Name: "ListUsersForGroup", On: onGroup, Do: listUsersForGroup, Params: "GroupName Marker MaxItems:Integer=1..1000"},
}

var imsGroupActions = []action{
	{Name: "CreateGroup", Write: true, On: onRAM("group", ""), Do: createGroup, Params: "GroupName DisplayName Comments"},
	{Name: "GetGroup", On: onGroup, Do: getGroup, Params: "GroupName"},
	{Name: "ListGroups", On: onRAM("group", ""), Do: listGroups, Params: "Marker MaxItems:Integer=1..100"},
	{Name: "UpdateGroup", Write: true, On: onGroup, Do: updateGroup, Params: "GroupName NewGroupName NewDisplayName NewComments"},
	{Name: "DeleteGroup", Write: true, On: onGroup, Do: deleteGroup, Params: "GroupName"},
	{Name: "AddUserToGroup", Write: true, On: kernel.Both(onPrincipal, onGroup), Do: joinGroup, Params: "UserPrincipalName! GroupName"},
	{Name: "RemoveUserFromGroup", Write: true, On: kernel.Both(onPrincipal, onGroup), Do: leaveGroup, Params: "UserPrincipalName! GroupName"},
	{Name: "ListGroupsForUser", On: onPrincipal, Do: listGroupsForUser, Params: "UserPrincipalName!"},
	{Name: "ListUsersForGroup", On: onGroup, Do: listUsersForGroup, Params: "GroupName Marker MaxItems:Integer=1..100"},
}

// group finds the group of a call.
// Names are found in any case.
func (q *request) group() (*ramGroup, error) {
	name := q.Str("GroupName")
	if name == "" {
		return nil, kernel.MissingAtGateway("GroupName")
	}
	g := named(q.c.UserGroups, strings.ToLower(name))
	if g == nil {
		return nil, kernel.Refuse(404, "EntityNotExist.Group", "The group does not exist: %s.", name)
	}
	q.Touch(groupKind, g.Name)
	return g, nil
}

// IMS adds what only it knows.
func (q *request) groupView(g *ramGroup) map[string]any {
	view := g.view()
	if q.ims() {
		view["DisplayName"], view["GroupPrincipalName"] = g.DisplayName, g.Name+"@group."+q.c.Account+".onaliyun.com"
	}
	return view
}

func (g *ramGroup) view() map[string]any {
	return map[string]any{
		"GroupId": g.number, "GroupName": g.Name, "Comments": g.Comments, "CreateDate": kernel.Stamp(g.Created), "UpdateDate": kernel.Stamp(g.changed),
	}
}

// groupName checks a name that a group is to have.
func (q *request) groupName(param string) (string, error) {
	name := q.Str(param)
	if err := checkName(param, name, 64); err != nil {
		return "", err
	}
	if named(q.c.UserGroups, strings.ToLower(name)) != nil {
		return "", kernel.Refuse(409, "EntityAlreadyExists.Group", "The group does already EXIST: %s.", name) // sic
	}
	return name, nil
}

// It begins with nobody in it and nothing attached.
func createGroup(q *request) (any, error) {
	if !q.Has("GroupName") {
		return nil, kernel.MissingAtGateway("GroupName")
	}
	name, err := q.groupName("GroupName")
	switch {
	case err != nil:
		return nil, err
	case len(q.c.UserGroups) >= quotas["GroupsQuota"]:
		return nil, kernel.Refuse(409, "LimitExceeded.Group", "The count of groups beyond the current limits.") // sic
	}
	g := &ramGroup{Resource: q.c.resource(name), number: q.c.groupNumber(), Comments: q.Str("Comments"), DisplayName: q.Str("DisplayName"), changed: q.c.Clock()}
	q.c.UserGroups = append(q.c.UserGroups, g)
	q.Touch(groupKind, name)
	return map[string]any{"Group": q.groupView(g)}, nil
}

func getGroup(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Group": q.groupView(g)}, nil
}

func listGroups(q *request) (any, error) {
	return markedPage(q, kernel.ByID(q.c.UserGroups), "Groups", "Group", func(g *ramGroup) any { return q.groupView(g) })
}

// A name may change its case without being taken. What a call names as empty is empty.
func updateGroup(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	if q.Has("NewGroupName") && !strings.EqualFold(q.Str("NewGroupName"), g.Name) {
		name, err := q.groupName("NewGroupName")
		if err != nil {
			return nil, err
		}
		g.Name, g.ID = name, strings.ToLower(name)
	}
	for param, into := range map[string]*string{"NewComments": &g.Comments, "NewDisplayName": &g.DisplayName} {
		if value, given := q.Params[param]; given {
			*into = value
		}
	}
	g.changed = q.c.Clock()
	return map[string]any{"Group": q.groupView(g)}, nil
}

// Users first, then policies: that is the order of its refusals.
func deleteGroup(q *request) (any, error) {
	g, err := q.group()
	switch {
	case err != nil:
		return nil, err
	case len(g.Users) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.Group.User", "The group CAN NOT has any user member while deleting the group.") // sic
	case len(g.Policies) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.Group.Policy", "The entity CAN NOT has any attached policy while deleting the group.") // sic
	}
	q.c.UserGroups = kernel.Without(q.c.UserGroups, g.ID)
	return kernel.Done()
}

func (q *request) userAndGroup() (*ramGroup, *ramUser, error) {
	u, err := q.namedUser()
	if err != nil {
		return nil, nil, err
	}
	g, err := q.group()
	return g, u, err
}

// The user gets all that the group may, at once: an escalation that names no policy in its event.
func joinGroup(q *request) (any, error) {
	g, u, err := q.userAndGroup()
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(g.Users, u.ID):
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User.Group", "The user has already joined the group: %s.", g.Name)
	case len(q.c.groupsOf(u.ID)) >= quotas["GroupsPerUserQuota"]:
		return nil, kernel.Refuse(409, "LimitExceeded.User.Group", "The count of groups the target user joined beyond the current limits.") // sic
	}
	g.Users = append(g.Users, u.ID)
	if g.joined == nil {
		g.joined = map[string]time.Time{}
	}
	g.joined[u.ID] = q.c.Clock()
	return kernel.Done()
}

// It is refused where the user is not in the group.
func leaveGroup(q *request) (any, error) {
	g, u, err := q.userAndGroup()
	if err != nil {
		return nil, err
	}
	i := slices.Index(g.Users, u.ID)
	if i < 0 {
		return nil, kernel.Refuse(404, "EntityNotExist.User.Group", "The user has not joined the group: %s.", g.Name)
	}
	g.Users = slices.Delete(g.Users, i, i+1)
	return kernel.Done()
}

// groupsOf are the groups of a user, by name. mu is held.
func (c *Service) groupsOf(user string) []*ramGroup {
	var of []*ramGroup
	for _, g := range kernel.ByID(c.UserGroups) {
		if slices.Contains(g.Users, user) {
			of = append(of, g)
		}
	}
	return of
}

// joinDate is when a user came to a group; one of a document was there from the beginning.
func (g *ramGroup) joinDate(u *ramUser) string {
	if at, known := g.joined[u.ID]; known {
		return kernel.Stamp(at)
	}
	return kernel.Stamp(g.Created)
}

func listGroupsForUser(q *request) (any, error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range q.c.groupsOf(u.ID) {
		view := q.groupView(g)
		view["JoinDate"] = g.joinDate(u)
		views = append(views, view)
	}
	return map[string]any{"Groups": map[string]any{"Group": views}}, nil
}

// They are in the order in which they came.
func listUsersForGroup(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	return markedPage(q, g.Users, "Users", "User", func(name string) any {
		u := q.c.User(name)
		view := map[string]any{"DisplayName": u.DisplayName, "JoinDate": g.joinDate(u)}
		if q.ims() {
			view["UserId"] = u.number
		}
		return q.named(view, u)
	})
}
