package publicpath

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// BalancerReads are the RAM actions that Balancer may call.
var BalancerReads = []string{"vpc:DescribeEipAddresses"}

// Balancer names the EIP by which the internet reaches a Classic Load Balancer that is not
// in the internet by itself; empty: there is none.
func Balancer(ctx context.Context, pass *practice.Pass, id string) (address string, err error) {
	var p EIPs
	call := cloud.New("vpc", "DescribeEipAddresses", pass.Resource.Region, "AssociatedInstanceId", id, "AssociatedInstanceType", "SlbInstance")
	if err := pass.Read(ctx, call, &p); err != nil {
		return "", fmt.Errorf("reading the EIP of load balancer %s: %w", id, err)
	}
	on := p.Items()
	if len(on) == 0 {
		return "", nil
	}
	if e := on[0]; e.Status != "InUse" {
		return "", fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
	}
	return on[0].IPAddress, nil
}

// A Server is what a load balancer leads to, and at which port; 0: at any, or none is told.
type Server struct {
	ServerID, ServerIP string

	Port int
}

// Servers reads which servers the listeners of a Classic Load Balancer lead to, those of
// server groups and of forwarding rules among them; none where it was deleted since it was
// listed.
func Servers(ctx context.Context, pass *practice.Pass, balancer string) ([]Server, error) {
	var answer struct {
		BackendServers struct{ BackendServer []Server }
	}
	call := cloud.New("slb", "DescribeHealthStatus", pass.Resource.Region, "LoadBalancerId", balancer)
	err := pass.Read(ctx, call, &answer)
	if cloud.NotFound(err) {
		return nil, nil
	}
	if err == nil && answer.BackendServers.BackendServer == nil {
		err = fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the servers of load balancer %s: %w", balancer, err)
	}
	return answer.BackendServers.BackendServer, nil
}

// A lead is a way to a server; the ports, of the server, are those that it ends at.
type lead struct {
	path  string
	ports []int
}

// leads are ways by the ids of servers, or by their private addresses.
type leads map[string]lead

