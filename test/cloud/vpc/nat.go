package vpc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// natGateway translates addresses for a VPC: towards the internet, or between
// private networks.
// Entries stand in its two tables, whose ids calls name instead of the gateway's. Only enhanced
// gateways are here: the older sort (Normal) cannot be bought any more. bind is EipBindMode,
// noPing the opposite of IcmpReplyEnabled, which is on by default. Full NAT, address pools of
// private gateways (NatIp) and transit are left out.
type natGateway struct {
	kernel.Resource `yaml:",inline"`
	VSwitch         string          `yaml:"vswitch,omitempty"`       // default vsw-1
	Network         string          `yaml:"network,omitempty"`       // internet (default) or intranet
	IP              string          `yaml:"ip,omitempty"`            // its private address
	ForwardTable    string          `yaml:"forward-table,omitempty"` // default the id with ftb
	SnatTable       string          `yaml:"snat-table,omitempty"`    // default the id with stb
	DNAT            []*forwardEntry `yaml:"dnat,omitempty"`
	SNAT            []*snatEntry    `yaml:"snat,omitempty"`

	VPC                string `yaml:"-"` // that of the vSwitch
	bind               string
	noPing, sessionLog bool
}

var natRows = kernel.Kind{Key: "nat-gateways", Prefix: "ngw", Tagged: "natgateway", Type: natKind}

func (g *natGateway) Defaults(*Service) {
	g.VSwitch, g.Network, g.IP = cmp.Or(g.VSwitch, "vsw-1"), cmp.Or(g.Network, "internet"), cmp.Or(g.IP, "172.16.255.1")
	g.ForwardTable, g.SnatTable = cmp.Or(g.ForwardTable, as("ftb", g.ID)), cmp.Or(g.SnatTable, as("stb", g.ID))
}

// The entries are checked by Complete, one after the other.
func (g *natGateway) Check(c *Service) error {
	if _, err := kernel.ByItsID(c.Switches, "vSwitch", g.VSwitch); err != nil {
		return err
	}
	if g.Network != "internet" && g.Network != "intranet" {
		return fmt.Errorf("network is %q, not internet or intranet", g.Network)
	}
	return nil
}

// Complete adds the entries one after the other, each with the checks of a call.
func (g *natGateway) Complete(l *kernel.Loader, c *Service) error {
	v, err := kernel.ByItsID(c.Switches, "vSwitch", g.VSwitch)
	if err != nil {
		return err
	}
	g.VPC, g.bind = v.VPC, "MULTI_BINDED"
	entry := func(r kernel.Resource, prefix string) (kernel.Resource, error) {
		return l.Resource(cmp.Or(r.ID, c.ResourceID(prefix, g.Region)), r.Name, g.Region, prefix, nil)
	}
	dnat, snat := g.DNAT, g.SNAT
	g.DNAT, g.SNAT = nil, nil
	for _, e := range dnat {
		if e.Resource, err = entry(e.Resource, "fwd"); err != nil {
			return err
		}
		if err := g.checkForward(c, e, g.DNAT); err != nil {
			return err
		}
		g.DNAT = append(g.DNAT, e)
	}
	for _, e := range snat {
		if e.Resource, err = entry(e.Resource, "snat"); err != nil {
			return err
		}
		if e.VSwitch != "" {
			source, err := kernel.ByItsID(c.Switches, "vSwitch", e.VSwitch)
			if err != nil {
				return err
			}
			e.CIDR = source.CIDR
		}
		if err := cmp.Or(checkBlock(e.CIDR), g.checkSnat(c, e)); err != nil {
			return err
		}
		g.SNAT = append(g.SNAT, e)
	}
	return nil
}

// Abridged sorts the entries, and leaves out a block that is a vSwitch's.
func (g *natGateway) Abridged(*Service) *natGateway {
	short := *g
	short.DNAT, short.SNAT = kernel.ByID(g.DNAT), nil
	for _, e := range kernel.ByID(g.SNAT) {
		entry := *e
		if e.VSwitch != "" {
			entry.CIDR = ""
		}
		short.SNAT = append(short.SNAT, &entry)
	}
	return &short
}

