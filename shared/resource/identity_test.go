package resource

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// However an event, a setting or a person names somebody, it is one identity.
func TestOneNameForOneIdentity(t *testing.T) {
	for kind, names := range map[string][]string{
		TypeUser:      {"alice", "Alice", " alice", "alice@1234.onaliyun.com", "ALICE@example.onaliyun.com", "alice@example.com", "acs:ram::1234:user/alice", "acs:ram:*:1234:user/Alice"},
		TypeUserGroup: {"alice", "Alice", "acs:ram::1234:group/alice"},
		TypeRole:      {"alice", "ALICE", "acs:ram::1234:role/alice"},
	} {
		for _, name := range names {
			if got := KindOf(kind).ID(name); got != "alice" {
				t.Errorf("%s %q is %q", kind, name, got)
			}
		}
	}
	for kind, id := range map[string]string{TypeUser: "203412345678901234", TypeAccessKey: "LTAI5tAbC", TypePolicy: "Read-Only", TypeInstance: "i-A"} {
		if got := KindOf(kind).ID(id); got != id {
			t.Errorf("%s %s is written %s", kind, id, got)
		}
	}
	for _, kind := range []string{TypeAccount, TypeUser, TypeAccessKey, TypeUserGroup, TypePolicy, TypeRole} {
		if got := KindOf(kind).Region("cn-shanghai"); got != "" {
			t.Errorf("%s belongs to the account, and is in %s", kind, got)
		}
	}
	if KindOf(TypeInstance).Region("cn-shanghai") != "cn-shanghai" {
		t.Error("an instance is in a region")
	}
}

// answers are given by action; one that is an error is refused.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	text := a[call.Action]
	if code, refused := strings.CutPrefix(text, "! "); refused {
		return &cloud.Error{Action: call.RAM(), Code: code, Status: 404}
	}
	return cloud.Decode(call, []byte(text), out)
}

