package cloud

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestUnknownActionIsRefusedByName(t *testing.T) {
	c := startCloud(t)
	_, err := ecsClient(t, c, admin(c)).RedeployInstance(ecs.CreateRedeployInstanceRequest())
	if e := wantCode(t, err, "InvalidAction.NotFound"); e.HttpStatus() != 404 || !strings.Contains(e.Message(), "Ecs:RedeployInstance") {
		t.Errorf("%d %s", e.HttpStatus(), e.Message())
	}
}

func TestParametersAreValidated(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	describe := func(edit func(*ecs.DescribeSecurityGroupAttributeRequest)) error {
		r := ecs.CreateDescribeSecurityGroupAttributeRequest()
		r.SecurityGroupId = "sg-1"
		edit(r)
		_, err := client.DescribeSecurityGroupAttribute(r)
		return err
	}
	type request = *ecs.DescribeSecurityGroupAttributeRequest
	for name, test := range map[string]struct {
		code, says string
		edit       func(request)
	}{
		"missing":      {"MissingParameter", "SecurityGroupId", func(r request) { r.SecurityGroupId = "" }},
		"no number":    {"InvalidParameter", "MaxResults", func(r request) { r.MaxResults = "many" }},
		"too small":    {"InvalidParameter", "MaxResults", func(r request) { r.MaxResults = "9" }},
		"too large":    {"InvalidParameter", "MaxResults", func(r request) { r.MaxResults = "1001" }},
		"no such word": {"InvalidParameter", "Direction", func(r request) { r.Direction = "inward" }},
		"unknown":      {"LocalCloud.UnknownParameter", "Colour", func(r request) { r.QueryParams["Colour"] = "red" }},
		"region":       {"InvalidRegionId.NotFound", "RegionId", func(r request) { r.RegionId = "mars-1"; r.Domain = "ecs-cn-hangzhou.aliyuncs.com" }},
		"token":        {"InvalidParameter.NextToken", "NextToken", func(r request) { r.NextToken = "AAAA" }},
	} {
		t.Run(name, func(t *testing.T) {
			if e := wantCode(t, describe(test.edit), test.code); !strings.Contains(e.Message(), test.says) {
				t.Errorf("the message does not name %s: %s", test.says, e.Message())
			}
		})
	}
	c.Strict = false
	if err := describe(func(r request) { r.QueryParams["Colour"] = "red" }); err != nil {
		t.Errorf("not strict: %v", err)
	}
}

func TestEveryRuleIsOnSomePage(t *testing.T) {
	c := startCloud(t)
	var rules strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&rules, "        - {protocol: tcp, ports: %d/%d, source: 10.0.0.0/8}\n", i+1, i+1)
	}
	load(t, c, "ecs:\n  disk-encryption-by-default: false\n  security-groups:\n    - id: sg-1\n      rules:\n"+rules.String())
	client := ecsClient(t, c, admin(c))
	for size, pages := range map[string]int{"": 3, "1000": 2, "10": 120} {
		seen, n, token := map[string]bool{}, 0, ""
		for {
			r := ecs.CreateDescribeSecurityGroupAttributeRequest()
			r.SecurityGroupId, r.NextToken, r.MaxResults = "sg-1", token, requests.Integer(size)
			page := must[*ecs.DescribeSecurityGroupAttributeResponse](t)(client.DescribeSecurityGroupAttribute(r))
			for _, p := range page.Permissions.Permission {
				seen[p.SecurityGroupRuleId] = true
			}
			n++
			if token = page.NextToken; token == "" {
				break
			}
		}
		if len(seen) != 1200 || n != pages {
			t.Errorf("MaxResults %q: %d rules on %d pages, want %d pages", size, len(seen), n, pages)
		}
	}
}

func TestEveryInstanceIsOnSomePage(t *testing.T) {
	c := startCloud(t)
	var instances strings.Builder
	for i := range 250 {
		fmt.Fprintf(&instances, "    - {id: i-%03d}\n", i)
	}
	load(t, c, "ecs:\n  disk-encryption-by-default: false\n  instances:\n"+instances.String())
	client := ecsClient(t, c, admin(c))
	byToken, token := map[string]bool{}, ""
	for {
		page := instancesOf(t, client, func(r *ecs.DescribeInstancesRequest) { r.MaxResults, r.NextToken = "100", token })
		for _, i := range page.Instances.Instance {
			byToken[i.InstanceId] = true
		}
		if token = page.NextToken; token == "" {
			break
		}
	}
	byNumber := map[string]bool{}
	for n := 1; ; n++ {
		page := instancesOf(t, client, func(r *ecs.DescribeInstancesRequest) {
			r.PageNumber, r.PageSize = requests.NewInteger(n), "60"
		})
		if page.TotalCount != 250 || page.PageNumber != n {
			t.Fatalf("%+v", page)
		}
		if len(page.Instances.Instance) == 0 {
			break
		}
		for _, i := range page.Instances.Instance {
			byNumber[i.InstanceId] = true
		}
	}
	if len(byToken) != 250 || len(byNumber) != 250 {
		t.Errorf("%d by token, %d by number", len(byToken), len(byNumber))
	}
}

