package cloud

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
)

// authorizeCall is AuthorizeSecurityGroup for sg-1, in the form with
// Permissions.
func authorizeCall(rules ...ecs.AuthorizeSecurityGroupPermissions) *ecs.AuthorizeSecurityGroupRequest {
	r := ecs.CreateAuthorizeSecurityGroupRequest()
	r.SecurityGroupId, r.Permissions = "sg-1", &rules
	return r
}

func tcp(ports, source string) ecs.AuthorizeSecurityGroupPermissions {
	return ecs.AuthorizeSecurityGroupPermissions{IpProtocol: "tcp", PortRange: ports, SourceCidrIp: source}
}

func rulesOf(t *testing.T, client *ecs.Client, id string) []ecs.Permission {
	t.Helper()
	r := ecs.CreateDescribeSecurityGroupAttributeRequest()
	r.SecurityGroupId = id
	return must[*ecs.DescribeSecurityGroupAttributeResponse](t)(client.DescribeSecurityGroupAttribute(r)).Permissions.Permission
}

func TestSecurityGroupFromCreationToDeletion(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	create := ecs.CreateCreateSecurityGroupRequest()
	create.SecurityGroupName, create.VpcId = "web", "vpc-1"
	create.Tag = &[]ecs.CreateSecurityGroupTag{{Key: "env", Value: "prod"}}
	id := must[*ecs.CreateSecurityGroupResponse](t)(client.CreateSecurityGroup(create)).SecurityGroupId
	if !strings.HasPrefix(id, "sg-bp1") || len(id) != 23 {
		t.Errorf("the id is %s", id)
	}
	list := ecs.CreateDescribeSecurityGroupsRequest()
	list.SecurityGroupIds = `["` + id + `"]`
	list.Tag = &[]ecs.DescribeSecurityGroupsTag{{Key: "env"}}
	list.IsQueryEcsCount = requests.NewBoolean(true)
	groups := must[*ecs.DescribeSecurityGroupsResponse](t)(client.DescribeSecurityGroups(list)).SecurityGroups.SecurityGroup
	if len(groups) != 1 || groups[0].VpcId != "vpc-1" || groups[0].Tags.Tag[0].TagValue != "prod" || groups[0].SecurityGroupType != "normal" {
		t.Fatalf("%+v", groups)
	}
	modify := ecs.CreateModifySecurityGroupAttributeRequest()
	modify.SecurityGroupId, modify.SecurityGroupName = id, "renamed"
	must[*ecs.ModifySecurityGroupAttributeResponse](t)(client.ModifySecurityGroupAttribute(modify))
	remove := ecs.CreateDeleteSecurityGroupRequest()
	remove.SecurityGroupId = id
	must[*ecs.DeleteSecurityGroupResponse](t)(client.DeleteSecurityGroup(remove))
	_, err := client.DeleteSecurityGroup(remove)
	wantCode(t, err, "InvalidSecurityGroupId.NotFound")
}