// NAT has a prefix of its own in ActionTrail, though its API is VPC's.
const natKind = "ACS::NAT::NatGateway"

var onNAT = InVPC("natgateway", "NatGatewayId")

// A gateway with a DNAT entry publishes a port of a machine that has no public address: the calls
// about entries are what ecsguard looks for.
var natActions = []action{
	{
		// VPC, vSwitch and, for private ones, the address. It is Creating for a while, when its
		// tables cannot be changed.
		Name: "CreateNatGateway", Write: true, Do: createNAT, On: InVPC("natgateway", ""),
		Params: `RegionId! VpcId! VSwitchId Name Description NatType=Enhanced|Normal NetworkType=internet|intranet EipBindMode=MULTI_BINDED|NAT
			InstanceChargeType InternetChargeType Spec PricingCycle Duration AutoPay:Boolean AccessMode NatIp Ipv4Prefix IcmpReplyEnabled:Boolean
			PrivateLinkEnabled:Boolean SecurityProtectionEnabled:Boolean ClientToken Tag:RepeatList(Key Value)`,
	},
	{
		// Without Force, entries and EIPs keep it, in that order.
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
// The gateway comes back beside the error of one that is not ready, which callers have to look at
// first.
func (q *request) nat() (*natGateway, error) {
	g, ok := kernel.Find(q.Request, q.c.NATs, q.Str("NatGatewayId"))
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
// NatType is Enhanced whatever the call says. It needs a vSwitch, which the metadata has as
// optional for the older sort. An intranet gateway gets no default route.
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
		Resource: q.NewResource("ngw", q.Str("Name")), VPC: v.ID, VSwitch: vsw.ID, Network: q.OrElse("NetworkType", "internet"),
		bind: q.OrElse("EipBindMode", "MULTI_BINDED"), IP: ip,
		ForwardTable: q.c.ResourceID("ftb", q.Region), SnatTable: q.c.ResourceID("stb", q.Region),
	}
	q.c.NATs = append(q.c.NATs, g)
	q.Touch(VswitchKind, vsw.ID)
	q.Touch(natKind, g.ID)
	if g.Network == "internet" {
		route := &routeEntry{
			Resource: kernel.Resource{ID: q.c.ResourceID("rte", q.Region), Region: q.Region, Created: q.c.Clock()},
			CIDR:     "0.0.0.0/0", NextHop: g.ID, Type: "NatGateway", WithNAT: true,
		}
		for _, t := range q.c.RouteTables {
			if t.VPC == v.ID && t.System {
				_ = t.add(q.c, route) // one that is there already stays
			}
		}
	}
	return map[string]any{
		"NatGatewayId": g.ID, "ForwardTableIds": map[string]any{"ForwardTableId": []string{g.ForwardTable}},
		"SnatTableIds":    map[string]any{"SnatTableId": []string{g.SnatTable}},
		"FullNatTableIds": map[string]any{"FullNatTableId": []string{}}, "BandwidthPackageIds": map[string]any{"BandwidthPackageId": []string{}},
	}, nil
}

// Force takes entries and EIPs off; the EIPs stay with the account. The route that came with the
// gateway goes with it, others that lead to it stay and lead nowhere.
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
		case len(g.SNAT) > 0:
			return nil, depends("SnatEntry")
		case len(g.DNAT) > 0:
			return nil, depends("ForwardEntry")
		case q.c.EIPOn(g.ID, "") != nil:
			return nil, depends("EIPS")
		}
	}
	q.c.ReleaseEIPsOf(g.ID)
	for _, t := range q.c.RouteTables {
		t.Entries = slices.DeleteFunc(t.Entries, func(e *routeEntry) bool { return e.WithNAT && e.NextHop == g.ID })
	}
	q.c.NATs = kernel.Without(q.c.NATs, g.ID)
	return kernel.Done()
}

