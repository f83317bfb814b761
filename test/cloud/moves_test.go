package cloud

import (
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/alb"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const movableState = `
ecs:
  disk-encryption-by-default: false
  security-groups: [{id: sg-1}, {id: sg-2, vpc: vpc-2}]
  instances:
    - id: i-1
      security-groups: [sg-1]
      key-pair: ops
      disks: [{id: d-1, encrypted: false, type: system}]
    - {id: i-2, vpc: classic, status: Stopped}
  network-interfaces:
    - {id: eni-i-1, primary: true, ipv6: []}
  key-pairs: [{name: ops}]
vpc:
  vpcs: [{id: vpc-2, cidr: 10.0.0.0/8}]
  vswitches:
    - {id: vsw-2, cidr: 172.17.0.0/16}
    - {id: vsw-3, cidr: 172.18.0.0/16, zone: cn-hangzhou-i}
    - {id: vsw-4, cidr: 10.1.0.0/16, vpc: vpc-2}
`

func TestStoppedInstanceIsMoved(t *testing.T) {
	c := startCloud(t)
	load(t, c, movableState)
	n, events := networkOf(t, c), eventsOf(c)
	move := func(params ...string) []string { return append([]string{"InstanceId", "i-1"}, params...) }
	n.refused("IncorrectInstanceStatus", "ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-2")...)
	n.do("ecs:StopInstance", "InstanceId", "i-1")
	n.refused("InvalidVSwitchId.NotFound", "ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-4")...)
	n.refused("InvalidVSwitchId.Mismatch", "ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-3")...)
	n.refused("OperationDenied", "ecs:ModifyInstanceVpcAttribute", "InstanceId", "i-2", "VSwitchId", "vsw-2")
	n.refused("MissingParameter", "ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-4", "VpcId", "vpc-2")...)
	n.refused("InvalidPrivateIpAddress.Malformed", "ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-2", "PrivateIpAddress", "10.0.0.9")...)
	n.do("ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-2", "PrivateIpAddress", "172.17.0.9")...)
	if e := last(t, events); e["eventName"] != "ModifyInstanceVpcAttribute" {
		t.Error(e)
	}
	n.do("ecs:ModifyInstanceVpcAttribute", move("VSwitchId", "vsw-4", "VpcId", "vpc-2", "SecurityGroupId.1", "sg-2")...)
	i := n.one("Instances.Instance", "ecs:DescribeInstances", "RegionId", "cn-hangzhou", "InstanceIds", `["i-1"]`)
	where := i["VpcAttributes"].(answer)
	if where["VpcId"] != "vpc-2" || where["VSwitchId"] != "vsw-4" || i["SecurityGroupIds"].(answer)["SecurityGroupId"].([]any)[0] != "sg-2" {
		t.Error(i)
	}
	isReadBack(t, c)
}

func TestSystemDiskIsReplaced(t *testing.T) {
	c := startCloud(t)
	load(t, c, movableState)
	n := networkOf(t, c)
	n.refused("IncorrectInstanceStatus", "ecs:ReplaceSystemDisk", "InstanceId", "i-1", "ImageId", "aliyun_4")
	n.do("ecs:StopInstance", "InstanceId", "i-1")
	n.refused("MissingParameter", "ecs:ReplaceSystemDisk", "InstanceId", "i-1")
	n.refused("InvalidImageId.NotFound", "ecs:ReplaceSystemDisk", "InstanceId", "i-1", "ImageId", "m-9")
	n.refused("InvalidKeyPairName.NotFound", "ecs:ReplaceSystemDisk", "InstanceId", "i-1", "ImageId", "aliyun_4", "KeyPairName", "none")
	n.refused("InvalidSystemDiskSize.LessThanOldSize", "ecs:ReplaceSystemDisk", "InstanceId", "i-1", "ImageId", "aliyun_4", "SystemDisk.Size", "20")
	made := n.make("DiskId", "ecs:ReplaceSystemDisk", "InstanceId", "i-1", "ImageId", "aliyun_4", "Encrypted", "true")
	d := n.one("Disks.Disk", "ecs:DescribeDisks", "RegionId", "cn-hangzhou", "InstanceId", "i-1")
	if d["DiskId"] != made || d["Encrypted"] != true || d["Type"] != "system" || d["Device"] != "/dev/xvda" {
		t.Error(d)
	}
	i := n.one("Instances.Instance", "ecs:DescribeInstances", "RegionId", "cn-hangzhou", "InstanceIds", `["i-1"]`)
	if i["ImageId"] != "aliyun_4" || i["KeyPairName"] != "" {
		t.Error(i)
	}
}

func TestInstanceIsLaunchedFromATemplate(t *testing.T) {
	c := startCloud(t)
	load(t, c, movableState)
	n := networkOf(t, c)
	region := []string{"RegionId", "cn-hangzhou"}
	first := append(region, "LaunchTemplateName", "web", "ImageId", "aliyun_3", "InstanceType", "ecs.g7.large", "SecurityGroupIds.1", "sg-1", "HttpTokens", "optional",
		"DataDisk.1.Size", "30", "DataDisk.1.Encrypted", "false", "Tag.1.Key", "team", "Tag.1.Value", "web", "ImageOptions.LoginAsNonRoot", "true", "SystemDisk.Category", "cloud_essd")
	id := n.make("LaunchTemplateId", "ecs:CreateLaunchTemplate", first...)
	n.refused("InvalidLaunchTemplateName.Duplicated", "ecs:CreateLaunchTemplate", first...)
	n.refused("InvalidHttpTokens.NotSupported", "ecs:CreateLaunchTemplateVersion", append(region, "LaunchTemplateId", id, "HttpTokens", "yes")...)
	if v := n.do("ecs:CreateLaunchTemplateVersion", append(region, "LaunchTemplateName", "web", "ImageId", "aliyun_3", "InstanceType", "ecs.g7.large", "SecurityGroupId", "sg-1", "HttpTokens", "required")...); v["LaunchTemplateVersionNumber"] != 2.0 {
		t.Error(v)
	}
	v := n.one("LaunchTemplateVersionSets.LaunchTemplateVersionSet", "ecs:DescribeLaunchTemplateVersions", append(region, "LaunchTemplateId", id, "DefaultVersion", "true")...)
	data := v["LaunchTemplateData"].(answer)
	disk := data["DataDisks"].(answer)["DataDisk"].([]any)[0].(answer)
	if v["VersionNumber"] != 1.0 || data["SystemDisk.Category"] != "cloud_essd" || disk["Size"] != 30.0 || disk["Encrypted"] != "false" || data["ImageOptions"].(answer)["LoginAsNonRoot"] != true {
		t.Error(v)
	}
	if t1 := n.one("LaunchTemplateSets.LaunchTemplateSet", "ecs:DescribeLaunchTemplates", region...); t1["LatestVersionNumber"] != 2.0 {
		t.Error(t1)
	}
	launch := func(params ...string) answer {
		ids := n.do("ecs:RunInstances", append(region, params...)...)["InstanceIdSets"].(answer)["InstanceIdSet"].([]any)
		return n.one("Instances.Instance", "ecs:DescribeInstances", append(region, "InstanceIds", `["`+ids[0].(string)+`"]`)...)
	}
	if i := launch("LaunchTemplateId", id); i["MetadataOptions"].(answer)["HttpTokens"] != "optional" || i["Tags"].(answer)["Tag"].([]any)[0].(answer)["TagValue"] != "web" {
		t.Error(i)
	}
	if i := launch("LaunchTemplateId", id, "LaunchTemplateVersion", "2", "ImageId", "aliyun_4"); i["MetadataOptions"].(answer)["HttpTokens"] != "required" || i["ImageId"] != "aliyun_4" {
		t.Error(i)
	}
	n.refused("InvalidLaunchTemplateVersion.NotFound", "ecs:RunInstances", append(region, "LaunchTemplateId", id, "LaunchTemplateVersion", "9")...)
	isReadBack(t, c)
	n.do("ecs:DeleteLaunchTemplate", append(region, "LaunchTemplateName", "web")...)
	n.refused("InvalidLaunchTemplate.NotFound", "ecs:DescribeLaunchTemplateVersions", append(region, "LaunchTemplateId", id)...)
}

func TestListeningPortsAreKnownToTheirCentre(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: true
  instances:
    - {id: i-1, name: db, listening: [{port: 3306, process: mysqld}, {port: 22, process: sshd}]}
    - {id: i-2, region: ap-southeast-1, listening: [{port: 6379, process: redis-server, bind: 127.0.0.1}]}
`)
	k := c.AddUser("reader", kernel.Policy{Version: "1", Statement: []kernel.Statement{{Effect: "Allow", Action: kernel.TextList{"yundun-sas:DescribePropertyPortDetail"}, Resource: kernel.TextList{"*"}}}})
	client := ecsClient(t, c, k)
	ask := func(host string, params ...string) (string, error) {
		q := requests.NewCommonRequest()
		q.Product, q.Version, q.ApiName, q.Domain = "Sas", "2018-12-03", "DescribePropertyPortDetail", host
		for i := 0; i < len(params); i += 2 {
			q.QueryParams[params[i]] = params[i+1]
		}
		response, err := client.ProcessCommonRequest(q)
		if err != nil {
			return "", err
		}
		return response.GetHttpContentString(), nil
	}
	ports := func(host string, params ...string) string {
		t.Helper()
		text, err := ask(host, params...)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const home, abroad = "tds.aliyuncs.com", "tds.ap-southeast-1.aliyuncs.com"
	if got := ports(home); !strings.Contains(got, "mysqld") || !strings.Contains(got, "sshd") || strings.Contains(got, "redis") {
		t.Error(got)
	}
	if got := ports(home, "Port", "3306", "BindIp", "0.0.0.0", "Remark", "db"); !strings.Contains(got, `"InstanceId":"i-1"`) || strings.Contains(got, "sshd") {
		t.Error(got)
	}
	if got := ports(home, "PageSize", "1", "CurrentPage", "2"); strings.Contains(got, "mysqld") || !strings.Contains(got, `"TotalCount":2`) {
		t.Error(got)
	}
	if got := ports(abroad); !strings.Contains(got, "redis-server") || !strings.Contains(got, "127.0.0.1") || strings.Contains(got, "mysqld") {
		t.Error(got)
	}
	isReadBack(t, c)
	load(t, c, "sas: {edition: free}")
	_, err := ask(home)
	wantCode(t, err, "FreeVersionNotPermit")
	isReadBack(t, c)
	if err := c.Load([]byte("sas: {edition: gold}")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Error(err)
	}
}

