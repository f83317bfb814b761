package ram

import (
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// IMS is what the RAM console speaks. Its calls are authorised as RAM's, and
// it alone knows the keys of the root account.
var imsActions = []action{
	{
		Name: "CreateUser", Write: true, On: onRAM("user", ""), Do: imsCreateUser,
		Params: "UserPrincipalName! DisplayName! Comments Email MobilePhone Tag:RepeatList(Key Value)",
	},
	{Name: "CreateAccessKey", Write: true, On: onPrincipal, Do: imsCreateAccessKey, Params: "UserPrincipalName"},
	{Name: "ListAccessKeys", On: onPrincipal, Do: imsListAccessKeys, Params: "UserPrincipalName"},
	{Name: "UpdateAccessKey", Write: true, On: onPrincipal, Do: imsUpdateAccessKey, Params: "UserAccessKeyId! Status!=Active|Inactive UserPrincipalName"},
	{Name: "DeleteAccessKey", Write: true, On: onPrincipal, Do: imsDeleteAccessKey, Params: "UserAccessKeyId! UserPrincipalName"},
	{Name: "GetAccountSecurityPracticeReport", Do: securityPracticeReport, Params: ""},
}

func (c *Service) startIMS() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Ims", Ram: "ram", Version: "2019-08-15", Global: true, Endpoint: kernel.Host("ims.aliyuncs.com")}, slices.Concat(imsActions, imsUserActions),
		"ims.*.aliyuncs.com")
}

// onPrincipal is the user of a call. A call about the caller itself names
// nobody.
func onPrincipal(q *kernel.Request) []string {
	if !q.Has("UserPrincipalName") {
		return []string{"*"}
	}
	return []string{"acs:ram:*:" + q.C.Account + ":user/" + loginName(q.Str("UserPrincipalName"))}
}

// loginName is the part of "alice@1000000000000001.onaliyun.com" before the @.
func loginName(principal string) string {
	name, _, _ := strings.Cut(principal, "@")
	return name
}

func (c *Service) principalName(name string) string { return name + "@" + c.Account + ".onaliyun.com" }

// owner is whose keys a call is about: a user's, or the caller's own, who may
// be the root account.
func (q *request) owner() (owner string, user *ramUser, err error) {
	name := loginName(q.Str("UserPrincipalName"))
	switch {
	case name == "" && q.Who.Type == "root-account":
		return kernel.RootOwner, nil, nil
	case name == "" && q.Who.Type == "ram-user":
		name = q.Who.Name
	case name == "":
		return "", nil, kernel.Refuse(403, "NoPermission", "A role has no access keys of its own: UserPrincipalName is needed.")
	}
	u := q.c.users[strings.ToLower(name)]
	if u == nil {
		return "", nil, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", q.Str("UserPrincipalName"))
	}
	q.Touch("ACS::RAM::User", q.c.principalName(u.name))
	return strings.ToLower(u.name), u, nil
}

func imsCreateUser(q *request) (any, error) {
	name := loginName(q.Str("UserPrincipalName"))
	if q.c.users[strings.ToLower(name)] != nil {
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User", "The user does already exist: %s.", q.Str("UserPrincipalName"))
	}
	u := q.c.addUser(name, q.Str("DisplayName"))
	u.fill(q)
	q.Touch("ACS::RAM::User", q.c.principalName(name))
	return map[string]any{"User": q.imsView(u)}, nil
}

func imsCreateAccessKey(q *request) (any, error) {
	owner, user, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.createKey(owner, func() *kernel.SigningKey {
		if user == nil {
			return q.c.addRootKey()
		}
		return q.c.addUserKey(user)
	})
}

func imsListAccessKeys(q *request) (any, error) {
	owner, _, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.listKeys(owner)
}

func imsUpdateAccessKey(q *request) (any, error) {
	owner, _, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.updateKey(owner)
}

func imsDeleteAccessKey(q *request) (any, error) {
	owner, _, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.deleteKey(owner)
}

// A key is old, and unused, after this long.
const oldKeyAge = 90 * 24 * time.Hour

// securityPracticeReport is computed from the state and never lags behind it,
// which the real one may.
func securityPracticeReport(q *request) (any, error) {
	now := q.c.Clock()
	count := func(owner string, is func(*kernel.SigningKey) bool) (n int) {
		for _, k := range q.c.KeysOf(owner) {
			if is(k) {
				n++
			}
		}
		return n
	}
	old := func(k *kernel.SigningKey) bool { return now.Sub(k.Created) > oldKeyAge }
	unused := func(k *kernel.SigningKey) bool { return now.Sub(k.LastUsed) > oldKeyAge && old(k) }
	usersWithOld, usersWithUnused := 0, 0
	for name := range q.c.users {
		usersWithOld += min(1, count(name, old))
		usersWithUnused += min(1, count(name, unused))
	}
	return map[string]any{"AccountSecurityPracticeInfo": map[string]any{
		"Score": 60,
		"AccountSecurityPracticeUserInfo": map[string]any{
			"RootWithAccessKey": len(q.c.KeysOf(kernel.RootOwner)), "BindMfa": q.c.rootMFA,
			"OldAkNum": count(kernel.RootOwner, old), "UnusedAkNum": count(kernel.RootOwner, unused),
			"SubUser": len(q.c.users), "SubUserBindMfa": 0, "SubUserPwdLevel": "mid",
			"SubUserWithOldAccessKey": usersWithOld, "SubUserWithUnusedAccessKey": usersWithUnused,
		},
	}}, nil
}
