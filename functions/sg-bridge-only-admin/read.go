package sgbridgeonlyadmin

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// bridge is a group of bastion hosts.
type bridge struct{ id, vpc, kind string }

// bridges are those of one VPC.
type bridges []bridge

func (b bridges) of(vpc string) bridges {
	return slices.DeleteFunc(slices.Clone(b), func(one bridge) bool { return one.vpc != vpc })
}

func (b bridges) ids() (ids []string) {
	for _, one := range b {
		ids = append(ids, one.id)
	}
	return ids
}

// read finds the bridges of the region, by their names and by their tags.
func read(ctx context.Context, pass *practice.Pass) (bridges, error) {
	type page struct {
		cloud.Page
		SecurityGroups struct {
			SecurityGroup []struct{ SecurityGroupID, VpcID, SecurityGroupType string }
		}
	}
	all := cloud.New("ecs", "DescribeSecurityGroups", pass.Resource.Region, "MaxResults", "100")
	var calls []cloud.Call
	for _, name := range pass.Param("names") {
		calls = append(calls, all.With("SecurityGroupName", name))
	}
	for _, tag := range pass.Param("tags") {
		key, value, exact := strings.Cut(tag, "=")
		call := all.With("Tag.1.Key", key)
		if exact {
			call = call.With("Tag.1.Value", value)
		}
		calls = append(calls, call)
	}
	parts := make([]bridges, len(calls))
	reads := make([]func(context.Context) error, len(calls))
	for i, call := range calls {
		reads[i] = func(ctx context.Context) error {
			return cloud.ReadAll(ctx, pass, call, func(p page) {
				for _, g := range p.SecurityGroups.SecurityGroup {
					if g.VpcID != "" {
						parts[i] = append(parts[i], bridge{g.SecurityGroupID, g.VpcID, g.SecurityGroupType})
					}
				}
			})
		}
	}
	if err := pass.Together(ctx, reads...); err != nil {
		return nil, fmt.Errorf("looking for the groups of bastion hosts: %w", err)
	}
	return slices.Concat(parts...), nil
}

type page struct {
	cloud.Page
	NetworkInterfaceSets struct {
		NetworkInterfaceSet []struct {
			InstanceID       string
			SecurityGroupIDs struct{ SecurityGroupID []string }
			PrivateIPSets    struct {
				PrivateIPSet []struct{ PrivateIPAddress string }
			}
			IPv6Sets struct {
				IPv6Set []struct{ IPv6Address string }
			}
		}
	}
}

// hosts reads the addresses of the bastion hosts of a VPC. By a security group the API
// finds secondary interfaces only.
func (b bridges) hosts(ctx context.Context, pass *practice.Pass, vpc string) (addresses []netip.Prefix, err error) {
	var texts []string
	call := cloud.New("ecs", "DescribeNetworkInterfaces", pass.Resource.Region, "VpcId", vpc, "MaxResults", "500")
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, n := range p.NetworkInterfaceSets.NetworkInterfaceSet {
			one := func(id string) bool { return slices.Contains(b.ids(), id) }
			if n.InstanceID == "" || !slices.ContainsFunc(n.SecurityGroupIDs.SecurityGroupID, one) {
				continue
			}
			for _, ip := range n.PrivateIPSets.PrivateIPSet {
				texts = append(texts, ip.PrivateIPAddress)
			}
			for _, ip := range n.IPv6Sets.IPv6Set {
				texts = append(texts, ip.IPv6Address)
			}
		}
	})
	for i := 0; err == nil && i < len(texts); i++ {
		var a netip.Addr
		if a, err = netip.ParseAddr(texts[i]); err == nil {
			addresses = append(addresses, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the bastion hosts of %s: %w", vpc, err)
	}
	return addresses, nil
}
