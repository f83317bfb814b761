package vpc

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ipv6Gateway connects the IPv6 addresses of a VPC with the internet.
// A VPC has one at most. It costs nothing and routes nothing by itself: an address is reached from
// outside only with internet bandwidth, and gets out without being reached with an egress-only
// rule.
type ipv6Gateway struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	VPC             string      `yaml:"vpc,omitempty"` // default vpc-1
	Rules           []*ipv6Rule `yaml:"egress-only-rules,omitempty"`
}

var gateway6Rows = kernel.Kind{Key: "ipv6-gateways", Prefix: "ipv6gw", Tagged: "ipv6gateway", Type: ipv6GatewayKind}

func (g *ipv6Gateway) Defaults(*Service) { g.VPC = cmp.Or(g.VPC, "vpc-1") }

func (g *ipv6Gateway) Check(c *Service) error {
	_, err := kernel.ByItsID(c.VPCs, "VPC", g.VPC)
	return err
}

// A rule names the id of an address, which has to be one in the gateway's VPC.
func (g *ipv6Gateway) Complete(l *kernel.Loader, c *Service) (err error) {
	for _, r := range g.Rules {
		if r.Resource, err = l.Resource(r.ID, r.Name, g.Region, "ipv6py", nil); err != nil {
			return err
		}
		found := false
		for h := range c.loading.hosts {
			found = found || h.VPC == g.VPC && slices.ContainsFunc(h.IP6, func(a *Address6) bool { return a.ID == r.Address })
		}
		if !found {
			return fmt.Errorf("no IPv6 address %q in the VPC", r.Address)
		}
	}
	return nil
}

func (g *ipv6Gateway) Abridged(*Service) *ipv6Gateway {
	short := *g
	short.Rules = kernel.ByID(g.Rules)
	return &short
}

// Address6 is an IPv6 address of an interface. With a bandwidth it can be
// reached from the internet.
// It is kept with the interface in ECS, and changed from here through the pointer.
type Address6 struct {
	ID        string `yaml:"id,omitempty"`
	Address   string `yaml:"address"`
	Bandwidth int    `yaml:"internet-bandwidth,omitempty"`
}

const ipv6GatewayKind, ipv6AddressKind = "ACS::VPC::Ipv6Gateway", "ACS::VPC::Ipv6Address"

var (
	onIPv6Gateway = InVPC("ipv6gateway", "Ipv6GatewayId")
	onIPv6Address = InVPC("ipv6address", "Ipv6AddressId")
)

// Addresses are made by ECS (AssignIpv6Addresses); here they are listed, opened to the internet
// and closed.
var ipv6Actions = []action{
	{
		Name: "CreateIpv6Gateway", Write: true, Do: createIPv6Gateway, On: kernel.Both(InVPC("ipv6gateway", ""), onVPC),
		Params: "RegionId! VpcId! Name Description ClientToken ResourceGroupId Tag:RepeatList(Key Value)",
	},
	{
		Name: "DeleteIpv6Gateway", Write: true, Do: deleteIPv6Gateway, On: onIPv6Gateway,
		Params: "RegionId! Ipv6GatewayId! ClientToken DryRun:Boolean",
	},
	{
		Name: "DescribeIpv6Gateways", Do: describeIPv6Gateways, On: onIPv6Gateway,
		Params: "RegionId! Ipv6GatewayId Name VpcId ResourceGroupId Tags:RepeatList(Key Value)" + byNumber,
	},
	{
		// 1 to 5000 Mbit/s. The VPC needs a gateway first, and an address has one bandwidth at
		// most.
		Name: "AllocateIpv6InternetBandwidth", Write: true, Do: allocateIPv6Bandwidth, On: onIPv6Address,
		Params: "RegionId! Ipv6AddressId! Bandwidth:Integer!=1..5000 InternetChargeType Ipv6GatewayId ClientToken DryRun:Boolean",
	},
	{
		Name: "DeleteIpv6InternetBandwidth", Write: true, Do: deleteIPv6Bandwidth, On: onIPv6Address,
		Params: "RegionId! Ipv6AddressId Ipv6InternetBandwidthId ClientToken DryRun:Boolean",
	},
	{
		// By the interfaces and instances that have them, of all products.
		Name: "DescribeIpv6Addresses", Do: describeIPv6Addresses, On: onIPv6Address,
		Params: `RegionId! Ipv6AddressId Ipv6Address Name VSwitchId VpcId AssociatedInstanceId AssociatedInstanceType NetworkType=Private|Public
			AddressType Ipv6InternetBandwidthId ServiceManaged:Boolean IncludeReservationData:Boolean ResourceGroupId Tag:RepeatList(Key Value)` + byNumber,
	},
}

