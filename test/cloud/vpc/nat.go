package vpc

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// natGateway translates addresses for a VPC: towards the internet, or between
// private networks.
type natGateway struct {
	kernel.Resource
	vpc, vswitch, network, bind, ip string // network: internet or intranet; ip: its private address
	forwardTable, snatTable         string
	dnat                            []*forwardEntry
	snat                            []*snatEntry
	noPing, sessionLog              bool
}

const natKind = "ACS::NAT::NatGateway"

var onNAT = InVPC("natgateway", "NatGatewayId")

var natActions = []action{
	{
		Name: "CreateNatGateway", Write: true, Do: createNAT, On: InVPC("natgateway", ""),
		Params: `RegionId! VpcId! VSwitchId Name Description NatType=Enhanced|Normal NetworkType=internet|intranet EipBindMode=MULTI_BINDED|NAT
			InstanceChargeType InternetChargeType Spec PricingCycle Duration AutoPay:Boolean AccessMode NatIp Ipv4Prefix IcmpReplyEnabled:Boolean
			PrivateLinkEnabled:Boolean SecurityProtectionEnabled:Boolean ClientToken Tag:RepeatList(Key Value)`,
	},
	{
		Name: "DeleteNatGateway", Write: true, Do: deleteNAT, On: onNAT,
		Params: "RegionId! NatGatewayId! Force:Boolean",
	},
	{
		Name: "DescribeNatGateways", Do: describeNATs, On: onNAT,
		Params: `RegionId! NatGatewayId Name VpcId ZoneId NatType NetworkType Spec Status InstanceChargeType ResourceGroupId DryRun:Boolean
			Tag:RepeatList(Key Value)` + byNumber,
	},
}

// nat finds the gateway of a call, for writing.
func (q *request) nat() (*natGateway, error) {
	g, ok := kernel.Find(q.Request, q.c.nats, q.Str("NatGatewayId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidNatGatewayId.NotFound", "The specified NatGatewayId does not exist in our records.")
	}
	q.Touch(natKind, g.ID)
	return g, q.usable(g)
}

// usable refuses to work on a gateway that is still being made.
func (q *request) usable(g *natGateway) error {
	if !q.c.Settled(g.Created) {
		return kernel.Refuse(400, "IncorrectStatus.NATGW", "The status of the NAT gateway does not support this operation.")
	}
	return nil
}

// createNAT makes the gateway, and the default route to it where there is none:
// so does the real one for the internet.
func createNAT(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	if !q.Has("VSwitchId") {
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter VSwitchId.")
	}
	vsw := q.c.SwitchOf(q.Region, q.Str("VSwitchId"))
	if vsw == nil || vsw.VPC != v.ID {
		return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist in the VPC.")
	}
	ip, err := vsw.Address(q.c, q.Str("NatIp"))
	if err != nil {
		return nil, err
	}
	g := &natGateway{
		Resource: q.NewResource("ngw", q.Str("Name")), vpc: v.ID, vswitch: vsw.ID, network: q.OrElse("NetworkType", "internet"),
		bind: q.OrElse("EipBindMode", "MULTI_BINDED"), ip: ip,
		forwardTable: q.c.ResourceID("ftb", q.Region), snatTable: q.c.ResourceID("stb", q.Region),
	}
	q.c.nats = append(q.c.nats, g)
	q.Touch(VswitchKind, vsw.ID)
	q.Touch(natKind, g.ID)
	if g.network == "internet" {
		route := &routeEntry{
			Resource: kernel.Resource{ID: q.c.ResourceID("rte", q.Region), Region: q.Region, Created: q.c.Clock()},
			cidr:     "0.0.0.0/0", hop: g.ID, hopKind: "NatGateway", byNAT: true,
		}
		for _, t := range q.c.tables {
			if t.vpc == v.ID && t.system {
				_ = t.add(q.c, route) // one that is there already stays
			}
		}
	}
	return map[string]any{
		"NatGatewayId": g.ID, "ForwardTableIds": map[string]any{"ForwardTableId": []string{g.forwardTable}},
		"SnatTableIds":    map[string]any{"SnatTableId": []string{g.snatTable}},
		"FullNatTableIds": map[string]any{"FullNatTableId": []string{}}, "BandwidthPackageIds": map[string]any{"BandwidthPackageId": []string{}},
	}, nil
}

