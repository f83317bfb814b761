package vpccriticalisolation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// criticalVPCs reads the VPC, or all, and keeps those that hold critical data. The
// tags of a VPC that another account shares are not seen.
func criticalVPCs(ctx context.Context, pass *practice.Pass, id string) ([]resource.VPC, error) {
	all, err := resource.VPCs(ctx, pass, pass.Resource.Region, id)
	if err != nil {
		return nil, fmt.Errorf("reading the tags of VPC %s: %w", id, practice.Gone(err))
	}
	return slices.DeleteFunc(all, func(v resource.VPC) bool { return !v.Tags.Has(pass.Param("critical-tags")) }), nil
}

// vpcOf is the VPC that something is in; empty where it is in none.
func vpcOf(ctx context.Context, pass *practice.Pass, id string) (string, error) {
	if strings.HasPrefix(id, "vpc-") {
		return id, nil
	}
	for _, k := range kinds {
		if !strings.HasPrefix(id, k.prefix) {
			continue
		}
		value := id
		if k.prefix == "i-" {
			value = cloud.IDs(id)
		}
		found, err := k.read(ctx, pass, k.byID, value)
		switch {
		case err != nil:
			return "", fmt.Errorf("reading which VPC %s is in: %w", id, practice.Gone(err))
		case len(found) == 0:
			return "", fmt.Errorf("reading which VPC %s is in: %w", id, practice.ErrGone)
		}
		return found[0].vpc, nil
	}
	return "", nil
}

// inside reads what is in the VPC or leads into it, and the EIPs on it. Those of a NAT gateway are told
// as the gateway. An EIP says which VPC it is in only where it is on a bare address.
func inside(ctx context.Context, pass *practice.Pass, id string) (parts []part, within []resource.EIP, err error) {
	var mu sync.Mutex
	var all []resource.EIP
	reads := []func(context.Context) error{func(ctx context.Context) (err error) {
		all, err = resource.EIPs(ctx, pass, pass.Resource.Region)
		return err
	}}
	for _, k := range kinds {
		if k.byVPC == "" {
			continue
		}
		reads = append(reads, func(ctx context.Context) error {
			found, err := k.read(ctx, pass, k.byVPC, id)
			mu.Lock()
			defer mu.Unlock()
			parts = append(parts, found...)
			return err
		})
	}
	if err := pass.Together(ctx, reads...); err != nil {
		return nil, nil, fmt.Errorf("reading what is in VPC %s: %w", id, err)
	}
	here := map[string]bool{}
	for _, p := range parts {
		here[p.id] = p.vpc == id
	}
	parts = slices.DeleteFunc(parts, func(p part) bool {
		return !here[p.id] && !slices.ContainsFunc(p.servers, func(server string) bool { return here[server] })
	})
	slices.SortStableFunc(parts, func(a, b part) int { return strings.Compare(a.id, b.id) }) // they came in any order
	for _, e := range all {
		named := pass.Event.Is("vpc", "AssociateEipAddress") && pass.Event.Params["AllocationId"] == e.AllocationID
		switch in := e.VpcID == id || slices.ContainsFunc(parts, func(p part) bool { return p.id == e.InstanceID }); {
		case (in || named) && strings.HasSuffix(e.Status, "ssociating"): // or Unassociating
			return nil, nil, fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
		case in && e.InstanceType != "Nat":
			within = append(within, e)
		}
	}
	return parts, within, nil
}
