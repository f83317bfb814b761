package vpccriticalisolation

import (
	"context"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A part is something in a VPC. It has a title where it is a way to the internet
// without an EIP.
type part struct{ id, vpc, title, advice, fixedEIP string }

// kinds are the kinds of parts, each with the parameters that choose it by its own id
// and by its VPC's.
var kinds = []struct {
	prefix, byID, byVPC string
	read                func(ctx context.Context, pass *practice.Pass, param, value string) ([]part, error)
}{
	{"i-", "InstanceIds", "VpcId", instances},
	{"eni-", "NetworkInterfaceId.1", "VpcId", interfaces},
	{"ngw-", "NatGatewayId", "VpcId", natGateways},
	{"ipv6-", "Ipv6AddressId", "VpcId", ipv6Addresses},
	{"lb-", "LoadBalancerId", "VpcId", classicBalancers},
	{"alb-", "LoadBalancerIds.1", "VpcIds.1", applicationBalancers},
}

func instances(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	type page struct {
		cloud.Page
		Instances struct {
			Instance []struct {
				InstanceID, Status string

				VpcAttributes   struct{ VpcID string }
				PublicIPAddress *struct{ IPAddress []string }
				EIPAddress      struct {
					AllocationID         string
					IsSupportUnassociate *bool
				}
			}
		}
	}
	var unsaid error
	err = cloud.ReadAll(ctx, pass, cloud.New("ecs", "DescribeInstances", pass.Resource.Region, param, value, "MaxResults", "100"), func(p page) {
		for _, i := range p.Instances.Instance {
			made := part{id: i.InstanceID, vpc: i.VpcAttributes.VpcID}
			if i.Status == "Pending" && param == "InstanceIds" { // the one that the event made
				unsaid = fmt.Errorf("instance %s: its addresses are still being made: %w", i.InstanceID, practice.ErrNotYet)
			} else if i.PublicIPAddress == nil {
				unsaid = fmt.Errorf("instance %s: the answer does not say which public addresses it has", i.InstanceID)
			} else if ips := i.PublicIPAddress.IPAddress; len(ips) > 0 {
				made.title = fmt.Sprintf("The instance %s in a VPC with critical data has the static public address %s", i.InstanceID, strings.Join(ips, ", "))
				made.advice = "Convert the address to an EIP (ConvertNatPublicIpToEip), which keeps it, and take that off. Setting the bandwidth to 0 loses it."
			}
			if can := i.EIPAddress.IsSupportUnassociate; can != nil && !*can {
				made.fixedEIP = i.EIPAddress.AllocationID
			}
			parts = append(parts, made)
		}
	})
	if err == nil {
		err = unsaid
	}
	return parts, err
}

// interfaces are a way by EIPs only.
func interfaces(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	type page struct {
		cloud.Page
		NetworkInterfaceSets struct {
			NetworkInterfaceSet []struct{ NetworkInterfaceID, VpcID string }
		}
	}
	call := cloud.New("ecs", "DescribeNetworkInterfaces", pass.Resource.Region, param, value, "MaxResults", "500")
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, n := range p.NetworkInterfaceSets.NetworkInterfaceSet {
			parts = append(parts, part{id: n.NetworkInterfaceID, vpc: n.VpcID})
		}
	})
	return parts, err
}

type nat struct{ NatGatewayID, VpcID, NetworkType string }

type nats struct{ NatGateways struct{ NatGateway []nat } }

func (p nats) Items() []nat { return p.NatGateways.NatGateway }

func natGateways(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := cloud.ReadNumbered[nats](ctx, pass, cloud.New("vpc", "DescribeNatGateways", pass.Resource.Region, param, value))
	for _, g := range all {
		made := part{id: g.NatGatewayID, vpc: g.VpcID}
		switch g.NetworkType {
		case "internet":
			made.title = "The VPC with critical data has the internet NAT gateway " + g.NatGatewayID
			made.advice = "Delete its entries, EIPs and the gateway where nothing needs them. Exempt the VPC where its way out is approved."
		case "intranet":
		default:
			return nil, fmt.Errorf("NAT gateway %s: the answer does not say whether it is in the internet", g.NatGatewayID)
		}
		parts = append(parts, made)
	}
	return parts, err
}

type ipv6 struct{ IPv6AddressID, IPv6Address, VpcID, NetworkType string }

type ipv6s struct{ IPv6Addresses struct{ IPv6Address []ipv6 } }

func (p ipv6s) Items() []ipv6 { return p.IPv6Addresses.IPv6Address }

// ipv6Addresses are public while they have internet bandwidth.
func ipv6Addresses(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := cloud.ReadNumbered[ipv6s](ctx, pass, cloud.New("vpc", "DescribeIpv6Addresses", pass.Resource.Region, param, value))
	for _, a := range all {
		made := part{id: a.IPv6AddressID, vpc: a.VpcID}
		switch a.NetworkType {
		case "Public":
			made.title = "The address " + a.IPv6Address + " in a VPC with critical data can be reached from the internet"
			made.advice = "Delete the internet bandwidth of the IPv6 address; the address stays."
		case "Private":
		default:
			return nil, fmt.Errorf("IPv6 address %s: the answer does not say whether it is public", a.IPv6Address)
		}
		parts = append(parts, made)
	}
	return parts, err
}

type balancer struct{ LoadBalancerID, VpcID, AddressType string }

type balancers struct {
	LoadBalancers struct{ LoadBalancer []balancer }
}

func (p balancers) Items() []balancer { return p.LoadBalancers.LoadBalancer }

func classicBalancers(ctx context.Context, pass *practice.Pass, param, value string) ([]part, error) {
	all, err := cloud.ReadNumbered[balancers](ctx, pass, cloud.New("slb", "DescribeLoadBalancers", pass.Resource.Region, param, value))
	if err != nil {
		return nil, err
	}
	return judged(all, "Make one of type intranet in its place: the address type of a Classic Load Balancer cannot be changed.")
}

func applicationBalancers(ctx context.Context, pass *practice.Pass, param, value string) ([]part, error) {
	type page struct {
		cloud.Page
		LoadBalancers []balancer
	}
	var all []balancer
	call := cloud.New("alb", "ListLoadBalancers", pass.Resource.Region, param, value, "MaxResults", "100")
	if err := cloud.ReadAll(ctx, pass, call, func(p page) { all = append(all, p.LoadBalancers...) }); err != nil {
		return nil, err
	}
	return judged(all, "Give it the address type Intranet (UpdateLoadBalancerAddressTypeConfig) where no client is in the internet.")
}

func judged(all []balancer, advice string) (parts []part, err error) {
	for _, b := range all {
		made := part{id: b.LoadBalancerID, vpc: b.VpcID}
		switch strings.ToLower(b.AddressType) {
		case "internet":
			made.title, made.advice = "The load balancer "+b.LoadBalancerID+" of a VPC with critical data is in the internet", advice
		case "intranet":
		default:
			return nil, fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
		}
		parts = append(parts, made)
	}
	return parts, nil
}