// What is gone is none, what is not said is an error, and never the one for the other.
func TestIdentityReads(t *testing.T) {
	ctx := t.Context()
	const domain = `{"DefaultDomainName":"1.onaliyun.com"}`
	for name, test := range map[string]struct {
		action, said, gone string // gone: the code with which it is refused; empty: it cannot be
		read               func(cloud.Reader) (int, error)
	}{
		"user": {"GetUser", `{"User":{"UserPrincipalName":"a@1.onaliyun.com"}}`, "EntityNotExist.User", func(r cloud.Reader) (int, error) { x, err := UserOf(ctx, r, "a"); return len(x), err }},
		"owner": {"GetUser", `{"User":{"UserPrincipalName":"a@1.onaliyun.com"}}`, "EntityNotExist.User", func(r cloud.Reader) (int, error) {
			x, err := KeyOwner(ctx, r, "LTAI")
			return len(x), err
		}},
		"login": {"GetLoginProfile", `{"LoginProfile":{"Status":"Active"}}`, "EntityNotExist.User.LoginProfile", func(r cloud.Reader) (int, error) { x, err := Login(ctx, r, "a@1"); return len(x), err }},
		"mfa":   {"GetUserMFAInfo", `{"IsMFAEnable":true}`, "EntityNotExist.User.MFADevice", func(r cloud.Reader) (int, error) { x, err := HasMFA(ctx, r, "a@1"); return one(x), err }},
		"keys":  {"ListAccessKeys", `{"AccessKeys":{"AccessKey":[{"AccessKeyId":"LTAI"}]}}`, "", func(r cloud.Reader) (int, error) { x, err := AccessKeys(ctx, r, "a@1"); return len(x), err }},
		"use": {"GetAccessKeyLastUsed", `{"AccessKeyLastUsed":{"LastUsedDate":"2026-01-01T00:00:00Z"}}`, "", func(r cloud.Reader) (int, error) {
			x, err := LastUsed(ctx, r, "a@1", "LTAI")
			return one(!x.At.IsZero()), err
		}},
		"document": {"GetPolicy", `{"DefaultPolicyVersion":{"PolicyDocument":"{}"}}`, "EntityNotExist.Policy", func(r cloud.Reader) (int, error) {
			x, err := PolicyDocument(ctx, r, CustomPolicy, "p")
			return len(x), err
		}},
		"holders": {"ListEntitiesForPolicy", `{"Users":{"User":[{"UserName":"A"}]},"Groups":{"Group":[]},"Roles":{"Role":[]}}`, "EntityNotExist.Policy", func(r cloud.Reader) (int, error) {
			x, err := HoldersOf(ctx, r, SystemPolicy, "p")
			return len(x.Users), err
		}},
		"role":      {"GetRole", `{"Role":{"RoleName":"r","AssumeRolePolicyDocument":"{}"}}`, "EntityNotExist.Role", func(r cloud.Reader) (int, error) { x, err := RoleOf(ctx, r, "r"); return len(x), err }},
		"passwords": {"GetPasswordPolicy", `{"PasswordPolicy":{"MinimumPasswordLength":8}}`, "", func(r cloud.Reader) (int, error) { x, err := Passwords(ctx, r); return len(x.fields), err }},
		"preference": {"GetSecurityPreference", `{"SecurityPreference":{"MFAPreference":{"AllowUserToManageMFADevices":true}}}`, "", func(r cloud.Reader) (int, error) {
			x, err := Preference(ctx, r)
			return len(x.fields), err
		}},
		"root's device": {"GetAccountMFAInfo", `{"IsMFAEnable":true}`, "", func(r cloud.Reader) (int, error) { x, err := RootMFA(ctx, r); return one(x), err }},
		"sso":           {"GetUserSsoSettings", `{"UserSsoSettings":{"SsoEnabled":true}}`, "", func(r cloud.Reader) (int, error) { x, err := SignsInElsewhere(ctx, r); return one(x), err }},
		"root keys":     {"GetAccountSecurityPracticeReport", `{"AccountSecurityPracticeInfo":{"AccountSecurityPracticeUserInfo":{"RootWithAccessKey":1}}}`, "", func(r cloud.Reader) (int, error) { return RootKeys(ctx, r) }},
		"published":     {"DescribeAccesskeyLeakList", `{"AccessKeyLeakList":[{"Id":1}]}`, "", func(r cloud.Reader) (int, error) { x, err := PublishedKeys(ctx, r, ""); return len(x), err }},
		"members":       {"ListUsersForGroup", `{"Users":{"User":[{"UserName":"A"}]}}`, "", func(r cloud.Reader) (int, error) { x, err := Members(ctx, r, "g"); return len(x), err }},
		"users":         {"ListUsers", `{"Users":{"User":[{}]}}`, "", func(r cloud.Reader) (int, error) { x, err := Users(ctx, r); return len(x), err }},
		"groups":        {"ListGroups", `{"Groups":{"Group":[{}]}}`, "", func(r cloud.Reader) (int, error) { x, err := UserGroups(ctx, r); return len(x), err }},
		"groups of a user": {"ListGroupsForUser", `{"Groups":{"Group":[{}]}}`, "", func(r cloud.Reader) (int, error) {
			x, err := UserGroupsOf(ctx, r, "a")
			return len(x), err
		}},
		"roles":    {"ListRoles", `{"Roles":{"Role":[{}]}}`, "", func(r cloud.Reader) (int, error) { x, err := Roles(ctx, r); return len(x), err }},
		"policies": {"ListPolicies", `{"Policies":{"Policy":[{}]}}`, "", func(r cloud.Reader) (int, error) { x, err := Policies(ctx, r, CustomPolicy); return len(x), err }},
		"policies of a user": {"ListPoliciesForUser", `{"Policies":{"Policy":[{}]}}`, "", func(r cloud.Reader) (int, error) {
			x, err := PoliciesOf(ctx, r, "User", "a")
			return len(x), err
		}},
	} {
		with := func(answer string) answers { return answers{"GetDefaultDomain": domain, test.action: answer} }
		if n, err := test.read(with(test.said)); err != nil || n != 1 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if _, err := test.read(with(`{"RequestId":"1"}`)); err == nil {
			t.Errorf("%s: an answer that says nothing is taken for one", name)
		}
		if _, err := test.read(with("! NoPermission")); err == nil {
			t.Errorf("%s: a refusal is taken for an answer", name)
		}
		if test.gone == "" {
			continue
		}
		if n, err := test.read(with("! " + test.gone)); err != nil || n != 0 {
			t.Errorf("%s is gone: %d, %v", name, n, err)
		}
	}
	if _, err := UserOf(ctx, answers{"GetDefaultDomain": "{}"}, "a"); err == nil {
		t.Error("without the account's domain nobody has a name")
	}
	// The user is gone, and not only what he had.
	for name, read := range map[string]func(cloud.Reader) error{
		"login": func(r cloud.Reader) error { _, err := Login(ctx, r, "a@1"); return err },
		"mfa":   func(r cloud.Reader) error { _, err := HasMFA(ctx, r, "a@1"); return err },
	} {
		if err := read(answers{"GetLoginProfile": "! EntityNotExist.User", "GetUserMFAInfo": "! EntityNotExist.User"}); !cloud.NotFound(err) {
			t.Errorf("%s of somebody who is gone: %v", name, err)
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// RAM and IMS page by marker, and hundreds of users are on several pages.
func TestMarkedPages(t *testing.T) {
	p := &pages{answers: []string{`{"Users":{"User":[{},{}]},"IsTruncated":true,"Marker":"m"}`, `{"Users":{"User":[{}]},"IsTruncated":false,"Marker":"ignored"}`}}
	users, err := Users(t.Context(), p)
	if err != nil || len(users) != 3 || len(p.calls) != 2 || p.calls[1].Params["Marker"] != "m" || p.calls[0].Region != "" {
		t.Errorf("%d users by %v: %v", len(users), p.calls, err)
	}
}

// A number may be the id of a user or the name of one.
func TestUserByNumber(t *testing.T) {
	var calls []string
	r := reads(func(call cloud.Call) (string, error) {
		calls = append(calls, call.Params["UserId"]+call.Params["UserPrincipalName"])
		if call.Action == "GetDefaultDomain" {
			return `{"DefaultDomainName":"1.onaliyun.com"}`, nil
		}
		if call.Params["UserId"] != "" {
			return "", &cloud.Error{Code: "EntityNotExist.User", Status: 404}
		}
		return fmt.Sprintf(`{"User":{"UserPrincipalName":%q}}`, call.Params["UserPrincipalName"]), nil
	})
	found, err := UserOf(t.Context(), r, "2034567890123")
	if err != nil || len(found) != 1 || found[0].Name() != "2034567890123" {
		t.Error(found, err, calls)
	}
}

type reads func(cloud.Call) (string, error)

func (f reads) Read(_ context.Context, call cloud.Call, out any) error {
	text, err := f(call)
	if err != nil {
		return err
	}
	return cloud.Decode(call, []byte(text), out)
}

// Setting the policy sends every field that it takes, and none that it does not.
func TestThePasswordPolicyIsSetWhole(t *testing.T) {
	p, err := Passwords(t.Context(), answers{"GetPasswordPolicy": `{"PasswordPolicy":{"MinimumPasswordLength":8,"RequireNumbers":false,"InitialPasswordAge":3,"InterceptRiskPasswordOnApi":true,"New":"x","None":null}}`})
	if err != nil {
		t.Fatal(err)
	}
	set := p.With(map[string]string{"MinimumPasswordLength": "14"}).Set()
	want := "aliyun ims SetPasswordPolicy --InitialPasswordAge 3 --InterceptRiskPasswordOnApi true --MinimumPasswordLength 14 --RequireNumbers false"
	if set.String() != want || p.fields["MinimumPasswordLength"] != "8" {
		t.Error(set, p)
	}
	if _, err := p.Number("MaxLoginAttemps"); err == nil {
		t.Error("what is not said is a number")
	}
	if _, err := p.Is("RequireSymbols"); err == nil {
		t.Error("what is not said is true or false")
	}
}

// Likewise what is asked of sign-ins, whichever part of the answer it stands in. The older name of
// a field is not sent beside the newer one, and "no networks" is sent as a text that is empty.
func TestTheSecurityPreferenceIsSetWhole(t *testing.T) {
	p, err := Preference(t.Context(), answers{"GetSecurityPreference": `{"SecurityPreference":{"LoginProfilePreference":{"EnforceMFAForLogin":true,
		"MFAOperationForLogin":"mandatory","LoginNetworkMasks":"","LoginSessionDuration":6},"VerificationPreference":{"VerificationTypes":["sms"]},"MaxIdleDays":{"MaxIdleDaysForUsers":90}}}`})
	if err != nil {
		t.Fatal(err)
	}
	set := p.With(map[string]string{"MFAOperationForLogin": "adaptive"}).Set()
	for name, want := range map[string]string{"LoginNetworkMasks": "", "LoginSessionDuration": "6", "MFAOperationForLogin": "adaptive", "MaxIdleDaysForUsers": "90", "VerificationTypes": `["sms"]`} {
		if got, ok := set.Params[name]; !ok || got != want || len(set.Params) != 5 {
			t.Errorf("%s: %q of %v", name, got, set.Params)
		}
	}
	if text, err := p.Text("LoginNetworkMasks"); err != nil || text != "" {
		t.Error(text, err)
	}
	if _, err := p.Text("OperationForRiskLogin"); err == nil {
		t.Error("what is not said is a text")
	}
}

// Somebody who is called by the number of another would be taken for the other, and be judged by
// nobody.
func TestUserCalledByTheNumberOfAnother(t *testing.T) {
	r := reads(func(call cloud.Call) (string, error) {
		switch {
		case call.Action == "GetDefaultDomain":
			return `{"DefaultDomainName":"1.onaliyun.com"}`, nil
		case call.Params["UserId"] != "":
			return `{"User":{"UserId":"2034567890123","UserPrincipalName":"alice@1.onaliyun.com"}}`, nil
		}
		return fmt.Sprintf(`{"User":{"UserId":"9","UserPrincipalName":%q}}`, call.Params["UserPrincipalName"]), nil
	})
	if found, err := UserOf(t.Context(), r, "2034567890123"); err == nil || !strings.Contains(err.Error(), "alice") {
		t.Error(found, err)
	}
	if found, err := UserOf(t.Context(), r, "alice"); err != nil || found[0].Name() != "alice" {
		t.Error(found, err)
	}
}
