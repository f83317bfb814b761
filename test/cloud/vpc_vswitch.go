package cloud

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// vswitch is a subnet. acl is the network ACL that guards it, table the route
// table where that is not the VPC's own.
type vswitch struct {
	ecsResource
	cidr, cidr6, vpc, zone, acl, table string
}

const vswitchKind = "ACS::VPC::VSwitch"

var onVSwitch = inVPC("vswitch", "VSwitchId")

var vswitchActions = []rpcAction{
	{
		name: "CreateVSwitch", write: true, do: createVSwitch, on: both(inVPC("vswitch", ""), onVPC),
		params: "RegionId VpcId! ZoneId! CidrBlock! VSwitchName Description ClientToken Ipv6CidrBlock:Integer VpcIpv6CidrBlock Tag:RepeatList(Key Value)",
	},
	{
		name: "DeleteVSwitch", write: true, do: deleteVSwitch, on: onVSwitch,
		params: "RegionId VSwitchId! DryRun:Boolean",
	},
	{
		name: "ModifyVSwitchAttribute", write: true, do: modifyVSwitch, on: onVSwitch,
		params: "RegionId VSwitchId! VSwitchName Description EnableIPv6:Boolean Ipv6CidrBlock:Integer VpcIpv6CidrBlock",
	},
	{
		name: "DescribeVSwitches", do: describeVSwitches, on: onVSwitch,
		params: `RegionId VSwitchId VSwitchName VSwitchOwnerId:Long VpcId ZoneId IsDefault:Boolean EnableIpv6:Boolean ResourceGroupId RouteTableId
			DryRun:Boolean Tag:RepeatList(Key Value)` + byNumber,
	},
	{
		name: "DescribeVSwitchAttributes", do: describeVSwitchAttributes, on: onVSwitch,
		params: "RegionId VSwitchId! DryRun:Boolean",
	},
}

func (s *vpcState) switchOf(region, id string) *vswitch {
	v, _ := findIn(region, s.switches, id)
	return v
}

// ownVSwitch finds the vSwitch of a call.
func (q *rpcRequest) ownVSwitch() (*vswitch, error) {
	v := q.c.vpc.switchOf(q.region, q.str("VSwitchId"))
	if v == nil {
		return nil, refuse(404, "InvalidVswitchID.NotFound", "Specified virtual switch does not exist.")
	}
	q.touch(vswitchKind, v.id)
	return v, nil
}

func createVSwitch(q *rpcRequest) (any, error) {
	parent, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	inner, err := netip.ParsePrefix(q.str("CidrBlock"))
	if err != nil || inner != inner.Masked() || !slices.ContainsFunc(append([]string{parent.cidr}, parent.secondary...), func(cidr string) bool {
		outer, err := netip.ParsePrefix(cidr)
		return err == nil && outer.Contains(inner.Addr()) && inner.Bits() >= outer.Bits()
	}) {
		return nil, refuse(400, "InvalidCidrBlock", "Specified CIDR block is not valid.")
	}
	for _, o := range q.c.vpc.switches {
		if other, err := netip.ParsePrefix(o.cidr); err == nil && o.vpc == parent.id && other.Overlaps(inner) {
			return nil, refuse(400, "InvalidCidrBlock.Overlapped", "Specified CIDR block overlapped with other subnets.")
		}
	}
	if !strings.HasPrefix(q.str("ZoneId"), q.region) {
		return nil, refuse(404, "InvalidZoneId.NotFound", "Specified value of ZoneId is not exists.")
	}
	v := &vswitch{ecsResource: q.newResource("vsw", q.str("VSwitchName")), cidr: inner.String(), vpc: parent.id, zone: q.str("ZoneId")}
	if q.has("Ipv6CidrBlock") {
		if err := v.enableIPv6(parent, q.num("Ipv6CidrBlock", 0)); err != nil {
			return nil, err
		}
	}
	q.c.vpc.switches = append(q.c.vpc.switches, v)
	q.touch(vswitchKind, v.id)
	return map[string]any{"VSwitchId": v.id}, nil
}

// enableIPv6 gives the vSwitch one of the 256 /64 blocks of the VPC's /56.
func (v *vswitch) enableIPv6(parent *vpc, n int) error {
	if parent == nil {
		return refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
	}
	outer, err := netip.ParsePrefix(parent.cidr6)
	if err != nil || n < 0 || n > 255 {
		return refuse(400, "InvalidIpv6CidrBlock", "The specified parameter Ipv6CidrBlock is not valid.")
	}
	a := outer.Addr().As16()
	a[7] = byte(n)
	v.cidr6 = netip.PrefixFrom(netip.AddrFrom16(a), 64).String()
	return nil
}

func deleteVSwitch(q *rpcRequest) (any, error) {
	v, err := q.ownVSwitch()
	if err != nil {
		return nil, err
	}
	for h := range q.c.vpcHosts() {
		if !h.ownsAddresses || h.vswitch != v.id {
			continue
		}
		return nil, refuse(400, "DependencyViolation", "There is still instance(s) in the specified vswitch.")
	}
	for _, g := range q.c.vpc.nats {
		if g.vswitch == v.id {
			return nil, refuse(400, "DependencyViolation.NatGateway", "Specified object has dependent resources NatGateway.")
		}
		if slices.ContainsFunc(g.snat, func(e *snatEntry) bool { return e.vswitch == v.id }) {
			return nil, refuse(400, "DependencyViolation.SnatEntry", "Specified object has dependent resources SnatEntry.")
		}
	}
	if slices.ContainsFunc(q.c.vpc.havips, func(h *haVip) bool { return h.vswitch == v.id }) {
		return nil, refuse(400, "DependencyViolation.HaVip", "Specified object has dependent resources HaVip.")
	}
	if v.acl != "" {
		return nil, refuse(400, "DependencyViolation.NetworkAcl", "Specified object has dependent resources NetworkAcl.")
	}
	q.c.vpc.flowLogs = slices.DeleteFunc(q.c.vpc.flowLogs, func(l *flowLog) bool { return l.resource == v.id })
	q.c.vpc.switches = without(q.c.vpc.switches, v.id)
	return done()
}

