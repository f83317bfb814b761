package cloud

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ims"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
)

func principal(c *Cloud, name string) string { return name + "@" + c.Account + ".onaliyun.com" }

func TestIMSPagesUsersByMarker(t *testing.T) {
	c := startCloud(t)
	client := imsClient(t, c, admin(c))
	for _, name := range []string{"carol", "Bob", "alice", "dave"} {
		r := ims.CreateCreateUserRequest()
		r.UserPrincipalName, r.DisplayName = principal(c, name), name
		r.Tag = &[]ims.CreateUserTag{{Key: "team", Value: name[:1]}}
		must[*ims.CreateUserResponse](t)(client.CreateUser(r))
	}
	var got []string
	for marker, more := "", true; more; {
		r := ims.CreateListUsersRequest()
		r.Marker, r.MaxItems = marker, "2"
		page := must[*ims.ListUsersResponse](t)(client.ListUsers(r))
		for _, u := range page.Users.User {
			got = append(got, strings.SplitN(u.UserPrincipalName, "@", 2)[0])
		}
		marker, more = page.Marker, page.IsTruncated
	}
	if fmt.Sprint(got) != "[admin alice Bob carol dave]" {
		t.Error(got)
	}
	r := ims.CreateListUsersRequest()
	r.Tag = &[]ims.ListUsersTag{{Key: "team", Value: "B"}}
	if u := must[*ims.ListUsersResponse](t)(client.ListUsers(r)).Users.User; len(u) != 1 || u[0].DisplayName != "Bob" || u[0].LastLoginDate != "" {
		t.Errorf("%+v", u)
	}
	must[kernel.Credentials](t)(c.SignIn("bob", ram.SignIn{MFA: true}))
	get := ims.CreateGetUserRequest()
	get.UserPrincipalName = principal(c, "bob")
	if u := must[*ims.GetUserResponse](t)(client.GetUser(get)).User; u.LastLoginDate == "" || len(u.Tags.Tag) != 1 {
		t.Errorf("%+v", u)
	}
	raw := rawFor(t, c, admin(c))
	raw.refused("InvalidParameter.UserName.InvalidChars", "ram:CreateUser", "UserName", "a b")
	raw.refused("InvalidParameter.UserName.Length", "ram:CreateUser", "UserName", strings.Repeat("a", 65))
	raw.refused("InvalidParameter.Email.Format", "ram:CreateUser", "UserName", "eve", "Email", "nowhere")
	raw.refused("InvalidParameter.NextToken", "ram:ListUsers", "Marker", "xyz")
}

