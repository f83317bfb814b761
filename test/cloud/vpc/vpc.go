package vpc

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is what VPC keeps, in the order of creation.
type state struct {
	vpcs           []*vpc
	Switches       []*Vswitch
	tables         []*routeTable
	EIPs           []*EIP
	nats           []*natGateway
	acls           []*networkACL
	FlowLogs       []*FlowLog
	gateways6      []*ipv6Gateway
	havips         []*haVip
	flowLogService bool // opened: without it nothing is logged
}

type vpc struct {
	kernel.Resource
	cidr, cidr6, router string
	secondary, own      []string // own: UserCidr
}

const vpcKind = "ACS::VPC::VPC"

// Most actions of VPC page by number.
const byNumber = " PageNumber:Integer=1..1000000 PageSize:Integer=1..50"

// InVPC gives the ARNs of what a call names; "*" where it names nothing.
func InVPC(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string { return []string{q.ARN("vpc", kind+"/"+q.OrElse(param, "*"))} }
}

var onVPC = InVPC("vpc", "VpcId")

var vpcActions = []action{
	{
		Name: "CreateVpc", Write: true, Do: createVpc, On: InVPC("vpc", ""),
		Params: `RegionId! CidrBlock VpcName Description ClientToken ResourceGroupId UserCidr DryRun:Boolean EnableIpv6:Boolean EnableDnsHostname:Boolean
			Ipv6CidrBlock Ipv6Isp Ipv6CidrMask:Integer Ipv6IpamPoolId Ipv4CidrMask:Integer Ipv4IpamPoolId Tag:RepeatList(Key Value)`,
	},
	{
		Name: "DeleteVpc", Write: true, Do: deleteVpc, On: onVPC,
		Params: "RegionId VpcId! ClientToken DryRun:Boolean ForceDelete:Boolean",
	},
	{
		Name: "ModifyVpcAttribute", Write: true, Do: modifyVpc, On: onVPC,
		Params: "RegionId VpcId! VpcName Description CidrBlock EnableDnsHostname:Boolean EnableIPv6:Boolean Ipv6CidrBlock Ipv6Isp",
	},
	{
		Name: "DescribeVpcs", Do: describeVpcs, On: onVPC,
		Params: `RegionId! VpcId VpcName VpcOwnerId:Long IsDefault:Boolean EnableIpv6:Boolean DhcpOptionsSetId ResourceGroupId DryRun:Boolean
			Tag:RepeatList(Key Value)` + byNumber,
	},
	{
		Name: "DescribeVpcAttribute", Do: describeVpcAttribute, On: onVPC,
		Params: "RegionId! VpcId! IsDefault:Boolean DryRun:Boolean",
	},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Vpc", Ram: "vpc", Version: "2016-04-28", Missing: kernel.MissingInECS},
		slices.Concat(vpcActions, vpcRegionActions, vpcRouterActions, natAttributeActions, vswitchActions, routeActions, eipActions, natActions, natEntryActions, aclActions, flowLogActions, ipv6Actions, ipv6RuleActions, haVipActions, vpcTagActions),
		"vpc.aliyuncs.com", "vpc.*.aliyuncs.com")
	c.state = c.homeNetwork()
	c.Taggables = append(c.Taggables, func(add func(product, kind string, all []*kernel.Resource)) {
		v := &c.state
		add("vpc", "vpc", kernel.Bases(v.vpcs))
		add("vpc", "vswitch", kernel.Bases(v.Switches))
		add("vpc", "routetable", kernel.Bases(v.tables))
		add("vpc", "eip", kernel.Bases(v.EIPs))
		add("vpc", "natgateway", kernel.Bases(v.nats))
		add("vpc", "networkacl", kernel.Bases(v.acls))
	})
	c.Bound("Vpc:CreateVpc", func() int { return len(c.vpcs) }, "QuotaExceeded.Vpc", "The maximum number of VPCs is reached.")
	c.Bound("Vpc:CreateVSwitch", func() int { return len(c.Switches) }, "QuotaExceeded.VSwitch", "The maximum number of vSwitches is reached.")
	c.Bound("Vpc:AllocateEipAddress", func() int { return len(c.EIPs) }, "QuotaExceeded.Eip", "The maximum number of elastic IP addresses is reached.")
	c.Bound("Vpc:CreateNatGateway", func() int { return len(c.nats) }, "QuotaExceeded.NatGateway", "The maximum number of NAT gateways is reached.")
	network := kernel.SectionOf("vpc", func(f *vpcFile, built map[string]any) (func(), error) {
		hosts, ok := built["hosts"].(iter.Seq[Host])
		if !ok {
			hosts = c.hosts()
		}
		s, err := c.loadVPC(f, hosts)
		return func() { c.state = *s }, err
	}, func() (*vpcFile, error) { return c.dumpVPC(), nil })
	network.Last = true
	c.AddSection(network)
}

