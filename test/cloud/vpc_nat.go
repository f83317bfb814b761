package cloud

import (
	"slices"
	"strings"
)

// natGateway translates addresses for a VPC: towards the internet, or between
// private networks.
type natGateway struct {
	ecsResource
	vpc, vswitch, network, bind, ip string // network: internet or intranet; ip: its private address
	forwardTable, snatTable         string
	dnat                            []*forwardEntry
	snat                            []*snatEntry
	noPing, sessionLog              bool
}

const natKind = "ACS::NAT::NatGateway"

var onNAT = inVPC("natgateway", "NatGatewayId")

var natActions = []rpcAction{
	{
		name: "CreateNatGateway", write: true, do: createNAT, on: inVPC("natgateway", ""),
		params: `RegionId! VpcId! VSwitchId Name Description NatType=Enhanced|Normal NetworkType=internet|intranet EipBindMode=MULTI_BINDED|NAT
			InstanceChargeType InternetChargeType Spec PricingCycle Duration AutoPay:Boolean AccessMode NatIp Ipv4Prefix IcmpReplyEnabled:Boolean
			PrivateLinkEnabled:Boolean SecurityProtectionEnabled:Boolean ClientToken Tag:RepeatList(Key Value)`,
	},
	{
		name: "DeleteNatGateway", write: true, do: deleteNAT, on: onNAT,
		params: "RegionId! NatGatewayId! Force:Boolean",
	},
	{
		name: "DescribeNatGateways", do: describeNATs, on: onNAT,
		params: `RegionId! NatGatewayId Name VpcId ZoneId NatType NetworkType Spec Status InstanceChargeType ResourceGroupId DryRun:Boolean
			Tag:RepeatList(Key Value)` + byNumber,
	},
}

// nat finds the gateway of a call, for writing.
func (q *rpcRequest) nat() (*natGateway, error) {
	g, ok := find(q, q.c.vpc.nats, q.str("NatGatewayId"))
	if !ok {
		return nil, refuse(404, "InvalidNatGatewayId.NotFound", "The specified NatGatewayId does not exist in our records.")
	}
	q.touch(natKind, g.id)
	return g, q.usable(g)
}

// usable refuses to work on a gateway that is still being made.
func (q *rpcRequest) usable(g *natGateway) error {
	if !q.c.settled(g.created) {
		return refuse(400, "IncorrectStatus.NATGW", "The status of the NAT gateway does not support this operation.")
	}
	return nil
}

// createNAT makes the gateway, and the default route to it where there is none:
// so does the real one for the internet.
func createNAT(q *rpcRequest) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	if !q.has("VSwitchId") {
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter VSwitchId.")
	}
	vsw := q.c.vpc.switchOf(q.region, q.str("VSwitchId"))
	if vsw == nil || vsw.vpc != v.id {
		return nil, refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist in the VPC.")
	}
	ip, err := vsw.address(q.c, q.str("NatIp"))
	if err != nil {
		return nil, err
	}
	g := &natGateway{
		ecsResource: q.newResource("ngw", q.str("Name")), vpc: v.id, vswitch: vsw.id, network: q.orElse("NetworkType", "internet"),
		bind: q.orElse("EipBindMode", "MULTI_BINDED"), ip: ip,
		forwardTable: q.c.resourceID("ftb", q.region), snatTable: q.c.resourceID("stb", q.region),
	}
	q.c.vpc.nats = append(q.c.vpc.nats, g)
	q.touch(vswitchKind, vsw.id)
	q.touch(natKind, g.id)
	if g.network == "internet" {
		route := &routeEntry{
			ecsResource: ecsResource{id: q.c.resourceID("rte", q.region), region: q.region, created: q.c.clock()},
			cidr:        "0.0.0.0/0", hop: g.id, hopKind: "NatGateway", byNAT: true,
		}
		for _, t := range q.c.vpc.tables {
			if t.vpc == v.id && t.system {
				_ = t.add(q.c, route) // one that is there already stays
			}
		}
	}
	return map[string]any{
		"NatGatewayId": g.id, "ForwardTableIds": map[string]any{"ForwardTableId": []string{g.forwardTable}},
		"SnatTableIds":    map[string]any{"SnatTableId": []string{g.snatTable}},
		"FullNatTableIds": map[string]any{"FullNatTableId": []string{}}, "BandwidthPackageIds": map[string]any{"BandwidthPackageId": []string{}},
	}, nil
}