func TestLoginsAndDevicesByIMS(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	alice := principal(c, "alice")
	r.call("ims:CreateUser", "UserPrincipalName", alice, "DisplayName", "Alice")
	r.refused("EntityNotExist.User.LoginProfile", "ims:GetLoginProfile", "UserPrincipalName", alice)
	r.is(r.call("ims:CreateLoginProfile", "UserPrincipalName", alice, "Password", "a long one 1", "MFABindRequired", "true"), "LoginProfile.Status", "Active")
	a := r.call("ims:UpdateLoginProfile", "UserPrincipalName", alice, "Status", "Inactive")
	r.is(a, "LoginProfile.Status", "Inactive")
	r.is(a, "LoginProfile.MFABindRequired", true)
	r.call("ims:UpdateLoginProfile", "UserPrincipalName", alice, "Status", "Active")
	r.is(r.call("ims:GetLoginProfile", "UserPrincipalName", alice), "LoginProfile.LastLoginTime", "")

	r.is(r.call("ims:GetUserMFAInfo", "UserPrincipalName", alice), "IsMFAEnable", false)
	r.refused("EntityNotExist.User.MFADevice", "ram:GetUserMFAInfo", "UserName", "alice")
	made := r.call("ims:CreateVirtualMFADevice", "VirtualMFADeviceName", "phone")
	serial, seed := dig(t, made, "VirtualMFADevice.SerialNumber").(string), dig(t, made, "VirtualMFADevice.Base32StringSeed").(string)
	now := c.Clock()
	bind := func(code, first, second string) {
		t.Helper()
		r.refused(code, "ims:BindMFADevice", "UserPrincipalName", alice, "SerialNumber", serial, "AuthenticationCode1", first, "AuthenticationCode2", second)
	}
	bind("InvalidParameter.AuthenticationCode.Format", "12345", "123456")
	before := ram.TOTP(seed, now.Add(-30*time.Second))
	bind("CheckAuthenticationCodeFail", before, before)
	bind("", before, ram.TOTP(seed, now))
	r.is(r.call("ims:GetUserMFAInfo", "UserPrincipalName", alice), "MFADevice.SerialNumber", serial)
	r.is(r.call("ims:ListVirtualMFADevices"), "VirtualMFADevices.VirtualMFADevice.0.User.UserPrincipalName", alice)
	r.refused("DeleteConflict.VirtualMFADevice.User", "ims:DeleteVirtualMFADevice", "SerialNumber", serial)
	r.refused("DeleteConflict.User.LoginProfile", "ims:DeleteUser", "UserPrincipalName", alice)
	r.call("ims:DeleteLoginProfile", "UserPrincipalName", alice)
	r.refused("DeleteConflict.User.MFADevice", "ims:DeleteUser", "UserPrincipalName", alice)
	r.call("ims:UnbindMFADevice", "UserPrincipalName", alice)
	r.call("ims:DeleteVirtualMFADevice", "SerialNumber", serial)
	r.is(r.call("ims:GetAccountMFAInfo"), "IsMFAEnable", true)
	for _, call := range c.Calls() {
		if strings.Contains(fmt.Sprint(call.Params), "a long one") || strings.Contains(fmt.Sprint(call.Params), before) {
			t.Errorf("a secret is in the record of %s", call.Action)
		}
	}
}

// The code of a device is that of RFC 6238, of which this is the example with six digits.
func TestCodesAreTOTP(t *testing.T) {
	if code := ram.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", time.Unix(59, 0)); code != "287082" {
		t.Error(code)
	}
}

// What a call of IMS does not name falls back to its default: whoever changes one setting sends all.
func TestSettingsFallBackToTheirDefaults(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	r := rawFor(t, c, k)
	events := eventsOf(c)
	r.call("ims:SetPasswordPolicy", "MinimumPasswordLength", "14", "RequireSymbols", "true", "MaxPasswordAge", "90", "HardExpire", "true",
		"PasswordReusePrevention", "5", "InitialPasswordAge", "7", "InterceptRiskPasswordOnApi", "true", "MinimumPasswordDifferentCharacter", "4", "MaxLoginAttemps", "3")
	if e := fmt.Sprint((*events)[0]); !strings.Contains(e, "MinimumPasswordLength:14") {
		t.Errorf("the event hides a number: %s", e)
	}
	r.is(r.call("ram:GetPasswordPolicy"), "PasswordPolicy.HardExpiry", true)
	written := dump(t, c)
	a := r.call("ims:SetPasswordPolicy", "RequireNumbers", "true")
	r.is(a, "PasswordPolicy.MinimumPasswordLength", 8)
	r.is(a, "PasswordPolicy.MaxLoginAttemps", 0)
	r.is(a, "PasswordPolicy.InitialPasswordAge", 14)
	other := startCloud(t)
	load(t, other, written)
	again := rawFor(t, other, admin(other))
	again.is(again.call("ims:GetPasswordPolicy"), "PasswordPolicy.MinimumPasswordDifferentCharacter", 4)

	client := imsClient(t, c, k)
	set := ims.CreateSetSecurityPreferenceRequest()
	set.EnforceMFAForLogin, set.LoginNetworkMasks = requests.NewBoolean(true), "192.0.2.0/24"
	p := must[*ims.SetSecurityPreferenceResponse](t)(client.SetSecurityPreference(set)).SecurityPreference
	if p.LoginProfilePreference.MFAOperationForLogin != "mandatory" || len(p.VerificationPreference.VerificationTypes) != 0 || !p.MFAPreference.AllowUserToManageMFADevices {
		t.Errorf("%+v", p)
	}
	r.call("ims:SetSecurityPreference", "MaxIdleDaysForUsers", "90", "VerificationTypes", `["sms"]`)
	a = r.call("ims:GetSecurityPreference")
	r.is(a, "SecurityPreference.MaxIdleDays.MaxIdleDaysForUsers", 90)
	r.is(a, "SecurityPreference.MaxIdleDays.MaxIdleDaysForAccessKeys", 730)
	r.is(a, "SecurityPreference.LoginProfilePreference.LoginNetworkMasks", "")
	r.is(a, "SecurityPreference.LoginProfilePreference.EnforceMFAForLogin", false)
	r.is(a, "SecurityPreference.VerificationPreference.VerificationTypes.0", "sms")
	r.refused("InvalidParameter", "ims:SetSecurityPreference", "MaxIdleDaysForUsers", "30")
	// RAM knows fewer of them, and leaves the others.
	r.call("ram:SetSecurityPreference", "EnableSaveMFATicket", "true")
	r.is(r.call("ims:GetSecurityPreference"), "SecurityPreference.MaxIdleDays.MaxIdleDaysForUsers", 90)
}

