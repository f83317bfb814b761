package resource

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeEIP is the type of an elastic IP address.
const TypeEIP = "ACS::EIP::EipAddress"

var _ = add(Kind{Type: TypeEIP, Words: "EIP", Prefix: "eip-"})

// An EIP is an elastic IP address, with what it is on.
type EIP struct {
	AllocationID, IPAddress, Status, Mode, VpcID string

	InstanceID, InstanceType, PrivateIPAddress, AllocationTime string

	Name           string
	ServiceManaged int
	Tags           cloud.Tags
}

// About says which EIP it is.
func (e EIP) About() About {
	return About{Type: TypeEIP, ID: e.AllocationID, Name: e.Name, Tags: e.Tags.Map(), Managed: e.Managed()}
}

type eipPage struct{ EIPAddresses struct{ EIPAddress []EIP } }

func (p eipPage) Items() []EIP { return p.EIPAddresses.EIPAddress }

// EIPs reads those of a region that the parameters choose, or all.
func EIPs(ctx context.Context, r cloud.Reader, region string, params ...string) ([]EIP, error) {
	return cloud.ReadNumbered[eipPage](ctx, r, cloud.New("vpc", "DescribeEipAddresses", region, params...))
}

// Allocated is since when there is the EIP; zero where that cannot be read. Since when it
// is on something no answer says.
func (e EIP) Allocated() time.Time { return cloud.Time(e.AllocationTime) }

// Managed is who alone may change the EIP, if not its owner.
func (e EIP) Managed() string {
	if e.ServiceManaged != 0 {
		return "the cloud service that made the EIP"
	}
	return ""
}
