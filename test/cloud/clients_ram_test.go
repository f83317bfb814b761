package cloud

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// A document comes back byte for byte: a client that compares it with what it has
// written would see a change otherwise.
func TestDocumentsAreKeptAsWritten(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	const document = "{\n  \"Version\": \"1\",\n  \"Statement\": [ {\"Resource\":[\"*\"], \"Effect\":\"Allow\", \"Action\":[\"ecs:Describe*\"]} ]\n}\n"
	const trust = `{ "Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}], "Version":"1" }`
	r.call("ram:CreatePolicy", "PolicyName", "p", "PolicyDocument", document)
	r.is(r.call("ram:GetPolicy", "PolicyName", "p", "PolicyType", "Custom"), "DefaultPolicyVersion.PolicyDocument", document)
	second := strings.Replace(document, "ecs:", "vpc:", 1)
	r.call("ram:CreatePolicyVersion", "PolicyName", "p", "PolicyDocument", second, "SetAsDefault", "true")
	r.is(r.call("ram:GetPolicyVersion", "PolicyName", "p", "PolicyType", "Custom", "VersionId", "v1"), "PolicyVersion.PolicyDocument", document)
	r.is(r.call("ram:GetPolicyVersion", "PolicyName", "p", "PolicyType", "Custom", "VersionId", "v2"), "PolicyVersion.PolicyDocument", second)
	r.call("ram:CreateRole", "RoleName", "Web", "AssumeRolePolicyDocument", trust)
	r.is(r.call("ram:GetRole", "RoleName", "web"), "Role.AssumeRolePolicyDocument", trust)
	r.call("ram:UpdateRole", "RoleName", "web", "NewAssumeRolePolicyDocument", trust+" ")
	r.is(r.call("ram:GetRole", "RoleName", "web"), "Role.AssumeRolePolicyDocument", trust+" ")

	// So it is after the state has been saved and loaded.
	r.call("ram:CreateUser", "UserName", "bob")
	r.call("ram:AttachPolicyToUser", "UserName", "bob", "PolicyName", "p", "PolicyType", "Custom")
	saved := dump(t, c)
	other := startCloud(t)
	load(t, other, saved)
	again := rawFor(t, other, admin(other))
	again.is(again.call("ram:GetPolicy", "PolicyName", "p", "PolicyType", "Custom"), "DefaultPolicyVersion.PolicyDocument", second)
}

