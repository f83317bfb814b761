package cloud

import (
	"strings"
	"testing"

	vpcsdk "github.com/aliyun/alibaba-cloud-sdk-go/services/vpc"
)

const wholeNetwork = `
vpc:
  flow-log-service: true
  vpcs:
    - {id: vpc-2, name: shop, cidr: 10.0.0.0/8, tags: {env: prod}, user-cidrs: [192.168.0.0/16]}
    - {id: vpc-3, region: cn-beijing, cidr: 192.168.0.0/16}
  vswitches:
    - {id: vsw-2, vpc: vpc-2, cidr: 10.1.0.0/24, zone: cn-hangzhou-i, tags: {tier: web}}
    - {id: vsw-3, vpc: vpc-2, cidr: 10.2.0.0/24}
  route-tables:
    - {id: vtb-2, vpc: vpc-2, system: true, entries: [{cidr: 0.0.0.0/0, next-hop: ngw-1, next-hop-type: NatGateway, with-nat-gateway: true}]}
    - {id: vtb-9, name: private, vpc: vpc-2, vswitches: [vsw-3], entries: [{id: rte-1, cidr: 172.31.0.0/16, next-hop: i-2}]}
  eips:
    - {id: eip-1, address: 203.0.113.1, instance: i-1, bandwidth: "100", tags: {env: prod}}
    - {id: eip-2, instance: ngw-1}
    - {id: eip-3, instance: eni-2}
    - {id: eip-4, instance: lb-1, service-managed: true}
    - {id: eip-5}
    - {id: eip-6, instance: havip-1}
  ha-vips:
    - {id: havip-1, name: db, vswitch: vsw-3, ip: 10.2.0.8, tags: {env: prod}}
  nat-gateways:
    - id: ngw-1
      name: out
      vswitch: vsw-2
      ip: 10.1.0.9
      dnat: [{id: fwd-1, protocol: tcp, external-ip: 198.18.0.1, external-port: "22", internal-ip: 10.1.0.5, internal-port: "22"}]
      snat: [{id: snat-1, vswitch: vsw-3, ip: 198.18.0.1}]
  network-acls:
    - id: nacl-1
      vpc: vpc-2
      vswitches: [vsw-2]
      ingress: [{id: nae-1, policy: drop, protocol: tcp, ports: 22/22, cidr: 0.0.0.0/0}, {id: nae-2, protocol: all, cidr: 0.0.0.0/0}]
      egress: [{id: nae-3, protocol: all, cidr: 0.0.0.0/0}]
  flow-logs:
    - {id: fl-1, resource: vpc-2, project: audit, logstore: flow, active: false}
    - {id: fl-2, resource: vsw-2, project: audit, logstore: flow, traffic: Drop, interval: 1}
ecs:
  disk-encryption-by-default: false
  security-groups: [{id: sg-1}, {id: sg-2, vpc: vpc-2, inner-access: drop}]
  instances:
    - {id: i-1, security-groups: [sg-1], private-ip: 172.16.0.5, deletion-protection: true}
    - {id: i-2, vpc: vpc-2, vswitch: vsw-2, zone: cn-hangzhou-i, security-groups: [sg-2], private-ip: 10.1.0.5, public-ip: 203.0.113.9, network-interface: eni-main}
  network-interfaces:
    - {id: eni-2, instance: i-1, security-groups: [sg-1], ipv6: [{id: ipv6-1, address: "2001:db8::1", internet-bandwidth: 5}]}
  key-pairs: [{name: ops}]
`