// The VPC needs a block of IPv6 first.
func createIPv6Gateway(q *request) (any, error) {
	v, err := q.ownVPC()
	switch {
	case err != nil:
		return nil, err
	case v.CIDR6 == "":
		return nil, kernel.Refuse(400, "OperationFailed.VpcNotEnableIpv6", "The VPC has no IPv6 block.")
	case slices.ContainsFunc(q.c.Gateways6, func(g *ipv6Gateway) bool { return g.VPC == v.ID }):
		return nil, kernel.Refuse(400, "QuotaExceeded.Ipv6Gateway", "The VPC has an IPv6 gateway already.")
	}
	g := &ipv6Gateway{Resource: q.NewResource("ipv6gw", q.Str("Name")), VPC: v.ID}
	q.c.Gateways6 = append(q.c.Gateways6, g)
	q.Touch(ipv6GatewayKind, g.ID)
	return map[string]any{"Ipv6GatewayId": g.ID, "ResourceGroupId": ""}, nil
}

// Addresses that are open to the internet keep it.
func deleteIPv6Gateway(q *request) (any, error) {
	g, ok := kernel.Find(q.Request, q.c.Gateways6, q.Str("Ipv6GatewayId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidIpv6GatewayId.NotFound", "The specified Ipv6GatewayId does not exist.")
	}
	q.Touch(ipv6GatewayKind, g.ID)
	for n := range q.c.hosts() {
		if n.VPC == g.VPC && slices.ContainsFunc(n.IP6, func(a *Address6) bool { return a.Bandwidth > 0 }) {
			return nil, kernel.Refuse(400, "DependencyViolation.Ipv6InternetBandwidth", "An IPv6 address of the VPC has internet bandwidth.")
		}
	}
	if len(g.Rules) > 0 {
		return nil, kernel.Refuse(400, "DependencyViolation.Ipv6EgressOnlyRule", "The IPv6 gateway has egress-only rules.")
	}
	q.c.Gateways6 = kernel.Without(q.c.Gateways6, g.ID)
	return kernel.Done()
}

func describeIPv6Gateways(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.Gateways6, func(g *ipv6Gateway) bool {
		return q.Matches("Ipv6GatewayId", g.ID) && q.Matches("Name", g.Name) && q.Matches("VpcId", g.VPC) && g.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "Ipv6Gateways", "Ipv6Gateway", func(g *ipv6Gateway) map[string]any {
		return map[string]any{
			"Ipv6GatewayId": g.ID, "Name": g.Name, "Description": g.Description, "VpcId": g.VPC, "RegionId": g.Region, "Spec": "Large",
			"Status": q.c.Status(g.Created, "Pending", "Available"), "CreationTime": kernel.Stamp(g.Created), "BusinessStatus": "Normal",
			"InstanceChargeType": "PostPaid", "ExpiredTime": "", "ResourceGroupId": "", "Tags": vpcTags(&g.Resource),
		}
	})
}

// addresses6 are the IPv6 addresses of the call's region, with what has them.
func (q *request) addresses6() (all []attached6) {
	for h := range q.c.hosts() {
		if h.Region != q.Region {
			continue
		}
		for _, a := range h.IP6 {
			all = append(all, attached6{a, h})
		}
	}
	return all
}

// It is an address with the interface that has it.
type attached6 struct {
	*Address6
	nic Host
}

// holder is what the address counts as being on: an instance by its primary
// interface, else the interface.
func (a attached6) holder() (id, kind string) {
	if a.nic.PrimaryOf != "" {
		return a.nic.PrimaryOf, "EcsInstance"
	}
	return a.nic.ID, a.nic.Kind
}

func (a attached6) network() string {
	if a.Bandwidth > 0 {
		return "Public"
	}
	return "Private"
}