func TestKeysAreShownOnceAndLimited(t *testing.T) {
	c := startCloud(t)
	trailing(t, c, admin(c))
	r := rawFor(t, c, admin(c))
	alice := principal(c, "alice")
	r.call("ims:CreateUser", "UserPrincipalName", alice, "DisplayName", "Alice")
	made := r.call("ims:CreateAccessKey", "UserPrincipalName", alice)
	id, secret := dig(t, made, "AccessKey.AccessKeyId").(string), dig(t, made, "AccessKey.AccessKeySecret").(string)
	r.call("ims:CreateAccessKey", "UserPrincipalName", alice)
	r.refused("LimitExceeded.User.AccessKey", "ram:CreateAccessKey", "UserName", "alice")
	if list := fmt.Sprint(r.call("ims:ListAccessKeys", "UserPrincipalName", alice)); strings.Contains(list, "Secret") {
		t.Error(list)
	}
	if records := fmt.Sprint(delivered(t, c)); strings.Contains(records, secret) || !strings.Contains(records, id) {
		t.Error("the events have a secret, or not the key")
	}
	mine := rawFor(t, c, kernel.Credentials{AccessKeyID: id, AccessKeySecret: secret})
	mine.refused("Forbidden.RAM", "ecs:DescribeRegions")
	r.is(r.call("ims:GetAccessKeyLastUsed", "UserPrincipalName", alice, "UserAccessKeyId", id), "AccessKeyLastUsed.ServiceName", "Ecs")

	// The root account's own keys: IMS tells the root account alone of them.
	root := rawFor(t, c, c.RootSession())
	root.call("ims:CreateAccessKey")
	root.call("ims:CreateAccessKey")
	root.refused("LimitExceeded.User.AccessKey", "ims:CreateAccessKey")
	key := dig(t, root.call("ims:ListAccessKeys"), "AccessKeys.AccessKey.0.AccessKeyId").(string)
	r.refused("EntityNotExist.User.AccessKey", "ims:UpdateAccessKey", "UserAccessKeyId", key, "Status", "Inactive")
	root.call("ims:DeleteAccessKey", "UserAccessKeyId", key)
	r.is(r.call("ims:GetAccountSecurityPracticeReport"), "AccountSecurityPracticeInfo.AccountSecurityPracticeUserInfo.RootWithAccessKey", 1)
}

