package cloud

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// The default version counts, five are kept, and a number is not used again.
func TestVersionsOfAPolicy(t *testing.T) {
	c := startCloud(t)
	client := ramClient(t, c, admin(c))
	document := func(action string) string {
		return fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":%q,"Resource":"*"}]}`, action)
	}
	policy := ram.CreateCreatePolicyRequest()
	policy.PolicyName, policy.PolicyDocument = "p", document("ecs:DescribeDisks")
	must[*ram.CreatePolicyResponse](t)(client.CreatePolicy(policy))
	user := c.AddUser("alice")
	attach := ram.CreateAttachPolicyToUserRequest()
	attach.UserName, attach.PolicyName, attach.PolicyType = "alice", "p", "Custom"
	must[*ram.AttachPolicyToUserResponse](t)(client.AttachPolicyToUser(attach))
	describe := func() error {
		_, err := ecsClient(t, c, user).DescribeRegions(ecs.CreateDescribeRegionsRequest())
		return err
	}
	add := func(action string, asDefault bool, rotate string) error {
		r := ram.CreateCreatePolicyVersionRequest()
		r.PolicyName, r.PolicyDocument, r.SetAsDefault, r.RotateStrategy = "p", document(action), requests.NewBoolean(asDefault), rotate
		_, err := client.CreatePolicyVersion(r)
		return err
	}
	if err := add("ecs:DescribeRegions", false, ""); err != nil {
		t.Fatal(err)
	}
	wantCode(t, describe(), "Forbidden.RAM")
	if err := add("ecs:DescribeRegions", true, ""); err != nil {
		t.Fatal(err)
	}
	if err := describe(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := add("ecs:DescribeDisks", false, "None"); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, add("ecs:DescribeDisks", true, ""), "LimitExceeded.Policy.Version")
	for range 2 { // v1 and v2 go, and v3 stays: it counts
		if err := add("ecs:DescribeDisks", false, "DeleteOldestNonDefaultVersionWhenLimitExceeded"); err != nil {
			t.Fatal(err)
		}
	}
	if err := add("ecs:DescribeDisks", false, "DeleteOldestNonDefaultVersionWhenLimitExceeded"); err != nil {
		t.Fatal(err)
	}
	list := ram.CreateListPolicyVersionsRequest()
	list.PolicyName, list.PolicyType = "p", "Custom"
	var ids []string
	for _, v := range must[*ram.ListPolicyVersionsResponse](t)(client.ListPolicyVersions(list)).PolicyVersions.PolicyVersion {
		ids = append(ids, fmt.Sprintf("%s %t", v.VersionId, v.IsDefaultVersion))
	}
	if want := []string{"v3 true", "v5 false", "v6 false", "v7 false", "v8 false"}; !slices.Equal(ids, want) {
		t.Errorf("the versions are %v, want %v", ids, want)
	}
	policy.PolicyName, policy.PolicyDocument = "long", document("ecs:"+string(make([]byte, 6144)))
	_, err := client.CreatePolicy(policy)
	wantCode(t, err, "InvalidParameter.PolicyDocument.Length")
}

func TestRoleIsUpdated(t *testing.T) {
	c := startCloud(t)
	client := ramClient(t, c, admin(c))
	arn := c.AddRole("fixer", must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}}]}`))))
	r := ram.CreateUpdateRoleRequest()
	r.RoleName, r.NewAssumeRolePolicyDocument = "Fixer", `{"Version":"1"}`
	_, err := client.UpdateRole(r)
	wantCode(t, err, "MalformedPolicyDocument")
	r.NewAssumeRolePolicyDocument = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`
	must[*ram.UpdateRoleResponse](t)(client.UpdateRole(r))
	if _, err := c.AssumeServiceRole(arn, "fc.aliyuncs.com", "s1", 0); err != nil {
		t.Error(err)
	}
	if _, err := c.AssumeServiceRole(arn, "ecs.aliyuncs.com", "s1", 0); err == nil {
		t.Error("the service that was trusted before still is")
	}
}