func TestVersionsOfAPolicyOneByOne(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	const document = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}]}`
	r.call("ram:CreatePolicy", "PolicyName", "p", "PolicyDocument", document)
	r.call("ram:CreatePolicyVersion", "PolicyName", "p", "PolicyDocument", document)
	r.refused("DeleteConflict.Policy.Version.Default", "ram:DeletePolicyVersion", "PolicyName", "p", "VersionId", "v1")
	r.call("ram:SetDefaultPolicyVersion", "PolicyName", "p", "VersionId", "v2")
	r.call("ram:DeletePolicyVersion", "PolicyName", "p", "VersionId", "v1")
	r.refused("EntityNotExist.Policy.Version", "ram:GetPolicyVersion", "PolicyName", "p", "PolicyType", "Custom", "VersionId", "v1")
	r.is(r.call("ram:GetPolicy", "PolicyName", "p", "PolicyType", "Custom"), "Policy.DefaultVersion", "v2")
	r.call("ram:TagResources", "ResourceType", "policy", "ResourceNames", `["p"]`, "Tag", `[{"Key":"team","Value":"a"}]`)
	r.is(r.call("ram:ListTagResources", "ResourceType", "policy", "ResourceNames", `["p"]`), "TagResources.TagResource.0.TagValue", "a")
	r.call("ram:UntagResources", "ResourceType", "policy", "ResourceNames", `["p"]`, "TagKeys", `["team"]`)
	r.refused("EntityNotExist.Role", "ram:ListTagResources", "ResourceType", "role", "ResourceNames", `["none"]`)
}

// What a group may, its users may, until they leave it.
func TestGroupsGiveTheirUsersTheirPolicies(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	bob := rawFor(t, c, c.AddUser("bob"))
	r.call("ram:CreateGroup", "GroupName", "readers", "Comments", "they read")
	r.refused("EntityAlreadyExists.Group", "ram:CreateGroup", "GroupName", "Readers")
	r.refused("InvalidParameter.GroupName.InvalidChars", "ram:CreateGroup", "GroupName", "a b")
	r.refused("MissingGroupName", "ram:CreateGroup")
	r.call("ram:AttachPolicyToGroup", "GroupName", "readers", "PolicyName", "AliyunECSReadOnlyAccess", "PolicyType", "System")
	bob.refused("Forbidden.RAM", "ecs:DescribeDisks")
	r.call("ram:AddUserToGroup", "GroupName", "readers", "UserName", "bob")
	r.refused("EntityAlreadyExists.User.Group", "ram:AddUserToGroup", "GroupName", "readers", "UserName", "bob")
	bob.call("ecs:DescribeDisks")
	r.is(r.call("ram:ListGroupsForUser", "UserName", "bob"), "Groups.Group.0.GroupName", "readers")
	r.is(r.call("ram:ListUsersForGroup", "GroupName", "readers"), "Users.User.0.UserName", "bob")
	r.is(r.call("ram:ListPoliciesForGroup", "GroupName", "readers"), "Policies.Policy.0.PolicyName", "AliyunECSReadOnlyAccess")
	r.is(r.call("ram:ListEntitiesForPolicy", "PolicyName", "AliyunECSReadOnlyAccess", "PolicyType", "System"), "Groups.Group.0.GroupName", "readers")
	r.refused("DeleteConflict.Group.User", "ram:DeleteGroup", "GroupName", "readers")
	// A new name takes the keys and the groups along.
	r.call("ram:UpdateUser", "UserName", "bob", "NewUserName", "robert", "NewDisplayName", "Robert", "NewEmail", "")
	bob.call("ecs:DescribeDisks")
	r.is(r.call("ram:ListGroupsForUser", "UserName", "robert"), "Groups.Group.0.GroupName", "readers")
	r.refused("EntityNotExist.User", "ram:GetUser", "UserName", "bob")

	saved := dump(t, c)
	other := startCloud(t)
	load(t, other, saved)
	if again := dump(t, other); again != saved {
		t.Errorf("saved:\n%s\nloaded and saved:\n%s", saved, again)
	}

	r.call("ram:RemoveUserFromGroup", "GroupName", "readers", "UserName", "robert")
	bob.refused("Forbidden.RAM", "ecs:DescribeDisks")
	r.refused("EntityNotExist.User.Group", "ram:RemoveUserFromGroup", "GroupName", "readers", "UserName", "robert")
	r.refused("DeleteConflict.Group.Policy", "ram:DeleteGroup", "GroupName", "readers")
	r.call("ram:DetachPolicyFromGroup", "GroupName", "readers", "PolicyName", "AliyunECSReadOnlyAccess", "PolicyType", "System")
	r.call("ram:UpdateGroup", "GroupName", "readers", "NewGroupName", "others")
	r.call("ram:DeleteGroup", "GroupName", "others")
	r.refused("EntityNotExist.Group", "ram:GetGroup", "GroupName", "others")
}

func TestConsoleProfilesMeetThePasswordPolicy(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	c.AddUser("bob")
	r.is(r.call("ram:GetPasswordPolicy"), "PasswordPolicy.MinimumPasswordLength", 8)
	r.is(r.call("ram:SetPasswordPolicy", "MinimumPasswordLength", "12", "RequireNumbers", "true"), "PasswordPolicy.RequireNumbers", true)
	r.is(r.call("ram:GetPasswordPolicy"), "PasswordPolicy.MaxLoginAttemps", 5)
	r.refused("EntityNotExist.User.LoginProfile", "ram:GetLoginProfile", "UserName", "bob")
	r.refused("InvalidParameter.Password.TooWeak", "ram:CreateLoginProfile", "UserName", "bob", "Password", "short1")
	r.refused("InvalidParameter.Password.TooWeak", "ram:CreateLoginProfile", "UserName", "bob", "Password", "no digits at all")
	r.is(r.call("ram:CreateLoginProfile", "UserName", "bob", "Password", "twelve chars 12", "MFABindRequired", "true"), "LoginProfile.MFABindRequired", true)
	r.refused("EntityAlreadyExists.User.LoginProfile", "ram:CreateLoginProfile", "UserName", "bob", "Password", "twelve chars 12")
	r.call("ram:UpdateLoginProfile", "UserName", "bob", "PasswordResetRequired", "true")
	r.is(r.call("ram:GetLoginProfile", "UserName", "bob"), "LoginProfile.PasswordResetRequired", true)
	for _, call := range c.Calls() {
		if strings.Contains(call.Params["Password"], "twelve") {
			t.Error("the password is in the record of the call")
		}
	}
	for _, k := range c.KeysOf("bob") {
		r.call("ram:DeleteAccessKey", "UserName", "bob", "UserAccessKeyId", k.ID)
	}
	r.refused("DeleteConflict.User.LoginProfile", "ram:DeleteUser", "UserName", "bob")
	r.call("ram:DeleteLoginProfile", "UserName", "bob")
	r.call("ram:DeleteUser", "UserName", "bob")
	r.refused("InvalidParameter.MinimumPasswordLength.Range", "ram:SetPasswordPolicy", "MinimumPasswordLength", "7")
}

func TestSettingsOfTheAccount(t *testing.T) {
	c := startCloud(t)
	k := c.AddUser("admin", kernel.SystemPolicies["AdministratorAccess"])
	r := rawFor(t, c, k)
	r.is(r.call("ram:GetAccountAlias"), "AccountAlias", "")
	r.call("ram:SetAccountAlias", "AccountAlias", "my-company")
	r.is(r.call("ram:GetAccountAlias"), "AccountAlias", "my-company")
	r.refused("InvalidParameter.AccountAlias.Format", "ram:SetAccountAlias", "AccountAlias", "-x-")
	r.call("ram:ClearAccountAlias")
	r.is(r.call("ram:GetSecurityPreference"), "SecurityPreference.LoginProfilePreference.LoginSessionDuration", 6)
	r.call("ram:SetSecurityPreference", "LoginNetworkMasks", "192.0.2.0/24;198.51.100.7", "AllowUserToManageAccessKeys", "true")
	a := r.call("ram:GetSecurityPreference")
	r.is(a, "SecurityPreference.LoginProfilePreference.LoginNetworkMasks", "192.0.2.0/24;198.51.100.7")
	r.is(a, "SecurityPreference.AccessKeyPreference.AllowUserToManageAccessKeys", true)
	r.is(a, "SecurityPreference.MFAPreference.AllowUserToManageMFADevices", true)
	r.refused("InvalidParameter.LoginNetworkMasks.Format", "ram:SetSecurityPreference", "LoginNetworkMasks", "office")
	if used := dig(t, r.call("ram:GetAccessKeyLastUsed", "UserName", "admin", "UserAccessKeyId", k.AccessKeyID), "AccessKeyLastUsed.LastUsedDate"); used == "" {
		t.Error("the key that asks was never used")
	}
	fresh := dig(t, r.call("ram:CreateAccessKey", "UserName", "admin"), "AccessKey.AccessKeyId").(string)
	r.is(r.call("ram:GetAccessKeyLastUsed", "UserName", "admin", "UserAccessKeyId", fresh), "AccessKeyLastUsed.LastUsedDate", "")

	r.call("ram:CreateVirtualMFADevice", "VirtualMFADeviceName", "phone")
	serial := dig(t, r.call("ram:ListVirtualMFADevices"), "VirtualMFADevices.VirtualMFADevice.0.SerialNumber").(string)
	r.refused("EntityNotExist.User.MFADevice", "ram:GetUserMFAInfo", "UserName", "admin")
	r.call("ram:DeleteVirtualMFADevice", "SerialNumber", serial)
	r.refused("EntityNotExist.VirtualMFADevice", "ram:DeleteVirtualMFADevice", "SerialNumber", serial)

	principal := "admin@" + c.Account + ".onaliyun.com"
	r.is(r.call("ims:GetUser", "UserPrincipalName", principal), "User.UserPrincipalName", principal)
	r.is(r.call("ims:GetUser", "UserAccessKeyId", k.AccessKeyID), "User.Status", "active")
	r.is(r.call("ims:ListUsers"), "Users.User.0.UserPrincipalName", principal)
	r.is(r.call("ims:UpdateUser", "UserPrincipalName", principal, "NewDisplayName", "The Admin"), "User.DisplayName", "The Admin")
	r.refused("DeleteConflict.User.AccessKey", "ims:DeleteUser", "UserPrincipalName", principal)
	r.refused("EntityNotExist.User", "ims:GetUser", "UserPrincipalName", "nobody")
}