// It is made of the address's id, so that it need not be kept.
func (a attached6) bandwidthID() string {
	if a.Bandwidth > 0 {
		return "ipv6bw" + a.ID[len("ipv6"):]
	}
	return ""
}

// From then on the address can be reached from everywhere that its security groups let in.
func allocateIPv6Bandwidth(q *request) (any, error) {
	for _, a := range q.addresses6() {
		if a.ID != q.Str("Ipv6AddressId") {
			continue
		}
		q.Touch(ipv6AddressKind, a.ID)
		switch {
		case !slices.ContainsFunc(q.c.Gateways6, func(g *ipv6Gateway) bool { return g.VPC == a.nic.VPC }):
			return nil, kernel.Refuse(404, "InvalidIpv6GatewayId.NotFound", "The VPC has no IPv6 gateway.")
		case a.Bandwidth > 0:
			return nil, kernel.Refuse(400, "OperationFailed.AlreadyExist", "The IPv6 address has internet bandwidth already.")
		}
		a.Bandwidth = q.Num("Bandwidth", 1)
		return map[string]any{"Ipv6AddressId": a.ID, "InternetBandwidthId": a.bandwidthID()}, nil
	}
	return nil, kernel.Refuse(404, "InvalidIpv6AddressId.NotFound", "The specified Ipv6AddressId does not exist.")
}

// Either id will do. An address without bandwidth is not found, rather than left as it is.
func deleteIPv6Bandwidth(q *request) (any, error) {
	if !q.Has("Ipv6AddressId") && !q.Has("Ipv6InternetBandwidthId") {
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter Ipv6AddressId or Ipv6InternetBandwidthId.")
	}
	for _, a := range q.addresses6() {
		if a.Bandwidth > 0 && q.Matches("Ipv6AddressId", a.ID) && q.Matches("Ipv6InternetBandwidthId", a.bandwidthID()) {
			q.Touch(ipv6AddressKind, a.ID)
			a.Bandwidth = 0
			return kernel.Done()
		}
	}
	return nil, kernel.Refuse(404, "InvalidIpv6InternetBandwidthId.NotFound", "The specified internet bandwidth does not exist.")
}

// Addresses carry neither name nor tags here, so a filter by those finds none.
func describeIPv6Addresses(q *request) (any, error) {
	kept := slices.DeleteFunc(q.addresses6(), func(a attached6) bool {
		holder, kind := a.holder()
		return !q.Matches("Ipv6AddressId", a.ID) || !q.Matches("Ipv6Address", a.Address) || !q.Matches("VSwitchId", a.nic.Vswitch) ||
			!q.Matches("VpcId", a.nic.VPC) || !q.Matches("AssociatedInstanceId", holder) || !q.Matches("AssociatedInstanceType", kind) ||
			!q.Matches("NetworkType", a.network()) || !q.Matches("Ipv6InternetBandwidthId", a.bandwidthID()) || q.Has("Name") || len(q.Tags()) > 0
	})
	return kernel.Numbered(q.Request, kept, 10, "Ipv6Addresses", "Ipv6Address", func(a attached6) map[string]any {
		holder, kind := a.holder()
		gateway := ""
		for _, g := range q.c.Gateways6 {
			if g.VPC == a.nic.VPC {
				gateway = g.ID
			}
		}
		return map[string]any{
			"Ipv6AddressId": a.ID, "Ipv6AddressName": "", "Ipv6AddressDescription": "", "Ipv6Address": a.Address, "AddressType": "IPv6Address",
			"Status": "Available", "AllocationTime": kernel.Stamp(a.nic.Created), "VpcId": a.nic.VPC, "VSwitchId": a.nic.Vswitch,
			"AssociatedInstanceId": holder, "AssociatedInstanceType": kind, "NetworkType": a.network(), "Ipv6GatewayId": gateway,
			"RealBandwidth": a.Bandwidth, "Ipv6Isp": "BGP", "ServiceManaged": 0, "ResourceGroupId": "",
			"Ipv6InternetBandwidth": map[string]any{
				"Ipv6InternetBandwidthId": a.bandwidthID(), "Bandwidth": a.Bandwidth, "InternetChargeType": "PayByTraffic",
				"InstanceChargeType": "PostPaid", "BusinessStatus": "Normal",
			},
			"Tags": map[string]any{"Tag": []any{}},
		}
	})
}
