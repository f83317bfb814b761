package vpccriticalisolation

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// list names the VPCs that hold critical data.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	networks, err := criticalVPCs(ctx, pass, "")
	return practice.Listed(pass, networks, err, nil)
}

// criticalVPCs reads the VPC, or all, and keeps those that hold critical data. The
// tags of a VPC that another account shares are not seen.
func criticalVPCs(ctx context.Context, pass *practice.Pass, id string) ([]resource.VPC, error) {
	all, err := resource.VPCs(ctx, pass, pass.Resource.Region, id)
	if err != nil {
		return nil, fmt.Errorf("reading the tags of VPC %s: %w", id, practice.Gone(err))
	}
	return slices.DeleteFunc(all, func(v resource.VPC) bool { return !v.Tags.Has(pass.Param("critical-tags")) }), nil
}
