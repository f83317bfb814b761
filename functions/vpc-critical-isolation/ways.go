package vpccriticalisolation

import (
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// way says what is wrong with a part that is a way to the internet without an EIP, and what
// to do about it.
func way(p publicpath.Part) (title, advice string) {
	switch p.Type {
	case resource.TypeInstance:
		return fmt.Sprintf("The instance %s in a VPC with critical data has the static public address %s", p.ID, strings.Join(p.Addresses, ", ")),
			"Convert the address to an EIP (ConvertNatPublicIpToEip), which keeps it, and take that off. Setting the bandwidth to 0 loses it."
	case resource.TypeNATGateway:
		return "The VPC with critical data has the internet NAT gateway " + p.ID,
			"Delete its entries, EIPs and the gateway where nothing needs them. Exempt the VPC where its way out is approved."
	case resource.TypeIPv6Address:
		return "The address " + strings.Join(p.Addresses, ", ") + " in a VPC with critical data can be reached from the internet",
			"Delete the internet bandwidth of the IPv6 address; the address stays."
	case resource.TypeLoadBalancer:
		return "The load balancer " + p.ID + " leads from the internet into a VPC with critical data",
			"Take the servers of this VPC out of it, or make one of type intranet in its place: its address type cannot be changed."
	default: // an Application or a Network Load Balancer
		var private []string
		if p.IPv4 {
			private = append(private, "give it the address type Intranet (UpdateLoadBalancerAddressTypeConfig)")
		}
		if p.IPv6 {
			private = append(private, "make its IPv6 address private (DisableLoadBalancerIpv6Internet)")
		}
		return "The load balancer " + p.ID + " of a VPC with critical data is in the internet",
			"Where no client is in the internet, " + strings.Join(private, ", and ") + "."
	}
}
