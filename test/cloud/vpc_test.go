package cloud

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// network is a client of VPC, ECS and Security Center that names actions, as the command line
// does.
type network struct {
	t      *testing.T
	client *ecs.Client
}

func networkOf(t *testing.T, c *Cloud) network { return network{t, ecsClient(t, c, admin(c))} }

type answer = map[string]any

// try calls "vpc:CreateVpc" with parameters in pairs.
func (n network) try(action string, params ...string) (answer, error) {
	n.t.Helper()
	q := requests.NewCommonRequest()
	product, name, _ := strings.Cut(action, ":")
	q.Product, q.Version, q.ApiName, q.Domain = "Vpc", "2016-04-28", name, "vpc.cn-hangzhou.aliyuncs.com"
	if product == "ecs" {
		q.Product, q.Version, q.Domain = "Ecs", "2014-05-26", "ecs-cn-hangzhou.aliyuncs.com"
	}
	if product == "sas" {
		q.Product, q.Version, q.Domain = "Sas", "2018-12-03", "tds.aliyuncs.com"
	}
	for i := 0; i < len(params); i += 2 {
		q.QueryParams[params[i]] = params[i+1]
	}
	response, err := n.client.ProcessCommonRequest(q)
	if err != nil {
		return nil, err
	}
	var a answer
	return a, json.Unmarshal(response.GetHttpContentBytes(), &a)
}

func (n network) do(action string, params ...string) answer {
	n.t.Helper()
	a, err := n.try(action, params...)
	if err != nil {
		n.t.Fatalf("%s %v: %v", action, params, err)
	}
	return a
}

// make is do for what answers an id.
func (n network) make(idField, action string, params ...string) string {
	n.t.Helper()
	return n.do(action, params...)[idField].(string)
}

func (n network) refused(code, action string, params ...string) {
	n.t.Helper()
	_, err := n.try(action, params...)
	wantCode(n.t, err, code)
}

// list is the list that an answer holds two names down.
func (n network) list(path, action string, params ...string) []answer {
	n.t.Helper()
	outer, inner, _ := strings.Cut(path, ".")
	var rows []answer
	for _, row := range n.do(action, params...)[outer].(answer)[inner].([]any) {
		rows = append(rows, row.(answer))
	}
	return rows
}

func (n network) one(path, action string, params ...string) answer {
	n.t.Helper()
	rows := n.list(path, action, params...)
	if len(rows) != 1 {
		n.t.Fatalf("%s %v: %d rows, want 1: %v", action, params, len(rows), rows)
	}
	return rows[0]
}

