package cloud

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// vpcState is what VPC keeps, in the order of creation.
type vpcState struct {
	vpcs           []*vpc
	switches       []*vswitch
	tables         []*routeTable
	eips           []*eip
	nats           []*natGateway
	acls           []*networkACL
	flowLogs       []*flowLog
	gateways6      []*ipv6Gateway
	havips         []*haVip
	flowLogService bool // opened: without it nothing is logged
}

type vpc struct {
	ecsResource
	cidr, cidr6, router string
	secondary, own      []string // own: UserCidr
}

const vpcKind = "ACS::VPC::VPC"

// Most actions of VPC page by number.
const byNumber = " PageNumber:Integer=1..1000000 PageSize:Integer=1..50"

// inVPC gives the ARNs of what a call names; "*" where it names nothing.
func inVPC(kind, param string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string { return []string{q.arn("vpc", kind+"/"+q.orElse(param, "*"))} }
}

var onVPC = inVPC("vpc", "VpcId")

var vpcActions = []rpcAction{
	{
		name: "CreateVpc", write: true, do: createVpc, on: inVPC("vpc", ""),
		params: `RegionId! CidrBlock VpcName Description ClientToken ResourceGroupId UserCidr DryRun:Boolean EnableIpv6:Boolean EnableDnsHostname:Boolean
			Ipv6CidrBlock Ipv6Isp Ipv6CidrMask:Integer Ipv6IpamPoolId Ipv4CidrMask:Integer Ipv4IpamPoolId Tag:RepeatList(Key Value)`,
	},
	{
		name: "DeleteVpc", write: true, do: deleteVpc, on: onVPC,
		params: "RegionId VpcId! ClientToken DryRun:Boolean ForceDelete:Boolean",
	},
	{
		name: "ModifyVpcAttribute", write: true, do: modifyVpc, on: onVPC,
		params: "RegionId VpcId! VpcName Description CidrBlock EnableDnsHostname:Boolean EnableIPv6:Boolean Ipv6CidrBlock Ipv6Isp",
	},
	{
		name: "DescribeVpcs", do: describeVpcs, on: onVPC,
		params: `RegionId! VpcId VpcName VpcOwnerId:Long IsDefault:Boolean EnableIpv6:Boolean DhcpOptionsSetId ResourceGroupId DryRun:Boolean
			Tag:RepeatList(Key Value)` + byNumber,
	},
	{
		name: "DescribeVpcAttribute", do: describeVpcAttribute, on: onVPC,
		params: "RegionId! VpcId! IsDefault:Boolean DryRun:Boolean",
	},
}

func (c *Cloud) startVPC() {
	c.serveRPC(&rpcProduct{code: "Vpc", ram: "vpc", version: "2016-04-28", missing: missingInECS},
		slices.Concat(vpcActions, vpcRegionActions, vpcRouterActions, natAttributeActions, vswitchActions, routeActions, eipActions, natActions, natEntryActions, aclActions, flowLogActions, ipv6Actions, ipv6RuleActions, haVipActions, vpcTagActions),
		"vpc.aliyuncs.com", "vpc.*.aliyuncs.com")
	c.vpc = c.homeNetwork()
	c.taggables = append(c.taggables, func(add func(product, kind string, all []*ecsResource)) {
		v := &c.vpc
		add("vpc", "vpc", bases(v.vpcs))
		add("vpc", "vswitch", bases(v.switches))
		add("vpc", "routetable", bases(v.tables))
		add("vpc", "eip", bases(v.eips))
		add("vpc", "natgateway", bases(v.nats))
		add("vpc", "networkacl", bases(v.acls))
	})
	c.bound("Vpc:CreateVpc", func() int { return len(c.vpc.vpcs) }, "QuotaExceeded.Vpc", "The maximum number of VPCs is reached.")
	c.bound("Vpc:CreateVSwitch", func() int { return len(c.vpc.switches) }, "QuotaExceeded.VSwitch", "The maximum number of vSwitches is reached.")
	c.bound("Vpc:AllocateEipAddress", func() int { return len(c.vpc.eips) }, "QuotaExceeded.Eip", "The maximum number of elastic IP addresses is reached.")
	c.bound("Vpc:CreateNatGateway", func() int { return len(c.vpc.nats) }, "QuotaExceeded.NatGateway", "The maximum number of NAT gateways is reached.")
	network := sectionOf("vpc", func(f *vpcFile, built map[string]any) (func(), error) {
		hosts, ok := built["hosts"].(iter.Seq[host])
		if !ok {
			hosts = c.vpcHosts()
		}
		s, err := c.loadVPC(f, hosts)
		return func() { c.vpc = *s }, err
	}, func() (*vpcFile, error) { return c.dumpVPC(), nil })
	network.last = true
	c.addSection(network)
}