func deleteNAT(q *rpcRequest) (any, error) {
	g, err := q.nat()
	if err != nil {
		return nil, err
	}
	if !q.is("Force") {
		depends := func(on string) error {
			return refuse(400, "DependencyViolation."+on, "The specified resource of NatGateway depends on %s, so the operation cannot be completed.", on)
		}
		switch {
		case len(g.snat) > 0:
			return nil, depends("SnatEntry")
		case len(g.dnat) > 0:
			return nil, depends("ForwardEntry")
		case q.c.eipOn(g.id, "") != nil:
			return nil, depends("EIPS")
		}
	}
	q.c.releaseEIPsOf(g.id)
	for _, t := range q.c.vpc.tables {
		t.entries = slices.DeleteFunc(t.entries, func(e *routeEntry) bool { return e.byNAT && e.hop == g.id })
	}
	q.c.vpc.nats = without(q.c.vpc.nats, g.id)
	return done()
}

// dropUsesOf removes the entries that need an address.
func (g *natGateway) dropUsesOf(address string) {
	g.snat = slices.DeleteFunc(g.snat, func(s *snatEntry) bool { return slices.Contains(s.addresses(), address) })
	g.dnat = slices.DeleteFunc(g.dnat, func(f *forwardEntry) bool { return f.externalIP == address })
}

// owns says whether an address is one of the gateway's.
func (g *natGateway) owns(c *Cloud, address string) bool {
	return g.network == "intranet" && address == g.ip ||
		slices.ContainsFunc(c.vpc.eips, func(e *eip) bool { return e.instance == g.id && e.address == address })
}

func describeNATs(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.nats, func(g *natGateway) bool {
		zone := ""
		if v := q.c.vpc.switchOf(q.region, g.vswitch); v != nil {
			zone = v.zone
		}
		return q.matches("NatGatewayId", g.id) && q.matches("Name", g.name) && q.matches("VpcId", g.vpc) && q.matches("ZoneId", zone) &&
			q.matches("NetworkType", g.network) && q.oneOf("NatType", "Enhanced") && q.matches("Status", q.c.status(g.created, "Creating", "Available")) && g.hasTags(q)
	})
	return numbered(q, kept, 10, "NatGateways", "NatGateway", q.natView)
}

func (q *rpcRequest) natView(g *natGateway) map[string]any {
	zone := ""
	if v := q.c.vpc.switchOf(q.region, g.vswitch); v != nil {
		zone = v.zone
	}
	addresses := []any{}
	for _, e := range q.c.vpc.eips {
		if e.instance != g.id {
			continue
		}
		inSNAT := slices.ContainsFunc(g.snat, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.address) })
		inDNAT := slices.ContainsFunc(g.dnat, func(f *forwardEntry) bool { return f.externalIP == e.address })
		addresses = append(addresses, map[string]any{
			"AllocationId": e.id, "IpAddress": e.address, "PrivateIpAddress": e.privateIP, "ApAccessEnabled": false, "SnatEntryEnabled": true,
			"UsingStatus": map[[2]bool]string{{true, true}: "UsedByBoth", {true, false}: "UsedBySnatTable", {false, true}: "UsedByForwardTable", {}: "Idle"}[[2]bool{inSNAT, inDNAT}],
		})
	}
	return map[string]any{
		"NatGatewayId": g.id, "Name": g.name, "Description": g.description, "RegionId": g.region, "VpcId": g.vpc, "NetworkType": g.network,
		"Status": q.c.status(g.created, "Creating", "Available"), "CreationTime": stamp(g.created), "NatType": "Enhanced", "EipBindMode": g.bind,
		"BusinessStatus": "Normal", "InstanceChargeType": "PostPaid", "InternetChargeType": "PayByLcu", "Spec": "", "ExpiredTime": "",
		"ResourceGroupId": "", "DeletionProtection": false, "AutoPay": false, "EcsMetricEnabled": false, "IcmpReplyEnabled": !g.noPing,
		"PrivateLinkEnabled": false, "SecurityProtectionEnabled": false, "IpLists": map[string]any{"IpList": addresses},
		"ForwardTableIds":       map[string]any{"ForwardTableId": []string{g.forwardTable}},
		"SnatTableIds":          map[string]any{"SnatTableId": []string{g.snatTable}},
		"FullNatTableIds":       map[string]any{"FullNatTableId": []string{}},
		"BandwidthPackageIds":   map[string]any{"BandwidthPackageId": []string{}},
		"NatGatewayPrivateInfo": map[string]any{"VswitchId": g.vswitch, "PrivateIpAddress": g.ip, "IzNo": zone, "EniType": "indirect", "MaxBandwidth": 5120},
		"Tags":                  vpcTags(&g.ecsResource),
	}
}

// addresses are those that an SNAT entry uses, written with commas.
func (s *snatEntry) addresses() []string { return strings.Split(s.ip, ",") }
