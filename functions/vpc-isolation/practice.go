package vpcisolation

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is vpc-isolation.
var Practice = &practice.Practice{
	ID:       "vpc-isolation",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"組織内の異なるセキュリティレベルのサービスを分離するようにセキュリティドメインを構成する"},
	Cites:    []string{"CIS Alibaba Cloud 3.1", "MLPS 8.1.2.1, 8.1.3.1", "Cloud Config: ecs-instances-in-vpc, ecs-running-instances-in-vpc"},
	Triggers: practice.Triggers(practice.Launched,
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceVpcAttribute"),
		practice.Tagged(resource.TypeInstance, "Ecs"), practice.Tagged(resource.TypeVPC, "Vpc"),
		practice.Configured(resource.TypeInstance)),
	Sweep: practice.Daily(list),
	Reads: []string{"ecs:DescribeInstances", "vpc:DescribeVpcs"},
	Params: []practice.Param{
		{Name: "level-tag", Kind: practice.OneWord, Default: []string{"level"}, Doc: "the key of the tag that says how sensitive an instance or a VPC is"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	key := pass.Word("level-tag")
	r := pass.Resource
	by, ids, prefix := "InstanceIds", cloud.IDs(r.ID), "i-"
	if r.Type == resource.TypeVPC {
		by, ids, prefix = "VpcId", r.ID, "vpc-"
	}
	if !strings.HasPrefix(r.ID, prefix) {
		return nil // something else was tagged
	}
	instances, err := resource.Instances(ctx, pass, r.Region, by, ids)
	if err = practice.Some(instances, err); err != nil {
		return fmt.Errorf("reading the instances of %s: %w", r, err)
	}
	levels := map[string]string{}
	if id := instances[0].VpcAttributes.VpcID; id != "" { // of all of them
		if levels, err = levelsOf(ctx, pass, key, id); err != nil {
			return err
		}
	}
	for _, i := range instances {
		f, err := judge(i, levels[i.VpcAttributes.VpcID], key)
		if err != nil {
			return err
		}
		if f.Key != "" {
			f.Resource = pass.Named("", i.InstanceID, i.InstanceName)
			pass.Report(f)
		}
	}
	return nil
}

// list names the instances that are not where they should be, or of which that is not
// known.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, err error) {
	key := pass.Word("level-tag")
	levels, err := levelsOf(ctx, pass, key, "")
	if err != nil {
		return nil, err
	}
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool {
		f, unknown := judge(i, levels[i.VpcAttributes.VpcID], key)
		return f.Key != "" || unknown != nil
	})
}

// levelsOf reads the level of one VPC, or of all. A VPC without the tag has none.
func levelsOf(ctx context.Context, pass *practice.Pass, key, id string) (map[string]string, error) {
	all, err := resource.VPCs(ctx, pass, pass.Resource.Region, id)
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
