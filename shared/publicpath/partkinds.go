package publicpath

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

func instanceParts(ctx context.Context, pass *practice.Pass, param, value string) (parts []Part, err error) {
	all, err := resource.Instances(ctx, pass, pass.Resource.Region, param, value)
	for _, i := range all {
		if i.Status == "Pending" && param == "InstanceIds" { // the one that the event made
			return nil, fmt.Errorf("instance %s: its addresses are still being made: %w", i.InstanceID, practice.ErrNotYet)
		} else if i.PublicIPAddress == nil {
			return nil, fmt.Errorf("instance %s: the answer does not say which public addresses it has", i.InstanceID)
		}
		made := Part{
			ID: i.InstanceID, Type: resource.TypeInstance, VPC: i.VpcAttributes.VpcID, Public: len(i.Static()) > 0, Addresses: i.Static(),
			Made: cloud.Time(i.CreationTime), Owner: resource.Owner(i.Tags.Map()),
		}
		if eip, removable, said := i.EIP(); said && !removable {
			made.Fixed = eip
		}
		parts = append(parts, made)
	}
	return parts, err
}

// interfaceParts are a way by EIPs only.
func interfaceParts(ctx context.Context, pass *practice.Pass, param, value string) (parts []Part, err error) {
	all, err := resource.Interfaces(ctx, pass, pass.Resource.Region, param, value)
	for _, n := range all {
		parts = append(parts, Part{ID: n.NetworkInterfaceID, Type: resource.TypeInterface, VPC: n.VpcID, Made: cloud.Time(n.CreationTime), Machine: n.InstanceID})
	}
	return parts, err
}

// haVipParts, addresses that move between servers, are a way by EIPs only.
func haVipParts(ctx context.Context, pass *practice.Pass, param, value string) (parts []Part, err error) {
	all, err := resource.HaVips(ctx, pass, pass.Resource.Region, param, value)
	for _, h := range all {
		parts = append(parts, Part{ID: h.HaVipID, Type: resource.TypeHaVip, VPC: h.VpcID})
	}
	return parts, err
}

func gatewayParts(ctx context.Context, pass *practice.Pass, param, value string) (parts []Part, err error) {
	all, err := resource.NATGateways(ctx, pass, pass.Resource.Region, param, value)
	for _, g := range all {
		if g.NetworkType != "internet" && !g.Private() {
			return nil, fmt.Errorf("NAT gateway %s: the answer does not say whether it is in the internet", g.NatGatewayID)
		}
		parts = append(parts, Part{ID: g.NatGatewayID, Type: resource.TypeNATGateway, VPC: g.VpcID, Public: !g.Private()})
	}
	return parts, err
}

// gatewayOfTable finds the NAT gateway that a table of SNAT or DNAT entries is of: only
// where it is is asked.
func gatewayOfTable(ctx context.Context, pass *practice.Pass, _, table string) ([]Part, error) {
	g, found, err := resource.NATGatewayOf(ctx, pass, pass.Resource.Region, table)
	if !found {
		return nil, err
	}
	return []Part{{ID: g.NatGatewayID, Type: resource.TypeNATGateway, VPC: g.VpcID}}, nil
}

// ipv6Parts are public while they have internet bandwidth.
func ipv6Parts(ctx context.Context, pass *practice.Pass, param, value string) (parts []Part, err error) {
	all, err := resource.IPv6Addresses(ctx, pass, pass.Resource.Region, param, value)
	for _, a := range all {
		made := Part{ID: a.IPv6AddressID, Type: resource.TypeIPv6Address, VPC: a.VpcID, Managed: a.ServiceManaged != 0}
		switch a.NetworkType {
		case "Public":
			made.Public, made.Addresses = true, []string{a.IPv6Address}
		case "Private":
		default:
			return nil, fmt.Errorf("IPv6 address %s: the answer does not say whether it is public", a.IPv6Address)
		}
		parts = append(parts, made)
	}
	return parts, err
}

// classicParts: Classic Load Balancers in the internet name no VPC; what counts is where
// their servers are.
func classicParts(ctx context.Context, pass *practice.Pass, param, value string) (parts []Part, err error) {
	var filter []string
	if param == "LoadBalancerId" {
		filter = []string{param, value}
	}
	all, err := resource.ClassicBalancers(ctx, pass, pass.Resource.Region, filter...)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		made := Part{ID: b.LoadBalancerID, Type: resource.TypeLoadBalancer, VPC: b.VpcID, Managed: b.Managed() != ""}
		if param != "VpcId" || b.VpcID == "" || b.VpcID == value {
			if made.Public, err = b.Public(); err != nil {
				return nil, err
			}
		}
		parts = append(parts, made)
	}
	if param == "VpcId" {
		err = readServers(ctx, pass, parts)
	}
	return parts, err
}

// readServers reads the servers of load balancers that are in the internet and in no VPC.
func readServers(ctx context.Context, pass *practice.Pass, parts []Part) error {
	var reads []func(context.Context) error
	for i := range parts {
		if p := &parts[i]; p.VPC == "" && p.Public {
			reads = append(reads, func(ctx context.Context) error {
				servers, err := resource.ClassicServers(ctx, pass, pass.Resource.Region, p.ID)
				for _, s := range servers {
					p.servers = append(p.servers, s.ServerID)
				}
				return err
			})
		}
	}
	return byTen(ctx, pass, reads)
}

// albParts can be in the internet by IPv4, by IPv6, or by both.
func albParts(ctx context.Context, pass *practice.Pass, param, value string) ([]Part, error) {
	return balancerParts(ctx, pass, "alb", resource.TypeALB, param, value)
}

// nlbParts are likewise.
func nlbParts(ctx context.Context, pass *practice.Pass, param, value string) ([]Part, error) {
	return balancerParts(ctx, pass, "nlb", resource.TypeNLB, param, value)
}

func balancerParts(ctx context.Context, pass *practice.Pass, product, kind, param, value string) (parts []Part, err error) {
	all, err := resource.Balancers(ctx, pass, product, pass.Resource.Region, param, value)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		made := Part{ID: b.LoadBalancerID, Type: kind, VPC: b.VpcID, Managed: b.Managed() != ""}
		if made.IPv4, made.IPv6, err = b.Public(); err != nil {
			return nil, err
		}
		made.Public = made.IPv4 || made.IPv6
		parts = append(parts, made)
	}
	return parts, nil
}