func TestRulesInBothForms(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}, {id: sg-2}], prefix-lists: [{id: pl-1, entries: [10.0.0.0/8]}]}")
	client := ecsClient(t, c, admin(c))
	must[*ecs.AuthorizeSecurityGroupResponse](t)(client.AuthorizeSecurityGroup(authorizeCall(
		tcp("22/22", "0.0.0.0/0"),
		ecs.AuthorizeSecurityGroupPermissions{IpProtocol: "ALL", PortRange: "-1/-1", Ipv6SourceCidrIp: "::/0", Policy: "drop", Priority: "100", Description: "last"},
		ecs.AuthorizeSecurityGroupPermissions{IpProtocol: "udp", PortRange: "53/53", SourceGroupId: "sg-2"},
		ecs.AuthorizeSecurityGroupPermissions{IpProtocol: "tcp", PortRange: "443/443", SourcePrefixListId: "pl-1"},
	)))
	legacy := ecs.CreateAuthorizeSecurityGroupRequest()
	legacy.SecurityGroupId, legacy.IpProtocol, legacy.PortRange, legacy.SourceCidrIp = "sg-1", "icmp", "-1/-1", "192.0.2.7"
	must[*ecs.AuthorizeSecurityGroupResponse](t)(client.AuthorizeSecurityGroup(legacy))
	egress := ecs.CreateAuthorizeSecurityGroupEgressRequest()
	egress.SecurityGroupId = "sg-1"
	egress.Permissions = &[]ecs.AuthorizeSecurityGroupEgressPermissions{{IpProtocol: "ALL", PortRange: "-1/-1", DestCidrIp: "0.0.0.0/0"}}
	must[*ecs.AuthorizeSecurityGroupEgressResponse](t)(client.AuthorizeSecurityGroupEgress(egress))

	var got []string
	for _, r := range rulesOf(t, client, "sg-1") {
		got = append(got, strings.Join([]string{
			r.Direction, r.Policy, r.Priority, r.IpProtocol, r.PortRange, r.SourceCidrIp + r.Ipv6SourceCidrIp + r.SourceGroupId + r.SourcePrefixListId + r.DestCidrIp, r.NicType, r.Description,
		}, " "))
		if !strings.HasPrefix(r.SecurityGroupRuleId, "sgr-bp1") || r.CreateTime == "" {
			t.Errorf("%+v", r)
		}
	}
	want := []string{
		"ingress Accept 1 TCP 22/22 0.0.0.0/0 intranet ", "ingress Drop 100 ALL -1/-1 ::/0 intranet last", "ingress Accept 1 UDP 53/53 sg-2 intranet ",
		"ingress Accept 1 TCP 443/443 pl-1 intranet ", "ingress Accept 1 ICMP -1/-1 192.0.2.7 intranet ", "egress Accept 1 ALL -1/-1 0.0.0.0/0 intranet ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestBadRulesAreRefusedAndNothingIsAdded(t *testing.T) {
	c := startCloud(t)
	load(t, c, `ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}, {id: sg-2, vpc: vpc-2}, {id: sg-3, type: enterprise}]}`)
	client := ecsClient(t, c, admin(c))
	type p = ecs.AuthorizeSecurityGroupPermissions
	for name, test := range map[string]struct {
		bad  p
		code string
	}{
		"protocol":           {p{IpProtocol: "tls", PortRange: "22/22", SourceCidrIp: "10.0.0.0/8"}, "InvalidIpProtocol.ValueNotSupported"},
		"no ports":           {p{IpProtocol: "tcp", SourceCidrIp: "10.0.0.0/8"}, "InvalidPortRange.Malformed"},
		"all ports of tcp":   {tcp("-1/-1", "10.0.0.0/8"), "InvalidParam.PortRange"},
		"ports reversed":     {tcp("443/80", "10.0.0.0/8"), "InvalidParam.PortRange"},
		"ports of all":       {p{IpProtocol: "all", PortRange: "1/65535", SourceCidrIp: "10.0.0.0/8"}, "InvalidParam.PortRange"},
		"not a block":        {tcp("22/22", "10.0.0.0/40"), "InvalidParam.SourceCidrIp"},
		"v6 as v4":           {tcp("22/22", "::/0"), "InvalidParam.SourceCidrIp"},
		"v4 as v6":           {p{IpProtocol: "tcp", PortRange: "22/22", Ipv6SourceCidrIp: "10.0.0.0/8"}, "InvalidParam.Ipv6SourceCidrIp"},
		"both families":      {p{IpProtocol: "tcp", PortRange: "22/22", SourceCidrIp: "10.0.0.0/8", Ipv6SourceCidrIp: "::/0"}, "InvalidParam.SourceIp"},
		"icmp over v6":       {p{IpProtocol: "icmp", PortRange: "-1/-1", Ipv6SourceCidrIp: "::/0"}, "InvalidParam.Ipv4ProtocolConflictWithIpv6Address"},
		"no source":          {p{IpProtocol: "tcp", PortRange: "22/22"}, "MissingParameter.Source"},
		"itself":             {p{IpProtocol: "tcp", PortRange: "22/22", SourceGroupId: "sg-1"}, "InvalidParamter.Conflict"},
		"no such group":      {p{IpProtocol: "tcp", PortRange: "22/22", SourceGroupId: "sg-9"}, "InvalidSourceGroupId.NotFound"},
		"group of other VPC": {p{IpProtocol: "tcp", PortRange: "22/22", SourceGroupId: "sg-2"}, "InvalidSourceGroupId.Mismatch"},
		"no such list":       {p{IpProtocol: "tcp", PortRange: "22/22", SourcePrefixListId: "pl-9"}, "InvalidPrefixListId.NotFound"},
		"priority":           {p{IpProtocol: "tcp", PortRange: "22/22", SourceCidrIp: "10.0.0.0/8", Priority: "101"}, "InvalidPriority.ValueNotSupported"},
		"policy":             {p{IpProtocol: "tcp", PortRange: "22/22", SourceCidrIp: "10.0.0.0/8", Policy: "reject"}, "InvalidPolicy.Malformed"},
		"nic":                {p{IpProtocol: "tcp", PortRange: "22/22", SourceCidrIp: "10.0.0.0/8", NicType: "internet"}, "InvalidNicType.ValueNotSupported"},
		"twice in one call":  {tcp("80/80", "203.0.113.7/8"), "InvalidParam.DuplicatePermissions"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.AuthorizeSecurityGroup(authorizeCall(tcp("80/80", "203.0.0.0/8"), test.bad))
			wantCode(t, err, test.code)
			if rules := rulesOf(t, client, "sg-1"); len(rules) != 0 {
				t.Errorf("rules were added: %+v", rules)
			}
		})
	}
	mixed := authorizeCall(tcp("80/80", "10.0.0.0/8"))
	mixed.IpProtocol = "tcp"
	_, err := client.AuthorizeSecurityGroup(mixed)
	wantCode(t, err, "InvalidParam.Permissions")
	enterprise := authorizeCall(ecs.AuthorizeSecurityGroupPermissions{IpProtocol: "tcp", PortRange: "22/22", SourceGroupId: "sg-1"})
	enterprise.SecurityGroupId = "sg-3"
	_, err = client.AuthorizeSecurityGroup(enterprise)
	wantCode(t, err, "InvalidGroupAuthParameter.OperationDenied")
	_, err = client.AuthorizeSecurityGroup(authorizeCall(ecs.AuthorizeSecurityGroupPermissions{IpProtocol: "tcp", PortRange: "22/22", SourceGroupId: "sg-3"}))
	wantCode(t, err, "InvalidGroupAuthParameter.OperationDenied")
}