func TestClientTokenDoesTheWorkOnce(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	run := func(image string) (string, error) {
		r := runCall()
		r.ClientToken, r.ImageId = "token-1", image
		response, err := client.RunInstances(r)
		if err != nil {
			return "", err
		}
		return response.InstanceIdSets.InstanceIdSet[0], nil
	}
	one := must[string](t)(run("a"))
	if two := must[string](t)(run("a")); two != one {
		t.Errorf("%s, then %s", one, two)
	}
	_, err := run("b")
	wantCode(t, err, "IdempotentParameterMismatch")
	if n := len(instancesOf(t, client, nil).Instances.Instance); n != 1 {
		t.Errorf("%d instances", n)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	r := runCall()
	r.DryRun = requests.NewBoolean(true)
	_, err := client.RunInstances(r)
	wantCode(t, err, "DryRunOperation")
	if n := len(instancesOf(t, client, nil).Instances.Instance); n != 0 {
		t.Errorf("%d instances", n)
	}
}

func TestRegionsDoNotSeeEachOther(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}, {id: sg-2, region: cn-beijing}]}")
	client := ecsClient(t, c, admin(c))
	for region, want := range map[string]string{"cn-hangzhou": "sg-1", "cn-beijing": "sg-2"} {
		r := ecs.CreateDescribeSecurityGroupsRequest()
		r.RegionId = region
		got := must[*ecs.DescribeSecurityGroupsResponse](t)(client.DescribeSecurityGroups(r)).SecurityGroups.SecurityGroup
		if len(got) != 1 || got[0].SecurityGroupId != want {
			t.Errorf("%s: %+v", region, got)
		}
	}
}

// A read role cannot write, and a permission for one resource is not one for
// another.
func TestPermissionIsEnforcedPerResource(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1, rules: [{id: sgr-1, protocol: tcp, ports: 22/22, source: 0.0.0.0/0}]}, {id: sg-2}]}")
	p := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow",
		"Action":["ecs:RevokeSecurityGroup","ecs:DescribeSecurityGroupAttribute"],"Resource":"acs:ecs:cn-hangzhou:*:securitygroup/sg-1"}]}`)))
	client := ecsClient(t, c, c.AddUser("alice", p))
	revoke := func(id string) error {
		r := ecs.CreateRevokeSecurityGroupRequest()
		r.SecurityGroupId, r.SecurityGroupRuleId = id, &[]string{"sgr-1"}
		_, err := client.RevokeSecurityGroup(r)
		return err
	}
	if e := wantCode(t, revoke("sg-2"), "Forbidden.RAM"); e.HttpStatus() != 403 || e.AccessDeniedDetail()["AuthAction"] != "ecs:RevokeSecurityGroup" {
		t.Errorf("%d %v", e.HttpStatus(), e.AccessDeniedDetail())
	}
	if err := revoke("sg-1"); err != nil {
		t.Error(err)
	}
	_, err := client.AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "10.0.0.0/8")))
	wantCode(t, err, "Forbidden.RAM")
}

func TestCallsAreRecordedWithoutSecrets(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	k := admin(c)
	client := ecsClient(t, c, k)
	run := runCall()
	run.Password = "Very-Secret-1"
	must[*ecs.RunInstancesResponse](t)(client.RunInstances(run))
	_, err := ecsClient(t, c, c.AddUser("nobody")).DescribeRegions(ecs.CreateDescribeRegionsRequest())
	wantCode(t, err, "Forbidden.RAM")
	calls := c.Calls()
	if len(calls) != 2 {
		t.Fatalf("%+v", calls)
	}
	made, refused := calls[0], calls[1]
	if made.Action != "ecs:RunInstances" || !made.Write || made.Status != 200 || made.Principal.Name != "admin" || made.Params["SecurityGroupId"] != "sg-1" {
		t.Errorf("%+v", made)
	}
	if refused.Action != "ecs:DescribeRegions" || refused.Write || refused.Code != "Forbidden.RAM" || refused.Principal.Name != "nobody" {
		t.Errorf("%+v", refused)
	}
	for name, v := range made.Params {
		if strings.Contains(v, "Very-Secret") || strings.Contains(v, k.AccessKeyID) || name == "Signature" {
			t.Errorf("the record has %s=%s", name, v)
		}
	}
}
