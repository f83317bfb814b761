package ram

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// onRAM gives the ARNs of named users, roles or policies. RAM has no region.
func onRAM(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string {
		return []string{"acs:ram:*:" + q.C.Account + ":" + kind + "/" + q.OrElse(param, "*")}
	}
}

var (
	onUser   = onRAM("user", "UserName")
	onRole   = onRAM("role", "RoleName")
	onPolicy = onRAM("policy", "PolicyName")
)

var ramActions = []action{
	{
		Name: "CreateUser", Write: true, On: onRAM("user", ""), Do: ramCreateUser,
		Params: "UserName DisplayName Comments Email MobilePhone",
	},
	{Name: "GetUser", On: onUser, Do: ramGetUser, Params: "UserName"},
	{Name: "ListUsers", On: onRAM("user", ""), Do: ramListUsers, Params: "Marker MaxItems:Integer=1..1000"},
	{Name: "DeleteUser", Write: true, On: onUser, Do: ramDeleteUser, Params: "UserName"},
	{Name: "CreateAccessKey", Write: true, On: onUser, Do: ramCreateAccessKey, Params: "UserName"},
	{Name: "ListAccessKeys", On: onUser, Do: ramListAccessKeys, Params: "UserName"},
	{Name: "UpdateAccessKey", Write: true, On: onUser, Do: ramUpdateAccessKey, Params: "UserName UserAccessKeyId Status=Active|Inactive"},
	{Name: "DeleteAccessKey", Write: true, On: onUser, Do: ramDeleteAccessKey, Params: "UserName UserAccessKeyId"},
	{
		Name: "CreateRole", Write: true, On: onRAM("role", ""), Do: ramCreateRole,
		Params: "RoleName AssumeRolePolicyDocument Description MaxSessionDuration:Long=3600..43200 Tag:Json(Key Value)",
	},
	{Name: "ListRoles", On: onRAM("role", ""), Do: ramListRoles, Params: "Marker MaxItems:Integer=1..1000 Tag:Json(Key Value)"},
	{Name: "GetRole", On: onRole, Do: ramGetRole, Params: "RoleName"},
	{
		Name: "UpdateRole", Write: true, On: onRole, Do: ramUpdateRole,
		Params: "RoleName NewAssumeRolePolicyDocument NewDescription NewMaxSessionDuration:Long=3600..43200",
	},
	{Name: "DeleteRole", Write: true, On: onRole, Do: ramDeleteRole, Params: "RoleName"},
	{
		Name: "CreatePolicy", Write: true, On: onRAM("policy", ""), Do: ramCreatePolicy,
		Params: "PolicyName PolicyDocument Description Tag:Json(Key Value)",
	},
	{Name: "DeletePolicy", Write: true, On: onPolicy, Do: ramDeletePolicy, Params: "PolicyName CascadingDelete:Boolean"},
	{Name: "ListPolicies", On: onRAM("policy", ""), Do: ramListPolicies, Params: "PolicyType=System|Custom Marker MaxItems:Integer=1..1000 Tag:Json(Key Value)"},
	{Name: "GetPolicy", On: onPolicy, Do: ramGetPolicy, Params: "PolicyName PolicyType=System|Custom"},
	{
		Name: "CreatePolicyVersion", Write: true, On: onPolicy, Do: ramCreatePolicyVersion,
		Params: "PolicyName PolicyDocument SetAsDefault:Boolean RotateStrategy=None|DeleteOldestNonDefaultVersionWhenLimitExceeded",
	},
	{Name: "ListPolicyVersions", On: onPolicy, Do: ramListPolicyVersions, Params: "PolicyName PolicyType=System|Custom"},
	{Name: "AttachPolicyToUser", Write: true, On: kernel.Both(onUser, onPolicy), Do: attach(userPolicies, true), Params: "UserName PolicyName PolicyType=System|Custom"},
	{Name: "DetachPolicyFromUser", Write: true, On: kernel.Both(onUser, onPolicy), Do: attach(userPolicies, false), Params: "UserName PolicyName PolicyType=System|Custom"},
	{Name: "AttachPolicyToRole", Write: true, On: kernel.Both(onRole, onPolicy), Do: attach(rolePolicies, true), Params: "RoleName PolicyName PolicyType=System|Custom"},
	{Name: "DetachPolicyFromRole", Write: true, On: kernel.Both(onRole, onPolicy), Do: attach(rolePolicies, false), Params: "RoleName PolicyName PolicyType=System|Custom"},
	{Name: "ListPoliciesForUser", On: onUser, Do: listPolicies(userPolicies), Params: "UserName"},
	{Name: "ListPoliciesForRole", On: onRole, Do: listPolicies(rolePolicies), Params: "RoleName"},
}

