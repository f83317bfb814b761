package publicpath

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// BalancerReads are the RAM actions that Balancer may call.
var BalancerReads = []string{"vpc:DescribeEipAddresses"}

// Balancer names the EIP by which the internet reaches a Classic Load Balancer that is not
// in the internet by itself; empty: there is none.
func Balancer(ctx context.Context, pass *practice.Pass, id string) (address string, err error) {
	on, err := resource.EIPs(ctx, pass, pass.Resource.Region, "AssociatedInstanceId", id, "AssociatedInstanceType", "SlbInstance")
	if err != nil {
		return "", fmt.Errorf("reading the EIP of load balancer %s: %w", id, err)
	}
	if len(on) == 0 {
		return "", nil
	}
	if e := on[0]; e.Status != "InUse" {
		return "", fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
	}
	return on[0].IPAddress, nil
}

// Public tells whether the internet reaches a Classic Load Balancer, by itself or by an EIP.
func Public(ctx context.Context, pass *practice.Pass, b resource.ClassicBalancer) (bool, error) {
	if public, err := b.Public(); err != nil || public {
		return public, err
	}
	eip, err := Balancer(ctx, pass, b.LoadBalancerID)
	return eip != "", err
}

// A lead is a way to a server; the ports, of the server, are those that it ends at.
type lead struct {
	path  string
	ports []int
}

// leads are ways by the ids of servers, or by their private addresses.
type leads map[string]lead

func (l leads) add(path string, servers []resource.Server) {
	for _, s := range servers {
		for _, key := range []string{s.ServerID, s.ServerIP} {
			if key == "" {
				continue
			}
			known := l[key]
			if known.path = cmp.Or(known.path, path); s.Port > 0 && !slices.Contains(known.ports, s.Port) {
				known.ports = append(known.ports, s.Port)
			}
			l[key] = known
		}
	}
}

// classics is the ways by Classic Load Balancers. One in the internet names no VPC, and
// its servers may be in any; one of a VPC is reached by an EIP.
func classics(ctx context.Context, pass *practice.Pass, vpcs []string) (leads, error) {
	all, err := resource.ClassicBalancers(ctx, pass, pass.Resource.Region)
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	var inner []string
	for _, b := range all {
		switch public, err := b.Public(); {
		case err != nil:
			return nil, err
		case public:
			paths[b.LoadBalancerID] = "the load balancer " + b.LoadBalancerID
		case b.VpcID == "" || slices.Contains(vpcs, b.VpcID):
			inner = append(inner, b.LoadBalancerID)
		}
	}
	if len(inner) > 0 {
		eips, err := resource.EIPs(ctx, pass, pass.Resource.Region, "AssociatedInstanceType", "SlbInstance")
		if err != nil {
			return nil, err
		}
		for _, e := range eips {
			if slices.Contains(inner, e.InstanceID) {
				paths[e.InstanceID] = fmt.Sprintf("the EIP %s on the load balancer %s", e.IPAddress, e.InstanceID)
			}
		}
	}
	return behindAll(ctx, pass, paths, func(ctx context.Context, id string) ([]resource.Server, error) {
		return resource.ClassicServers(ctx, pass, pass.Resource.Region, id)
	})
}

// behindAll reads the servers behind what paths lead to.
func behindAll(ctx context.Context, pass *practice.Pass, paths map[string]string, read func(context.Context, string) ([]resource.Server, error)) (leads, error) {
	var ids []string
	for id := range paths {
		ids = append(ids, id)
	}
	slices.Sort(ids) // what is told does not depend on chance
	servers := make([][]resource.Server, len(ids))
	reads := make([]func(context.Context) error, len(ids))
	for i, id := range ids {
		reads[i] = func(ctx context.Context) (err error) { servers[i], err = read(ctx, id); return err }
	}
	if err := byTen(ctx, pass, reads); err != nil {
		return nil, err
	}
	found := leads{}
	for i, id := range ids {
		found.add(paths[id], servers[i])
	}
	return found, nil
}

// elastic is the ways by the load balancers of a product that has server groups (ALB, NLB).
// Where none of the VPC is in the internet that is one read.
func elastic(ctx context.Context, pass *practice.Pass, product, vpc string) (leads, error) {
	balancers, err := resource.Balancers(ctx, pass, product, pass.Resource.Region, "VpcIds.1", vpc)
	var facing []string
	for _, b := range balancers {
		four, six, unsaid := b.Public()
		if four || six {
			facing = append(facing, b.LoadBalancerID)
		} else {
			err = cmp.Or(err, unsaid)
		}
	}
	if err != nil || len(facing) == 0 {
		return nil, err
	}
	groups, err := resource.ServerGroups(ctx, pass, product, pass.Resource.Region, "VpcId", vpc)
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, g := range groups {
		for _, id := range g.RelatedLoadBalancerIDs {
			if slices.Contains(facing, id) && paths[g.ServerGroupID] == "" {
				paths[g.ServerGroupID] = "the load balancer " + id
			}
		}
	}
	return behindAll(ctx, pass, paths, func(ctx context.Context, id string) ([]resource.Server, error) {
		return resource.Servers(ctx, pass, product, pass.Resource.Region, id)
	})
}

// inFront adds the machines that a load balancer leads to.
func (r *reader) inFront(ctx context.Context, product, id string) (err error) {
	var servers []resource.Server
	vpc := ""
	if product == "slb" {
		if servers, err = resource.ClassicServers(ctx, r.pass, r.pass.Resource.Region, id); err != nil {
			return err
		}
		return r.servers(ctx, vpc, servers)
	}
	groups, err := resource.ServerGroups(ctx, r.pass, product, r.pass.Resource.Region)
	for _, g := range groups {
		if err != nil || !slices.Contains(g.RelatedLoadBalancerIDs, id) {
			continue
		}
		if servers, err = resource.Servers(ctx, r.pass, product, r.pass.Resource.Region, g.ServerGroupID); err == nil {
			err = r.servers(ctx, g.VpcID, servers)
		}
	}
	return err
}

// servers adds the machines that servers are. One that is named by its address has no id.
func (r *reader) servers(ctx context.Context, vpc string, all []resource.Server) error {
	var ids, nics, ips []string
	for _, s := range all {
		switch {
		case strings.HasPrefix(s.ServerID, "i-"):
			ids = append(ids, s.ServerID)
		case strings.HasPrefix(s.ServerID, "eni-"):
			nics = append(nics, s.ServerID)
		case vpc != "":
			ips = append(ips, cmp.Or(s.ServerIP, s.ServerID))
		}
	}
	for some := range chunks(ids) {
		if err := r.instances(ctx, "InstanceIds", cloud.IDs(some...)); err != nil {
			return err
		}
	}
	for some := range chunks(nics) {
		if err := r.nics(ctx, numbers("NetworkInterfaceId", some)...); err != nil {
			return err
		}
	}
	return r.at(ctx, vpc, ips)
}
