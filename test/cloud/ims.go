package cloud

import (
	"slices"
	"strings"
	"time"
)

// IMS is what the RAM console speaks. Its calls are authorised as RAM's, and
// it alone knows the keys of the root account.
var imsActions = []rpcAction{
	{
		name: "CreateUser", write: true, on: onRAM("user", ""), do: imsCreateUser,
		params: "UserPrincipalName! DisplayName! Comments Email MobilePhone Tag:RepeatList(Key Value)",
	},
	{name: "CreateAccessKey", write: true, on: onPrincipal, do: imsCreateAccessKey, params: "UserPrincipalName"},
	{name: "ListAccessKeys", on: onPrincipal, do: imsListAccessKeys, params: "UserPrincipalName"},
	{name: "UpdateAccessKey", write: true, on: onPrincipal, do: imsUpdateAccessKey, params: "UserAccessKeyId! Status!=Active|Inactive UserPrincipalName"},
	{name: "DeleteAccessKey", write: true, on: onPrincipal, do: imsDeleteAccessKey, params: "UserAccessKeyId! UserPrincipalName"},
	{name: "GetAccountSecurityPracticeReport", do: securityPracticeReport, params: ""},
}

func (c *Cloud) startIMS() {
	c.serveRPC(&rpcProduct{code: "Ims", ram: "ram", version: "2019-08-15", global: true, missing: missingAtGateway}, slices.Concat(imsActions, imsUserActions),
		"ims.aliyuncs.com", "ims.*.aliyuncs.com")
}

// onPrincipal is the user of a call. A call about the caller itself names
// nobody.
func onPrincipal(q *rpcRequest) []string {
	if !q.has("UserPrincipalName") {
		return []string{"*"}
	}
	return []string{"acs:ram:*:" + q.c.Account + ":user/" + loginName(q.str("UserPrincipalName"))}
}

// loginName is the part of "alice@1000000000000001.onaliyun.com" before the @.
func loginName(principal string) string {
	name, _, _ := strings.Cut(principal, "@")
	return name
}

func (c *Cloud) principalName(name string) string { return name + "@" + c.Account + ".onaliyun.com" }

// owner is whose keys a call is about: a user's, or the caller's own, who may
// be the root account.
func (q *rpcRequest) owner() (owner string, user *ramUser, err error) {
	name := loginName(q.str("UserPrincipalName"))
	switch {
	case name == "" && q.who.Type == "root-account":
		return rootOwner, nil, nil
	case name == "" && q.who.Type == "ram-user":
		name = q.who.Name
	case name == "":
		return "", nil, refuse(403, "NoPermission", "A role has no access keys of its own: UserPrincipalName is needed.")
	}
	u := q.c.ram.users[strings.ToLower(name)]
	if u == nil {
		return "", nil, refuse(404, "EntityNotExist.User", "The user does not exist: %s.", q.str("UserPrincipalName"))
	}
	q.touch("ACS::RAM::User", q.c.principalName(u.name))
	return strings.ToLower(u.name), u, nil
}

func imsCreateUser(q *rpcRequest) (any, error) {
	name := loginName(q.str("UserPrincipalName"))
	if q.c.ram.users[strings.ToLower(name)] != nil {
		return nil, refuse(409, "EntityAlreadyExists.User", "The user does already exist: %s.", q.str("UserPrincipalName"))
	}
	u := q.c.addUser(name, q.str("DisplayName"))
	u.fill(q)
	q.touch("ACS::RAM::User", q.c.principalName(name))
	return map[string]any{"User": q.imsView(u)}, nil
}

func imsCreateAccessKey(q *rpcRequest) (any, error) {
	owner, user, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.createKey(owner, func() *signingKey {
		if user == nil {
			return q.c.addRootKey()
		}
		return q.c.addUserKey(user)
	})
}

func imsListAccessKeys(q *rpcRequest) (any, error) {
	owner, _, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.listKeys(owner)
}

func imsUpdateAccessKey(q *rpcRequest) (any, error) {
	owner, _, err := q.owner()
	if err != nil {
		return nil, err
	}
	return q.updateKey(owner)
}

func imsDeleteAccessKey(q *rpcRequest) (any, error) {
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
func securityPracticeReport(q *rpcRequest) (any, error) {
	now := q.c.clock()
	count := func(owner string, is func(*signingKey) bool) (n int) {
		for _, k := range q.c.keysOf(owner) {
			if is(k) {
				n++
			}
		}
		return n
	}
	old := func(k *signingKey) bool { return now.Sub(k.created) > oldKeyAge }
	unused := func(k *signingKey) bool { return now.Sub(k.lastUsed) > oldKeyAge && old(k) }
	usersWithOld, usersWithUnused := 0, 0
	for name := range q.c.ram.users {
		usersWithOld += min(1, count(name, old))
		usersWithUnused += min(1, count(name, unused))
	}
	return map[string]any{"AccountSecurityPracticeInfo": map[string]any{
		"Score": 60,
		"AccountSecurityPracticeUserInfo": map[string]any{
			"RootWithAccessKey": len(q.c.keysOf(rootOwner)), "BindMfa": q.c.ram.rootMFA,
			"OldAkNum": count(rootOwner, old), "UnusedAkNum": count(rootOwner, unused),
			"SubUser": len(q.c.ram.users), "SubUserBindMfa": 0, "SubUserPwdLevel": "mid",
			"SubUserWithOldAccessKey": usersWithOld, "SubUserWithUnusedAccessKey": usersWithUnused,
		},
	}}, nil
}
