package cloud

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// onRAM gives the ARNs of named users, roles or policies. RAM has no region.
func onRAM(kind, param string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		return []string{"acs:ram:*:" + q.c.Account + ":" + kind + "/" + q.orElse(param, "*")}
	}
}

var (
	onUser   = onRAM("user", "UserName")
	onRole   = onRAM("role", "RoleName")
	onPolicy = onRAM("policy", "PolicyName")
)

var ramActions = []rpcAction{
	{
		name: "CreateUser", write: true, on: onRAM("user", ""), do: ramCreateUser,
		params: "UserName DisplayName Comments Email MobilePhone",
	},
	{name: "GetUser", on: onUser, do: ramGetUser, params: "UserName"},
	{name: "ListUsers", on: onRAM("user", ""), do: ramListUsers, params: "Marker MaxItems:Integer=1..1000"},
	{name: "DeleteUser", write: true, on: onUser, do: ramDeleteUser, params: "UserName"},
	{name: "CreateAccessKey", write: true, on: onUser, do: ramCreateAccessKey, params: "UserName"},
	{name: "ListAccessKeys", on: onUser, do: ramListAccessKeys, params: "UserName"},
	{name: "UpdateAccessKey", write: true, on: onUser, do: ramUpdateAccessKey, params: "UserName UserAccessKeyId Status=Active|Inactive"},
	{name: "DeleteAccessKey", write: true, on: onUser, do: ramDeleteAccessKey, params: "UserName UserAccessKeyId"},
	{
		name: "CreateRole", write: true, on: onRAM("role", ""), do: ramCreateRole,
		params: "RoleName AssumeRolePolicyDocument Description MaxSessionDuration:Long=3600..43200 Tag:Json(Key Value)",
	},
	{name: "ListRoles", on: onRAM("role", ""), do: ramListRoles, params: "Marker MaxItems:Integer=1..1000 Tag:Json(Key Value)"},
	{name: "GetRole", on: onRole, do: ramGetRole, params: "RoleName"},
	{
		name: "UpdateRole", write: true, on: onRole, do: ramUpdateRole,
		params: "RoleName NewAssumeRolePolicyDocument NewDescription NewMaxSessionDuration:Long=3600..43200",
	},
	{name: "DeleteRole", write: true, on: onRole, do: ramDeleteRole, params: "RoleName"},
	{
		name: "CreatePolicy", write: true, on: onRAM("policy", ""), do: ramCreatePolicy,
		params: "PolicyName PolicyDocument Description Tag:Json(Key Value)",
	},
	{name: "DeletePolicy", write: true, on: onPolicy, do: ramDeletePolicy, params: "PolicyName CascadingDelete:Boolean"},
	{name: "ListPolicies", on: onRAM("policy", ""), do: ramListPolicies, params: "PolicyType=System|Custom Marker MaxItems:Integer=1..1000 Tag:Json(Key Value)"},
	{name: "GetPolicy", on: onPolicy, do: ramGetPolicy, params: "PolicyName PolicyType=System|Custom"},
	{
		name: "CreatePolicyVersion", write: true, on: onPolicy, do: ramCreatePolicyVersion,
		params: "PolicyName PolicyDocument SetAsDefault:Boolean RotateStrategy=None|DeleteOldestNonDefaultVersionWhenLimitExceeded",
	},
	{name: "ListPolicyVersions", on: onPolicy, do: ramListPolicyVersions, params: "PolicyName PolicyType=System|Custom"},
	{name: "AttachPolicyToUser", write: true, on: both(onUser, onPolicy), do: attach(userPolicies, true), params: "UserName PolicyName PolicyType=System|Custom"},
	{name: "DetachPolicyFromUser", write: true, on: both(onUser, onPolicy), do: attach(userPolicies, false), params: "UserName PolicyName PolicyType=System|Custom"},
	{name: "AttachPolicyToRole", write: true, on: both(onRole, onPolicy), do: attach(rolePolicies, true), params: "RoleName PolicyName PolicyType=System|Custom"},
	{name: "DetachPolicyFromRole", write: true, on: both(onRole, onPolicy), do: attach(rolePolicies, false), params: "RoleName PolicyName PolicyType=System|Custom"},
	{name: "ListPoliciesForUser", on: onUser, do: listPolicies(userPolicies), params: "UserName"},
	{name: "ListPoliciesForRole", on: onRole, do: listPolicies(rolePolicies), params: "RoleName"},
}