func modifyVSwitch(q *rpcRequest) (any, error) {
	v, err := q.ownVSwitch()
	if err != nil {
		return nil, err
	}
	if q.is("EnableIPv6") || q.has("Ipv6CidrBlock") {
		if err := v.enableIPv6(q.c.vpc.of(q.region, v.vpc), q.num("Ipv6CidrBlock", 0)); err != nil {
			return nil, err
		}
	}
	v.name, v.description = q.orElse("VSwitchName", v.name), q.orElse("Description", v.description)
	return done()
}

func describeVSwitches(q *rpcRequest) (any, error) {
	ids := []string{}
	if q.has("VSwitchId") {
		ids = strings.Split(q.str("VSwitchId"), ",") // up to 20
	}
	kept := within(q, q.c.vpc.switches, func(v *vswitch) bool {
		return (len(ids) == 0 || slices.Contains(ids, v.id)) && q.matches("VSwitchName", v.name) && q.matches("VpcId", v.vpc) &&
			q.matches("ZoneId", v.zone) && q.matches("RouteTableId", q.c.vpc.tableOf(v).id) &&
			q.matchesBool("IsDefault", v.id == "vsw-1") && q.matchesBool("EnableIpv6", v.cidr6 != "") && v.hasTags(q)
	})
	return numbered(q, kept, 10, "VSwitches", "VSwitch", q.vswitchView)
}

func describeVSwitchAttributes(q *rpcRequest) (any, error) {
	v, err := q.ownVSwitch()
	if err != nil {
		return nil, err
	}
	view := q.vswitchView(v)
	view["CloudResources"] = map[string]any{"CloudResourceSetType": []any{}}
	return view, nil
}

func (q *rpcRequest) vswitchView(v *vswitch) map[string]any {
	table, kind := q.c.vpc.tableOf(v), "Custom"
	if table.system {
		kind = "System"
	}
	return map[string]any{
		"VSwitchId": v.id, "VSwitchName": v.name, "Description": v.description, "CidrBlock": v.cidr, "VpcId": v.vpc, "ZoneId": v.zone,
		"Status": q.c.status(v.created, "Pending", "Available"), "CreationTime": stamp(v.created), "IsDefault": v.id == "vsw-1",
		"OwnerId": ownerID(q.c.Account), "ResourceGroupId": "", "ShareType": "", "NetworkAclId": v.acl,
		"Ipv6CidrBlock": v.cidr6, "EnabledIpv6": v.cidr6 != "", "AvailableIpAddressCount": v.free(q.c),
		"RouteTable": map[string]any{"RouteTableId": table.id, "RouteTableType": kind}, "Tags": vpcTags(&v.ecsResource),
	}
}

// taken are the addresses of the vSwitch that something has. mu is held.
func (v *vswitch) taken(c *Cloud) map[string]bool {
	taken := map[string]bool{}
	for h := range c.vpcHosts() {
		if !h.ownsAddresses || h.vswitch != v.id {
			continue
		}
		taken[h.ip] = true
		for _, ip := range h.more {
			taken[ip] = true
		}
	}
	for _, g := range c.vpc.nats {
		if g.vswitch == v.id {
			taken[g.ip] = true
		}
	}
	for _, h := range c.vpc.havips {
		if h.vswitch == v.id {
			taken[h.ip] = true
		}
	}
	return taken
}

// free is how many addresses are left: the first and the last three are the
// system's.
func (v *vswitch) free(c *Cloud) int {
	p, err := netip.ParsePrefix(v.cidr)
	if err != nil {
		return 0
	}
	return max(0, 1<<(32-p.Bits())-4-len(v.taken(c)))
}

// address takes the first free one of the vSwitch, or the one asked for.
func (v *vswitch) address(c *Cloud, wanted string) (string, error) {
	p, err := netip.ParsePrefix(v.cidr)
	if err != nil {
		return "", fmt.Errorf("vSwitch %s has no block: %w", v.id, err)
	}
	taken := v.taken(c)
	if wanted != "" {
		a, err := netip.ParseAddr(wanted)
		switch {
		case err != nil || !p.Contains(a):
			return "", refuse(400, "InvalidPrivateIpAddress.Malformed", "Specified private IP address is not in the CIDR block of the vSwitch.")
		case taken[wanted]:
			return "", refuse(403, "InvalidIpAddress.AlreadyUsed", "The specified IP address is already used by other resource.")
		}
		return wanted, nil
	}
	for a := p.Masked().Addr().Next(); p.Contains(a); a = a.Next() {
		if !taken[a.String()] {
			return a.String(), nil
		}
	}
	return "", refuse(403, "InvalidVSwitchId.IpNotEnough", "The specified VSwitch has not enough IP addresses.")
}