// homeNetwork is the default network that an account begins with: its ids are
// short, so that scenarios and people at a keyboard can write them.
func (c *Cloud) homeNetwork() vpcState {
	home := func(id string) ecsResource {
		return ecsResource{id: id, region: c.Region, name: "default", tags: map[string]string{}, created: c.before()}
	}
	table := home("vtb-1")
	table.name = ""
	return vpcState{
		vpcs:     []*vpc{{ecsResource: home("vpc-1"), cidr: "172.16.0.0/12", router: "vrt-1"}},
		switches: []*vswitch{{ecsResource: home("vsw-1"), cidr: "172.16.0.0/16", vpc: "vpc-1", zone: c.Region + "-h"}},
		tables:   []*routeTable{{ecsResource: table, vpc: "vpc-1", system: true}},
	}
}

// of finds a VPC in the call's region.
func (s *vpcState) of(region, id string) *vpc {
	v, _ := findIn(region, s.vpcs, id)
	return v
}

// ownVPC finds the VPC of a call.
func (q *rpcRequest) ownVPC() (*vpc, error) {
	v := q.c.vpc.of(q.region, q.str("VpcId"))
	if v == nil {
		return nil, refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
	}
	q.touch(vpcKind, v.id)
	return v, nil
}

func vpcTags(r *ecsResource) map[string]any {
	return map[string]any{"Tag": tagViews(r.tags, "Key", "Value")}
}

func createVpc(q *rpcRequest) (any, error) {
	v := &vpc{
		ecsResource: q.newResource("vpc", q.str("VpcName")), cidr: q.orElse("CidrBlock", "172.16.0.0/12"),
		router: q.c.resourceID("vrt", q.region),
	}
	if _, err := netip.ParsePrefix(v.cidr); err != nil {
		return nil, refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
	}
	if q.has("UserCidr") {
		v.own = strings.Split(q.str("UserCidr"), ",")
	}
	if q.is("EnableIpv6") {
		v.cidr6 = q.orElse("Ipv6CidrBlock", fmt.Sprintf("2001:db8:%x::/56", len(q.c.vpc.vpcs)<<8))
	}
	table := &routeTable{ecsResource: q.newResource("vtb", ""), vpc: v.id, system: true}
	table.description, table.tags = "", map[string]string{}
	q.c.vpc.vpcs = append(q.c.vpc.vpcs, v)
	q.c.vpc.tables = append(q.c.vpc.tables, table)
	q.touch(vpcKind, v.id)
	return map[string]any{"VpcId": v.id, "VRouterId": v.router, "RouteTableId": table.id, "ResourceGroupId": ""}, nil
}

// deleteVpc refuses as long as anything but the system's own is in it.
func deleteVpc(q *rpcRequest) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	s := &q.c.vpc
	for _, user := range []struct {
		kind string
		used bool
	}{
		{"VSwitch", slices.ContainsFunc(s.switches, func(o *vswitch) bool { return o.vpc == v.id })},
		{"NatGateway", slices.ContainsFunc(s.nats, func(o *natGateway) bool { return o.vpc == v.id })},
		{"SecurityGroup", q.c.vpcUsers["SecurityGroup"](v.id)},
		{"NetworkAcl", slices.ContainsFunc(s.acls, func(o *networkACL) bool { return o.vpc == v.id })},
		{"RouteTable", slices.ContainsFunc(s.tables, func(o *routeTable) bool { return o.vpc == v.id && !o.system })},
		{"Ipv6Gateway", !q.is("ForceDelete") && slices.ContainsFunc(s.gateways6, func(o *ipv6Gateway) bool { return o.vpc == v.id })},
	} {
		if user.used {
			return nil, refuse(400, "DependencyViolation."+user.kind, "Specified object has dependent resources %s.", user.kind)
		}
	}
	s.gateways6 = slices.DeleteFunc(s.gateways6, func(o *ipv6Gateway) bool { return o.vpc == v.id })
	s.tables = slices.DeleteFunc(s.tables, func(o *routeTable) bool { return o.vpc == v.id })
	s.flowLogs = slices.DeleteFunc(s.flowLogs, func(l *flowLog) bool { return l.resource == v.id })
	s.vpcs = without(s.vpcs, v.id)
	return done()
}

