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

func readInstance(ctx context.Context, pass *practice.Pass) (*instance, error) {
	var p page
	id := pass.Resource.ID
	if err := pass.Read(ctx, cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "InstanceIds", cloud.IDs(id)), &p); err != nil {
		return nil, fmt.Errorf("reading instance %s: %w", id, practice.Gone(err))
	}
	if len(p.Instances.Instance) == 0 {
		return nil, fmt.Errorf("reading instance %s: %w", id, practice.ErrGone)
	}
	i := &p.Instances.Instance[0]
	if i.InstanceNetworkType != "classic" && (i.InstanceNetworkType != "vpc" || i.VpcAttributes.VpcID == "") {
		return nil, fmt.Errorf("reading instance %s: the answer does not say which network it is in", id)
	}
	return i, nil
}

type vpc struct {
	VpcID string
	Tags  struct{ Tag []struct{ Key, Value string } }
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
		for _, t := range v.Tags.Tag {
			if t.Key == key {
				levels[v.VpcID] = t.Value
			}
		}
	}
	return levels, nil
}
