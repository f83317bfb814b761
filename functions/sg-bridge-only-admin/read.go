package sgbridgeonlyadmin

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// bridges are the groups of bastion hosts of one VPC.
type bridges []securitygroup.Info

func (b bridges) of(vpc string) bridges {
	return slices.DeleteFunc(slices.Clone(b), func(one securitygroup.Info) bool { return one.VPC != vpc })
}

func (b bridges) ids() (ids []string) {
	for _, one := range b {
		ids = append(ids, one.ID)
	}
	return ids
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