func modifyVpc(q *rpcRequest) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	if cidr := q.str("CidrBlock"); cidr != "" {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return nil, refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
		}
		v.cidr = cidr
	}
	if q.is("EnableIPv6") && v.cidr6 == "" {
		v.cidr6 = q.orElse("Ipv6CidrBlock", fmt.Sprintf("2001:db8:%x::/56", len(q.c.vpc.vpcs)<<8))
	}
	v.name, v.description = q.orElse("VpcName", v.name), q.orElse("Description", v.description)
	return done()
}

func describeVpcs(q *rpcRequest) (any, error) {
	ids := []string{}
	if q.has("VpcId") {
		ids = strings.Split(q.str("VpcId"), ",") // up to 20
	}
	kept := within(q, q.c.vpc.vpcs, func(v *vpc) bool {
		return (len(ids) == 0 || slices.Contains(ids, v.id)) && q.matches("VpcName", v.name) &&
			q.matchesBool("IsDefault", v.id == "vpc-1") && q.matchesBool("EnableIpv6", v.cidr6 != "") && v.hasTags(q)
	})
	return numbered(q, kept, 10, "Vpcs", "Vpc", q.vpcView)
}

func describeVpcAttribute(q *rpcRequest) (any, error) {
	v := q.c.vpc.of(q.region, q.str("VpcId"))
	if v == nil {
		return nil, refuse(404, "InvalidVpcID.NotFound", "Specified value of VpcId is not found in our record.")
	}
	view := q.vpcView(v)
	view["ClassicLinkEnabled"], view["SupportIpv4Gateway"], view["Ipv4GatewayId"] = false, true, ""
	view["AssociatedCens"] = map[string]any{"AssociatedCen": []any{}}
	view["CloudResources"] = map[string]any{"CloudResourceSetType": []any{}}
	return view, nil
}

func (q *rpcRequest) vpcView(v *vpc) map[string]any {
	s := &q.c.vpc
	switches, nats, tables, acls := []string{}, []string{}, []string{}, 0
	for _, o := range s.switches {
		if o.vpc == v.id {
			switches = append(switches, o.id)
		}
	}
	for _, o := range s.nats {
		if o.vpc == v.id {
			nats = append(nats, o.id)
		}
	}
	for _, o := range s.tables {
		if o.vpc == v.id {
			tables = append(tables, o.id)
		}
	}
	for _, o := range s.acls {
		if o.vpc == v.id {
			acls++
		}
	}
	return map[string]any{
		"VpcId": v.id, "VpcName": v.name, "Description": v.description, "CidrBlock": v.cidr, "RegionId": v.region, "OwnerId": ownerID(q.c.Account),
		"Status": q.c.status(v.created, "Pending", "Available"), "CreationTime": stamp(v.created), "IsDefault": v.id == "vpc-1",
		"VRouterId": v.router, "CenStatus": "Detached", "ResourceGroupId": "", "NetworkAclNum": fmt.Sprint(acls),
		"Ipv6CidrBlock": v.cidr6, "EnabledIpv6": v.cidr6 != "", "DhcpOptionsSetId": "", "DnsHostnameStatus": "DISABLED",
		"VSwitchIds": map[string]any{"VSwitchId": switches}, "NatGatewayIds": map[string]any{"NatGatewayIds": nats},
		"RouterTableIds":      map[string]any{"RouterTableIds": tables},
		"SecondaryCidrBlocks": map[string]any{"SecondaryCidrBlock": listOf(v.secondary)}, "UserCidrs": map[string]any{"UserCidr": listOf(v.own)},
		"Ipv6CidrBlocks": map[string]any{"Ipv6CidrBlock": []any{}}, "Tags": vpcTags(&v.ecsResource),
	}
}
