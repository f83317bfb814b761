package resource

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A look is how Each reads what is of a type.
type look struct {
	action string // in RAM
	each   func(ctx context.Context, r cloud.Reader, region, id string, do func(Described)) error
}

// looks are the types that Each reads: a practice about things of many types names its types
// alone.
var looks = map[string]look{
	TypeInstance:      {"ecs:DescribeInstances", byPage(InstancePages, "InstanceIds", asList)},
	TypeDisk:          {"ecs:DescribeDisks", byPage(DiskPages, "DiskIds", asList)},
	TypeSecurityGroup: {"ecs:DescribeSecurityGroups", byPage(SecurityGroupPages, "SecurityGroupIds", asList)},
	TypeVPC:           {"vpc:DescribeVpcs", whole(VPCs)},
	TypeVSwitch:       {"vpc:DescribeVSwitches", whole(VSwitches)},
	TypeEIP:           {"vpc:DescribeEipAddresses", whole(chosenBy(EIPs, "AllocationId"))},
	TypeNATGateway:    {"vpc:DescribeNatGateways", whole(chosenBy(NATGateways, "NatGatewayId"))},
	TypeLoadBalancer:  {"slb:DescribeLoadBalancers", whole(chosenBy(ClassicBalancers, "LoadBalancerId"))},
	TypeALB:           {"alb:ListLoadBalancers", whole(chosenBy(balancersOf("alb"), "LoadBalancerIds.1"))},
	TypeNLB:           {"nlb:ListLoadBalancers", whole(chosenBy(balancersOf("nlb"), "LoadBalancerIds.1"))},
}

// Each reads what is of a type, one thing by its id, or all of the region where id is empty. It
// keeps none of them.
func Each(ctx context.Context, r cloud.Reader, region, resourceType, id string, do func(Described)) error {
	l, ok := looks[resourceType]
	if !ok {
		return fmt.Errorf("shared/resource cannot read each %s: it has no look for the type", resourceType)
	}
	return l.each(ctx, r, region, id, do)
}

// EachReads are the RAM actions that Each calls for some types.
func EachReads(types ...string) (actions []string) {
	for _, t := range types {
		if l := looks[t]; !slices.Contains(actions, l.action) {
			actions = append(actions, l.action)
		}
	}
	return actions
}

func asList(id string) string { return cloud.IDs(id) }

// byPage reads by one of the reads that give page after page, so that there may be very many.
func byPage[T Described](pages func(ctx context.Context, r cloud.Reader, region string, enough func(page []T, more bool) bool, params ...string) error,
	param string, written func(id string) string,
) func(context.Context, cloud.Reader, string, string, func(Described)) error {
	return func(ctx context.Context, r cloud.Reader, region, id string, do func(Described)) error {
		var params []string
		if id != "" {
			params = []string{param, written(id)}
		}
		return pages(ctx, r, region, func(page []T, _ bool) bool {
			for _, one := range page {
				do(one)
			}
			return false
		}, params...)
	}
}

// whole reads by one of the reads that give all at once.
func whole[T Described](read func(ctx context.Context, r cloud.Reader, region, id string) ([]T, error)) func(context.Context, cloud.Reader, string, string, func(Described)) error {
	return func(ctx context.Context, r cloud.Reader, region, id string, do func(Described)) error {
		all, err := read(ctx, r, region, id)
		for _, one := range all {
			do(one)
		}
		return err
	}
}

// chosenBy is a read with the parameter that chooses one by its id.
func chosenBy[T any](read func(ctx context.Context, r cloud.Reader, region string, params ...string) ([]T, error), param string) func(context.Context, cloud.Reader, string, string) ([]T, error) {
	return func(ctx context.Context, r cloud.Reader, region, id string) ([]T, error) {
		return read(ctx, r, region, param, id)
	}
}

func balancersOf(product string) func(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Balancer, error) {
	return func(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Balancer, error) {
		return Balancers(ctx, r, product, region, params...)
	}
}
