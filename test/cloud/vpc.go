package cloud

import (
	"net/netip"
)

// vpcState is as much of VPC as instances and security groups need.
type vpcState struct {
	vpcs     []*vpc
	switches []*vswitch
}

type vpc struct {
	ecsResource
	cidr string
}

type vswitch struct {
	ecsResource
	cidr, vpc, zone string
}

var vpcActions = []rpcAction{
	{
		name: "CreateVpc", write: true, do: createVpc,
		params: `RegionId! CidrBlock VpcName Description ClientToken ResourceGroupId UserCidr DryRun:Boolean EnableIpv6:Boolean EnableDnsHostname:Boolean
			Ipv6CidrBlock Ipv6Isp Ipv6CidrMask:Integer Ipv6IpamPoolId Ipv4CidrMask:Integer Ipv4IpamPoolId Tag:RepeatList(Key Value)`,
		on: func(q *rpcRequest) []string { return []string{q.arn("vpc", "vpc/*")} },
	},
	{
		name: "CreateVSwitch", write: true, do: createVSwitch,
		params: "RegionId VpcId! ZoneId! CidrBlock! VSwitchName Description ClientToken Ipv6CidrBlock:Integer VpcIpv6CidrBlock Tag:RepeatList(Key Value)",
		on: func(q *rpcRequest) []string {
			return []string{q.arn("vpc", "vswitch/*"), q.arn("vpc", "vpc/"+q.str("VpcId"))}
		},
	},
	{
		name: "DescribeVpcs", do: describeVpcs,
		params: `RegionId! VpcId VpcName VpcOwnerId:Long IsDefault:Boolean EnableIpv6:Boolean DhcpOptionsSetId ResourceGroupId DryRun:Boolean
			Tag:RepeatList(Key Value) PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
		on: func(q *rpcRequest) []string { return []string{q.arn("vpc", "vpc/"+q.orElse("VpcId", "*"))} },
	},
	{
		name: "DescribeVSwitches", do: describeVSwitches,
		params: `RegionId VSwitchId VSwitchName VSwitchOwnerId:Long VpcId ZoneId IsDefault:Boolean EnableIpv6:Boolean ResourceGroupId RouteTableId
			DryRun:Boolean Tag:RepeatList(Key Value) PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
		on: func(q *rpcRequest) []string { return []string{q.arn("vpc", "vswitch/"+q.orElse("VSwitchId", "*"))} },
	},
}

func (c *Cloud) startVPC() {
	c.serveRPC(&rpcProduct{code: "Vpc", ram: "vpc", version: "2016-04-28", missing: missingInECS}, vpcActions,
		"vpc.aliyuncs.com", "vpc.*.aliyuncs.com")
	// An account begins with a default network: the ids are short, so that
	// scenarios and people at a keyboard can write them.
	home := ecsResource{id: "vpc-1", region: c.Region, name: "default", tags: map[string]string{}, created: c.clock()}
	c.vpc.vpcs = []*vpc{{ecsResource: home, cidr: "172.16.0.0/12"}}
	home.id = "vsw-1"
	c.vpc.switches = []*vswitch{{ecsResource: home, cidr: "172.16.0.0/16", vpc: "vpc-1", zone: c.Region + "-h"}}
}

// of finds a VPC in the call's region.
func (s *vpcState) of(q *rpcRequest, id string) *vpc {
	v, _ := find(q, s.vpcs, id)
	return v
}

func (s *vpcState) switchOf(q *rpcRequest, id string) *vswitch {
	v, _ := find(q, s.switches, id)
	return v
}

func createVpc(q *rpcRequest) (any, error) {
	v := &vpc{ecsResource: q.newResource("vpc", q.str("VpcName")), cidr: q.orElse("CidrBlock", "172.16.0.0/12")}
	if _, err := netip.ParsePrefix(v.cidr); err != nil {
		return nil, refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
	}
	q.c.vpc.vpcs = append(q.c.vpc.vpcs, v)
	q.touch("ACS::VPC::VPC", v.id)
	return map[string]any{
		"VpcId": v.id, "VRouterId": q.c.resourceID("vrt", q.region), "RouteTableId": q.c.resourceID("vtb", q.region), "ResourceGroupId": "",
	}, nil
}

func createVSwitch(q *rpcRequest) (any, error) {
	parent := q.c.vpc.of(q, q.str("VpcId"))
	if parent == nil {
		return nil, refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
	}
	outer, _ := netip.ParsePrefix(parent.cidr)
	inner, err := netip.ParsePrefix(q.str("CidrBlock"))
	if err != nil || !outer.Contains(inner.Addr()) || inner.Bits() < outer.Bits() {
		return nil, refuse(400, "InvalidCidrBlock", "Specified CIDR block is not valid.")
	}
	v := &vswitch{ecsResource: q.newResource("vsw", q.str("VSwitchName")), cidr: q.str("CidrBlock"), vpc: parent.id, zone: q.str("ZoneId")}
	q.c.vpc.switches = append(q.c.vpc.switches, v)
	q.touch("ACS::VPC::VSwitch", v.id)
	return map[string]any{"VSwitchId": v.id}, nil
}

func describeVpcs(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.vpcs, func(v *vpc) bool {
		return q.matches("VpcId", v.id) && q.matches("VpcName", v.name) && v.hasTags(q)
	})
	page, answer, err := anyPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, v := range page {
		ids := []string{}
		for _, s := range q.c.vpc.switches {
			if s.vpc == v.id {
				ids = append(ids, s.id)
			}
		}
		views = append(views, map[string]any{
			"VpcId": v.id, "VpcName": v.name, "Description": v.description, "CidrBlock": v.cidr, "RegionId": v.region, "Status": "Available",
			"CreationTime": stamp(v.created), "IsDefault": v.id == "vpc-1", "VSwitchIds": map[string]any{"VSwitchId": ids},
			"Tags": map[string]any{"Tag": tagViews(v.tags, "Key", "Value")},
		})
	}
	delete(answer, "NextToken")
	answer["Vpcs"] = map[string]any{"Vpc": views}
	return answer, nil
}

func describeVSwitches(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.switches, func(v *vswitch) bool {
		return q.matches("VSwitchId", v.id) && q.matches("VSwitchName", v.name) && q.matches("VpcId", v.vpc) && q.matches("ZoneId", v.zone) && v.hasTags(q)
	})
	page, answer, err := anyPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, v := range page {
		views = append(views, map[string]any{
			"VSwitchId": v.id, "VSwitchName": v.name, "Description": v.description, "CidrBlock": v.cidr, "VpcId": v.vpc, "ZoneId": v.zone,
			"Status": "Available", "CreationTime": stamp(v.created), "IsDefault": v.id == "vsw-1",
			"Tags": map[string]any{"Tag": tagViews(v.tags, "Key", "Value")},
		})
	}
	delete(answer, "NextToken")
	answer["VSwitches"] = map[string]any{"VSwitch": views}
	return answer, nil
}