func TestRuleThatExistsIsNotAddedAgain(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1, rules: [{protocol: tcp, ports: 22/22, source: 10.0.0.0/8}]}]}")
	client := ecsClient(t, c, admin(c))
	must[*ecs.AuthorizeSecurityGroupResponse](t)(client.AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "10.1.2.3/8"))))
	if n := len(rulesOf(t, client, "sg-1")); n != 1 {
		t.Errorf("%d rules", n)
	}
}

func TestRuleQuota(t *testing.T) {
	c := startCloud(t)
	c.RuleQuota = 1
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}]}")
	_, err := ecsClient(t, c, admin(c)).AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "10.0.0.0/8"), tcp("23/23", "10.0.0.0/8")))
	wantCode(t, err, "AuthorizationLimitExceed")
}

const twoRules = `
ecs:
  disk-encryption-by-default: false
  security-groups:
    - id: sg-1
      rules:
        - {id: sgr-ssh, protocol: tcp, ports: 22/22, source: 0.0.0.0/0, priority: 5}
        - {id: sgr-web, protocol: tcp, ports: 443/443, source: 0.0.0.0/0}
        - {id: sgr-out, direction: egress, protocol: all, ports: -1/-1, dest: 0.0.0.0/0}
`

func TestRevokeByAttributesThatMatchNothingSucceedsSilently(t *testing.T) {
	c := startCloud(t)
	load(t, c, twoRules)
	client := ecsClient(t, c, admin(c))
	revoke := ecs.CreateRevokeSecurityGroupRequest()
	revoke.SecurityGroupId = "sg-1"
	revoke.Permissions = &[]ecs.RevokeSecurityGroupPermissions{{IpProtocol: "tcp", PortRange: "22/22", SourceCidrIp: "10.0.0.0/8"}}
	must[*ecs.RevokeSecurityGroupResponse](t)(client.RevokeSecurityGroup(revoke))
	if n := len(rulesOf(t, client, "sg-1")); n != 3 {
		t.Errorf("%d rules are left", n)
	}
	(*revoke.Permissions)[0].SourceCidrIp = "0.0.0.0/0"
	must[*ecs.RevokeSecurityGroupResponse](t)(client.RevokeSecurityGroup(revoke))
	if rules := rulesOf(t, client, "sg-1"); len(rules) != 2 || rules[0].SecurityGroupRuleId != "sgr-web" {
		t.Errorf("%+v", rules)
	}
}