func TestKeysAreBoundToNetworks(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	r := rawFor(t, c, k)
	mine := []string{"UserPrincipalName", principal(c, "admin"), "UserAccessKeyId", k.AccessKeyID}
	r.is(r.call("ims:GetAccessKeyPolicy", mine...), "AccessKeyPolicy", "{}")
	for _, bad := range []string{"{}", `{"Status":"Active"}`, `{"Status":"On","Statements":[]}`, `{"Status":"Active","Statements":[{"Type":"ClassicWhiteList","IPList":["office"]}]}`} {
		r.refused("InvalidParameter.AccessKeyPolicy", "ims:SetAccessKeyPolicy", append(mine, "AccessKeyPolicy", bad)...)
	}
	there := `{"Status":"Active","Statements":[{"Type":"ClassicWhiteList","IPList":["` + c.SourceIP + `","2001:db8::/32"]}]}`
	r.call("ims:SetAccessKeyPolicy", append(mine, "AccessKeyPolicy", there)...)
	r.call("ecs:DescribeRegions")
	written := dump(t, c)
	if !strings.Contains(written, "network-policy") {
		t.Error(written)
	}
	r.is(r.call("ims:GetAccessKeyPolicy", mine...), "AccessKeyPolicy", strings.Replace(there, "{", `{"Version":1,`, 1))
	r.call("ims:SetAccessKeyPolicy", append(mine, "AccessKeyPolicy", strings.Replace(there, c.SourceIP, "192.0.2.77", 1))...)
	r.refused("Forbidden.RAM", "ecs:DescribeRegions")
	// A session has no such limits: that is the way out for whoever locked a key.
	root := rawFor(t, c, c.RootSession())
	root.call("ims:SetAccessKeyPolicy", append(mine, "AccessKeyPolicy", `{"Version":1,"Status":"Inactive","Statements":[]}`)...)
	r.call("ecs:DescribeRegions")
	root.call("ims:SetAccessKeyPolicyForAccount", "AccessKeyPolicy", strings.Replace(there, c.SourceIP, "192.0.2.77", 1))
	r.refused("Forbidden.RAM", "ecs:DescribeRegions")
}

func TestDeletedUsersAndKeysAreRestored(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := must[*Cloud](t)(New(kernel.Options{Seed: 1, Clock: func() time.Time { return now }}))
	defer c.Close()
	r := rawFor(t, c, admin(c))
	key := c.AddUser("alice")
	number := dig(t, r.call("ims:GetUser", "UserPrincipalName", principal(c, "alice")), "User.UserId").(string)
	r.call("ram:DeleteAccessKey", "UserName", "alice", "UserAccessKeyId", key.AccessKeyID)
	r.is(r.call("ims:ListAccessKeysInRecycleBin", "UserId", number), "AccessKeys.AccessKey.0.DeleteDate", "2026-02-01T03:04:05Z")
	r.call("ram:DeleteUser", "UserName", "alice")
	r.is(r.call("ims:ListUsersInRecycleBin", "Filter", "UserPrincipalName eq "+principal(c, "alice")), "Users.User.0.UserId", number)
	r.is(r.call("ims:GetAccessKeyInfoInRecycleBin", "UserAccessKeyId", key.AccessKeyID), "AccessKey.UserRecycled", true)
	restore := []string{"UserId", number, "UserAccessKeyId", key.AccessKeyID}
	r.refused("EntityNotExist.User", "ims:RestoreAccessKeyFromRecycleBin", restore...)
	r.call("ram:CreateUser", "UserName", "Alice")
	r.refused("EntityAlreadyExists.User", "ims:RestoreUserFromRecycleBin", "UserId", number)
	r.call("ram:UpdateUser", "UserName", "alice", "NewUserName", "other")
	r.call("ims:RestoreUserFromRecycleBin", "UserId", number)
	r.call("ims:RestoreAccessKeyFromRecycleBin", restore...)
	rawFor(t, c, key).refused("Forbidden.RAM", "ecs:DescribeRegions") // it signs again, and is not known by another name
	r.refused("EntityNotExist.User.AccessKey", "ims:DeleteAccessKeyInRecycleBin", restore...)

	r.call("ram:DeleteUser", "UserName", "other")
	now = now.Add(30 * 24 * time.Hour)
	if users := dig(t, r.call("ims:ListUsersInRecycleBin"), "Users.User").([]any); len(users) != 0 {
		t.Errorf("%v", users)
	}
}

