package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeIPv6Address is the type of an IPv6 address.
const TypeIPv6Address = "ACS::VPC::Ipv6Address"

var _ = add(Kind{Type: TypeIPv6Address, Words: "IPv6 address", Param: "Ipv6AddressId", Prefix: "ipv6-"})

// An IPv6Address is one that the IPv6 gateway of a VPC knows. It is public while it has
// internet bandwidth.
type IPv6Address struct {
	IPv6AddressID, IPv6Address, VpcID, NetworkType, AssociatedInstanceID string

	ServiceManaged int
}

type ipv6Page struct {
	IPv6Addresses struct{ IPv6Address []IPv6Address }
}

func (p ipv6Page) Items() []IPv6Address { return p.IPv6Addresses.IPv6Address }

// IPv6Addresses reads those of a region that the parameters choose, or all.
func IPv6Addresses(ctx context.Context, r cloud.Reader, region string, params ...string) ([]IPv6Address, error) {
	return cloud.ReadNumbered[ipv6Page](ctx, r, cloud.New("vpc", "DescribeIpv6Addresses", region, params...))
}
