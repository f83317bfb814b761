package resource

import (
	"context"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// RAM authorises its actions as the VPC's. Its one endpoint takes the region as a parameter.
var _ = cloud.Add("vpcpeer", cloud.Product{Version: "2022-01-01", RAM: "vpc", Host: cloud.Central("vpcpeer"), Page: "VpcPeer"})

// TypePeering is the type of a VPC peering connection.
const TypePeering = "ACS::VpcPeer::VpcPeerConnection"

var _ = add(Kind{Type: TypePeering, Words: "VPC peering connection", Param: "InstanceId", Prefix: "pcc-", ARN: "acs:vpc:%s:%s:vpcpeer/%s"})

// A Peering connects two VPCs, whose blocks it says even where one is another account's.
type Peering struct {
	InstanceID, Name, Status    string
	RegionID, AcceptingRegionID string
	VPC, AcceptingVPC           PeeredVPC
	Tags                        cloud.TagList
}

// PeeredVPC is one of the two VPCs of a connection.
type PeeredVPC struct {
	VpcID                string
	IPv4Cidrs, IPv6Cidrs []string
}

// Blocks are all blocks of the VPC, of both families.
func (v PeeredVPC) Blocks() []string { return slices.Concat(v.IPv4Cidrs, v.IPv6Cidrs) }

// Prefixes are all blocks of the VPC as prefixes; that there is none, or one that is none, is an error.
func (v PeeredVPC) Prefixes() ([]netip.Prefix, error) { return prefixes(v.VpcID, v.Blocks()) }

// Over tells whether it connects nothing, and will not by itself.
func (p Peering) Over() bool {
	return slices.Contains([]string{"Deleting", "Deleted", "Rejected", "Expired"}, p.Status)
}

// Other is the VPC at the other end from one, and the region that it is in.
func (p Peering) Other(vpc string) (other PeeredVPC, region string, found bool) {
	switch vpc {
	case p.VPC.VpcID:
		return p.AcceptingVPC, p.AcceptingRegionID, true
	case p.AcceptingVPC.VpcID:
		return p.VPC, p.RegionID, true
	}
	return other, "", false
}

type peeringPage struct {
	cloud.Page
	VpcPeerConnects []Peering
}

func (p peeringPage) Items() []Peering { return p.VpcPeerConnects }

// Peerings reads those of a region, at whichever end.
func Peerings(ctx context.Context, r cloud.Reader, region string) ([]Peering, error) {
	return cloud.ReadList[peeringPage](ctx, r, cloud.New("vpcpeer", "ListVpcPeerConnections", region, "RegionId", region, "MaxResults", "100"))
}