// isReadBack loads the cloud's state, but for its users, into another one.
func isReadBack(t *testing.T, c *Cloud) {
	t.Helper()
	resources := func(c *Cloud) string {
		text, _, _ := strings.Cut(dump(t, c), "\nram:")
		return text
	}
	other := startCloud(t)
	load(t, other, resources(c))
	if first, second := resources(c), resources(other); first != second {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
}

// A network is made and taken apart in the only order that works.
func TestNetworkIsMadeAndTakenApart(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	n := networkOf(t, c)
	made := n.do("vpc:CreateVpc", "RegionId", "cn-hangzhou", "CidrBlock", "10.0.0.0/8", "VpcName", "shop", "Tag.1.Key", "env", "Tag.1.Value", "prod")
	vpc, table := made["VpcId"].(string), made["RouteTableId"].(string)
	if e := last(t, events); e["serviceName"] != "Vpc" || fmt.Sprint(e["referencedResources"].(answer)["ACS::VPC::VPC"].([]any)[0]) != vpc ||
		e["requestParameters"].(answer)["Tag.1.Key"] != "env" || e["responseElements"].(answer)["VpcId"] != vpc {
		t.Errorf("%v", e)
	}
	vsw := n.make("VSwitchId", "vpc:CreateVSwitch", "VpcId", vpc, "ZoneId", "cn-hangzhou-h", "CidrBlock", "10.1.0.0/24")
	n.refused("InvalidCidrBlock.Overlapped", "vpc:CreateVSwitch", "VpcId", vpc, "ZoneId", "cn-hangzhou-h", "CidrBlock", "10.1.0.0/25")
	n.refused("InvalidCidrBlock", "vpc:CreateVSwitch", "VpcId", vpc, "ZoneId", "cn-hangzhou-h", "CidrBlock", "192.168.0.0/24")
	n.refused("InvalidVpcId.NotFound", "vpc:CreateVSwitch", "VpcId", "vpc-9", "ZoneId", "cn-hangzhou-h", "CidrBlock", "10.1.0.0/24")
	group := n.make("SecurityGroupId", "ecs:CreateSecurityGroup", "VpcId", vpc)
	instance := n.do("ecs:RunInstances", "ImageId", "m-1", "InstanceType", "ecs.g7.large", "VSwitchId", vsw, "SecurityGroupId", group)["InstanceIdSets"].(answer)["InstanceIdSet"].([]any)[0].(string)
	if v := n.one("VSwitches.VSwitch", "vpc:DescribeVSwitches", "VSwitchId", vsw); v["AvailableIpAddressCount"] != 251.0 || v["NetworkAclId"] != "" {
		t.Errorf("%v", v)
	}
	if v := n.one("Vpcs.Vpc", "vpc:DescribeVpcs", "VpcId", vpc, "RegionId", "cn-hangzhou"); v["Status"] != "Available" || v["Tags"].(answer)["Tag"].([]any)[0].(answer)["Value"] != "prod" {
		t.Errorf("%v", v)
	}
	n.refused("DependencyViolation", "vpc:DeleteVSwitch", "VSwitchId", vsw)
	n.refused("DependencyViolation.VSwitch", "vpc:DeleteVpc", "VpcId", vpc)

	route := n.make("RouteEntryId", "vpc:CreateRouteEntry", "RouteTableId", table, "DestinationCidrBlock", "192.168.0.0/16", "NextHopId", instance)
	n.refused("RouterEntryConflict.Duplicated", "vpc:CreateRouteEntry", "RouteTableId", table, "DestinationCidrBlock", "192.168.0.0/16", "NextHopId", instance)
	routes := n.list("RouteEntrys.RouteEntry", "vpc:DescribeRouteEntryList", "RouteTableId", table, "RouteEntryType", "Custom", "MaxResult", "100")
	if len(routes) != 1 || routes[0]["RouteEntryId"] != route || routes[0]["NextHops"].(answer)["NextHop"].([]any)[0].(answer)["NextHopId"] != instance {
		t.Errorf("%v", routes)
	}
	if all := n.list("RouteEntrys.RouteEntry", "vpc:DescribeRouteEntryList", "RouteTableId", table); len(all) != 3 {
		t.Errorf("%v", all)
	}
	n.refused("OperationDenied", "vpc:DeleteRouteEntry", "RouteTableId", table, "DestinationCidrBlock", "10.1.0.0/24")
	n.do("vpc:DeleteRouteEntry", "RouteTableId", table, "DestinationCidrBlock", "192.168.0.0/16", "NextHopId", instance)
	n.refused("InvalidRouteEntry.NotFound", "vpc:DeleteRouteEntry", "RouteTableId", table, "DestinationCidrBlock", "192.168.0.0/16", "NextHopId", instance)

	n.do("ecs:DeleteInstance", "InstanceId", instance, "Force", "true")
	n.do("vpc:DeleteVSwitch", "VSwitchId", vsw)
	n.refused("DependencyViolation.SecurityGroup", "vpc:DeleteVpc", "VpcId", vpc)
	n.do("ecs:DeleteSecurityGroup", "SecurityGroupId", group)
	n.do("vpc:DeleteVpc", "VpcId", vpc)
	n.refused("InvalidVpcID.NotFound", "vpc:DescribeVpcAttribute", "VpcId", vpc)
}

const oneInstance = "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}, {id: sg-2}, {id: sg-3, type: enterprise}], instances: [{id: i-1, security-groups: [sg-1]}]}"

func TestAddressIsPutOnAnInstanceAndTakenOff(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance)
	n := networkOf(t, c)
	before := dump(t, c)
	made := n.do("vpc:AllocateEipAddress", "Bandwidth", "10")
	id, address := made["AllocationId"].(string), made["EipAddress"].(string)
	n.refused("InvalidInstance.NotExist", "vpc:AssociateEipAddress", "AllocationId", id, "InstanceId", "i-9")
	n.refused("InvalidAllocationId.NotFound", "vpc:AssociateEipAddress", "AllocationId", "eip-9", "InstanceId", "i-1")
	n.do("vpc:AssociateEipAddress", "AllocationId", id, "InstanceId", "i-1", "InstanceType", "EcsInstance")
	n.refused("IncorrectEipStatus", "vpc:AssociateEipAddress", "AllocationId", id, "InstanceId", "i-1")
	n.refused("IncorrectEipStatus", "vpc:ReleaseEipAddress", "AllocationId", id)
	other := n.make("AllocationId", "vpc:AllocateEipAddress")
	n.refused("InvalidAssociation.Duplicated", "vpc:AssociateEipAddress", "AllocationId", other, "InstanceId", "i-1")
	n.do("vpc:ReleaseEipAddress", "AllocationId", other)
	e := n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses", "AssociatedInstanceType", "EcsInstance", "AssociatedInstanceId", "i-1", "PageSize", "100")
	if e["Status"] != "InUse" || e["IpAddress"] != address || e["ServiceManaged"] != 0.0 {
		t.Errorf("%v", e)
	}
	i := n.one("Instances.Instance", "ecs:DescribeInstances")
	if i["EipAddress"].(answer)["AllocationId"] != id || i["VpcAttributes"].(answer)["VSwitchId"] != "vsw-1" {
		t.Errorf("%v", i)
	}
	nic := n.one("NetworkInterfaceSets.NetworkInterfaceSet", "ecs:DescribeNetworkInterfaces", "InstanceId", "i-1")
	if nic["Type"] != "Primary" || nic["AssociatedPublicIp"].(answer)["PublicIpAddress"] != address || nic["SecurityGroupIds"].(answer)["SecurityGroupId"].([]any)[0] != "sg-1" {
		t.Errorf("%v", nic)
	}
	n.refused("InvalidBindInstance.NotFound", "vpc:UnassociateEipAddress", "AllocationId", id, "InstanceId", "i-2")
	n.do("vpc:UnassociateEipAddress", "AllocationId", id, "InstanceId", "i-1", "InstanceType", "EcsInstance")
	n.do("vpc:ReleaseEipAddress", "AllocationId", id)
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// Every change takes Lag, and no other is taken meanwhile.
func TestChangesTakeTheirTime(t *testing.T) {
	now := time.Now()
	c, err := New(kernel.Options{Seed: 1, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Lag = time.Minute
	load(t, c, oneInstance)
	n := networkOf(t, c)
	id := n.make("AllocationId", "vpc:AllocateEipAddress")
	n.do("vpc:AssociateEipAddress", "AllocationId", id, "InstanceId", "i-1")
	status := func() any {
		return n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses", "AllocationId", id)["Status"]
	}
	if s := status(); s != "Associating" {
		t.Error(s)
	}
	n.refused("IncorrectEipStatus", "vpc:UnassociateEipAddress", "AllocationId", id)
	nat := n.make("NatGatewayId", "vpc:CreateNatGateway", "VpcId", "vpc-1", "VSwitchId", "vsw-1", "NatType", "Enhanced")
	n.refused("IncorrectStatus.NATGW", "vpc:DeleteNatGateway", "NatGatewayId", nat)
	acl := n.make("NetworkAclId", "vpc:CreateNetworkAcl", "VpcId", "vpc-1")
	n.refused("NetworkStatus.Modifying", "vpc:DeleteNetworkAcl", "NetworkAclId", acl)
	now = now.Add(2 * time.Minute)
	if s := status(); s != "InUse" {
		t.Error(s)
	}
	n.do("vpc:UnassociateEipAddress", "AllocationId", id)
	n.do("vpc:DeleteNatGateway", "NatGatewayId", nat)
	n.do("vpc:DeleteNetworkAcl", "NetworkAclId", acl)
}

func TestPortsArePublishedByNAT(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance)
	n := networkOf(t, c)
	n.refused("MissingParameter", "vpc:CreateNatGateway", "VpcId", "vpc-1")
	made := n.do("vpc:CreateNatGateway", "VpcId", "vpc-1", "VSwitchId", "vsw-1", "NatType", "Enhanced", "Name", "out")
	nat := made["NatGatewayId"].(string)
	forward, snat := made["ForwardTableIds"].(answer)["ForwardTableId"].([]any)[0].(string), made["SnatTableIds"].(answer)["SnatTableId"].([]any)[0].(string)
	if r := n.one("RouteEntrys.RouteEntry", "vpc:DescribeRouteEntryList", "RouteTableId", "vtb-1", "RouteEntryType", "Custom"); r["DestinationCidrBlock"] != "0.0.0.0/0" {
		t.Errorf("%v", r)
	}
	eip := n.do("vpc:AllocateEipAddress")
	id, address := eip["AllocationId"].(string), eip["EipAddress"].(string)
	entry := func(changes ...string) []string {
		return append([]string{"ForwardTableId", forward, "ExternalIp", address, "ExternalPort", "22", "InternalIp", "172.16.0.1", "InternalPort", "22", "IpProtocol", "TCP"}, changes...)
	}
	n.refused("InvalidIp.NotInNatgw", "vpc:CreateForwardEntry", entry()...)
	n.do("vpc:AssociateEipAddress", "AllocationId", id, "InstanceId", nat, "InstanceType", "Nat")
	n.refused("InvalidForwardTableId.NotFound", "vpc:CreateForwardEntry", entry("ForwardTableId", "ftb-9")...)
	n.refused("Forbidden.DestnationIpOutOfVpcCIDR", "vpc:CreateForwardEntry", entry("InternalIp", "10.0.0.1")...)
	n.refused("InvalidExternalPort.Malformed", "vpc:CreateForwardEntry", entry("ExternalPort", "70000")...)
	n.refused("InvalidInternalPort.Malformed", "vpc:CreateForwardEntry", entry("ExternalPort", "20/30", "InternalPort", "20/31")...)
	n.refused("InvalidProtocal.ValueNotSupported", "vpc:CreateForwardEntry", entry("IpProtocol", "icmp")...)
	before := dump(t, c)
	fwd := n.make("ForwardEntryId", "vpc:CreateForwardEntry", entry()...)
	n.refused("Forbidden.ExternalIpPort.Duplicated", "vpc:CreateForwardEntry", entry("ExternalPort", "20/30", "InternalPort", "20/30")...)
	n.do("vpc:ModifyForwardEntry", "ForwardTableId", forward, "ForwardEntryId", fwd, "ExternalPort", "2222")
	f := n.one("ForwardTableEntries.ForwardTableEntry", "vpc:DescribeForwardTableEntries", "NatGatewayId", nat, "InternalIp", "172.16.0.1")
	if f["ExternalPort"] != "2222" || f["InternalPort"] != "22" || f["IpProtocol"] != "tcp" || f["Status"] != "Available" || f["ForwardTableId"] != forward {
		t.Errorf("%v", f)
	}
	n.refused("InvalidIpStatus.HasBeenUsedByForwardEntry", "vpc:UnassociateEipAddress", "AllocationId", id, "InstanceId", nat)
	n.refused("DependencyViolation.ForwardEntry", "vpc:DeleteNatGateway", "NatGatewayId", nat)
	n.do("vpc:DeleteForwardEntry", "ForwardTableId", forward, "ForwardEntryId", fwd)
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	n.refused("InvalidForwardEntryId.NotFound", "vpc:DeleteForwardEntry", "ForwardTableId", forward, "ForwardEntryId", fwd)
	n.refused("EIP_NOT_IN_GATEWAY", "vpc:CreateSnatEntry", "SnatTableId", snat, "SourceVSwitchId", "vsw-1", "SnatIp", "192.0.2.1")
	out := n.make("SnatEntryId", "vpc:CreateSnatEntry", "SnatTableId", snat, "SourceVSwitchId", "vsw-1", "SnatIp", address)
	if s := n.one("SnatTableEntries.SnatTableEntry", "vpc:DescribeSnatTableEntries", "SnatTableId", snat); s["SnatEntryId"] != out || s["SourceCIDR"] != "172.16.0.0/16" {
		t.Errorf("%v", s)
	}
	isReadBack(t, c)
	n.do("vpc:DeleteNatGateway", "NatGatewayId", nat, "Force", "true")
	if e := n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses", "AllocationId", id); e["Status"] != "Available" || e["InstanceId"] != "" {
		t.Errorf("%v", e)
	}
}

func TestACLGuardsAVSwitch(t *testing.T) {
	c := startCloud(t)
	n := networkOf(t, c)
	acl := n.make("NetworkAclId", "vpc:CreateNetworkAcl", "VpcId", "vpc-1", "NetworkAclName", "edge")
	ingress := func() (custom []string) {
		for _, row := range n.do("vpc:DescribeNetworkAclAttributes", "NetworkAclId", acl)["NetworkAclAttribute"].(answer)["IngressAclEntries"].(answer)["IngressAclEntry"].([]any) {
			if e := row.(answer); e["EntryType"] == "custom" {
				custom = append(custom, fmt.Sprint(e["Policy"], " ", e["Protocol"], " ", e["Port"], " ", e["SourceCidrIp"]))
			}
		}
		return custom
	}
	if got := ingress(); !slices.Equal(got, []string{"accept all -1/-1 0.0.0.0/0"}) {
		t.Errorf("%q", got)
	}
	entries := []string{"NetworkAclId", acl, "UpdateIngressAclEntries", "true",
		"IngressAclEntries.1.Policy", "drop", "IngressAclEntries.1.Protocol", "tcp", "IngressAclEntries.1.Port", "22/22", "IngressAclEntries.1.SourceCidrIp", "0.0.0.0/0",
		"IngressAclEntries.2.Policy", "accept", "IngressAclEntries.2.Protocol", "all", "IngressAclEntries.2.Port", "-1/-1", "IngressAclEntries.2.SourceCidrIp", "0.0.0.0/0"}
	n.do("vpc:UpdateNetworkAclEntries", entries...)
	if got := ingress(); !slices.Equal(got, []string{"drop tcp 22/22 0.0.0.0/0", "accept all -1/-1 0.0.0.0/0"}) {
		t.Errorf("%q", got)
	}
	n.refused("ParameterIllegal.Port", "vpc:UpdateNetworkAclEntries", append(entries, "IngressAclEntries.1.Port", "22")...)
	n.refused("ParameterIllegal.EntryType", "vpc:UpdateNetworkAclEntries", append(entries, "IngressAclEntries.1.EntryType", "system")...)
	target := []string{"NetworkAclId", acl, "Resource.1.ResourceType", "VSwitch", "Resource.1.ResourceId", "vsw-1"}
	n.do("vpc:AssociateNetworkAcl", target...)
	n.refused("InvalidResource.BindingExist", "vpc:AssociateNetworkAcl", target...)
	n.refused("InvalidResource.NotFound", "vpc:AssociateNetworkAcl", append(target, "Resource.1.ResourceId", "vsw-9")...)
	if v := n.one("VSwitches.VSwitch", "vpc:DescribeVSwitches"); v["NetworkAclId"] != acl {
		t.Errorf("%v", v)
	}
	if a := n.do("vpc:DescribeNetworkAcls", "ResourceId", "vsw-1", "ResourceType", "VSwitch"); a["TotalCount"] != "1" { // as text
		t.Errorf("%v", a)
	}
	n.refused("DependencyViolation.VSwitch", "vpc:DeleteNetworkAcl", "NetworkAclId", acl)
	n.do("vpc:UnassociateNetworkAcl", target...)
	n.refused("InvalidResource.NotBinding", "vpc:UnassociateNetworkAcl", target...)
	n.do("vpc:DeleteNetworkAcl", "NetworkAclId", acl)
	n.refused("InvalidNetworkAcl.NotFound", "vpc:DescribeNetworkAclAttributes", "NetworkAclId", acl)
}

func TestFlowLogIsTurnedOffAndOn(t *testing.T) {
	c := startCloud(t)
	n := networkOf(t, c)
	create := []string{"ResourceId", "vpc-1", "ResourceType", "VPC", "TrafficType", "All", "ProjectName", "audit", "LogStoreName", "flow"}
	n.refused("OperationDenied.ServiceNotOpen", "vpc:CreateFlowLog", create...)
	n.do("vpc:OpenFlowLogService")
	if n.do("vpc:GetFlowLogServiceStatus")["Enabled"] != true {
		t.Error("the service is not open")
	}
	n.refused("ResourceNotFound.VPC", "vpc:CreateFlowLog", append(create, "ResourceId", "vpc-9")...)
	n.refused("InvalidParameter", "vpc:CreateFlowLog", append(create, "TrafficType", "Some")...)
	id := n.make("FlowLogId", "vpc:CreateFlowLog", create...)
	l := n.one("FlowLogs.FlowLog", "vpc:DescribeFlowLogs", "VpcId", "vpc-1")
	if l["Status"] != "Active" || l["FlowLogDeliverStatus"] != "FAILED" || l["AggregationInterval"] != 10.0 {
		t.Errorf("%v", l)
	}
	n.do("vpc:DeactiveFlowLog", "FlowLogId", id)
	n.refused("IncorrectStatus.flowlog", "vpc:DeactiveFlowLog", "FlowLogId", id)
	n.do("vpc:ActiveFlowLog", "FlowLogId", id)
	n.do("vpc:DeleteFlowLog", "FlowLogId", id)
	n.refused("ResourceNotFound.FlowLog", "vpc:ActiveFlowLog", "FlowLogId", id)
}

func TestIPv6AddressIsReachedByItsBandwidth(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance)
	n := networkOf(t, c)
	n.do("vpc:ModifyVpcAttribute", "VpcId", "vpc-1", "EnableIPv6", "true")
	n.do("vpc:ModifyVSwitchAttribute", "VSwitchId", "vsw-1", "EnableIPv6", "true", "Ipv6CidrBlock", "7")
	n.do("ecs:AssignIpv6Addresses", "NetworkInterfaceId", "eni-i-1", "Ipv6AddressCount", "1")
	a := n.one("Ipv6Addresses.Ipv6Address", "vpc:DescribeIpv6Addresses", "AssociatedInstanceId", "i-1")
	if a["NetworkType"] != "Private" || !strings.HasPrefix(a["Ipv6Address"].(string), "2001:db8:100:7:") {
		t.Errorf("%v", a)
	}
	id := a["Ipv6AddressId"].(string)
	n.refused("InvalidIpv6GatewayId.NotFound", "vpc:AllocateIpv6InternetBandwidth", "Ipv6AddressId", id, "Bandwidth", "5")
	gateway := n.make("Ipv6GatewayId", "vpc:CreateIpv6Gateway", "VpcId", "vpc-1")
	n.do("vpc:AllocateIpv6InternetBandwidth", "Ipv6AddressId", id, "Bandwidth", "5")
	n.one("Ipv6Addresses.Ipv6Address", "vpc:DescribeIpv6Addresses", "AssociatedInstanceId", "i-1", "NetworkType", "Public")
	n.refused("DependencyViolation.Ipv6InternetBandwidth", "vpc:DeleteIpv6Gateway", "Ipv6GatewayId", gateway)
	isReadBack(t, c)
	n.do("vpc:DeleteIpv6InternetBandwidth", "Ipv6AddressId", id)
	n.do("vpc:DeleteIpv6Gateway", "Ipv6GatewayId", gateway)
}