func TestCredentialReportIsOfItsTime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := must[*Cloud](t)(New(kernel.Options{Seed: 1, Clock: func() time.Time { return now }}))
	defer c.Close()
	load(t, c, `
ram:
  root-access-keys: 1
  root-mfa: false
  password-policy: {MaxPasswordAge: 30}
  users:
    - {name: idle, access-keys: 1, keys: [{created-days-ago: 200, used-days-ago: 100}], console: true, login: {password-days-ago: 50, last-login-days-ago: 40}}
  mfa-devices: [{name: phone, user: idle}]
`)
	client := imsClient(t, c, admin(c))
	_, err := client.GetCredentialReport(ims.CreateGetCredentialReportRequest())
	wantCode(t, err, "EntityNotExist")
	generate := func() string {
		return must[*ims.GenerateCredentialReportResponse](t)(client.GenerateCredentialReport(ims.CreateGenerateCredentialReportRequest())).State
	}
	if s := generate(); s != "STARTED" {
		t.Error(s)
	}
	c.AddUser("later")
	now = now.Add(time.Hour)
	if s := generate(); s != "COMPLETE" {
		t.Error(s)
	}
	report := must[*ims.GetCredentialReportResponse](t)(client.GetCredentialReport(ims.CreateGetCredentialReportRequest()))
	rows := must[[][]string](t)(csv.NewReader(strings.NewReader(string(must[[]byte](t)(base64.StdEncoding.DecodeString(report.Content))))).ReadAll())
	if len(rows) != 4 || rows[1][0] != "<root>" || rows[3][0] != principal(c, "idle") || report.GeneratedTime != "2026-01-02T03:04:05Z" || report.IsTruncated != "false" {
		t.Fatalf("%v %+v", rows, report)
	}
	cell := func(row int, column string) string {
		for i, name := range rows[0] {
			if name == column {
				return rows[row][i]
			}
		}
		t.Fatalf("no column %s", column)
		return ""
	}
	for column, want := range map[string]string{
		"user_last_logon": "2025-11-23T03:04:05Z", "password_active": "TRUE", "password_next_rotation": "2025-12-13T03:04:05Z", "mfa_active": "TRUE",
		"access_key_1_last_rotated": "2025-06-16T03:04:05Z", "access_key_1_last_used": "2025-09-24T03:04:05Z", "access_key_2_exist": "FALSE",
	} {
		if got := cell(3, column); got != want {
			t.Errorf("%s is %s, want %s", column, got, want)
		}
	}
	if cell(1, "mfa_active") != "FALSE" || cell(1, "access_key_1_exist") != "TRUE" {
		t.Error(rows[1])
	}
	now = now.Add(4 * time.Hour)
	if s := generate(); s != "STARTED" {
		t.Error(s)
	}
}

func TestQuotasOfRAM(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	c.AddUser("bob")
	const document = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}]}`
	for i := range 11 {
		name := fmt.Sprintf("p%d", i)
		r.call("ram:CreatePolicy", "PolicyName", name, "PolicyDocument", document)
		code := ""
		if i == 10 {
			code = "LimitExceeded.User.Policy"
		}
		r.refused(code, "ram:AttachPolicyToUser", "UserName", "bob", "PolicyName", name, "PolicyType", "Custom")
	}
	r.call("ram:AttachPolicyToUser", "UserName", "bob", "PolicyName", "ReadOnlyAccess", "PolicyType", "System") // counted apart
	for range 4 {
		r.call("ram:CreatePolicyVersion", "PolicyName", "p0", "PolicyDocument", document)
	}
	r.refused("LimitExceeded.Policy.Version", "ram:CreatePolicyVersion", "PolicyName", "p0", "PolicyDocument", document)
	r.refused("MalformedPolicyDocument", "ram:CreatePolicy", "PolicyName", "trust", "PolicyDocument",
		`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["*"]}}]}`)
	r.refused("InvalidParameter.VersionId.Format", "ram:SetDefaultPolicyVersion", "PolicyName", "p0", "VersionId", "2")
	r.is(r.call("ims:GetAccountSummary"), "SummaryMap.VersionsPerPolicyQuota", 5)
}

const identities = `
ram:
  root-access-keys: 2
  root-keys: [{created-days-ago: 400, inactive: true}]
  users:
    - name: Alice
      access-keys: 2
      console: true
      login: {inactive: true, mfa-required: true}
      keys: [{inactive: true}, {created-days-ago: 300, used-days-ago: 200}]
      comments: hello
      tags: {team: a}
  groups: [{name: ops, users: [alice]}]
  roles:
    - name: Partner
      description: for another account
      trust: {Version: "1", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Principal: {RAM: ["acs:ram::1999999999999999:root"]}}]}
      policies: [ReadOnlyAccess]
      max-session: 2h0m0s
  mfa-devices: [{name: phone, user: alice}, {name: spare}]
  account-alias: my-company
  password-policy: {MinimumPasswordLength: 14}
  security-preference: {MaxIdleDaysForUsers: 90, VerificationTypes: [sms]}
