package cloud

import "slices"

// ipv6Gateway connects the IPv6 addresses of a VPC with the internet.
type ipv6Gateway struct {
	ecsResource
	vpc   string
	rules []*ipv6Rule
}

// address6 is an IPv6 address of an interface. With a bandwidth it can be
// reached from the internet.
type address6 struct {
	id, address string
	bandwidth   int
}

const ipv6GatewayKind, ipv6AddressKind = "ACS::VPC::Ipv6Gateway", "ACS::VPC::Ipv6Address"

var (
	onIPv6Gateway = inVPC("ipv6gateway", "Ipv6GatewayId")
	onIPv6Address = inVPC("ipv6address", "Ipv6AddressId")
)

var ipv6Actions = []rpcAction{
	{
		name: "CreateIpv6Gateway", write: true, do: createIPv6Gateway, on: both(inVPC("ipv6gateway", ""), onVPC),
		params: "RegionId! VpcId! Name Description ClientToken ResourceGroupId Tag:RepeatList(Key Value)",
	},
	{
		name: "DeleteIpv6Gateway", write: true, do: deleteIPv6Gateway, on: onIPv6Gateway,
		params: "RegionId! Ipv6GatewayId! ClientToken DryRun:Boolean",
	},
	{
		name: "DescribeIpv6Gateways", do: describeIPv6Gateways, on: onIPv6Gateway,
		params: "RegionId! Ipv6GatewayId Name VpcId ResourceGroupId Tags:RepeatList(Key Value)" + byNumber,
	},
	{
		name: "AllocateIpv6InternetBandwidth", write: true, do: allocateIPv6Bandwidth, on: onIPv6Address,
		params: "RegionId! Ipv6AddressId! Bandwidth:Integer!=1..5000 InternetChargeType Ipv6GatewayId ClientToken DryRun:Boolean",
	},
	{
		name: "DeleteIpv6InternetBandwidth", write: true, do: deleteIPv6Bandwidth, on: onIPv6Address,
		params: "RegionId! Ipv6AddressId Ipv6InternetBandwidthId ClientToken DryRun:Boolean",
	},
	{
		name: "DescribeIpv6Addresses", do: describeIPv6Addresses, on: onIPv6Address,
		params: `RegionId! Ipv6AddressId Ipv6Address Name VSwitchId VpcId AssociatedInstanceId AssociatedInstanceType NetworkType=Private|Public
			AddressType Ipv6InternetBandwidthId ServiceManaged:Boolean IncludeReservationData:Boolean ResourceGroupId Tag:RepeatList(Key Value)` + byNumber,
	},
}

func createIPv6Gateway(q *rpcRequest) (any, error) {
	v, err := q.ownVPC()
	switch {
	case err != nil:
		return nil, err
	case v.cidr6 == "":
		return nil, refuse(400, "OperationFailed.VpcNotEnableIpv6", "The VPC has no IPv6 block.")
	case slices.ContainsFunc(q.c.vpc.gateways6, func(g *ipv6Gateway) bool { return g.vpc == v.id }):
		return nil, refuse(400, "QuotaExceeded.Ipv6Gateway", "The VPC has an IPv6 gateway already.")
	}
	g := &ipv6Gateway{ecsResource: q.newResource("ipv6gw", q.str("Name")), vpc: v.id}
	q.c.vpc.gateways6 = append(q.c.vpc.gateways6, g)
	q.touch(ipv6GatewayKind, g.id)
	return map[string]any{"Ipv6GatewayId": g.id, "ResourceGroupId": ""}, nil
}

func deleteIPv6Gateway(q *rpcRequest) (any, error) {
	g, ok := find(q, q.c.vpc.gateways6, q.str("Ipv6GatewayId"))
	if !ok {
		return nil, refuse(404, "InvalidIpv6GatewayId.NotFound", "The specified Ipv6GatewayId does not exist.")
	}
	q.touch(ipv6GatewayKind, g.id)
	for n := range q.c.vpcHosts() {
		if n.vpc == g.vpc && slices.ContainsFunc(n.ip6, func(a *address6) bool { return a.bandwidth > 0 }) {
			return nil, refuse(400, "DependencyViolation.Ipv6InternetBandwidth", "An IPv6 address of the VPC has internet bandwidth.")
		}
	}
	if len(g.rules) > 0 {
		return nil, refuse(400, "DependencyViolation.Ipv6EgressOnlyRule", "The IPv6 gateway has egress-only rules.")
	}
	q.c.vpc.gateways6 = without(q.c.vpc.gateways6, g.id)
	return done()
}

func describeIPv6Gateways(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.gateways6, func(g *ipv6Gateway) bool {
		return q.matches("Ipv6GatewayId", g.id) && q.matches("Name", g.name) && q.matches("VpcId", g.vpc) && g.hasTags(q)
	})
	return numbered(q, kept, 10, "Ipv6Gateways", "Ipv6Gateway", func(g *ipv6Gateway) map[string]any {
		return map[string]any{
			"Ipv6GatewayId": g.id, "Name": g.name, "Description": g.description, "VpcId": g.vpc, "RegionId": g.region, "Spec": "Large",
			"Status": q.c.status(g.created, "Pending", "Available"), "CreationTime": stamp(g.created), "BusinessStatus": "Normal",
			"InstanceChargeType": "PostPaid", "ExpiredTime": "", "ResourceGroupId": "", "Tags": vpcTags(&g.ecsResource),
		}
	})
}