func TestEntriesOfAnACLAreCopied(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
vpc:
  network-acls:
    - {id: nacl-1, ingress: [{id: nae-1, protocol: tcp, ports: 22/22, cidr: 10.0.0.0/8}]}
    - {id: nacl-2, ingress: [{protocol: all, cidr: 0.0.0.0/0}]}
`)
	n := networkOf(t, c)
	both := []string{"RegionId", "cn-hangzhou", "NetworkAclId", "nacl-2", "SourceNetworkAclId"}
	n.refused("InvalidSourceNetworkAcl.NotFound", "vpc:CopyNetworkAclEntries", append(both, "nacl-9")...)
	n.do("vpc:CopyNetworkAclEntries", append(both, "nacl-1")...)
	if got := dump(t, c); strings.Count(got, "ports: 22/22") != 2 || strings.Contains(got, "0.0.0.0/0") || strings.Count(got, "id: nae-1\n") != 1 {
		t.Error(got)
	}
}

func TestIPv6AddressIsLetOut(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: true
  security-groups: [{id: sg-1}]
  instances: [{id: i-1, security-groups: [sg-1]}]
  network-interfaces: [{id: eni-i-1, primary: true, ipv6: [{id: ipv6-1, address: "2001:db8::1"}]}]
vpc:
  ipv6-gateways: [{id: ipv6gw-1}]
`)
	n := networkOf(t, c)
	gateway := []string{"RegionId", "cn-hangzhou", "Ipv6GatewayId", "ipv6gw-1"}
	n.refused("InvalidInstanceId.NotFound", "vpc:CreateIpv6EgressOnlyRule", append(gateway, "InstanceId", "ipv6-9")...)
	id := n.make("Ipv6EgressRuleId", "vpc:CreateIpv6EgressOnlyRule", append(gateway, "InstanceId", "ipv6-1", "Name", "out")...)
	n.refused("OperationFailed.RuleExist", "vpc:CreateIpv6EgressOnlyRule", append(gateway, "InstanceId", "ipv6-1")...)
	if r := n.one("Ipv6EgressOnlyRules.Ipv6EgressOnlyRule", "vpc:DescribeIpv6EgressOnlyRules", gateway...); r["Ipv6EgressOnlyRuleId"] != id || r["InstanceId"] != "ipv6-1" || r["Status"] != "Created" {
		t.Error(r)
	}
	isReadBack(t, c)
	n.refused("DependencyViolation.Ipv6EgressOnlyRule", "vpc:DeleteIpv6Gateway", gateway...)
	n.do("vpc:DeleteIpv6EgressOnlyRule", "RegionId", "cn-hangzhou", "Ipv6EgressOnlyRuleId", id)
	n.refused("InvalidIpv6EgressOnlyRuleId.NotFound", "vpc:DeleteIpv6EgressOnlyRule", "RegionId", "cn-hangzhou", "Ipv6EgressOnlyRuleId", id)
	n.do("vpc:DeleteIpv6Gateway", gateway...)
}