func (c *Cloud) startRAM() {
	c.serveRPC(&rpcProduct{code: "Ram", ram: "ram", version: "2015-05-01", global: true, missing: missingAtGateway},
		slices.Concat(ramActions, ramGroupActions, ramLoginActions, ramAccountActions, ramMFAActions, ramEntityActions, ramVersionActions, ramTagActions),
		"ram.aliyuncs.com", "ram.*.aliyuncs.com")
	c.inventory = append(c.inventory, c.ramInventory)
	c.bound("Ram:CreateUser", func() int { return len(c.ram.users) }, "LimitExceeded.User", "The maximum number of users is reached.")
	c.bound("Ram:CreatePolicy", func() int { return len(c.ram.policies) }, "LimitExceeded.Policy", "The maximum number of policies is reached.")
	c.bound("Ram:CreateRole", func() int { return len(c.ram.roles) }, "LimitExceeded.Role", "The maximum number of roles is reached.")
	c.addSection(sectionOf("ram", func(f *ramFile, _ map[string]any) (func(), error) {
		change, err := c.checkRAM(f)
		return func() { c.loadRAM(change) }, err
	}, c.dumpRAM))
}

// ramUser finds the user of a call, or, without a name, the user who calls.
func (q *rpcRequest) ramUser() (*ramUser, error) {
	name := q.str("UserName")
	if name == "" && q.who.Type == "ram-user" {
		name = q.who.Name
	}
	if name == "" {
		return nil, missingAtGateway("UserName")
	}
	u := q.c.ram.users[strings.ToLower(name)]
	if u == nil {
		return nil, refuse(404, "EntityNotExist.User", "The user does not exist: %s.", name)
	}
	q.touch("ACS::RAM::User", u.name)
	return u, nil
}

func (q *rpcRequest) ramRole() (*ramRole, error) {
	if !q.has("RoleName") {
		return nil, missingAtGateway("RoleName")
	}
	r := q.c.ram.roles[strings.ToLower(q.str("RoleName"))]
	if r == nil {
		return nil, refuse(404, "EntityNotExist.Role", "The role not exists: %s.", q.str("RoleName"))
	}
	q.touch("ACS::RAM::Role", r.name)
	return r, nil
}

func (u *ramUser) view() map[string]any {
	return map[string]any{
		"UserId": u.id, "UserName": u.name, "DisplayName": u.display, "Comments": u.comments, "Email": u.email, "MobilePhone": u.phone,
		"CreateDate": stamp(u.created), "UpdateDate": stamp(u.changed), "LastLoginDate": "",
	}
}

// fill takes what a call says about a person.
func (u *ramUser) fill(q *rpcRequest) {
	u.comments, u.email, u.phone = q.str("Comments"), q.str("Email"), q.str("MobilePhone")
}

func ramCreateUser(q *rpcRequest) (any, error) {
	name := q.str("UserName")
	if name == "" {
		return nil, missingAtGateway("UserName")
	}
	if q.c.ram.users[strings.ToLower(name)] != nil {
		return nil, refuse(409, "EntityAlreadyExists.User", "The user does already exist: %s.", name)
	}
	u := q.c.addUser(name, q.orElse("DisplayName", name))
	u.fill(q)
	q.touch("ACS::RAM::User", name)
	return map[string]any{"User": u.view()}, nil
}

func ramGetUser(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return map[string]any{"User": u.view()}, nil
}

func ramListUsers(q *rpcRequest) (any, error) {
	return markedPage(q, sortedKeys(q.c.ram.users), "Users", "User", func(name string) any { return q.c.ram.users[name].view() })
}

func ramDeleteUser(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.deleteUser(u)
}

// deleteUser refuses as long as the user has anything.
func (q *rpcRequest) deleteUser(u *ramUser) (any, error) {
	switch {
	case len(q.c.keysOf(strings.ToLower(u.name))) > 0:
		return nil, refuse(409, "DeleteConflict.User.AccessKey", "The user can not be deleted, because it has access keys.")
	case len(u.attached) > 0:
		return nil, refuse(409, "DeleteConflict.User.Policy", "The user can not be deleted, because it has policies.")
	case len(q.c.ram.groupsOf(strings.ToLower(u.name))) > 0:
		return nil, refuse(409, "DeleteConflict.User.Group", "The user can not be deleted, because it is in a group.")
	case u.login != nil:
		return nil, refuse(409, "DeleteConflict.User.LoginProfile", "The user can not be deleted, because it has a login profile.")
	}
	delete(q.c.ram.users, strings.ToLower(u.name))
	return done()
}

func keyView(k *signingKey, withSecret bool) map[string]any {
	view := map[string]any{
		"AccessKeyId": k.id, "Status": map[bool]string{true: "Active", false: "Inactive"}[k.active], "CreateDate": stamp(k.created),
	}
	if withSecret {
		view["AccessKeySecret"] = k.secret
	}
	return view
}

func ramCreateAccessKey(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.createKey(strings.ToLower(u.name), func() *signingKey { return q.c.addUserKey(u) })
}