// addresses6 are the IPv6 addresses of the call's region, with what has them.
func (q *rpcRequest) addresses6() (all []attached6) {
	for h := range q.c.vpcHosts() {
		if h.region != q.region {
			continue
		}
		for _, a := range h.ip6 {
			all = append(all, attached6{a, h})
		}
	}
	return all
}

type attached6 struct {
	*address6
	nic host
}

// holder is what the address counts as being on: an instance by its primary
// interface, else the interface.
func (a attached6) holder() (id, kind string) {
	if a.nic.primaryOf != "" {
		return a.nic.primaryOf, "EcsInstance"
	}
	return a.nic.id, a.nic.kind
}

func (a attached6) network() string {
	if a.bandwidth > 0 {
		return "Public"
	}
	return "Private"
}

func (a attached6) bandwidthID() string {
	if a.bandwidth > 0 {
		return "ipv6bw" + a.id[len("ipv6"):]
	}
	return ""
}

func allocateIPv6Bandwidth(q *rpcRequest) (any, error) {
	for _, a := range q.addresses6() {
		if a.id != q.str("Ipv6AddressId") {
			continue
		}
		q.touch(ipv6AddressKind, a.id)
		switch {
		case !slices.ContainsFunc(q.c.vpc.gateways6, func(g *ipv6Gateway) bool { return g.vpc == a.nic.vpc }):
			return nil, refuse(404, "InvalidIpv6GatewayId.NotFound", "The VPC has no IPv6 gateway.")
		case a.bandwidth > 0:
			return nil, refuse(400, "OperationFailed.AlreadyExist", "The IPv6 address has internet bandwidth already.")
		}
		a.bandwidth = q.num("Bandwidth", 1)
		return map[string]any{"Ipv6AddressId": a.id, "InternetBandwidthId": a.bandwidthID()}, nil
	}
	return nil, refuse(404, "InvalidIpv6AddressId.NotFound", "The specified Ipv6AddressId does not exist.")
}

func deleteIPv6Bandwidth(q *rpcRequest) (any, error) {
	if !q.has("Ipv6AddressId") && !q.has("Ipv6InternetBandwidthId") {
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter Ipv6AddressId or Ipv6InternetBandwidthId.")
	}
	for _, a := range q.addresses6() {
		if a.bandwidth > 0 && q.matches("Ipv6AddressId", a.id) && q.matches("Ipv6InternetBandwidthId", a.bandwidthID()) {
			q.touch(ipv6AddressKind, a.id)
			a.bandwidth = 0
			return done()
		}
	}
	return nil, refuse(404, "InvalidIpv6InternetBandwidthId.NotFound", "The specified internet bandwidth does not exist.")
}

func describeIPv6Addresses(q *rpcRequest) (any, error) {
	kept := slices.DeleteFunc(q.addresses6(), func(a attached6) bool {
		holder, kind := a.holder()
		return !q.matches("Ipv6AddressId", a.id) || !q.matches("Ipv6Address", a.address) || !q.matches("VSwitchId", a.nic.vswitch) ||
			!q.matches("VpcId", a.nic.vpc) || !q.matches("AssociatedInstanceId", holder) || !q.matches("AssociatedInstanceType", kind) ||
			!q.matches("NetworkType", a.network()) || !q.matches("Ipv6InternetBandwidthId", a.bandwidthID()) || q.has("Name") || len(q.tags()) > 0
	})
	return numbered(q, kept, 10, "Ipv6Addresses", "Ipv6Address", func(a attached6) map[string]any {
		holder, kind := a.holder()
		gateway := ""
		for _, g := range q.c.vpc.gateways6 {
			if g.vpc == a.nic.vpc {
				gateway = g.id
			}
		}
		return map[string]any{
			"Ipv6AddressId": a.id, "Ipv6AddressName": "", "Ipv6AddressDescription": "", "Ipv6Address": a.address, "AddressType": "IPv6Address",
			"Status": "Available", "AllocationTime": stamp(a.nic.created), "VpcId": a.nic.vpc, "VSwitchId": a.nic.vswitch,
			"AssociatedInstanceId": holder, "AssociatedInstanceType": kind, "NetworkType": a.network(), "Ipv6GatewayId": gateway,
			"RealBandwidth": a.bandwidth, "Ipv6Isp": "BGP", "ServiceManaged": 0, "ResourceGroupId": "",
			"Ipv6InternetBandwidth": map[string]any{
				"Ipv6InternetBandwidthId": a.bandwidthID(), "Bandwidth": a.bandwidth, "InternetChargeType": "PayByTraffic",
				"InstanceChargeType": "PostPaid", "BusinessStatus": "Normal",
			},
			"Tags": map[string]any{"Tag": []any{}},
		}
	})
}