func (c *Service) startRAM() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Ram", Ram: "ram", Version: "2015-05-01", Global: true, Endpoint: kernel.Host("ram.aliyuncs.com")},
		slices.Concat(ramActions, ramGroupActions, ramLoginActions, ramAccountActions, ramMFAActions, ramEntityActions, ramVersionActions, ramTagActions),
		"ram.*.aliyuncs.com")
	c.Inventory = append(c.Inventory, c.ramInventory)
	c.Bound("Ram:CreateUser", func() int { return len(c.users) }, "LimitExceeded.User", "The maximum number of users is reached.")
	c.Bound("Ram:CreatePolicy", func() int { return len(c.Policies) }, "LimitExceeded.Policy", "The maximum number of policies is reached.")
	c.Bound("Ram:CreateRole", func() int { return len(c.Roles) }, "LimitExceeded.Role", "The maximum number of roles is reached.")
	c.AddSection(kernel.SectionOf("ram", func(f *ramFile, _ map[string]any) (func(), error) {
		change, err := c.checkRAM(f)
		return func() { c.loadRAM(change) }, err
	}, c.dumpRAM))
}

// ramUser finds the user of a call, or, without a name, the user who calls.
func (q *request) ramUser() (*ramUser, error) {
	name := q.Str("UserName")
	if name == "" && q.Who.Type == "ram-user" {
		name = q.Who.Name
	}
	if name == "" {
		return nil, kernel.MissingAtGateway("UserName")
	}
	u := q.c.users[strings.ToLower(name)]
	if u == nil {
		return nil, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", name)
	}
	q.Touch("ACS::RAM::User", u.name)
	return u, nil
}

func (q *request) ramRole() (*ramRole, error) {
	if !q.Has("RoleName") {
		return nil, kernel.MissingAtGateway("RoleName")
	}
	r := q.c.Roles[strings.ToLower(q.Str("RoleName"))]
	if r == nil {
		return nil, kernel.Refuse(404, "EntityNotExist.Role", "The role not exists: %s.", q.Str("RoleName"))
	}
	q.Touch("ACS::RAM::Role", r.Name)
	return r, nil
}

func (u *ramUser) view() map[string]any {
	return map[string]any{
		"UserId": u.id, "UserName": u.name, "DisplayName": u.display, "Comments": u.comments, "Email": u.email, "MobilePhone": u.phone,
		"CreateDate": kernel.Stamp(u.created), "UpdateDate": kernel.Stamp(u.changed), "LastLoginDate": "",
	}
}

// fill takes what a call says about a person.
func (u *ramUser) fill(q *request) {
	u.comments, u.email, u.phone = q.Str("Comments"), q.Str("Email"), q.Str("MobilePhone")
}

func ramCreateUser(q *request) (any, error) {
	name := q.Str("UserName")
	if name == "" {
		return nil, kernel.MissingAtGateway("UserName")
	}
	if q.c.users[strings.ToLower(name)] != nil {
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User", "The user does already exist: %s.", name)
	}
	u := q.c.addUser(name, q.OrElse("DisplayName", name))
	u.fill(q)
	q.Touch("ACS::RAM::User", name)
	return map[string]any{"User": u.view()}, nil
}

func ramGetUser(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return map[string]any{"User": u.view()}, nil
}

func ramListUsers(q *request) (any, error) {
	return markedPage(q, kernel.SortedKeys(q.c.users), "Users", "User", func(name string) any { return q.c.users[name].view() })
}

func ramDeleteUser(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.deleteUser(u)
}

// deleteUser refuses as long as the user has anything.
func (q *request) deleteUser(u *ramUser) (any, error) {
	switch {
	case len(q.c.KeysOf(strings.ToLower(u.name))) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.User.AccessKey", "The user can not be deleted, because it has access keys.")
	case len(u.attached) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.User.Policy", "The user can not be deleted, because it has policies.")
	case len(q.c.groupsOf(strings.ToLower(u.name))) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.User.Group", "The user can not be deleted, because it is in a group.")
	case u.login != nil:
		return nil, kernel.Refuse(409, "DeleteConflict.User.LoginProfile", "The user can not be deleted, because it has a login profile.")
	}
	delete(q.c.users, strings.ToLower(u.name))
	return kernel.Done()
}

func keyView(k *kernel.SigningKey, withSecret bool) map[string]any {
	view := map[string]any{
		"AccessKeyId": k.ID, "Status": map[bool]string{true: "Active", false: "Inactive"}[k.Active], "CreateDate": kernel.Stamp(k.Created),
	}
	if withSecret {
		view["AccessKeySecret"] = k.Secret
	}
	return view
}