resource-manager:
  directory: true
  folders: [{id: fd-1, name: prod}, {id: fd-2, name: web, parent: fd-1}]
  members: [{name: "1999999999999998", folder: fd-2}]
  control-policies:
    - {id: cp-1, name: no-ram, document: '{"Version":"1","Statement":[{"Effect":"Deny","Action":"ram:*","Resource":"*"}]}', targets: [fd-1]}
  resource-groups: [{id: rg-1, name: web}]
  attachments: [{policy: ReadOnlyAccess, principal: alice, resource-group: rg-1}]
`

func TestIdentitiesAreReadBack(t *testing.T) {
	c := startCloud(t)
	load(t, c, identities)
	isReadBack(t, c)
	first := dump(t, c)
	for _, want := range []string{"created-days-ago: 300", "mfa-required: true", "inactive: true", "name: Partner", "max-session: 2h", "name: spare", "MinimumPasswordLength: 14", "id: cp-1", "parent: fd-1"} {
		if !strings.Contains(first, want) {
			t.Errorf("the dump lacks %q:\n%s", want, first)
		}
	}
	load(t, c, identities) // who is there stays, with what they have
	if second := dump(t, c); second != first {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
	r := rawFor(t, c, admin(c))
	r.call("ims:UpdateLoginProfile", "UserPrincipalName", principal(c, "alice"), "Status", "Active")
	if strings.Contains(dump(t, c), "login:\n        inactive") {
		t.Error("the dump does not show the change")
	}
}

func TestMistakesOfIdentitiesAreFoundByLine(t *testing.T) {
	for name, test := range map[string]struct{ document, says string }{
		"two users":    {"ram:\n  root-access-keys: 0\n  users:\n    - {name: a}\n    - {name: A}\n", "twice"},
		"keys":         {"ram:\n  root-access-keys: 0\n  users:\n    - {name: a, keys: [{inactive: true}]}\n", "line 4"},
		"no console":   {"ram:\n  root-access-keys: 0\n  users:\n    - {name: a, login: {inactive: true}}\n", "no console"},
		"region":       {"ram:\n  root-access-keys: 0\n  users:\n    - {name: a, region: cn-beijing}\n", "region"},
		"device":       {"ram:\n  root-access-keys: 0\n  mfa-devices:\n    - {name: a, user: b}\n", "line 4"},
		"two devices":  {"ram:\n  root-access-keys: 0\n  users: [{name: u}]\n  mfa-devices:\n    - {name: a, user: u}\n    - {name: b, user: u}\n", "another device"},
		"trust":        {"ram:\n  root-access-keys: 0\n  roles:\n    - {name: a, trust: {Version: \"2\"}}\n", "line 4"},
		"setting":      {"ram:\n  root-access-keys: 0\n  password-policy: {Length: 3}\n", "Length"},
		"range":        {"ram:\n  root-access-keys: 0\n  password-policy: {MinimumPasswordLength: 3}\n", "from 8 to 32"},
		"kind":         {"ram:\n  root-access-keys: 0\n  security-preference: {LoginSessionDuration: long}\n", "LoginSessionDuration"},
		"networks":     {"ram:\n  root-access-keys: 0\n  key-network-policy: '{}'\n", "line 3"},
		"no directory": {"resource-manager:\n  folders:\n    - {id: fd-1, name: a}\n", "directory is not set"},
		"no folder":    {"resource-manager:\n  directory: true\n  folders:\n    - {id: fd-1, name: a, parent: fd-1}\n", "no folder"},
		"no target":    {"resource-manager:\n  directory: true\n  control-policies:\n    - {id: cp-1, name: a, document: '{}', targets: [fd-9]}\n", "fd-9"},
		"no group":     {"resource-manager:\n  attachments:\n    - {policy: a, principal: b, resource-group: rg-9}\n", "rg-9"},
	} {
		t.Run(name, func(t *testing.T) { wantMistake(t, test.document, test.says) })
	}
}
