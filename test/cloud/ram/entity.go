package ram

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var ramEntityActions = []action{
	{Name: "ListEntitiesForPolicy", On: onPolicy, Do: ramListEntities, Params: "PolicyName PolicyType=System|Custom"},
	{
		Name: "UpdateUser", Write: true, On: onUser, Do: ramUpdateUser,
		Params: "UserName NewUserName NewDisplayName NewComments NewEmail NewMobilePhone",
	},
	{Name: "GetAccessKeyLastUsed", On: onUser, Do: ramLastUsed, Params: "UserName UserAccessKeyId"},
}

// ramListEntities says who has a policy.
func ramListEntities(q *request) (any, error) {
	p, err := q.ramPolicy()
	if err != nil {
		return nil, err
	}
	users, groups, roles := []any{}, []any{}, []any{}
	attached := func(view map[string]any) map[string]any {
		view["AttachDate"] = view["CreateDate"]
		return view
	}
	for _, name := range kernel.SortedKeys(q.c.users) {
		if u := q.c.users[name]; slices.Contains(u.attached, p.name) {
			users = append(users, attached(u.view()))
		}
	}
	for _, name := range kernel.SortedKeys(q.c.groups) {
		if g := q.c.groups[name]; slices.Contains(g.attached, p.name) {
			groups = append(groups, attached(g.view()))
		}
	}
	for _, name := range kernel.SortedKeys(q.c.Roles) {
		if r := q.c.Roles[name]; slices.Contains(r.Attached, p.name) {
			roles = append(roles, attached(q.c.RoleView(r, false)))
		}
	}
	return map[string]any{"Users": map[string]any{"User": users}, "Groups": map[string]any{"Group": groups}, "Roles": map[string]any{"Role": roles}}, nil
}

// ramUpdateUser changes what a call names. A new name takes keys and groups along.
func ramUpdateUser(q *request) (any, error) {
	u, err := q.loginUser()
	if err != nil {
		return nil, err
	}
	if q.Has("NewUserName") {
		if err := q.rename(u, q.Str("NewUserName")); err != nil {
			return nil, err
		}
	}
	u.change(q)
	return map[string]any{"User": u.view()}, nil
}

// change takes what a call says anew about a person; what it names as empty is empty.
func (u *ramUser) change(q *request) {
	for name, into := range map[string]*string{
		"NewDisplayName": &u.display, "NewComments": &u.comments, "NewEmail": &u.email, "NewMobilePhone": &u.phone,
	} {
		if value, given := q.Params[name]; given {
			*into = value
		}
	}
	u.changed = q.c.Clock()
}

// rename gives a user another name.
func (q *request) rename(u *ramUser, name string) error {
	before, after := strings.ToLower(u.name), strings.ToLower(name)
	if before != after && q.c.users[after] != nil {
		return kernel.Refuse(409, "EntityAlreadyExists.User", "The user does already exist: %s.", name)
	}
	delete(q.c.users, before)
	u.name = name
	q.c.users[after] = u
	for _, k := range q.c.Keys.ByID {
		if k.User == before && k.User != kernel.RootOwner {
			k.User, k.Who.Name = after, name
		}
	}
	for _, g := range q.c.groups {
		if i := slices.Index(g.users, before); i >= 0 {
			g.users[i] = after
		}
	}
	for _, d := range q.c.mfa {
		if d.user == before {
			d.user = after
		}
	}
	return nil
}

// ramLastUsed is when a key last signed a call; a key that never did has no date.
func ramLastUsed(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	k, err := q.ownedKey(strings.ToLower(u.name))
	if err != nil {
		return nil, err
	}
	return map[string]any{"AccessKeyLastUsed": map[string]any{"LastUsedDate": kernel.Stamp(k.LastUsed)}}, nil
}