func TestAppBalancerIsOpenedToTheInternet(t *testing.T) {
	c := startCloud(t)
	load(t, c, "alb:\n  load-balancers: [{id: alb-1, name: web, address-type: Intranet}]\n")
	client, events := albClient(t, c, admin(c)), eventsOf(c)
	open := func() *alb.UpdateLoadBalancerAddressTypeConfigRequest {
		r := alb.CreateUpdateLoadBalancerAddressTypeConfigRequest()
		r.LoadBalancerId, r.AddressType = "alb-1", "Internet"
		return r
	}
	nowhere := open()
	nowhere.ZoneMappings = &[]alb.UpdateLoadBalancerAddressTypeConfigZoneMappings{{ZoneId: "cn-hangzhou-h", VSwitchId: "vsw-1", AllocationId: "eip-9"}}
	_, err := client.UpdateLoadBalancerAddressTypeConfig(nowhere)
	wantCode(t, err, "ResourceNotFound.EipAddress")
	if r := must[*alb.UpdateLoadBalancerAddressTypeConfigResponse](t)(client.UpdateLoadBalancerAddressTypeConfig(open())); r.JobId == "" {
		t.Error("no job")
	}
	if e := last(t, events); e["eventName"] != "UpdateLoadBalancerAddressTypeConfig" {
		t.Error(e)
	}
	_, err = client.UpdateLoadBalancerAddressTypeConfig(open())
	wantCode(t, err, "OperationDenied.AddressTypeNotChanged")
	get := alb.CreateGetLoadBalancerAttributeRequest()
	get.LoadBalancerId = "alb-1"
	if b := must[*alb.GetLoadBalancerAttributeResponse](t)(client.GetLoadBalancerAttribute(get)); b.AddressType != "Internet" || b.LoadBalancerStatus != "Active" {
		t.Error(b)
	}
}
