package resource

import (
	"context"
	"net/netip"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeVPC is the type of a VPC.
const TypeVPC = "ACS::VPC::VPC"

var _ = add(Kind{Type: TypeVPC, Words: "VPC", Param: "VpcId", Prefix: "vpc-", ARN: "acs:vpc:%s:%s:vpc/%s", Untags: "vpc"})

// A VPC is a network. The tags of one that another account shares are not seen.
type VPC struct {
	VpcID, VpcName, CidrBlock, IPv6CidrBlock, CreationTime string

	SecondaryCidrBlocks struct{ SecondaryCidrBlock []string }
	IPv6CidrBlocks      struct {
		IPv6CidrBlock []struct{ IPv6CidrBlock string }
	}
	VSwitchIDs struct{ VSwitchID []string }
	Tags       cloud.Tags
}

// About says which VPC it is.
func (v VPC) About() About {
	return About{Type: TypeVPC, ID: v.VpcID, Name: v.VpcName, Tags: v.Tags.Map(), Created: cloud.Time(v.CreationTime)}
}

// Blocks are all blocks of the VPC, of both families.
func (v VPC) Blocks() (blocks []string) {
	texts := append([]string{v.CidrBlock, v.IPv6CidrBlock}, v.SecondaryCidrBlocks.SecondaryCidrBlock...)
	for _, six := range v.IPv6CidrBlocks.IPv6CidrBlock {
		texts = append(texts, six.IPv6CidrBlock)
	}
	for _, text := range texts {
		if text != "" { // of the other family there may be none
			blocks = append(blocks, text)
		}
	}
	return blocks
}

// Prefixes are all blocks of the VPC as prefixes; that there is none, or one that is none, is an error.
func (v VPC) Prefixes() ([]netip.Prefix, error) { return prefixes(v.VpcID, v.Blocks()) }

type vpcPage struct{ Vpcs struct{ Vpc []VPC } }

func (p vpcPage) Items() []VPC { return p.Vpcs.Vpc }

// VPCs reads one VPC of a region, or all where id is empty.
func VPCs(ctx context.Context, r cloud.Reader, region, id string) ([]VPC, error) {
	return cloud.ReadNumbered[vpcPage](ctx, r, cloud.New("vpc", "DescribeVpcs", region, "VpcId", id))
}