func ramCreateAccessKey(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.createKey(strings.ToLower(u.name), func() *kernel.SigningKey { return q.c.addUserKey(u) })
}

// createKey is RAM's and IMS's: two keys each, and the secret is shown once.
func (q *request) createKey(owner string, add func() *kernel.SigningKey) (any, error) {
	if len(q.c.KeysOf(owner)) >= 2 {
		return nil, kernel.Refuse(409, "LimitExceeded.User.AccessKey", "The count of access keys beyond the current limits.")
	}
	k := add()
	q.Touch("ACS::RAM::AccessKey", k.ID)
	return map[string]any{"AccessKey": keyView(k, true)}, nil
}

func ramListAccessKeys(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.listKeys(strings.ToLower(u.name))
}

func (q *request) listKeys(owner string) (any, error) {
	views := []any{}
	for _, k := range q.c.KeysOf(owner) {
		views = append(views, keyView(k, false))
	}
	return map[string]any{"AccessKeys": map[string]any{"AccessKey": views}}, nil
}

// ownedKey finds the key that a call names among those of one owner.
func (q *request) ownedKey(owner string) (*kernel.SigningKey, error) {
	id := q.Str("UserAccessKeyId")
	if id == "" {
		return nil, kernel.MissingAtGateway("UserAccessKeyId")
	}
	keys := q.c.KeysOf(owner)
	i := slices.IndexFunc(keys, func(k *kernel.SigningKey) bool { return k.ID == id })
	if i < 0 {
		return nil, kernel.Refuse(404, "EntityNotExist.User.AccessKey", "The user does not have this access key: %s.", id)
	}
	q.Touch("ACS::RAM::AccessKey", id)
	return keys[i], nil
}

func ramUpdateAccessKey(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.updateKey(strings.ToLower(u.name))
}

func (q *request) updateKey(owner string) (any, error) {
	k, err := q.ownedKey(owner)
	if err != nil {
		return nil, err
	}
	if !q.Has("Status") {
		return nil, kernel.MissingAtGateway("Status")
	}
	k.Active = q.Str("Status") == "Active"
	return kernel.Done()
}

func ramDeleteAccessKey(q *request) (any, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, err
	}
	return q.deleteKey(strings.ToLower(u.name))
}

func (q *request) deleteKey(owner string) (any, error) {
	k, err := q.ownedKey(owner)
	if err != nil {
		return nil, err
	}
	delete(q.c.Keys.ByID, k.ID)
	return kernel.Done()
}

func (c *Service) RoleView(r *ramRole, withTrust bool) map[string]any {
	view := map[string]any{
		"RoleId": r.ID, "RoleName": r.Name, "Arn": c.RoleARN(r.Name), "Description": r.Description,
		"MaxSessionDuration": int(r.MaxSession.Seconds()), "CreateDate": kernel.Stamp(r.created), "UpdateDate": kernel.Stamp(r.created),
	}
	if withTrust {
		view["AssumeRolePolicyDocument"] = cmp.Or(r.trustText, r.trust.JSON())
	}
	return view
}

func ramCreateRole(q *request) (any, error) {
	name := q.Str("RoleName")
	switch {
	case name == "":
		return nil, kernel.MissingAtGateway("RoleName")
	case q.c.Roles[strings.ToLower(name)] != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.Role", "The role already exists: %s.", name)
	}
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	trust, err := kernel.ParsePolicy([]byte(q.Str("AssumeRolePolicyDocument")))
	if err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter.AssumeRolePolicyDocument", "The specified AssumeRolePolicyDocument is not valid: %v.", err)
	}
	r := q.c.MakeRole(name, trust)
	r.tags = tags
	r.Description, r.trustText = q.Str("Description"), q.Str("AssumeRolePolicyDocument")
	r.MaxSession = time.Duration(q.Num("MaxSessionDuration", 3600)) * time.Second
	q.Touch("ACS::RAM::Role", name)
	return map[string]any{"Role": q.c.RoleView(r, true)}, nil
}

func ramGetRole(q *request) (any, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Role": q.c.RoleView(r, true)}, nil
}

func ramUpdateRole(q *request) (any, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, err
	}
	if document := q.Str("NewAssumeRolePolicyDocument"); document != "" {
		trust, err := kernel.ParsePolicy([]byte(document))
		if err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter.NewAssumeRolePolicyDocument", "The specified NewAssumeRolePolicyDocument is not valid: %v.", err)
		}
		r.trust, r.trustText = trust, document
	}
	r.Description = q.OrElse("NewDescription", r.Description)
	r.MaxSession = time.Duration(q.Num("NewMaxSessionDuration", int(r.MaxSession.Seconds()))) * time.Second
	return map[string]any{"Role": q.c.RoleView(r, true)}, nil
}

