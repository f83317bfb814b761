package sginstancecount

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

type page struct {
	cloud.Page
	TotalCount *int
	Instances  struct{ Instance []struct{ Tags cloud.Tags } }
}

// count is the number of a VPC's instances: a page of one says how many there are.
func count(ctx context.Context, pass *practice.Pass, vpc string) (int, error) {
	if vpc == "" {
		return 0, nil // the classic network
	}
	var answer page
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "VpcId", vpc, "PageNumber", "1", "PageSize", "1")
	if err := pass.Read(ctx, call, &answer); err != nil {
		return 0, fmt.Errorf("counting the instances of %s: %w", vpc, err)
	}
	if answer.TotalCount == nil {
		return 0, fmt.Errorf("counting the instances of %s: the answer does not say", vpc)
	}
	return *answer.TotalCount, nil
}

// readTiers collects the tiers of a group's members.
func readTiers(ctx context.Context, pass *practice.Pass, id string, tiers map[string]bool) error {
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "SecurityGroupId", id, "MaxResults", "100")
	return cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, i := range p.Instances.Instance {
			for _, key := range pass.Param("tier-tag") {
				if tier := i.Tags.Map()[key]; tier != "" {
					tiers[tier] = true
				}
			}
		}
	})
}
