package vpccriticalisolation

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

func natGateways(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := resource.NATGateways(ctx, pass, pass.Resource.Region, param, value)
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

// gatewayOfTable finds the NAT gateway that a table of SNAT or DNAT entries is of.
func gatewayOfTable(ctx context.Context, pass *practice.Pass, _, table string) ([]part, error) {
	g, found, err := resource.NATGatewayOf(ctx, pass, pass.Resource.Region, table)
	if !found {
		return nil, err
	}
	return []part{{id: g.NatGatewayID, vpc: g.VpcID}}, nil
}

// haVips, addresses that move between servers, are a way by EIPs only.
func haVips(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := resource.HaVips(ctx, pass, pass.Resource.Region, param, value)
	for _, h := range all {
		parts = append(parts, part{id: h.HaVipID, vpc: h.VpcID})
	}
	return parts, err
}

// ipv6Addresses are public while they have internet bandwidth.
func ipv6Addresses(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := resource.IPv6Addresses(ctx, pass, pass.Resource.Region, param, value)
	for _, a := range all {
		made := part{id: a.IPv6AddressID, vpc: a.VpcID, managed: a.ServiceManaged != 0}
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