func TestRevokeByIDIsAllOrNothing(t *testing.T) {
	c := startCloud(t)
	load(t, c, twoRules)
	client := ecsClient(t, c, admin(c))
	for name, test := range map[string]struct {
		ids  []string
		code string
	}{
		"a wrong one":       {[]string{"sgr-ssh", "sgr-gone"}, "InvalidParam.SecurityGroupRuleId"},
		"one of the egress": {[]string{"sgr-ssh", "sgr-out"}, "InvalidParam.SecurityGroupRuleId"},
		"one twice":         {[]string{"sgr-ssh", "sgr-ssh"}, "InvalidParam.SecurityGroupRuleIdRepeated"},
	} {
		revoke := ecs.CreateRevokeSecurityGroupRequest()
		revoke.SecurityGroupId, revoke.SecurityGroupRuleId = "sg-1", &test.ids
		_, err := client.RevokeSecurityGroup(revoke)
		wantCode(t, err, test.code)
		if n := len(rulesOf(t, client, "sg-1")); n != 3 {
			t.Errorf("%s: %d rules are left", name, n)
		}
	}
	revoke := ecs.CreateRevokeSecurityGroupRequest()
	revoke.SecurityGroupId, revoke.SecurityGroupRuleId = "sg-1", &[]string{"sgr-ssh"}
	must[*ecs.RevokeSecurityGroupResponse](t)(client.RevokeSecurityGroup(revoke))
	_, err := client.RevokeSecurityGroup(revoke)
	wantCode(t, err, "InvalidParam.SecurityGroupRuleId")
}

func TestModifiedRuleKeepsItsIDAndItsKindOfSource(t *testing.T) {
	c := startCloud(t)
	load(t, c, twoRules)
	client := ecsClient(t, c, admin(c))
	modify := ecs.CreateModifySecurityGroupRuleRequest()
	modify.SecurityGroupId, modify.SecurityGroupRuleId, modify.SourceCidrIp, modify.Policy = "sg-1", "sgr-ssh", "203.0.113.0/24", "drop"
	must[*ecs.ModifySecurityGroupRuleResponse](t)(client.ModifySecurityGroupRule(modify))
	r := rulesOf(t, client, "sg-1")[0]
	if r.SecurityGroupRuleId != "sgr-ssh" || r.SourceCidrIp != "203.0.113.0/24" || r.Policy != "Drop" || r.PortRange != "22/22" || r.Priority != "5" {
		t.Errorf("%+v", r)
	}
	modify = ecs.CreateModifySecurityGroupRuleRequest()
	modify.SecurityGroupId, modify.SecurityGroupRuleId, modify.Ipv6SourceCidrIp = "sg-1", "sgr-ssh", "::/0"
	_, err := client.ModifySecurityGroupRule(modify)
	wantCode(t, err, "InvalidOperation.ModifySgRuleEntityType")
	modify.SecurityGroupRuleId = "sgr-gone"
	_, err = client.ModifySecurityGroupRule(modify)
	wantCode(t, err, "InvalidSecurityGroupRuleId.NotFound")
}

