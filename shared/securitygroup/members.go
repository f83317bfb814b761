package securitygroup

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Tiers names the tiers of a group's instances, each as a tag with one of some keys says.
func (i Info) Tiers(ctx context.Context, pass *practice.Pass, keys []string) ([]string, error) {
	tiers := map[string]bool{}
	members, err := resource.Instances(ctx, pass, pass.Resource.Region, "SecurityGroupId", i.ID)
	for _, m := range members {
		for _, key := range keys {
			if tier := m.Tags.Map()[key]; tier != "" {
				tiers[tier] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(tiers)), err
}

// Among is the number of instances in the group's VPC; 0 in the classic network.
func (i Info) Among(ctx context.Context, pass *practice.Pass) (int, error) {
	if i.VPC == "" {
		return 0, nil
	}
	n, err := resource.CountInstances(ctx, pass, pass.Resource.Region, "VpcId", i.VPC)
	if err != nil {
		return 0, fmt.Errorf("counting the instances of %s: %w", i.VPC, err)
	}
	return n, nil
}