func ramDeleteRole(q *request) (any, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, err
	}
	if len(r.Attached) > 0 {
		return nil, kernel.Refuse(409, "DeleteConflict.Role.Policy", "The role can not be deleted, because it has policies.")
	}
	delete(q.c.Roles, strings.ToLower(r.Name))
	return kernel.Done()
}

// ramPolicy finds the policy of a call.
func (q *request) ramPolicy() (*ramPolicy, error) {
	if q.Has("PolicyName") && !q.Has("PolicyType") {
		return nil, kernel.MissingAtGateway("PolicyType")
	}
	return q.policyOf(q.Str("PolicyType"))
}

func (q *request) policyOf(kind string) (*ramPolicy, error) {
	name := q.Str("PolicyName")
	if name == "" {
		return nil, kernel.MissingAtGateway("PolicyName")
	}
	p := q.c.Policies[name]
	if p == nil || p.Kind != kind {
		return nil, kernel.Refuse(404, "EntityNotExist.Policy", "The policy does not exist: %s.", name)
	}
	q.Touch("ACS::RAM::Policy", name)
	return p, nil
}

func (q *request) policyView(p *ramPolicy) map[string]any {
	uses := 0
	for _, u := range q.c.users {
		if slices.Contains(u.attached, p.name) {
			uses++
		}
	}
	for _, g := range q.c.groups {
		if slices.Contains(g.attached, p.name) {
			uses++
		}
	}
	for _, r := range q.c.Roles {
		if slices.Contains(r.Attached, p.name) {
			uses++
		}
	}
	return map[string]any{
		"PolicyName": p.name, "PolicyType": p.Kind, "Description": p.description, "DefaultVersion": p.Current().id,
		"CreateDate": kernel.Stamp(p.created), "UpdateDate": kernel.Stamp(p.created), "AttachmentCount": uses,
	}
}

func ramCreatePolicy(q *request) (any, error) {
	name := q.Str("PolicyName")
	switch {
	case name == "":
		return nil, kernel.MissingAtGateway("PolicyName")
	case q.c.Policies[name] != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.Policy", "The policy already exists: %s.", name)
	}
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	doc, err := q.policyDocument()
	if err != nil {
		return nil, err
	}
	p := newPolicy(name, "Custom", doc, q.c.Clock())
	p.tags = tags
	p.description, p.versions[0].text = q.Str("Description"), q.Str("PolicyDocument")
	q.c.Policies[name] = p
	q.Touch("ACS::RAM::Policy", name)
	return map[string]any{"Policy": q.policyView(p)}, nil
}

func ramGetPolicy(q *request) (any, error) {
	p, err := q.ramPolicy()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Policy": q.policyView(p), "DefaultPolicyVersion": p.Current().view()}, nil
}

// userPolicies and rolePolicies are the lists that attaching changes.
func userPolicies(q *request) (*[]string, string, error) {
	u, err := q.ramUser()
	if err != nil {
		return nil, "", err
	}
	return &u.attached, "User", nil
}

func rolePolicies(q *request) (*[]string, string, error) {
	r, err := q.ramRole()
	if err != nil {
		return nil, "", err
	}
	return &r.Attached, "Role", nil
}

type attachments func(*request) (list *[]string, kind string, err error)

func attach(of attachments, on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
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
			return nil, kernel.Refuse(409, "EntityAlreadyExists."+kind+".Policy", "The policy has already been attached: %s.", p.name)
		case on:
			*list = append(*list, p.name)
		case i < 0:
			return nil, kernel.Refuse(404, "EntityNotExist."+kind+".Policy", "The policy is not attached: %s.", p.name)
		default:
			*list = slices.Delete(*list, i, i+1)
		}
		return kernel.Done()
	}
}

func listPolicies(of attachments) func(*request) (any, error) {
	return func(q *request) (any, error) {
		list, _, err := of(q)
		if err != nil {
			return nil, err
		}
		views := []any{}
		for _, name := range *list {
			if p := q.c.Policies[name]; p != nil {
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
func (c *Service) ramInventory(add kernel.NoteItem) {
	for _, name := range kernel.SortedKeys(c.users) {
		u := c.users[name]
		view, keys := u.view(), []any{}
		for _, k := range c.KeysOf(name) {
			keys = append(keys, keyView(k, false))
		}
		view["AccessKeys"], view["Policies"] = map[string]any{"AccessKey": keys}, append([]string{}, u.attached...)
		add(userKind, u.id, u.name, "global", u.created, nil, view)
	}
}
