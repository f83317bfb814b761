package cloud

import "strings"

var imsUserActions = []rpcAction{
	{name: "GetUser", on: onPrincipal, do: imsGetUser, params: "UserPrincipalName UserId UserAccessKeyId"},
	{name: "ListUsers", on: onRAM("user", ""), do: imsListUsers, params: "Marker MaxItems:Integer=1..1000 Status=active|disabled|freezing Tag:RepeatList(Key Value)"},
	{
		name: "UpdateUser", write: true, on: onPrincipal, do: imsUpdateUser,
		params: "UserPrincipalName UserId NewUserPrincipalName NewDisplayName NewComments NewEmail NewMobilePhone",
	},
	{name: "DeleteUser", write: true, on: onPrincipal, do: imsDeleteUser, params: "UserPrincipalName UserId"},
}

// imsUser finds the user of a call by the name, the number or a key.
func (q *rpcRequest) imsUser() (*ramUser, error) {
	switch {
	case q.has("UserPrincipalName"):
		if u := q.c.ram.users[strings.ToLower(loginName(q.str("UserPrincipalName")))]; u != nil {
			return u, nil
		}
	case q.has("UserId"):
		for _, u := range q.c.ram.users {
			if u.id == q.str("UserId") {
				return u, nil
			}
		}
	case q.has("UserAccessKeyId"):
		if k := q.c.keys.byID[q.str("UserAccessKeyId")]; k != nil && k.user != rootOwner {
			return q.c.ram.users[k.user], nil
		}
	default:
		return nil, missingAtGateway("UserPrincipalName")
	}
	return nil, refuse(404, "EntityNotExist.User", "The user does not exist: %s.", q.str("UserPrincipalName"))
}

// imsView is a user as IMS writes one.
func (q *rpcRequest) imsView(u *ramUser) map[string]any {
	view := u.view()
	delete(view, "UserName")
	view["UserPrincipalName"] = q.c.principalName(u.name)
	view["ProvisionType"], view["Status"] = "Manual", "active"
	view["Tags"] = map[string]any{"Tag": []any{}}
	return view
}

func imsGetUser(q *rpcRequest) (any, error) {
	u, err := q.imsUser()
	if err != nil {
		return nil, err
	}
	q.touch("ACS::RAM::User", q.c.principalName(u.name))
	return map[string]any{"User": q.imsView(u)}, nil
}

func imsListUsers(q *rpcRequest) (any, error) {
	names := sortedKeys(q.c.ram.users)
	if q.has("Status") && q.str("Status") != "active" || len(q.tags()) > 0 { // users of this cloud are active, and have no tags
		names = nil
	}
	return markedPage(q, names, "Users", "User", func(name string) any { return q.imsView(q.c.ram.users[name]) })
}

func imsUpdateUser(q *rpcRequest) (any, error) {
	u, err := q.imsUser()
	if err != nil {
		return nil, err
	}
	if q.has("NewUserPrincipalName") {
		if err := q.rename(u, loginName(q.str("NewUserPrincipalName"))); err != nil {
			return nil, err
		}
	}
	u.change(q)
	q.touch("ACS::RAM::User", q.c.principalName(u.name))
	return map[string]any{"User": q.imsView(u)}, nil
}

func imsDeleteUser(q *rpcRequest) (any, error) {
	u, err := q.imsUser()
	if err != nil {
		return nil, err
	}
	q.touch("ACS::RAM::User", q.c.principalName(u.name))
	return q.deleteUser(u)
}
