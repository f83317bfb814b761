package vpc

import (
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Further blocks of a VPC, whose own stays. Of IPv6 they come from pools, which are left out.
var vpcBlockActions = []action{
	{
		Name: "AssociateVpcCidrBlock", Write: true, Do: associateBlock, On: onVPC,
		Params: "RegionId! VpcId! SecondaryCidrBlock SecondaryCidrMask:Integer IpVersion=IPv4|IPv6|ipv4|ipv6 IPv6CidrBlock Ipv6CidrMask:Integer Ipv6Isp IpamPoolId",
	},
	{
		Name: "UnassociateVpcCidrBlock", Write: true, Do: unassociateBlock, On: onVPC,
		Params: "RegionId! VpcId! SecondaryCidrBlock IPv6CidrBlock",
	},
}

// A block that overlaps one of the VPC's own is refused. Those of other VPCs are not looked at.
func associateBlock(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	block, err := netip.ParsePrefix(q.Str("SecondaryCidrBlock"))
	if err != nil || block != block.Masked() || !block.Addr().Is4() {
		return nil, kernel.Refuse(400, "InvalidSecondaryCidrBlock.Malformed", "The specified SecondaryCidrBlock is not valid.")
	}
	for _, text := range append([]string{v.CIDR}, v.Secondary...) {
		if other, err := netip.ParsePrefix(text); err == nil && other.Overlaps(block) {
			return nil, kernel.Refuse(400, "OperationFailed.CidrConflict", "The specified block conflicts with %s.", text)
		}
	}
	v.Secondary = append(v.Secondary, block.String())
	return map[string]any{"IpVersion": "ipv4", "CidrBlock": block.String()}, nil
}

// A block with vSwitches in it stays.
func unassociateBlock(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	at := slices.Index(v.Secondary, q.Str("SecondaryCidrBlock"))
	if at < 0 {
		return nil, kernel.Refuse(404, "InvalidSecondaryCidrBlock.NotFound", "The specified SecondaryCidrBlock does not exist.")
	}
	outer := netip.MustParsePrefix(v.Secondary[at])
	for _, o := range q.c.Switches {
		if inner, err := netip.ParsePrefix(o.CIDR); err == nil && o.VPC == v.ID && outer.Overlaps(inner) {
			return nil, kernel.Refuse(400, "DependencyViolation.VSwitch", "Specified object has dependent resources VSwitch.")
		}
	}
	v.Secondary = slices.Delete(v.Secondary, at, at+1)
	return kernel.Done()
}
