package vpc

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Vswitch is a subnet. acl is the network ACL that guards it, table the route
// table where that is not the VPC's own.
// It lies in one zone. Its addresses are those of hosts of all products, of NAT gateways and
// HaVips: see taken.
type Vswitch struct {
	kernel.Resource `yaml:",inline"`
	VPC             string `yaml:"vpc,omitempty"`  // default vpc-1
	Zone            string `yaml:"zone,omitempty"` // default zone h
	CIDR            string `yaml:"cidr"`
	CIDR6           string `yaml:"ipv6-cidr,omitempty"`

	acl, table string // a document says these at the ACL and at the route table
}

var vswitchRows = kernel.Kind{Key: "vswitches", Prefix: "vsw", Tagged: "vswitch", Type: VswitchKind}

func (v *Vswitch) Defaults(*Service) {
	v.VPC, v.Zone = cmp.Or(v.VPC, "vpc-1"), cmp.Or(v.Zone, v.Region+"-h")
}

// That the block lies within the VPC's is asked of calls and not of a document.
func (v *Vswitch) Check(c *Service) error {
	if _, err := kernel.ByItsID(c.VPCs, "VPC", v.VPC); err != nil {
		return err
	}
	return checkBlock(v.CIDR)
}

// Implied says that the vSwitch is that of the default network.
func (v *Vswitch) Implied(c *Service) bool { return v.home(c) && c.atHome() }

// It has to look at each field that a document could have changed.
func (v *Vswitch) home(c *Service) bool {
	return v.ID == "vsw-1" && v.Name == "default" && v.Description+v.CIDR6 == "" && v.Region == c.Region && v.CIDR == "172.16.0.0/16" &&
		v.VPC == "vpc-1" && v.Zone == c.Region+"-h" && len(v.Tags) == 0
}