func deleteNAT(q *request) (any, error) {
	g, err := q.nat()
	if err != nil {
		return nil, err
	}
	if !q.Is("Force") {
		depends := func(on string) error {
			return kernel.Refuse(400, "DependencyViolation."+on, "The specified resource of NatGateway depends on %s, so the operation cannot be completed.", on)
		}
		switch {
		case len(g.snat) > 0:
			return nil, depends("SnatEntry")
		case len(g.dnat) > 0:
			return nil, depends("ForwardEntry")
		case q.c.EIPOn(g.ID, "") != nil:
			return nil, depends("EIPS")
		}
	}
	q.c.ReleaseEIPsOf(g.ID)
	for _, t := range q.c.tables {
		t.entries = slices.DeleteFunc(t.entries, func(e *routeEntry) bool { return e.byNAT && e.hop == g.ID })
	}
	q.c.nats = kernel.Without(q.c.nats, g.ID)
	return kernel.Done()
}

// dropUsesOf removes the entries that need an address.
func (g *natGateway) dropUsesOf(address string) {
	g.snat = slices.DeleteFunc(g.snat, func(s *snatEntry) bool { return slices.Contains(s.addresses(), address) })
	g.dnat = slices.DeleteFunc(g.dnat, func(f *forwardEntry) bool { return f.externalIP == address })
}

// owns says whether an address is one of the gateway's.
func (g *natGateway) owns(c *Service, address string) bool {
	return g.network == "intranet" && address == g.ip ||
		slices.ContainsFunc(c.EIPs, func(e *EIP) bool { return e.Instance == g.ID && e.Address == address })
}

func describeNATs(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.nats, func(g *natGateway) bool {
		zone := ""
		if v := q.c.SwitchOf(q.Region, g.vswitch); v != nil {
			zone = v.Zone
		}
		return q.Matches("NatGatewayId", g.ID) && q.Matches("Name", g.Name) && q.Matches("VpcId", g.vpc) && q.Matches("ZoneId", zone) &&
			q.Matches("NetworkType", g.network) && q.OneOf("NatType", "Enhanced") && q.Matches("Status", q.c.Status(g.Created, "Creating", "Available")) && g.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "NatGateways", "NatGateway", q.natView)
}

func (q *request) natView(g *natGateway) map[string]any {
	zone := ""
	if v := q.c.SwitchOf(q.Region, g.vswitch); v != nil {
		zone = v.Zone
	}
	addresses := []any{}
	for _, e := range q.c.EIPs {
		if e.Instance != g.ID {
			continue
		}
		inSNAT := slices.ContainsFunc(g.snat, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.Address) })
		inDNAT := slices.ContainsFunc(g.dnat, func(f *forwardEntry) bool { return f.externalIP == e.Address })
		addresses = append(addresses, map[string]any{
			"AllocationId": e.ID, "IpAddress": e.Address, "PrivateIpAddress": e.PrivateIP, "ApAccessEnabled": false, "SnatEntryEnabled": true,
			"UsingStatus": map[[2]bool]string{{true, true}: "UsedByBoth", {true, false}: "UsedBySnatTable", {false, true}: "UsedByForwardTable", {}: "Idle"}[[2]bool{inSNAT, inDNAT}],
		})
	}
	return map[string]any{
		"NatGatewayId": g.ID, "Name": g.Name, "Description": g.Description, "RegionId": g.Region, "VpcId": g.vpc, "NetworkType": g.network,
		"Status": q.c.Status(g.Created, "Creating", "Available"), "CreationTime": kernel.Stamp(g.Created), "NatType": "Enhanced", "EipBindMode": g.bind,
		"BusinessStatus": "Normal", "InstanceChargeType": "PostPaid", "InternetChargeType": "PayByLcu", "Spec": "", "ExpiredTime": "",
		"ResourceGroupId": "", "DeletionProtection": false, "AutoPay": false, "EcsMetricEnabled": false, "IcmpReplyEnabled": !g.noPing,
		"PrivateLinkEnabled": false, "SecurityProtectionEnabled": false, "IpLists": map[string]any{"IpList": addresses},
		"ForwardTableIds":       map[string]any{"ForwardTableId": []string{g.forwardTable}},
		"SnatTableIds":          map[string]any{"SnatTableId": []string{g.snatTable}},
		"FullNatTableIds":       map[string]any{"FullNatTableId": []string{}},
		"BandwidthPackageIds":   map[string]any{"BandwidthPackageId": []string{}},
		"NatGatewayPrivateInfo": map[string]any{"VswitchId": g.vswitch, "PrivateIpAddress": g.ip, "IzNo": zone, "EniType": "indirect", "MaxBandwidth": 5120},
		"Tags":                  vpcTags(&g.Resource),
	}
}

// addresses are those that an SNAT entry uses, written with commas.
func (s *snatEntry) addresses() []string { return strings.Split(s.ip, ",") }