// dropUsesOf removes the entries that need an address.
func (g *natGateway) dropUsesOf(address string) {
	g.SNAT = slices.DeleteFunc(g.SNAT, func(s *snatEntry) bool { return slices.Contains(s.addresses(), address) })
	g.DNAT = slices.DeleteFunc(g.DNAT, func(f *forwardEntry) bool { return f.ExternalIP == address })
}

// owns says whether an address is one of the gateway's.
// An intranet gateway has its own private address, and the others have their EIPs.
func (g *natGateway) owns(c *Service, address string) bool {
	return g.Network == "intranet" && address == g.IP ||
		slices.ContainsFunc(c.EIPs, func(e *EIP) bool { return e.Instance == g.ID && e.Address == address })
}

// The zone is that of the vSwitch.
func describeNATs(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.NATs, func(g *natGateway) bool {
		zone := ""
		if v := q.c.SwitchOf(q.Region, g.VSwitch); v != nil {
			zone = v.Zone
		}
		return q.Matches("NatGatewayId", g.ID) && q.Matches("Name", g.Name) && q.Matches("VpcId", g.VPC) && q.Matches("ZoneId", zone) &&
			q.Matches("NetworkType", g.Network) && q.OneOf("NatType", "Enhanced") && q.Matches("Status", q.c.Status(g.Created, "Creating", "Available")) && g.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "NatGateways", "NatGateway", q.natView)
}

// UsingStatus says which table uses an address.
func (q *request) natView(g *natGateway) map[string]any {
	zone := ""
	if v := q.c.SwitchOf(q.Region, g.VSwitch); v != nil {
		zone = v.Zone
	}
	addresses := []any{}
	for _, e := range q.c.EIPs {
		if e.Instance != g.ID {
			continue
		}
		inSNAT := slices.ContainsFunc(g.SNAT, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.Address) })
		inDNAT := slices.ContainsFunc(g.DNAT, func(f *forwardEntry) bool { return f.ExternalIP == e.Address })
		addresses = append(addresses, map[string]any{
			"AllocationId": e.ID, "IpAddress": e.Address, "PrivateIpAddress": e.PrivateIP, "ApAccessEnabled": false, "SnatEntryEnabled": true,
			"UsingStatus": map[[2]bool]string{{true, true}: "UsedByBoth", {true, false}: "UsedBySnatTable", {false, true}: "UsedByForwardTable", {}: "Idle"}[[2]bool{inSNAT, inDNAT}],
		})
	}
	return map[string]any{
		"NatGatewayId": g.ID, "Name": g.Name, "Description": g.Description, "RegionId": g.Region, "VpcId": g.VPC, "NetworkType": g.Network,
		"Status": q.c.Status(g.Created, "Creating", "Available"), "CreationTime": kernel.Stamp(g.Created), "NatType": "Enhanced", "EipBindMode": g.bind,
		"BusinessStatus": "Normal", "InstanceChargeType": "PostPaid", "InternetChargeType": "PayByLcu", "Spec": "", "ExpiredTime": "",
		"ResourceGroupId": "", "DeletionProtection": false, "AutoPay": false, "EcsMetricEnabled": false, "IcmpReplyEnabled": !g.noPing,
		"PrivateLinkEnabled": false, "SecurityProtectionEnabled": false, "IpLists": map[string]any{"IpList": addresses},
		"ForwardTableIds":       map[string]any{"ForwardTableId": []string{g.ForwardTable}},
		"SnatTableIds":          map[string]any{"SnatTableId": []string{g.SnatTable}},
		"FullNatTableIds":       map[string]any{"FullNatTableId": []string{}},
		"BandwidthPackageIds":   map[string]any{"BandwidthPackageId": []string{}},
		"NatGatewayPrivateInfo": map[string]any{"VswitchId": g.VSwitch, "PrivateIpAddress": g.IP, "IzNo": zone, "EniType": "indirect", "MaxBandwidth": 5120},
		"Tags":                  vpcTags(&g.Resource),
	}
}

// addresses are those that an SNAT entry uses, written with commas.
func (s *snatEntry) addresses() []string { return strings.Split(s.IP, ",") }
