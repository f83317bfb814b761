package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeInterface is the type of an elastic network interface.
const TypeInterface = "ACS::ECS::NetworkInterface"

var _ = add(Kind{Type: TypeInterface, Words: "network interface", Param: "NetworkInterfaceId", Prefix: "eni-"})

// An Interface is a network interface as ECS describes it by itself, or, in fewer words, with
// its instance. What is a pointer was not said where it is nil.
type Interface struct {
	NetworkInterfaceID, InstanceID, Type, Status, VpcID, VSwitchID, CreationTime, PrivateIPAddress string

	ServiceManaged     bool
	SecurityGroupIDs   *GroupIDs
	AssociatedPublicIP *struct{ PublicIPAddress string }
	PrivateIPSets      struct {
		PrivateIPSet []struct {
			PrivateIPAddress   string
			AssociatedPublicIP struct{ PublicIPAddress string }
		}
	}
	IPv6Sets struct {
		IPv6Set []struct{ IPv6Address string }
	}
	Tags cloud.Tags
}

// Primary tells whether it is the one that its instance was made with.
func (n *Interface) Primary() bool { return n.Type == "Primary" }

// Groups are its security groups.
func (n *Interface) Groups() []string {
	if n.SecurityGroupIDs == nil {
		return nil
	}
	return n.SecurityGroupIDs.SecurityGroupID
}

// Private are its private addresses of IPv4.
func (n *Interface) Private() (ips []string) {
	for _, a := range n.PrivateIPSets.PrivateIPSet {
		ips = append(ips, a.PrivateIPAddress)
	}
	if len(ips) == 0 && n.PrivateIPAddress != "" {
		ips = []string{n.PrivateIPAddress}
	}
	return ips
}

// IPv6 are its addresses of IPv6.
func (n *Interface) IPv6() (ips []string) {
	for _, a := range n.IPv6Sets.IPv6Set {
		ips = append(ips, a.IPv6Address)
	}
	return ips
}

type interfacePage struct {
	cloud.Page
	NetworkInterfaceSets struct{ NetworkInterfaceSet []Interface }
}

func (p interfacePage) Items() []Interface { return p.NetworkInterfaceSets.NetworkInterfaceSet }

func describeInterfaces(region string, params []string) cloud.Call {
	return cloud.New("ecs", "DescribeNetworkInterfaces", region, append([]string{"MaxResults", "500"}, params...)...)
}

// Interfaces reads those of a region that the parameters choose. By a security group the
// API finds secondary ones only.
func Interfaces(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Interface, error) {
	return cloud.ReadList[interfacePage](ctx, r, describeInterfaces(region, params))
}

// InterfacePages is the same, page by page, until enough says so.
func InterfacePages(ctx context.Context, r cloud.Reader, region string, enough func(page []Interface, more bool) bool, params ...string) error {
	return cloud.ReadItems[interfacePage](ctx, r, describeInterfaces(region, params), enough)
}