// homeNetwork is the default network that an account begins with: its ids are
// short, so that scenarios and people at a keyboard can write them.
func (c *Service) homeNetwork() state {
	home := func(id string) kernel.Resource {
		return kernel.Resource{ID: id, Region: c.Region, Name: "default", Tags: map[string]string{}, Created: c.LongAgo()}
	}
	table := home("vtb-1")
	table.Name = ""
	return state{
		vpcs:     []*vpc{{Resource: home("vpc-1"), cidr: "172.16.0.0/12", router: "vrt-1"}},
		Switches: []*Vswitch{{Resource: home("vsw-1"), cidr: "172.16.0.0/16", VPC: "vpc-1", Zone: c.Region + "-h"}},
		tables:   []*routeTable{{Resource: table, vpc: "vpc-1", system: true}},
	}
}

// Of finds a VPC in the call's region.
func (s *state) Of(region, id string) *vpc {
	v, _ := kernel.FindIn(region, s.vpcs, id)
	return v
}

// ownVPC finds the VPC of a call.
func (q *request) ownVPC() (*vpc, error) {
	v := q.c.Of(q.Region, q.Str("VpcId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
	}
	q.Touch(vpcKind, v.ID)
	return v, nil
}

func vpcTags(r *kernel.Resource) map[string]any {
	return map[string]any{"Tag": kernel.TagViews(r.Tags, "Key", "Value")}
}

func createVpc(q *request) (any, error) {
	v := &vpc{
		Resource: q.NewResource("vpc", q.Str("VpcName")), cidr: q.OrElse("CidrBlock", "172.16.0.0/12"),
		router: q.c.ResourceID("vrt", q.Region),
	}
	if _, err := netip.ParsePrefix(v.cidr); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
	}
	if q.Has("UserCidr") {
		v.own = strings.Split(q.Str("UserCidr"), ",")
	}
	if q.Is("EnableIpv6") {
		v.cidr6 = q.OrElse("Ipv6CidrBlock", fmt.Sprintf("2001:db8:%x::/56", len(q.c.vpcs)<<8))
	}
	table := &routeTable{Resource: q.NewResource("vtb", ""), vpc: v.ID, system: true}
	table.Description, table.Tags = "", map[string]string{}
	q.c.vpcs = append(q.c.vpcs, v)
	q.c.tables = append(q.c.tables, table)
	q.Touch(vpcKind, v.ID)
	return map[string]any{"VpcId": v.ID, "VRouterId": v.router, "RouteTableId": table.ID, "ResourceGroupId": ""}, nil
}

// deleteVpc refuses as long as anything but the system's own is in it.
func deleteVpc(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	s := &q.c.state
	for _, user := range []struct {
		kind string
		used bool
	}{
		{"VSwitch", slices.ContainsFunc(s.Switches, func(o *Vswitch) bool { return o.VPC == v.ID })},
		{"NatGateway", slices.ContainsFunc(s.nats, func(o *natGateway) bool { return o.vpc == v.ID })},
		{"SecurityGroup", q.c.VPCUsers["SecurityGroup"](v.ID)},
		{"NetworkAcl", slices.ContainsFunc(s.acls, func(o *networkACL) bool { return o.vpc == v.ID })},
		{"RouteTable", slices.ContainsFunc(s.tables, func(o *routeTable) bool { return o.vpc == v.ID && !o.system })},
		{"Ipv6Gateway", !q.Is("ForceDelete") && slices.ContainsFunc(s.gateways6, func(o *ipv6Gateway) bool { return o.vpc == v.ID })},
	} {
		if user.used {
			return nil, kernel.Refuse(400, "DependencyViolation."+user.kind, "Specified object has dependent resources %s.", user.kind)
		}
	}
	s.gateways6 = slices.DeleteFunc(s.gateways6, func(o *ipv6Gateway) bool { return o.vpc == v.ID })
	s.tables = slices.DeleteFunc(s.tables, func(o *routeTable) bool { return o.vpc == v.ID })
	s.FlowLogs = slices.DeleteFunc(s.FlowLogs, func(l *FlowLog) bool { return l.On == v.ID })
	s.vpcs = kernel.Without(s.vpcs, v.ID)
	return kernel.Done()
}

