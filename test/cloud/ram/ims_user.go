package ram

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var imsUserActions = []action{
	{Name: "GetUser", On: onPrincipal, Do: imsGetUser, Params: "UserPrincipalName UserId UserAccessKeyId"},
	{Name: "ListUsers", On: onRAM("user", ""), Do: imsListUsers, Params: "Marker MaxItems:Integer=1..1000 Status=active|disabled|freezing Tag:RepeatList(Key Value)"},
	{
		Name: "UpdateUser", Write: true, On: onPrincipal, Do: imsUpdateUser,
		Params: "UserPrincipalName UserId NewUserPrincipalName NewDisplayName NewComments NewEmail NewMobilePhone",
	},
	{Name: "DeleteUser", Write: true, On: onPrincipal, Do: imsDeleteUser, Params: "UserPrincipalName UserId"},
}

// imsUser finds the user of a call by the name, the number or a key.
func (q *request) imsUser() (*ramUser, error) {
	switch {
	case q.Has("UserPrincipalName"):
		if u := q.c.users[strings.ToLower(loginName(q.Str("UserPrincipalName")))]; u != nil {
			return u, nil
		}
	case q.Has("UserId"):
		for _, u := range q.c.users {
			if u.id == q.Str("UserId") {
				return u, nil
			}
		}
	case q.Has("UserAccessKeyId"):
		if k := q.c.Keys.ByID[q.Str("UserAccessKeyId")]; k != nil && k.User != kernel.RootOwner {
			return q.c.users[k.User], nil
		}
	default:
		return nil, kernel.MissingAtGateway("UserPrincipalName")
	}
	return nil, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", q.Str("UserPrincipalName"))
}

// imsView is a user as IMS writes one.
func (q *request) imsView(u *ramUser) map[string]any {
	view := u.view()
	delete(view, "UserName")
	view["UserPrincipalName"] = q.c.principalName(u.name)
	view["ProvisionType"], view["Status"] = "Manual", "active"
	view["Tags"] = map[string]any{"Tag": []any{}}
	return view
}

func imsGetUser(q *request) (any, error) {
	u, err := q.imsUser()
	if err != nil {
		return nil, err
	}
	q.Touch("ACS::RAM::User", q.c.principalName(u.name))
	return map[string]any{"User": q.imsView(u)}, nil
}

func imsListUsers(q *request) (any, error) {
	names := kernel.SortedKeys(q.c.users)
	if q.Has("Status") && q.Str("Status") != "active" || len(q.Tags()) > 0 { // users of this cloud are active, and have no tags
		names = nil
	}
	return markedPage(q, names, "Users", "User", func(name string) any { return q.imsView(q.c.users[name]) })
}

func imsUpdateUser(q *request) (any, error) {
	u, err := q.imsUser()
	if err != nil {
		return nil, err
	}
	if q.Has("NewUserPrincipalName") {
		if err := q.rename(u, loginName(q.Str("NewUserPrincipalName"))); err != nil {
			return nil, err
		}
	}
	u.change(q)
	q.Touch("ACS::RAM::User", q.c.principalName(u.name))
	return map[string]any{"User": q.imsView(u)}, nil
}

func imsDeleteUser(q *request) (any, error) {
	u, err := q.imsUser()
	if err != nil {
		return nil, err
	}
	q.Touch("ACS::RAM::User", q.c.principalName(u.name))
	return q.deleteUser(u)
}
