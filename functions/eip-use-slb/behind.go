package eipuseslb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go4.org/netipx"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// refused notes why something cannot be told, where a read is refused for good; other errors stay.
func refused(unknown map[string]string, what string, err error) error {
	if failed, ok := errors.AsType[*cloud.Error](err); ok && practice.Refused(err) {
		unknown[what] = failed.Action + ": " + failed.Code
		return nil
	}
	return err
}

// opened tells whether somebody of the internet gets in by security groups, whose rules the cloud merges.
func opened(ctx context.Context, pass *practice.Pass, groups []string) (bool, error) {
	var merged []exposure.Rule
	for _, id := range groups {
		g, err := securitygroup.ReadIngress(ctx, pass, id)
		if errors.Is(err, practice.ErrGone) {
			return false, fmt.Errorf("security group %s was left and deleted a moment ago: %w", id, practice.ErrNotYet)
		}
		if err != nil {
			return false, err
		}
		rules, err := g.Exposure()
		if err != nil {
			return false, err
		}
		merged = append(merged, rules...)
	}
	for _, area := range exposure.Admitted(merged).Areas() {
		var b netipx.IPSetBuilder
		for _, source := range area.Sources {
			b.AddPrefix(source)
		}
		set, err := b.IPSet()
		if err != nil || area.Group == "" && exposure.AnyPublic(set) {
			return true, err
		}
	}
	return false, nil
}

// sharing names the other instances of the same application that have an EIP and are behind no load balancer; none
// where this one is behind one.
func sharing(ctx context.Context, pass *practice.Pass, i resource.Instance, key string) (names []string, err error) {
	app := i.Tags.Map()[key]
	if app == "" {
		return nil, nil // nobody has said what it is part of
	}
	alike, err := resource.Instances(ctx, pass, pass.Resource.Region, "Tag.1.Key", key, "Tag.1.Value", app)
	if err != nil {
		return nil, fmt.Errorf("reading the instances with %s=%s: %w", key, app, err)
	}
	alike = slices.DeleteFunc(alike, func(o resource.Instance) bool {
		eip, _, _ := o.EIP()
		return eip == "" || o.InstanceID == i.InstanceID
	})
	if len(alike) == 0 {
		return nil, nil
	}
	servers, err := balanced(ctx, pass)
	if err != nil {
		return nil, fmt.Errorf("reading what load balancers lead to: %w", err)
	}
	behind := func(o resource.Instance) bool {
		for _, n := range o.NetworkInterfaces.NetworkInterface {
			if servers[n.NetworkInterfaceID] || slices.ContainsFunc(n.Private(), func(ip string) bool { return servers[o.VpcAttributes.VpcID+" "+ip] }) {
				return true
			}
		}
		return servers[o.InstanceID]
	}
	if behind(i) {
		return nil, nil
	}
	for _, o := range alike {
		if !behind(o) {
			names = append(names, o.InstanceID)
		}
	}
	slices.Sort(names)
	return names, nil
}

// balanced are the servers of all load balancers, by their ids, and by their addresses in a VPC.
func balanced(ctx context.Context, pass *practice.Pass) (map[string]bool, error) {
	servers, region := map[string]bool{}, pass.Resource.Region
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