func modifyVpc(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	if cidr := q.Str("CidrBlock"); cidr != "" {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
		}
		v.cidr = cidr
	}
	if q.Is("EnableIPv6") && v.cidr6 == "" {
		v.cidr6 = q.OrElse("Ipv6CidrBlock", fmt.Sprintf("2001:db8:%x::/56", len(q.c.vpcs)<<8))
	}
	v.Name, v.Description = q.OrElse("VpcName", v.Name), q.OrElse("Description", v.Description)
	return kernel.Done()
}

func describeVpcs(q *request) (any, error) {
	ids := []string{}
	if q.Has("VpcId") {
		ids = strings.Split(q.Str("VpcId"), ",") // up to 20
	}
	kept := kernel.Within(q.Request, q.c.vpcs, func(v *vpc) bool {
		return (len(ids) == 0 || slices.Contains(ids, v.ID)) && q.Matches("VpcName", v.Name) &&
			q.MatchesBool("IsDefault", v.ID == "vpc-1") && q.MatchesBool("EnableIpv6", v.cidr6 != "") && v.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "Vpcs", "Vpc", q.vpcView)
}

func describeVpcAttribute(q *request) (any, error) {
	v := q.c.Of(q.Region, q.Str("VpcId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVpcID.NotFound", "Specified value of VpcId is not found in our record.")
	}
	view := q.vpcView(v)
	view["ClassicLinkEnabled"], view["SupportIpv4Gateway"], view["Ipv4GatewayId"] = false, true, ""
	view["AssociatedCens"] = map[string]any{"AssociatedCen": []any{}}
	view["CloudResources"] = map[string]any{"CloudResourceSetType": []any{}}
	return view, nil
}

func (q *request) vpcView(v *vpc) map[string]any {
	s := &q.c.state
	switches, nats, tables, acls := []string{}, []string{}, []string{}, 0
	for _, o := range s.Switches {
		if o.VPC == v.ID {
			switches = append(switches, o.ID)
		}
	}
	for _, o := range s.nats {
		if o.vpc == v.ID {
			nats = append(nats, o.ID)
		}
	}
	for _, o := range s.tables {
		if o.vpc == v.ID {
			tables = append(tables, o.ID)
		}
	}
	for _, o := range s.acls {
		if o.vpc == v.ID {
			acls++
		}
	}
	return map[string]any{
		"VpcId": v.ID, "VpcName": v.Name, "Description": v.Description, "CidrBlock": v.cidr, "RegionId": v.Region, "OwnerId": kernel.OwnerID(q.c.Account),
		"Status": q.c.Status(v.Created, "Pending", "Available"), "CreationTime": kernel.Stamp(v.Created), "IsDefault": v.ID == "vpc-1",
		"VRouterId": v.router, "CenStatus": "Detached", "ResourceGroupId": "", "NetworkAclNum": fmt.Sprint(acls),
		"Ipv6CidrBlock": v.cidr6, "EnabledIpv6": v.cidr6 != "", "DhcpOptionsSetId": "", "DnsHostnameStatus": "DISABLED",
		"VSwitchIds": map[string]any{"VSwitchId": switches}, "NatGatewayIds": map[string]any{"NatGatewayIds": nats},
		"RouterTableIds":      map[string]any{"RouterTableIds": tables},
		"SecondaryCidrBlocks": map[string]any{"SecondaryCidrBlock": kernel.ListOf(v.secondary)}, "UserCidrs": map[string]any{"UserCidr": kernel.ListOf(v.own)},
		"Ipv6CidrBlocks": map[string]any{"Ipv6CidrBlock": []any{}}, "Tags": vpcTags(&v.Resource),
	}
}