func TestNetworkIsReadBack(t *testing.T) {
	c := startCloud(t)
	load(t, c, wholeNetwork)
	isReadBack(t, c)
	text := dump(t, c)
	for _, want := range []string{"id: fwd-1", "with-nat-gateway: true", "inner-access: drop", "network-interface: eni-main", "address: 198.18.0.1", "active: false", "service-managed: true"} {
		if !strings.Contains(text, want) {
			t.Errorf("the dump lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "vpc-1") || strings.Contains(text, "vsw-1\n") {
		t.Errorf("the default network is written:\n%s", text)
	}
	n := networkOf(t, c)
	n.refused("DependencyViolation.SnatEntry", "vpc:DeleteVSwitch", "VSwitchId", "vsw-3")
}

func TestTheDefaultNetworkCanGo(t *testing.T) {
	c := startCloud(t)
	n := networkOf(t, c)
	if strings.Contains(dump(t, c), "vpc:") {
		t.Error("an untouched network is written")
	}
	n.do("vpc:DeleteVSwitch", "VSwitchId", "vsw-1")
	isReadBack(t, c)
	n.do("vpc:DeleteVpc", "VpcId", "vpc-1")
	isReadBack(t, c)
	if rows := n.list("Vpcs.Vpc", "vpc:DescribeVpcs"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

// What practices read of the network, with the client that they read it with.
func TestNetworkIsReadByTheTypedClient(t *testing.T) {
	c := startCloud(t)
	load(t, c, wholeNetwork)
	k := admin(c)
	client := must[*vpcsdk.Client](t)(vpcsdk.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))

	eips := vpcsdk.CreateDescribeEipAddressesRequest()
	eips.AssociatedInstanceType, eips.AssociatedInstanceId = "EcsInstance", "i-1"
	if got := must[*vpcsdk.DescribeEipAddressesResponse](t)(client.DescribeEipAddresses(eips)).EipAddresses.EipAddress; len(got) != 1 || got[0].IpAddress != "203.0.113.1" || got[0].PrivateIpAddress != "" {
		t.Errorf("%+v", got)
	}
	forward := vpcsdk.CreateDescribeForwardTableEntriesRequest()
	forward.ForwardTableId = "ftb-1"
	if got := must[*vpcsdk.DescribeForwardTableEntriesResponse](t)(client.DescribeForwardTableEntries(forward)).ForwardTableEntries.ForwardTableEntry; len(got) != 1 || got[0].ExternalPort != "22" || got[0].NatGatewayId != "ngw-1" {
		t.Errorf("%+v", got)
	}
	acl := vpcsdk.CreateDescribeNetworkAclAttributesRequest()
	acl.NetworkAclId = "nacl-1"
	attribute := must[*vpcsdk.DescribeNetworkAclAttributesResponse](t)(client.DescribeNetworkAclAttributes(acl)).NetworkAclAttribute
	if got := attribute.IngressAclEntries.IngressAclEntry; len(got) != 6 || got[3].Policy != "drop" || got[3].EntryType != "custom" || len(attribute.Resources.Resource) != 1 {
		t.Errorf("%+v", attribute)
	}
	logs := vpcsdk.CreateDescribeFlowLogsRequest()
	logs.ResourceId = "vpc-2"
	if got := must[*vpcsdk.DescribeFlowLogsResponse](t)(client.DescribeFlowLogs(logs)).FlowLogs.FlowLog; len(got) != 1 || got[0].Status != "Inactive" || got[0].AggregationInterval != 10 {
		t.Errorf("%+v", got)
	}
	routes := vpcsdk.CreateDescribeRouteEntryListRequest()
	routes.RouteTableId, routes.RouteEntryType = "vtb-9", "Custom"
	if got := must[*vpcsdk.DescribeRouteEntryListResponse](t)(client.DescribeRouteEntryList(routes)).RouteEntrys.RouteEntry; len(got) != 1 || got[0].NextHops.NextHop[0].NextHopId != "i-2" || got[0].Type != "Custom" {
		t.Errorf("%+v", got)
	}
	tables := vpcsdk.CreateDescribeRouteTableListRequest()
	tables.VpcId = "vpc-2"
	if got := must[*vpcsdk.DescribeRouteTableListResponse](t)(client.DescribeRouteTableList(tables)).RouterTableList.RouterTableListType; len(got) != 2 || got[1].VSwitchIds.VSwitchId[0] != "vsw-3" {
		t.Errorf("%+v", got)
	}
	switches := vpcsdk.CreateDescribeVSwitchesRequest()
	switches.VSwitchId = "vsw-2"
	if got := must[*vpcsdk.DescribeVSwitchesResponse](t)(client.DescribeVSwitches(switches)).VSwitches.VSwitch; len(got) != 1 || got[0].NetworkAclId != "nacl-1" || got[0].Tags.Tag[0].Value != "web" || got[0].AvailableIpAddressCount != 250 {
		t.Errorf("%+v", got)
	}
	networks := vpcsdk.CreateDescribeVpcsRequest()
	networks.VpcId = "vpc-2"
	if got := must[*vpcsdk.DescribeVpcsResponse](t)(client.DescribeVpcs(networks)).Vpcs.Vpc; len(got) != 1 || got[0].NatGatewayIds.NatGatewayIds[0] != "ngw-1" || len(got[0].RouterTableIds.RouterTableIds) != 2 || got[0].UserCidrs.UserCidr[0] != "192.168.0.0/16" {
		t.Errorf("%+v", got)
	}
	nats := vpcsdk.CreateDescribeNatGatewaysRequest()
	nats.VpcId = "vpc-2"
	if got := must[*vpcsdk.DescribeNatGatewaysResponse](t)(client.DescribeNatGateways(nats)).NatGateways.NatGateway; len(got) != 1 || got[0].IpLists.IpList[0].UsingStatus != "UsedByBoth" || got[0].NetworkType != "internet" {
		t.Errorf("%+v", got)
	}
}

func TestMistakesInANetworkAreFoundByLine(t *testing.T) {
	for name, test := range map[string]struct{ document, says string }{
		"no such HaVip":    {"vpc:\n  eips:\n    - {id: eip-1, instance: havip-9}\n", "line 3"},
		"no such instance": {"vpc:\n  eips:\n    - {id: eip-1, instance: i-9}\n", "line 3"},
		"no such VPC":      {"vpc:\n  vswitches:\n    - {id: vsw-2, vpc: vpc-9, cidr: 10.0.0.0/24}\n", "vpc-9"},
		"bad block":        {"vpc:\n  vpcs:\n    - {id: vpc-2, cidr: 10.0.0.1/8}\n", "line 3"},
		"address twice":    {"vpc:\n  eips:\n    - {id: eip-1, address: 192.0.2.1}\n    - {id: eip-2, address: 192.0.2.1}\n", "line 4"},
		"DNAT of others":   {"vpc:\n  nat-gateways:\n    - id: ngw-1\n      dnat: [{protocol: tcp, external-ip: 192.0.2.1, external-port: \"22\", internal-ip: 172.16.0.1, internal-port: \"22\"}]\n", "natgateway"},
		"ACL entry":        {"vpc:\n  network-acls:\n    - {id: nacl-1, ingress: [{protocol: tcp, cidr: 0.0.0.0/0}]}\n", "Port"},
		"flow log":         {"vpc:\n  flow-logs:\n    - {id: fl-1, resource: vpc-9, project: p, logstore: l}\n", "vpc-9"},
		"interface":        {"ecs:\n  disk-encryption-by-default: false\n  network-interfaces:\n    - {id: eni-1}\n", "line 4"},
		"image":            {"ecs:\n  disk-encryption-by-default: false\n  images:\n    - {id: m-1, snapshots: [s-9]}\n", "s-9"},
		"inner access":     {"ecs:\n  disk-encryption-by-default: false\n  security-groups:\n    - {id: sg-1, inner-access: yes}\n", "inner-access"},
	} {
		t.Run(name, func(t *testing.T) { wantMistake(t, test.document, test.says) })
	}
}