// switchesWhere are the ids of some vSwitches, in the order of a dump.
func (c *Service) switchesWhere(keep func(*Vswitch) bool) (ids []string) {
	for _, v := range kernel.ByID(c.Switches) {
		if keep(v) {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

const VswitchKind = "ACS::VPC::VSwitch"

var onVSwitch = InVPC("vswitch", "VSwitchId")

// The code for a vSwitch that is not there ends in ID here, and in Id in ECS.
var vswitchActions = []action{
	{
		// Ipv6CidrBlock is the number of a /64 block, 0 to 255, and not a block.
		Name: "CreateVSwitch", Write: true, Do: createVSwitch, On: kernel.Both(InVPC("vswitch", ""), onVPC),
		Params: "RegionId VpcId! ZoneId! CidrBlock! VSwitchName Description ClientToken Ipv6CidrBlock:Integer VpcIpv6CidrBlock Tag:RepeatList(Key Value)",
	},
	{
		// DependencyViolation without a kind where something has an address in it, and with one
		// otherwise.
		Name: "DeleteVSwitch", Write: true, Do: deleteVSwitch, On: onVSwitch,
		Params: "RegionId VSwitchId! DryRun:Boolean",
	},
	{
		Name: "ModifyVSwitchAttribute", Write: true, Do: modifyVSwitch, On: onVSwitch,
		Params: "RegionId VSwitchId! VSwitchName Description EnableIPv6:Boolean Ipv6CidrBlock:Integer VpcIpv6CidrBlock",
	},
	{
		Name: "DescribeVSwitches", Do: describeVSwitches, On: onVSwitch,
		Params: `RegionId VSwitchId VSwitchName VSwitchOwnerId:Long VpcId ZoneId IsDefault:Boolean EnableIpv6:Boolean ResourceGroupId RouteTableId
			DryRun:Boolean Tag:RepeatList(Key Value)` + byNumber,
	},
	{
		Name: "DescribeVSwitchAttributes", Do: describeVSwitchAttributes, On: onVSwitch,
		Params: "RegionId VSwitchId! DryRun:Boolean",
	},
}

func (s *state) SwitchOf(region, id string) *Vswitch {
	v, _ := kernel.FindIn(region, s.Switches, id)
	return v
}

// ownVSwitch finds the vSwitch of a call.
func (q *request) ownVSwitch() (*Vswitch, error) {
	v := q.c.SwitchOf(q.Region, q.Str("VSwitchId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVswitchID.NotFound", "Specified virtual switch does not exist.")
	}
	q.Touch(VswitchKind, v.ID)
	return v, nil
}

// The block has to lie within one of the VPC's, and apart from those of the other vSwitches. The
// zone has to be of the region, by name.
func createVSwitch(q *request) (any, error) {
	parent, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	inner, err := netip.ParsePrefix(q.Str("CidrBlock"))
	if err != nil || inner != inner.Masked() || !slices.ContainsFunc(append([]string{parent.CIDR}, parent.Secondary...), func(cidr string) bool {
		outer, err := netip.ParsePrefix(cidr)
		return err == nil && outer.Contains(inner.Addr()) && inner.Bits() >= outer.Bits()
	}) {
		return nil, kernel.Refuse(400, "InvalidCidrBlock", "Specified CIDR block is not valid.")
	}
	for _, o := range q.c.Switches {
		if other, err := netip.ParsePrefix(o.CIDR); err == nil && o.VPC == parent.ID && other.Overlaps(inner) {
			return nil, kernel.Refuse(400, "InvalidCidrBlock.Overlapped", "Specified CIDR block overlapped with other subnets.")
		}
	}
	if !strings.HasPrefix(q.Str("ZoneId"), q.Region) {
		return nil, kernel.Refuse(404, "InvalidZoneId.NotFound", "Specified value of ZoneId is not exists.")
	}
	v := &Vswitch{Resource: q.NewResource("vsw", q.Str("VSwitchName")), CIDR: inner.String(), VPC: parent.ID, Zone: q.Str("ZoneId")}
	if q.Has("Ipv6CidrBlock") {
		if err := v.enableIPv6(parent, q.Num("Ipv6CidrBlock", 0)); err != nil {
			return nil, err
		}
	}
	q.c.Switches = append(q.c.Switches, v)
	q.Touch(VswitchKind, v.ID)
	return map[string]any{"VSwitchId": v.ID}, nil
}

// enableIPv6 gives the vSwitch one of the 256 /64 blocks of the VPC's /56.
func (v *Vswitch) enableIPv6(parent *vpc, n int) error {
	if parent == nil {
		return kernel.Refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
	}
	outer, err := netip.ParsePrefix(parent.CIDR6)
	if err != nil || n < 0 || n > 255 {
		return kernel.Refuse(400, "InvalidIpv6CidrBlock", "The specified parameter Ipv6CidrBlock is not valid.")
	}
	a := outer.Addr().As16()
	a[7] = byte(n)
	v.CIDR6 = netip.PrefixFrom(netip.AddrFrom16(a), 64).String()
	return nil
}

// Anything that has an address in it keeps it, then what names it. Its flow logs go with it.
func deleteVSwitch(q *request) (any, error) {
	v, err := q.ownVSwitch()
	if err != nil {
		return nil, err
	}
	for h := range q.c.hosts() {
		if !h.OwnsAddresses || h.Vswitch != v.ID {
			continue
		}
		return nil, kernel.Refuse(400, "DependencyViolation", "There is still instance(s) in the specified vswitch.")
	}
	for _, g := range q.c.NATs {
		if g.VSwitch == v.ID {
			return nil, kernel.Refuse(400, "DependencyViolation.NatGateway", "Specified object has dependent resources NatGateway.")
		}
		if slices.ContainsFunc(g.SNAT, func(e *snatEntry) bool { return e.VSwitch == v.ID }) {
			return nil, kernel.Refuse(400, "DependencyViolation.SnatEntry", "Specified object has dependent resources SnatEntry.")
		}
	}
	if slices.ContainsFunc(q.c.HaVips, func(h *haVip) bool { return h.VSwitch == v.ID }) {
		return nil, kernel.Refuse(400, "DependencyViolation.HaVip", "Specified object has dependent resources HaVip.")
	}
	if v.acl != "" {
		return nil, kernel.Refuse(400, "DependencyViolation.NetworkAcl", "Specified object has dependent resources NetworkAcl.")
	}
	q.c.FlowLogs = slices.DeleteFunc(q.c.FlowLogs, func(l *FlowLog) bool { return l.On == v.ID })
	q.c.Switches = kernel.Without(q.c.Switches, v.ID)
	return kernel.Done()
}

// EnableIPv6 without a number takes the first block.
func modifyVSwitch(q *request) (any, error) {
	v, err := q.ownVSwitch()
	if err != nil {
		return nil, err
	}
	if q.Is("EnableIPv6") || q.Has("Ipv6CidrBlock") {
		if err := v.enableIPv6(q.c.Of(q.Region, v.VPC), q.Num("Ipv6CidrBlock", 0)); err != nil {
			return nil, err
		}
	}
	v.Name, v.Description = q.OrElse("VSwitchName", v.Name), q.OrElse("Description", v.Description)
	return kernel.Done()
}

// RegionId is optional: it is the endpoint's, then.
func describeVSwitches(q *request) (any, error) {
	ids := []string{}
	if q.Has("VSwitchId") {
		ids = strings.Split(q.Str("VSwitchId"), ",") // up to 20
	}
	kept := kernel.Within(q.Request, q.c.Switches, func(v *Vswitch) bool {
		return (len(ids) == 0 || slices.Contains(ids, v.ID)) && q.Matches("VSwitchName", v.Name) && q.Matches("VpcId", v.VPC) &&
			q.Matches("ZoneId", v.Zone) && q.Matches("RouteTableId", q.c.tableOf(v).ID) &&
			q.MatchesBool("IsDefault", v.ID == "vsw-1") && q.MatchesBool("EnableIpv6", v.CIDR6 != "") && v.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "VSwitches", "VSwitch", q.vswitchView)
}

func describeVSwitchAttributes(q *request) (any, error) {
	v, err := q.ownVSwitch()
	if err != nil {
		return nil, err
	}
	view := q.vswitchView(v)
	view["CloudResources"] = map[string]any{"CloudResourceSetType": []any{}}
	return view, nil
}

func (q *request) vswitchView(v *Vswitch) map[string]any {
	table, kind := q.c.tableOf(v), "Custom"
	if table.System {
		kind = "System"
	}
	return map[string]any{
		"VSwitchId": v.ID, "VSwitchName": v.Name, "Description": v.Description, "CidrBlock": v.CIDR, "VpcId": v.VPC, "ZoneId": v.Zone,
		"Status": q.c.Status(v.Created, "Pending", "Available"), "CreationTime": kernel.Stamp(v.Created), "IsDefault": v.ID == "vsw-1",
		"OwnerId": kernel.OwnerID(q.c.Account), "ResourceGroupId": "", "ShareType": "", "NetworkAclId": v.acl,
		"Ipv6CidrBlock": v.CIDR6, "EnabledIpv6": v.CIDR6 != "", "AvailableIpAddressCount": v.Free(q.c),
		"RouteTable": map[string]any{"RouteTableId": table.ID, "RouteTableType": kind}, "Tags": vpcTags(&v.Resource),
	}
}

// taken are the addresses of the vSwitch that something has. mu is held.
// It is counted anew each time: nothing has to be given back when a host goes.
func (v *Vswitch) taken(c *Service) map[string]bool {
	taken := map[string]bool{}
	for h := range c.hosts() {
		if !h.OwnsAddresses || h.Vswitch != v.ID {
			continue
		}
		taken[h.IP] = true
		for _, ip := range h.More {
			taken[ip] = true
		}
	}
	for _, g := range c.NATs {
		if g.VSwitch == v.ID {
			taken[g.IP] = true
		}
	}
	for _, h := range c.HaVips {
		if h.VSwitch == v.ID {
			taken[h.IP] = true
		}
	}
	return taken
}

// Free is how many addresses are left: the first and the last three are the
// system's.
func (v *Vswitch) Free(c *Service) int {
	p, err := netip.ParsePrefix(v.CIDR)
	if err != nil {
		return 0
	}
	return max(0, 1<<(32-p.Bits())-4-len(v.taken(c)))
}

// Address takes the first free one of the vSwitch, or the one asked for.
// An address asked for may be one of the system's: that is not refused.
func (v *Vswitch) Address(c *Service, wanted string) (string, error) {
	p, err := netip.ParsePrefix(v.CIDR)
	if err != nil {
		return "", fmt.Errorf("vSwitch %s has no block: %w", v.ID, err)
	}
	taken := v.taken(c)
	if wanted != "" {
		a, err := netip.ParseAddr(wanted)
		switch {
		case err != nil || !p.Contains(a):
			return "", kernel.Refuse(400, "InvalidPrivateIpAddress.Malformed", "Specified private IP address is not in the CIDR block of the vSwitch.")
		case taken[wanted]:
			return "", kernel.Refuse(403, "InvalidIpAddress.AlreadyUsed", "The specified IP address is already used by other resource.")
		}
		return wanted, nil
	}
	for a := p.Masked().Addr().Next(); p.Contains(a); a = a.Next() {
		if !taken[a.String()] {
			return a.String(), nil
		}
	}
	return "", kernel.Refuse(403, "InvalidVSwitchId.IpNotEnough", "The specified VSwitch has not enough IP addresses.")
}