// A rule is not made the same as another, however its block is written. A change of
// its description is no such thing, and the other direction is no other rule.
func TestModifiedRuleIsNotDoubled(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: false
  security-groups:
    - id: sg-1
      rules:
        - {id: sgr-1, protocol: tcp, ports: 22/22, source: 10.0.0.0/8, priority: 5}
        - {id: sgr-2, protocol: tcp, ports: 20/30, source: 10.0.0.0/8, priority: 5}
        - {id: sgr-3, direction: egress, protocol: tcp, ports: 25/25, dest: 10.0.0.0/8, priority: 5}
`)
	client := ecsClient(t, c, admin(c))
	call := func(edit func(*ecs.ModifySecurityGroupRuleRequest)) error {
		modify := ecs.CreateModifySecurityGroupRuleRequest()
		modify.SecurityGroupId, modify.SecurityGroupRuleId = "sg-1", "sgr-2"
		edit(modify)
		_, err := client.ModifySecurityGroupRule(modify)
		return err
	}
	for name, edit := range map[string]func(*ecs.ModifySecurityGroupRuleRequest){
		"its ports":                        func(r *ecs.ModifySecurityGroupRuleRequest) { r.PortRange = "22/22" },
		"and its block, otherwise written": func(r *ecs.ModifySecurityGroupRuleRequest) { r.PortRange, r.SourceCidrIp = "22/22", "10.1.2.3/8" },
	} {
		wantCode(t, call(edit), "InvalidOperation.RuleDuplicate")
		if r := rulesOf(t, client, "sg-1")[1]; r.PortRange != "20/30" {
			t.Errorf("%s: the rule was changed all the same: %+v", name, r)
		}
	}
	wantCode(t, call(func(r *ecs.ModifySecurityGroupRuleRequest) { r.NicType = "intranet" }), "InvalidOperation.ModifyNicType")
	for _, edit := range []func(*ecs.ModifySecurityGroupRuleRequest){
		func(r *ecs.ModifySecurityGroupRuleRequest) { r.Description = "as before" },
		func(r *ecs.ModifySecurityGroupRuleRequest) { r.PortRange, r.Priority = "22/22", "6" },
		func(r *ecs.ModifySecurityGroupRuleRequest) { r.PortRange, r.Priority = "25/25", "5" },
	} {
		if err := call(edit); err != nil {
			t.Error(err)
		}
	}
}

func TestManagedGroupRefusesEveryWrite(t *testing.T) {
	c := startCloud(t)
	load(t, c, strings.Replace(twoRules, "id: sg-1", "id: sg-1\n      service-managed: true", 1))
	client := ecsClient(t, c, admin(c))
	const code = "InvalidOperation.ResourceManagedByCloudProduct"
	_, err := client.AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "10.0.0.0/8")))
	wantCode(t, err, code)
	revoke := ecs.CreateRevokeSecurityGroupRequest()
	revoke.SecurityGroupId, revoke.SecurityGroupRuleId = "sg-1", &[]string{"sgr-ssh"}
	_, err = client.RevokeSecurityGroup(revoke)
	wantCode(t, err, code)
	remove := ecs.CreateDeleteSecurityGroupRequest()
	remove.SecurityGroupId = "sg-1"
	_, err = client.DeleteSecurityGroup(remove)
	wantCode(t, err, code)
	list := ecs.CreateDescribeSecurityGroupsRequest()
	list.ServiceManaged = requests.NewBoolean(true)
	if groups := must[*ecs.DescribeSecurityGroupsResponse](t)(client.DescribeSecurityGroups(list)); groups.TotalCount != 1 || !groups.SecurityGroups.SecurityGroup[0].ServiceManaged {
		t.Errorf("%+v", groups)
	}
}

// A rule with a port list has no PortRange, and the typed SDK lacks the field
// that says so.
func TestPortListOfARule(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: false
  port-lists: [{id: prl-1, name: admin, entries: [22/22, 3389/3389]}]
  security-groups: [{id: sg-1, rules: [{protocol: tcp, port-list: prl-1, source: 0.0.0.0/0}]}]
`)
	client := ecsClient(t, c, admin(c))
	r := ecs.CreateDescribeSecurityGroupAttributeRequest()
	r.SecurityGroupId = "sg-1"
	response := must[*ecs.DescribeSecurityGroupAttributeResponse](t)(client.DescribeSecurityGroupAttribute(r))
	if p := response.Permissions.Permission[0]; p.PortRange != "" {
		t.Errorf("PortRange is %q", p.PortRange)
	}
	for _, want := range []string{`"PortRangeListId":"prl-1"`, `"PortRangeListName":"admin"`, `"Priority":1`} {
		if !strings.Contains(response.GetHttpContentString(), want) {
			t.Errorf("the answer lacks %s", want)
		}
	}
	common := func(action string) map[string]any {
		q := requests.NewCommonRequest()
		q.Product, q.Version, q.ApiName, q.Domain = "Ecs", "2014-05-26", action, "ecs-cn-hangzhou.aliyuncs.com"
		q.QueryParams["PortRangeListId"] = "prl-1"
		answer, err := client.ProcessCommonRequest(q)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(answer.GetHttpContentBytes(), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := fmt.Sprint(common("DescribePortRangeListEntries")["Entries"]); got != "[map[Description: PortRange:22/22] map[Description: PortRange:3389/3389]]" {
		t.Error(got)
	}
	if got := fmt.Sprint(common("DescribePortRangeListAssociations")["PortRangeListAssociations"]); got != "[map[ResourceId:sg-1 ResourceType:securitygroup]]" {
		t.Error(got)
	}
}

func TestPrefixListChangesUnderItsRules(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	create := ecs.CreateCreatePrefixListRequest()
	create.PrefixListName, create.AddressFamily, create.MaxEntries = "office", "IPv4", requests.NewInteger(2)
	create.Entry = &[]ecs.CreatePrefixListEntry{{Cidr: "203.0.113.0/24", Description: "hq"}}
	id := must[*ecs.CreatePrefixListResponse](t)(client.CreatePrefixList(create)).PrefixListId
	modify := ecs.CreateModifyPrefixListRequest()
	modify.PrefixListId = id
	modify.AddEntry = &[]ecs.ModifyPrefixListAddEntry{{Cidr: "0.0.0.0/0"}}
	must[*ecs.ModifyPrefixListResponse](t)(client.ModifyPrefixList(modify))
	read := ecs.CreateDescribePrefixListAttributesRequest()
	read.PrefixListId = id
	if got := must[*ecs.DescribePrefixListAttributesResponse](t)(client.DescribePrefixListAttributes(read)).Entries.Entry; len(got) != 2 || got[1].Cidr != "0.0.0.0/0" {
		t.Errorf("%+v", got)
	}
	modify.AddEntry = &[]ecs.ModifyPrefixListAddEntry{{Cidr: "10.0.0.0/8"}}
	_, err := client.ModifyPrefixList(modify)
	wantCode(t, err, "LimitExceed.MaxEntries")
	create.AddressFamily = "IPv6"
	_, err = client.CreatePrefixList(create)
	wantCode(t, err, "InvalidParameter.Cidr")
}

// Without a rule id only the description can be changed.
func TestRuleFoundByItsAttributesGetsADescription(t *testing.T) {
	c := startCloud(t)
	load(t, c, twoRules)
	client := ecsClient(t, c, admin(c))
	modify := ecs.CreateModifySecurityGroupRuleRequest()
	modify.SecurityGroupId, modify.IpProtocol, modify.PortRange, modify.SourceCidrIp, modify.Description = "sg-1", "tcp", "443/443", "0.0.0.0/0", "the shop"
	must[*ecs.ModifySecurityGroupRuleResponse](t)(client.ModifySecurityGroupRule(modify))
	if r := rulesOf(t, client, "sg-1")[1]; r.Description != "the shop" {
		t.Errorf("%+v", r)
	}
	modify.PortRange = "444/444"
	_, err := client.ModifySecurityGroupRule(modify)
	wantCode(t, err, "SecurityGroupRule.NotFound")
}

func TestGroupThatARuleRefersToCannotBeDeleted(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1, rules: [{protocol: tcp, ports: 22/22, group: sg-2}]}, {id: sg-2}]}")
	remove := ecs.CreateDeleteSecurityGroupRequest()
	remove.SecurityGroupId = "sg-2"
	_, err := ecsClient(t, c, admin(c)).DeleteSecurityGroup(remove)
	wantCode(t, err, "DependencyViolation")
}
