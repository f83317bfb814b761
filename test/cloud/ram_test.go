package cloud

import (
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestUsersKeysAndPolicies(t *testing.T) {
	c := startCloud(t)
	client := ramClient(t, c, admin(c))
	user := ram.CreateCreateUserRequest()
	user.UserName = "Alice"
	must[*ram.CreateUserResponse](t)(client.CreateUser(user))
	_, err := client.CreateUser(user)
	wantCode(t, err, "EntityAlreadyExists.User")
	newKey := ram.CreateCreateAccessKeyRequest()
	newKey.UserName = "alice"
	key := must[*ram.CreateAccessKeyResponse](t)(client.CreateAccessKey(newKey)).AccessKey
	alice := ecsClient(t, c, kernel.Credentials{AccessKeyID: key.AccessKeyId, AccessKeySecret: key.AccessKeySecret})
	describe := func() error {
		_, err := alice.DescribeRegions(ecs.CreateDescribeRegionsRequest())
		return err
	}
	wantCode(t, describe(), "Forbidden.RAM")

	attach := ram.CreateAttachPolicyToUserRequest()
	attach.UserName, attach.PolicyName, attach.PolicyType = "Alice", "AliyunECSReadOnlyAccess", "System"
	must[*ram.AttachPolicyToUserResponse](t)(client.AttachPolicyToUser(attach))
	if err := describe(); err != nil {
		t.Error(err)
	}
	_, err = client.AttachPolicyToUser(attach)
	wantCode(t, err, "EntityAlreadyExists.User.Policy")
	list := ram.CreateListPoliciesForUserRequest()
	list.UserName = "Alice"
	if p := must[*ram.ListPoliciesForUserResponse](t)(client.ListPoliciesForUser(list)).Policies.Policy; len(p) != 1 || p[0].PolicyName != "AliyunECSReadOnlyAccess" {
		t.Errorf("%+v", p)
	}

	update := ram.CreateUpdateAccessKeyRequest()
	update.UserName, update.UserAccessKeyId, update.Status = "Alice", key.AccessKeyId, "Inactive"
	must[*ram.UpdateAccessKeyResponse](t)(client.UpdateAccessKey(update))
	wantCode(t, describe(), "InvalidAccessKeyId.Inactive")

	remove := ram.CreateDeleteUserRequest()
	remove.UserName = "Alice"
	_, err = client.DeleteUser(remove)
	wantCode(t, err, "DeleteConflict.User.AccessKey")
	deleteKey := ram.CreateDeleteAccessKeyRequest()
	deleteKey.UserName, deleteKey.UserAccessKeyId = "Alice", key.AccessKeyId
	must[*ram.DeleteAccessKeyResponse](t)(client.DeleteAccessKey(deleteKey))
	wantCode(t, describe(), "InvalidAccessKeyId.NotFound")
	detach := ram.CreateDetachPolicyFromUserRequest()
	detach.UserName, detach.PolicyName, detach.PolicyType = "Alice", "AliyunECSReadOnlyAccess", "System"
	must[*ram.DetachPolicyFromUserResponse](t)(client.DetachPolicyFromUser(detach))
	must[*ram.DeleteUserResponse](t)(client.DeleteUser(remove))
	if users := must[*ram.ListUsersResponse](t)(client.ListUsers(ram.CreateListUsersRequest())).Users.User; len(users) != 1 {
		t.Errorf("%+v", users)
	}
}

func TestRoleIsMadeAndAssumed(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	client := ramClient(t, c, k)
	policy := ram.CreateCreatePolicyRequest()
	policy.PolicyName = "read-disks"
	policy.PolicyDocument = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:DescribeDisks","Resource":"*"}]}`
	must[*ram.CreatePolicyResponse](t)(client.CreatePolicy(policy))
	policy.PolicyName, policy.PolicyDocument = "broken", `{"Version":"1"}`
	_, err := client.CreatePolicy(policy)
	wantCode(t, err, "MalformedPolicyDocument")

	role := ram.CreateCreateRoleRequest()
	role.RoleName = "DiskReader"
	role.AssumeRolePolicyDocument = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::` + c.Account + `:root"]}}]}`
	arn := must[*ram.CreateRoleResponse](t)(client.CreateRole(role)).Role.Arn
	if arn != "acs:ram::"+c.Account+":role/diskreader" {
		t.Errorf("the ARN is %s", arn)
	}
	attach := ram.CreateAttachPolicyToRoleRequest()
	attach.RoleName, attach.PolicyName, attach.PolicyType = "DiskReader", "read-disks", "Custom"
	must[*ram.AttachPolicyToRoleResponse](t)(client.AttachPolicyToRole(attach))

	assume := sts.CreateAssumeRoleRequest()
	assume.Scheme, assume.RoleArn, assume.RoleSessionName = "https", arn, "look"
	response := must[*sts.AssumeRoleResponse](t)(stsClient(t, c, k).AssumeRole(assume))
	session := kernel.Credentials{AccessKeyID: response.Credentials.AccessKeyId, AccessKeySecret: response.Credentials.AccessKeySecret, SecurityToken: response.Credentials.SecurityToken}
	if !strings.HasPrefix(session.AccessKeyID, "STS.") || response.AssumedRoleUser.Arn != arn+"/look" {
		t.Errorf("%+v", response)
	}
	identity := must[*sts.GetCallerIdentityResponse](t)(stsClient(t, c, session).GetCallerIdentity(sts.CreateGetCallerIdentityRequest()))
	if identity.IdentityType != "AssumedRoleUser" || identity.Arn != "acs:ram::"+c.Account+":assumed-role/diskreader/look" {
		t.Errorf("%+v", identity)
	}
	disksOf(t, ecsClient(t, c, session), nil)
	_, err = ecsClient(t, c, session).DescribeInstances(ecs.CreateDescribeInstancesRequest())
	wantCode(t, err, "Forbidden.RAM")

	// A session policy can only take away.
	assume.Policy = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:DescribeInstances","Resource":"*"}]}`
	response = must[*sts.AssumeRoleResponse](t)(stsClient(t, c, k).AssumeRole(assume))
	narrow := ecsClient(t, c, kernel.Credentials{AccessKeyID: response.Credentials.AccessKeyId, AccessKeySecret: response.Credentials.AccessKeySecret, SecurityToken: response.Credentials.SecurityToken})
	_, err = narrow.DescribeDisks(ecs.CreateDescribeDisksRequest())
	wantCode(t, err, "Forbidden.RAM")
	_, err = narrow.DescribeInstances(ecs.CreateDescribeInstancesRequest())
	wantCode(t, err, "Forbidden.RAM")
}

func TestAssumeRoleNeedsPermissionAndTrust(t *testing.T) {
	c := startCloud(t)
	trust := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::` + c.Account + `:user/bob"]}}]}`)))
	arn := c.AddRole("fixer", trust)
	assume := func(k kernel.Credentials, arn, seconds string) error {
		r := sts.CreateAssumeRoleRequest()
		r.RoleArn, r.RoleSessionName = arn, "s1"
		if seconds != "" {
			r.QueryParams["DurationSeconds"] = seconds
		}
		_, err := stsClient(t, c, k).AssumeRole(r)
		return err
	}
	alice := c.AddUser("alice", kernel.SystemPolicies["AliyunSTSAssumeRoleAccess"])
	bob := c.AddUser("bob", kernel.SystemPolicies["AliyunSTSAssumeRoleAccess"])
	wantCode(t, assume(c.AddUser("carol"), arn, ""), "NoPermission")
	wantCode(t, assume(alice, arn, ""), "NoPermission")
	wantCode(t, assume(c.RootSession(), arn, ""), "NoPermission")
	wantCode(t, assume(bob, arn+"x", ""), "EntityNotExist.Role")
	wantCode(t, assume(bob, arn, "899"), "InvalidParameter.DurationSeconds")
	wantCode(t, assume(bob, arn, "3601"), "InvalidParameter.DurationSeconds")
	if err := assume(bob, arn, "900"); err != nil {
		t.Error(err)
	}
}

// The generic client, without a domain, asks the location service first.
func TestEndpointsAreFoundThroughTheLocationService(t *testing.T) {
	c := startCloud(t)
	client := must[*sdk.Client](t)(sdk.NewClientWithOptions("ap-southeast-1", sdkConfig(c), sdkCredential(admin(c))))
	r := requests.NewCommonRequest()
	r.Product, r.Version, r.ApiName, r.ServiceCode = "Ecs", "2014-05-26", "DescribeDisks", "ecs"
	if _, err := client.ProcessCommonRequest(r); err != nil {
		t.Fatal(err)
	}
	// The SDK keeps what it was told for as long as the process lives, so that
	// only the first run of this test sees the question.
	calls := c.Calls()
	if first := calls[0].Action; first != "location:DescribeEndpoints" && first != "ecs:DescribeDisks" || calls[len(calls)-1].Code != "" {
		t.Errorf("%+v", calls)
	}
	if r.GetDomain() != "ecs.ap-southeast-1.aliyuncs.com" {
		t.Errorf("the domain is %s", r.GetDomain())
	}
}

func TestRolesAndPoliciesAreRead(t *testing.T) {
	c := startCloud(t)
	arn := c.AddRole("Fixer", kernel.Policy{Version: "1"}, kernel.SystemPolicies["AliyunECSFullAccess"])
	client := ramClient(t, c, admin(c))
	get := ram.CreateGetRoleRequest()
	get.RoleName = "fixer"
	if r := must[*ram.GetRoleResponse](t)(client.GetRole(get)).Role; r.Arn != arn || r.RoleName != "Fixer" || r.AssumeRolePolicyDocument == "" {
		t.Errorf("%+v", r)
	}
	list := ram.CreateListPoliciesForRoleRequest()
	list.RoleName = "Fixer"
	policies := must[*ram.ListPoliciesForRoleResponse](t)(client.ListPoliciesForRole(list)).Policies.Policy
	if len(policies) != 1 || policies[0].PolicyType != "Custom" {
		t.Fatalf("%+v", policies)
	}
	read := ram.CreateGetPolicyRequest()
	read.PolicyName, read.PolicyType = policies[0].PolicyName, "Custom"
	if doc := must[*ram.GetPolicyResponse](t)(client.GetPolicy(read)).DefaultPolicyVersion.PolicyDocument; !strings.Contains(doc, "ecs:*") {
		t.Error(doc)
	}
	remove := ram.CreateDeleteRoleRequest()
	remove.RoleName = "Fixer"
	_, err := client.DeleteRole(remove)
	wantCode(t, err, "DeleteConflict.Role.Policy")
	detach := ram.CreateDetachPolicyFromRoleRequest()
	detach.RoleName, detach.PolicyName, detach.PolicyType = "Fixer", policies[0].PolicyName, "Custom"
	must[*ram.DetachPolicyFromRoleResponse](t)(client.DetachPolicyFromRole(detach))
	must[*ram.DeleteRoleResponse](t)(client.DeleteRole(remove))
	_, err = client.GetRole(get)
	wantCode(t, err, "EntityNotExist.Role")
}
