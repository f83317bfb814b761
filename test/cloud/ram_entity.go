package cloud

import (
	"slices"
	"strings"
)

var ramEntityActions = []rpcAction{
	{name: "ListEntitiesForPolicy", on: onPolicy, do: ramListEntities, params: "PolicyName PolicyType=System|Custom"},
	{
		name: "UpdateUser", write: true, on: onUser, do: ramUpdateUser,
		params: "UserName NewUserName NewDisplayName NewComments NewEmail NewMobilePhone",
	},
	{name: "GetAccessKeyLastUsed", on: onUser, do: ramLastUsed, params: "UserName UserAccessKeyId"},
}

// ramListEntities says who has a policy.
func ramListEntities(q *rpcRequest) (any, error) {
	p, err := q.ramPolicy()
	if err != nil {
		return nil, err
	}
	users, groups, roles := []any{}, []any{}, []any{}
	attached := func(view map[string]any) map[string]any {
		view["AttachDate"] = view["CreateDate"]
		return view
	}
	for _, name := range sortedKeys(q.c.ram.users) {
		if u := q.c.ram.users[name]; slices.Contains(u.attached, p.name) {
			users = append(users, attached(u.view()))
		}
	}
	for _, name := range sortedKeys(q.c.ram.groups) {
		if g := q.c.ram.groups[name]; slices.Contains(g.attached, p.name) {
			groups = append(groups, attached(g.view()))
		}
	}
	for _, name := range sortedKeys(q.c.ram.roles) {
		if r := q.c.ram.roles[name]; slices.Contains(r.attached, p.name) {
			roles = append(roles, attached(q.c.roleView(r, false)))
		}
	}
	return map[string]any{"Users": map[string]any{"User": users}, "Groups": map[string]any{"Group": groups}, "Roles": map[string]any{"Role": roles}}, nil
}

// ramUpdateUser changes what a call names. A new name takes keys and groups along.
func ramUpdateUser(q *rpcRequest) (any, error) {
	u, err := q.loginUser()
	if err != nil {
		return nil, err
	}
	if q.has("NewUserName") {
		if err := q.rename(u, q.str("NewUserName")); err != nil {
			return nil, err
		}
	}
	u.change(q)
	return map[string]any{"User": u.view()}, nil
}

// change takes what a call says anew about a person; what it names as empty is empty.
func (u *ramUser) change(q *rpcRequest) {
	for name, into := range map[string]*string{
		"NewDisplayName": &u.display, "NewComments": &u.comments, "NewEmail": &u.email, "NewMobilePhone": &u.phone,
	} {
		if value, given := q.params[name]; given {
			*into = value
		}
	}
	u.changed = q.c.clock()
}

// rename gives a user another name.
func (q *rpcRequest) rename(u *ramUser, name string) error {
	before, after := strings.ToLower(u.name), strings.ToLower(name)
	if before != after && q.c.ram.users[after] != nil {
		return refuse(409, "EntityAlreadyExists.User", "The user does already exist: %s.", name)
	}
	delete(q.c.ram.users, before)
	u.name = name
	q.c.ram.users[after] = u
	for _, k := range q.c.keys.byID {
		if k.user == before && k.user != rootOwner {
			k.user, k.who.Name = after, name
		}
	}
	for _, g := range q.c.ram.groups {
		if i := slices.Index(g.users, before); i >= 0 {
			g.users[i] = after
		}
	}
	for _, d := range q.c.ram.mfa {
		if d.user == before {
			d.user = after
		}
	}
	return nil
}

// ramLastUsed is when a key last signed a call; a key that never did has no date.
func ramLastUsed(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	k, err := q.ownedKey(strings.ToLower(u.name))
	if err != nil {
		return nil, err
	}
	return map[string]any{"AccessKeyLastUsed": map[string]any{"LastUsedDate": stamp(k.lastUsed)}}, nil
}