func (l leads) add(path string, servers []Server) {
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

type classicPage struct {
	LoadBalancers struct{ LoadBalancer []classic }
}

type classic struct{ LoadBalancerID, VpcID, AddressType string }

// Items makes the page one that cloud.ReadNumbered reads.
func (p classicPage) Items() []classic { return p.LoadBalancers.LoadBalancer }

// classics is the ways by Classic Load Balancers. One in the internet names no VPC, and
// its servers may be in any; one of a VPC is reached by an EIP.
func classics(ctx context.Context, pass *practice.Pass, vpcs []string) (leads, error) {
	all, err := cloud.ReadNumbered[classicPage](ctx, pass, cloud.New("slb", "DescribeLoadBalancers", pass.Resource.Region))
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	var inner []string
	for _, b := range all {
		switch {
		case b.AddressType == "internet":
			paths[b.LoadBalancerID] = "the load balancer " + b.LoadBalancerID
		case b.AddressType != "intranet":
			return nil, fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
		case b.VpcID == "" || slices.Contains(vpcs, b.VpcID):
			inner = append(inner, b.LoadBalancerID)
		}
	}
	if len(inner) > 0 {
		eips, err := cloud.ReadNumbered[EIPs](ctx, pass, cloud.New("vpc", "DescribeEipAddresses", pass.Resource.Region, "AssociatedInstanceType", "SlbInstance"))
		if err != nil {
			return nil, err
		}
		for _, e := range eips {
			if slices.Contains(inner, e.InstanceID) {
				paths[e.InstanceID] = fmt.Sprintf("the EIP %s on the load balancer %s", e.IPAddress, e.InstanceID)
			}
		}
	}
	return behindAll(ctx, pass, paths, func(ctx context.Context, id string) ([]Server, error) { return Servers(ctx, pass, id) })
}

// behindAll reads the servers behind what paths lead to, of ten at a time: the APIs have
// limits.
func behindAll(ctx context.Context, pass *practice.Pass, paths map[string]string, read func(context.Context, string) ([]Server, error)) (leads, error) {
	var ids []string
	for id := range paths {
		ids = append(ids, id)
	}
	slices.Sort(ids) // what is told does not depend on chance
	servers := make([][]Server, len(ids))
	for from := 0; from < len(ids); from += 10 {
		var reads []func(context.Context) error
		for i := from; i < min(from+10, len(ids)); i++ {
			reads = append(reads, func(ctx context.Context) (err error) { servers[i], err = read(ctx, ids[i]); return err })
		}
		if err := pass.Together(ctx, reads...); err != nil {
			return nil, err
		}
	}
	found := leads{}
	for i, id := range ids {
		found.add(paths[id], servers[i])
	}
	return found, nil
}

type elasticPage struct {
	cloud.Page
	LoadBalancers []struct{ LoadBalancerID, AddressType, IPv6AddressType string }
}

type serverGroupPage struct {
	cloud.Page
	ServerGroups []serverGroup
}

type serverGroup struct {
	ServerGroupID, VpcID   string
	RelatedLoadBalancerIDs []string
}

// elastic is the ways by the load balancers of a product that has server groups (ALB, NLB).
// Where none of the VPC is in the internet that is one read.
func elastic(ctx context.Context, pass *practice.Pass, product, vpc string) (leads, error) {
	var facing []string
	var unsaid error
	call := cloud.New(product, "ListLoadBalancers", pass.Resource.Region, "VpcIds.1", vpc, "MaxResults", "100")
	err := cloud.ReadAll(ctx, pass, call, func(p elasticPage) {
		if p.LoadBalancers == nil {
			unsaid = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		for _, b := range p.LoadBalancers {
			switch {
			case b.AddressType == "Internet" || b.IPv6AddressType == "Internet":
				facing = append(facing, b.LoadBalancerID)
			case b.AddressType != "Intranet":
				unsaid = fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
			}
		}
	})
	if err = cmp.Or(err, unsaid); err != nil || len(facing) == 0 {
		return nil, err
	}
	groups, err := serverGroups(ctx, pass, product, "VpcId", vpc)
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
	return behindAll(ctx, pass, paths, func(ctx context.Context, id string) ([]Server, error) {
		return serversOf(ctx, pass, product, id)
	})
}

func serverGroups(ctx context.Context, pass *practice.Pass, product string, params ...string) (groups []serverGroup, err error) {
	if product == "alb" { // which does not tell of its own accord
		params = append(params, "ShowRelationEnabled", "true")
	}
	var unsaid error
	call := cloud.New(product, "ListServerGroups", pass.Resource.Region, append(params, "MaxResults", "100")...)
	err = cloud.ReadAll(ctx, pass, call, func(p serverGroupPage) {
		if p.ServerGroups == nil {
			unsaid = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		groups = append(groups, p.ServerGroups...)
	})
	return groups, cmp.Or(err, unsaid)
}

func serversOf(ctx context.Context, pass *practice.Pass, product, group string) (servers []Server, err error) {
	type page struct {
		cloud.Page
		Servers []Server
	}
	var unsaid error
	call := cloud.New(product, "ListServerGroupServers", pass.Resource.Region, "ServerGroupId", group, "MaxResults", "100")
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		if p.Servers == nil {
			unsaid = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		servers = append(servers, p.Servers...)
	})
	if cloud.NotFound(err) || strings.HasPrefix(cloud.Code(err), "ResourceNotFound.") { // deleted since it was listed
		return nil, nil
	}
	return servers, cmp.Or(err, unsaid)
}

// inFront adds the machines that a load balancer leads to.
func (r *reader) inFront(ctx context.Context, product, id string) (err error) {
	var servers []Server
	vpc := ""
	if product == "slb" {
		if servers, err = Servers(ctx, r.pass, id); err != nil {
			return err
		}
		return r.servers(ctx, vpc, servers)
	}
	groups, err := serverGroups(ctx, r.pass, product)
	for _, g := range groups {
		if err != nil || !slices.Contains(g.RelatedLoadBalancerIDs, id) {
			continue
		}
		if servers, err = serversOf(ctx, r.pass, product, g.ServerGroupID); err == nil {
			err = r.servers(ctx, g.VpcID, servers)
		}
	}
	return err
}

// servers adds the machines that servers are. One that is named by its address has no id.
func (r *reader) servers(ctx context.Context, vpc string, all []Server) error {
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