// createKey is RAM's and IMS's: two keys each, and the secret is shown once.
func (q *rpcRequest) createKey(owner string, add func() *signingKey) (any, error) {
	if len(q.c.keysOf(owner)) >= 2 {
		return nil, refuse(409, "LimitExceeded.User.AccessKey", "The count of access keys beyond the current limits.")
	}
	k := add()
	q.touch("ACS::RAM::AccessKey", k.id)
	return map[string]any{"AccessKey": keyView(k, true)}, nil
}

func ramListAccessKeys(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.listKeys(strings.ToLower(u.name))
}

func (q *rpcRequest) listKeys(owner string) (any, error) {
	views := []any{}
	for _, k := range q.c.keysOf(owner) {
		views = append(views, keyView(k, false))
	}
	return map[string]any{"AccessKeys": map[string]any{"AccessKey": views}}, nil
}

// ownedKey finds the key that a call names among those of one owner.
func (q *rpcRequest) ownedKey(owner string) (*signingKey, error) {
	id := q.str("UserAccessKeyId")
	if id == "" {
		return nil, missingAtGateway("UserAccessKeyId")
	}
	keys := q.c.keysOf(owner)
	i := slices.IndexFunc(keys, func(k *signingKey) bool { return k.id == id })
	if i < 0 {
		return nil, refuse(404, "EntityNotExist.User.AccessKey", "The user does not have this access key: %s.", id)
	}
	q.touch("ACS::RAM::AccessKey", id)
	return keys[i], nil
}

func ramUpdateAccessKey(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.updateKey(strings.ToLower(u.name))
}

func (q *rpcRequest) updateKey(owner string) (any, error) {
	k, err := q.ownedKey(owner)
	if err != nil {
		return nil, err
	}
	if !q.has("Status") {
		return nil, missingAtGateway("Status")
	}
	k.active = q.str("Status") == "Active"
	return done()
}

func ramDeleteAccessKey(q *rpcRequest) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.deleteKey(strings.ToLower(u.name))
}

func (q *rpcRequest) deleteKey(owner string) (any, error) {
	k, err := q.ownedKey(owner)
	if err != nil {
		return nil, err
	}
	delete(q.c.keys.byID, k.id)
	return done()
}

func (c *Cloud) roleView(r *ramRole, withTrust bool) map[string]any {
	view := map[string]any{
		"RoleId": r.id, "RoleName": r.name, "Arn": c.roleARN(r.name), "Description": r.description,
		"MaxSessionDuration": int(r.maxSession.Seconds()), "CreateDate": stamp(r.created), "UpdateDate": stamp(r.created),
	}
	if withTrust {
		view["AssumeRolePolicyDocument"] = cmp.Or(r.trustText, r.trust.JSON())
	}
	return view
}

func ramCreateRole(q *rpcRequest) (any, error) {
	name := q.str("RoleName")
	switch {
	case name == "":
		return nil, missingAtGateway("RoleName")
	case q.c.ram.roles[strings.ToLower(name)] != nil:
		return nil, refuse(409, "EntityAlreadyExists.Role", "The role already exists: %s.", name)
	}
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	trust, err := ParsePolicy([]byte(q.str("AssumeRolePolicyDocument")))
	if err != nil {
		return nil, refuse(400, "InvalidParameter.AssumeRolePolicyDocument", "The specified AssumeRolePolicyDocument is not valid: %v.", err)
	}
	r := q.c.addRole(name, trust)
	r.tags = tags
	r.description, r.trustText = q.str("Description"), q.str("AssumeRolePolicyDocument")
	r.maxSession = time.Duration(q.num("MaxSessionDuration", 3600)) * time.Second
	q.touch("ACS::RAM::Role", name)
	return map[string]any{"Role": q.c.roleView(r, true)}, nil
}

func ramGetRole(q *rpcRequest) (any, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Role": q.c.roleView(r, true)}, nil
}

func ramUpdateRole(q *rpcRequest) (any, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, err
	}
	if document := q.str("NewAssumeRolePolicyDocument"); document != "" {
		trust, err := ParsePolicy([]byte(document))
		if err != nil {
			return nil, refuse(400, "InvalidParameter.NewAssumeRolePolicyDocument", "The specified NewAssumeRolePolicyDocument is not valid: %v.", err)
		}
		r.trust, r.trustText = trust, document
	}
	r.description = q.orElse("NewDescription", r.description)
	r.maxSession = time.Duration(q.num("NewMaxSessionDuration", int(r.maxSession.Seconds()))) * time.Second
	return map[string]any{"Role": q.c.roleView(r, true)}, nil
}

