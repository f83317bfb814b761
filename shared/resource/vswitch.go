package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeVSwitch is the type of a vSwitch.
const TypeVSwitch = "ACS::VPC::VSwitch"

var _ = add(Kind{Type: TypeVSwitch, Words: "vSwitch", Param: "VSwitchId", Prefix: "vsw-", ARN: "acs:vpc:%s:%s:vswitch/%s", Untags: "vpc"})

// A VSwitch is a part of a VPC.
type VSwitch struct {
	VSwitchID, VSwitchName, VpcID, CidrBlock, CreationTime, Status string

	AvailableIPAddressCount *int    // nil: the answer does not say
	NetworkACLID            *string // nil: the answer does not say
	Tags                    cloud.Tags
}

// About says which vSwitch it is.
func (v VSwitch) About() About {
	return About{Type: TypeVSwitch, ID: v.VSwitchID, Name: v.VSwitchName, Tags: v.Tags.Map(), Created: cloud.Time(v.CreationTime)}
}

type vswitchPage struct{ VSwitches struct{ VSwitch []VSwitch } }

func (p vswitchPage) Items() []VSwitch { return p.VSwitches.VSwitch }

// VSwitches reads one vSwitch of a region, or all where id is empty.
func VSwitches(ctx context.Context, r cloud.Reader, region, id string) ([]VSwitch, error) {
	return cloud.ReadNumbered[vswitchPage](ctx, r, cloud.New("vpc", "DescribeVSwitches", region, "VSwitchId", id))
}
