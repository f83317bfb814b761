package vpcisolation

import (
	"context"
	_ "embed"
	"fmt"

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
	Sweep: practice.Daily(list, "ecs:DescribeInstances", "vpc:DescribeVpcs"),
	Reads: []string{"ecs:DescribeInstances", "vpc:DescribeVpcs"},
	Params: []practice.Param{
		{Name: "level-tag", Kind: practice.OneWord, Default: []string{"level"}, Doc: "the key of the tag that says how sensitive an instance or a VPC is"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	key := pass.Word("level-tag")
	r := pass.Resource
	if !pass.Kin() {
		return nil // something else was tagged
	}
	instances, err := resource.InstancesOf(ctx, pass, r.Region, r.Type, r.ID)
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
		wrong, err := judge(i, levels[i.VpcAttributes.VpcID], key)
		if err != nil {
			return err
		}
		if wrong != nil {
			f := pass.Finding(i, wrong.key, wrong.title)
			f.Advice, f.Managed = wrong.advice, "" // where it is its owner says, also of a node
			pass.Report(f)
		}
	}
	return nil
}

// wrong is what is wrong with the place of an instance.
type wrong struct{ key, title, advice string }

// judge says what is wrong with the place of an instance in a VPC of the level, if anything.
// Where one side has no level nobody has said anything.
func judge(i resource.Instance, level, key string) (*wrong, error) {
	own, vpc := i.Tags.Map()[key], i.VpcAttributes.VpcID
	switch {
	case i.InstanceNetworkType == "classic":
		return &wrong{"classic", "The instance is in the classic network",
			"Make an image of it, launch that in a VPC, and give this instance up. The classic network ended on 2025-02-28."}, nil
	case i.InstanceNetworkType != "vpc" || vpc == "":
		return nil, fmt.Errorf("reading instance %s: the answer does not say which network it is in", i.InstanceID)
	case own != "" && level != "" && own != level:
		return &wrong{key, fmt.Sprintf("The instance has the tag %s=%s, and its VPC %s has %s=%s", key, own, vpc, key, level),
			"Stop it and move it into a VPC of its level (ModifyInstanceVpcAttribute), or correct the tag that is wrong."}, nil
	}
	return nil, nil
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
		wrong, unknown := judge(i, levels[i.VpcAttributes.VpcID], key)
		return wrong != nil || unknown != nil
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
