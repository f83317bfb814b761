package publicpath

import (
	"cmp"
	"context"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// BalancedReads are the RAM actions that Balanced calls.
var BalancedReads = []string{
	"alb:ListServerGroupServers", "alb:ListServerGroups", "nlb:ListServerGroupServers", "nlb:ListServerGroups", "slb:DescribeHealthStatus", "slb:DescribeLoadBalancers",
}

// Servers are those of load balancers, by their ids, and by their VPC and address.
type Servers map[string]bool

// Holds tells whether an instance is one of the servers, by itself or by an interface or address of it.
func (s Servers) Holds(i resource.Instance) bool {
	return s[i.InstanceID] || slices.ContainsFunc(i.NetworkInterfaces.NetworkInterface, func(n resource.Interface) bool {
		return s[n.NetworkInterfaceID] || slices.ContainsFunc(n.Private(), func(ip string) bool { return s[i.VpcAttributes.VpcID+" "+ip] })
	})
}

// Balanced reads the servers of all load balancers of the pass's region, whether or not the internet reaches these.
func Balanced(ctx context.Context, pass *practice.Pass) (Servers, error) {
	servers, region := Servers{}, pass.Resource.Region
	classics, err := resource.ClassicBalancers(ctx, pass, region)
	if err != nil {
		return nil, err
	}
	for _, b := range classics {
		found, err := resource.ClassicServers(ctx, pass, region, b.LoadBalancerID)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			servers[s.ServerID], servers[b.VpcID+" "+s.ServerIP] = true, true
		}
	}
	for _, product := range []string{"alb", "nlb"} {
		groups, err := resource.ServerGroups(ctx, pass, product, region)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if len(g.RelatedLoadBalancerIDs) == 0 {
				continue // nothing leads to it
			}
			found, err := resource.Servers(ctx, pass, product, region, g.ServerGroupID)
			if err != nil {
				return nil, err
			}
			for _, s := range found {
				servers[s.ServerID], servers[g.VpcID+" "+cmp.Or(s.ServerIP, s.ServerID)] = true, true // one by its address has that for its id
			}
		}
	}
	return servers, nil
}
