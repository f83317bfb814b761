package sgbridgeonlyadmin

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
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

// hosts reads the addresses of the bastion hosts of a VPC. By a security group the API
// finds secondary interfaces only.
func (b bridges) hosts(ctx context.Context, pass *practice.Pass, vpc string) (addresses []netip.Prefix, err error) {
	var texts []string
	all, err := resource.Interfaces(ctx, pass, pass.Resource.Region, "VpcId", vpc)
	for _, n := range all {
		one := func(id string) bool { return slices.Contains(b.ids(), id) }
		if n.InstanceID != "" && slices.ContainsFunc(n.Groups(), one) {
			texts = slices.Concat(texts, n.Private(), n.IPv6())
		}
	}
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