func ramDeleteRole(q *rpcRequest) (any, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, err
	}
	if len(r.attached) > 0 {
		return nil, refuse(409, "DeleteConflict.Role.Policy", "The role can not be deleted, because it has policies.")
	}
	delete(q.c.ram.roles, strings.ToLower(r.name))
	return done()
}

// ramPolicy finds the policy of a call.
func (q *rpcRequest) ramPolicy() (*ramPolicy, error) {
	if q.has("PolicyName") && !q.has("PolicyType") {
		return nil, missingAtGateway("PolicyType")
	}
	return q.policyOf(q.str("PolicyType"))
}

func (q *rpcRequest) policyOf(kind string) (*ramPolicy, error) {
	name := q.str("PolicyName")
	if name == "" {
		return nil, missingAtGateway("PolicyName")
	}
	p := q.c.ram.policies[name]
	if p == nil || p.kind != kind {
		return nil, refuse(404, "EntityNotExist.Policy", "The policy does not exist: %s.", name)
	}
	q.touch("ACS::RAM::Policy", name)
	return p, nil
}

func (q *rpcRequest) policyView(p *ramPolicy) map[string]any {
	uses := 0
	for _, u := range q.c.ram.users {
		if slices.Contains(u.attached, p.name) {
			uses++
		}
	}
	for _, g := range q.c.ram.groups {
		if slices.Contains(g.attached, p.name) {
			uses++
		}
	}
	for _, r := range q.c.ram.roles {
		if slices.Contains(r.attached, p.name) {
			uses++
		}
	}
	return map[string]any{
		"PolicyName": p.name, "PolicyType": p.kind, "Description": p.description, "DefaultVersion": p.current().id,
		"CreateDate": stamp(p.created), "UpdateDate": stamp(p.created), "AttachmentCount": uses,
	}
}

func ramCreatePolicy(q *rpcRequest) (any, error) {
	name := q.str("PolicyName")
	switch {
	case name == "":
		return nil, missingAtGateway("PolicyName")
	case q.c.ram.policies[name] != nil:
		return nil, refuse(409, "EntityAlreadyExists.Policy", "The policy already exists: %s.", name)
	}
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	doc, err := q.policyDocument()
	if err != nil {
		return nil, err
	}
	p := newPolicy(name, "Custom", doc, q.c.clock())
	p.tags = tags
	p.description, p.versions[0].text = q.str("Description"), q.str("PolicyDocument")
	q.c.ram.policies[name] = p
	q.touch("ACS::RAM::Policy", name)
	return map[string]any{"Policy": q.policyView(p)}, nil
}

func ramGetPolicy(q *rpcRequest) (any, error) {
	p, err := q.ramPolicy()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Policy": q.policyView(p), "DefaultPolicyVersion": p.current().view()}, nil
}

// userPolicies and rolePolicies are the lists that attaching changes.
func userPolicies(q *rpcRequest) (*[]string, string, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, "", err
	}
	return &u.attached, "User", nil
}

func rolePolicies(q *rpcRequest) (*[]string, string, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, "", err
	}
	return &r.attached, "Role", nil
}

type attachments func(*rpcRequest) (list *[]string, kind string, err error)

func attach(of attachments, on bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		list, kind, err := of(q)
		if err != nil {
			return nil, err
		}
		p, err := q.ramPolicy()
		if err != nil {
			return nil, err
		}
		i := slices.Index(*list, p.name)
		switch {
		case on && i >= 0:
			return nil, refuse(409, "EntityAlreadyExists."+kind+".Policy", "The policy has already been attached: %s.", p.name)
		case on:
			*list = append(*list, p.name)
		case i < 0:
			return nil, refuse(404, "EntityNotExist."+kind+".Policy", "The policy is not attached: %s.", p.name)
		default:
			*list = slices.Delete(*list, i, i+1)
		}
		return done()
	}
}

func listPolicies(of attachments) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		list, _, err := of(q)
		if err != nil {
			return nil, err
		}
		views := []any{}
		for _, name := range *list {
			if p := q.c.ram.policies[name]; p != nil {
				view := q.policyView(p)
				view["AttachDate"] = view["CreateDate"]
				views = append(views, view)
			}
		}
		return map[string]any{"Policies": map[string]any{"Policy": views}}, nil
	}
}

const userKind = "ACS::RAM::User"

// ramInventory is what Cloud Config sees of RAM. mu is held.
func (c *Cloud) ramInventory(add noteItem) {
	for _, name := range sortedKeys(c.ram.users) {
		u := c.ram.users[name]
		view, keys := u.view(), []any{}
		for _, k := range c.keysOf(name) {
			keys = append(keys, keyView(k, false))
		}
		view["AccessKeys"], view["Policies"] = map[string]any{"AccessKey": keys}, append([]string{}, u.attached...)
		add(userKind, u.id, u.name, "global", u.created, nil, view)
	}
}
