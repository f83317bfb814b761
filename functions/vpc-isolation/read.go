package vpcisolation

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

type instance struct {
	InstanceID, InstanceName, InstanceNetworkType string

	VpcAttributes struct{ VpcID string }
	Tags          cloud.Tags
}

type page struct {
	cloud.Page
	Instances struct{ Instance []instance }
}

// readInstances reads those that the parameter chooses, or all of the region.
func readInstances(ctx context.Context, pass *practice.Pass, by, ids string) (all []instance, err error) {
	listed := true
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "MaxResults", "100", by, ids)
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		all = append(all, p.Instances.Instance...)
		listed = listed && p.Instances.Instance != nil
	})
	if err == nil && !listed {
		err = fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	return all, err
}

type vpc struct {
	VpcID string
	Tags  cloud.Tags
}

type vpcs struct{ Vpcs struct{ Vpc []vpc } }

func (p vpcs) Items() []vpc { return p.Vpcs.Vpc }

// levelsOf reads the level of one VPC, or of all. A VPC without the tag has none.
func levelsOf(ctx context.Context, pass *practice.Pass, key, id string) (map[string]string, error) {
	all, err := cloud.ReadNumbered[vpcs](ctx, pass, cloud.New("vpc", "DescribeVpcs", pass.Resource.Region, "VpcId", id))
	if err != nil {
		return nil, fmt.Errorf("reading the tag %s of VPCs in %s: %w", key, pass.Resource.Region, err)
	}
	levels := map[string]string{}
	for _, v := range all {
		if level, ok := v.Tags.Map()[key]; ok {
			levels[v.VpcID] = level
		}
	}
	return levels, nil
}