// RAM is asked about the resource that is changed.
func TestNetworkPermissionsAreForAResource(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance+"\nvpc: {eips: [{id: eip-1, instance: i-1}, {id: eip-2}]}")
	k := c.AddUser("ops", kernel.Policy{Version: "1", Statement: []kernel.Statement{{
		Effect: "Allow", Action: kernel.TextList{"vpc:UnassociateEipAddress", "vpc:ReleaseEipAddress"},
		Resource: kernel.TextList{"acs:vpc:*:*:eip/eip-1", "acs:ecs:*:*:instance/i-1"},
	}}})
	n := network{t, ecsClient(t, c, k)}
	n.refused("Forbidden.RAM", "vpc:ReleaseEipAddress", "AllocationId", "eip-2")
	n.do("vpc:UnassociateEipAddress", "AllocationId", "eip-1", "InstanceId", "i-1")
	n.do("vpc:ReleaseEipAddress", "AllocationId", "eip-1")
}

func TestTagsOfTheNetwork(t *testing.T) {
	c := startCloud(t)
	n := networkOf(t, c)
	n.do("vpc:TagResources", "ResourceType", "VPC", "ResourceId.1", "vpc-1", "Tag.1.Key", "env", "Tag.1.Value", "prod")
	if tag := n.one("TagResources.TagResource", "vpc:ListTagResources", "ResourceType", "VPC", "ResourceId.1", "vpc-1"); tag["TagValue"] != "prod" {
		t.Errorf("%v", tag)
	}
	n.one("Vpcs.Vpc", "vpc:DescribeVpcs", "Tag.1.Key", "env")
	n.do("vpc:UnTagResources", "ResourceType", "VPC", "ResourceId.1", "vpc-1", "TagKey.1", "env")
	if rows := n.list("Vpcs.Vpc", "vpc:DescribeVpcs", "Tag.1.Key", "env"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	n.refused("InvalidResourceId.NotFound", "vpc:TagResources", "ResourceType", "EIP", "ResourceId.1", "eip-9", "Tag.1.Key", "env", "Tag.1.Value", "prod")
}
