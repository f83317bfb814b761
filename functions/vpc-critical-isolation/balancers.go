package vpccriticalisolation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
)

type balancer struct{ LoadBalancerID, VpcID, AddressType, IPv6AddressType, ServiceManagedMode string }

type balancers struct {
	LoadBalancers struct{ LoadBalancer []balancer }
}

func (p balancers) Items() []balancer { return p.LoadBalancers.LoadBalancer }

// classicBalancers in the internet name no VPC: what counts is where their servers are.
func classicBalancers(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	call := cloud.New("slb", "DescribeLoadBalancers", pass.Resource.Region)
	if param == "LoadBalancerId" {
		call = call.With(param, value)
	}
	all, err := cloud.ReadNumbered[balancers](ctx, pass, call)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		made := part{id: b.LoadBalancerID, vpc: b.VpcID, managed: b.ServiceManagedMode == "Managed"}
		switch {
		case param == "VpcId" && b.VpcID != "" && b.VpcID != value || b.AddressType == "intranet":
		case b.AddressType != "internet":
			return nil, fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
		default:
			made.title = "The load balancer " + b.LoadBalancerID + " leads from the internet into a VPC with critical data"
			made.advice = "Take the servers of this VPC out of it, or make one of type intranet in its place: its address type cannot be changed."
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
				servers, err := publicpath.Servers(ctx, pass, p.id)
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
	type page struct {
		cloud.Page
		LoadBalancers []balancer
	}
	call := cloud.New(product, "ListLoadBalancers", pass.Resource.Region, param, value, "MaxResults", "100")
	var unsaid error
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		if p.LoadBalancers == nil {
			unsaid = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		for _, b := range p.LoadBalancers {
			made := part{id: b.LoadBalancerID, vpc: b.VpcID, managed: b.ServiceManagedMode == "Managed"}
			var private []string
			if b.AddressType == "Internet" {
				private = append(private, "give it the address type Intranet (UpdateLoadBalancerAddressTypeConfig)")
			} else if b.AddressType != "Intranet" {
				unsaid = fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
			}
			if b.IPv6AddressType == "Internet" {
				private = append(private, "make its IPv6 address private (DisableLoadBalancerIpv6Internet)")
			}
			if len(private) > 0 {
				made.title = "The load balancer " + b.LoadBalancerID + " of a VPC with critical data is in the internet"
				made.advice = "Where no client is in the internet, " + strings.Join(private, ", and ") + "."
			}
			parts = append(parts, made)
		}
	})
	if err == nil {
		err = unsaid
	}
	return parts, err
}
