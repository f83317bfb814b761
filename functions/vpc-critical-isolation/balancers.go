package vpccriticalisolation

import (
	"context"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// classicBalancers in the internet name no VPC: what counts is where their servers are.
func classicBalancers(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	var filter []string
	if param == "LoadBalancerId" {
		filter = []string{param, value}
	}
	all, err := resource.ClassicBalancers(ctx, pass, pass.Resource.Region, filter...)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		made := part{id: b.LoadBalancerID, vpc: b.VpcID, managed: b.Managed() != ""}
		if param != "VpcId" || b.VpcID == "" || b.VpcID == value {
			public, err := b.Public()
			if err != nil {
				return nil, err
			}
			if public {
				made.title = "The load balancer " + b.LoadBalancerID + " leads from the internet into a VPC with critical data"
				made.advice = "Take the servers of this VPC out of it, or make one of type intranet in its place: its address type cannot be changed."
			}
		}
		parts = append(parts, made)
	}
	if param == "VpcId" {
		err = readServers(ctx, pass, parts)
	}
	return parts, err
}

// readServers reads the servers of load balancers that are in the internet and in no
// VPC, of ten at a time: the API has a limit.
func readServers(ctx context.Context, pass *practice.Pass, parts []part) error {
	var reads []func(context.Context) error
	for i := range parts {
		if p := &parts[i]; p.vpc == "" && p.title != "" {
			reads = append(reads, func(ctx context.Context) error {
				servers, err := resource.ClassicServers(ctx, pass, pass.Resource.Region, p.id)
				for _, s := range servers {
					p.servers = append(p.servers, s.ServerID)
				}
				return err
			})
		}
	}
	for some := range slices.Chunk(reads, 10) {
		if err := pass.Together(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

// applicationBalancers can be in the internet by IPv4, by IPv6, or by both.
func applicationBalancers(ctx context.Context, pass *practice.Pass, param, value string) ([]part, error) {
	return elasticBalancers(ctx, pass, "alb", param, value)
}

// networkBalancers are likewise.
func networkBalancers(ctx context.Context, pass *practice.Pass, param, value string) ([]part, error) {
	return elasticBalancers(ctx, pass, "nlb", param, value)
}

func elasticBalancers(ctx context.Context, pass *practice.Pass, product, param, value string) (parts []part, err error) {
	all, err := resource.Balancers(ctx, pass, product, pass.Resource.Region, param, value)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		made := part{id: b.LoadBalancerID, vpc: b.VpcID, managed: b.Managed() != ""}
		four, six, err := b.Public()
		if err != nil {
			return nil, err
		}
		var private []string
		if four {
			private = append(private, "give it the address type Intranet (UpdateLoadBalancerAddressTypeConfig)")
		}
		if six {
			private = append(private, "make its IPv6 address private (DisableLoadBalancerIpv6Internet)")
		}
		if len(private) > 0 {
			made.title = "The load balancer " + b.LoadBalancerID + " of a VPC with critical data is in the internet"
			made.advice = "Where no client is in the internet, " + strings.Join(private, ", and ") + "."
		}
		parts = append(parts, made)
	}
	return parts, nil
}
