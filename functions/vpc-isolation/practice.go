package vpcisolation

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed doc.go
var doc string

// Practice is vpc-isolation.
var Practice = &practice.Practice{
	ID:       "vpc-isolation",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: "ACS::ECS::Instance",
	Guide:    []string{"組織内の異なるセキュリティレベルのサービスを分離するようにセキュリティドメインを構成する"},
	Cites:    []string{"CIS Alibaba Cloud 3.1", "MLPS 8.1.2.1, 8.1.3.1", "Cloud Config: ecs-instances-in-vpc, ecs-running-instances-in-vpc"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "ModifyInstanceVpcAttribute", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Ecs", Name: "TagResources", Resource: "params.ResourceId.*"}, // of anything
		{Service: "Config", Name: "ACS::ECS::Instance", Resource: "resource"},
	},
	Sweep: practice.Sweep{Every: 24 * time.Hour, List: list},
	Reads: []string{"ecs:DescribeInstances", "vpc:DescribeVpcs"},
	Params: []practice.Param{
		{Name: "level-tag", Default: []string{"level"}, Doc: "the key of the tag that says how sensitive an instance or a VPC is"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if !strings.HasPrefix(r.ID, "i-") {
		return nil // something else was tagged
	}
	i, err := readInstance(ctx, pass)
	if err != nil {
		return err
	}
	r.Name = i.InstanceName
	f := practice.Finding{Resource: r, Tags: i.Tags.Map()}
	key := strings.Join(pass.Param("level-tag"), "")
	if i.InstanceNetworkType == "classic" {
		f.Key, f.Title = "classic", "The instance is in the classic network"
		f.Advice = "Make an image of it, launch that in a VPC, and give this instance up. The classic network ended on 2025-02-28."
		pass.Report(f)
		return nil
	}
	own := f.Tags[key]
	if own == "" {
		return nil // unknown is not bad
	}
	levels, err := levelsOf(ctx, pass, key, i.VpcAttributes.VpcID)
	if err != nil {
		return err
	}
	if level := levels[i.VpcAttributes.VpcID]; level != "" && level != own {
		f.Key = key
		f.Title = fmt.Sprintf("The instance has the tag %s=%s, and its VPC %s has %s=%s", key, own, i.VpcAttributes.VpcID, key, level)
		f.Advice = "Make an image of it and launch that in a VPC of its level, or correct the tag that is wrong."
		pass.Report(f)
	}
	return nil
}

// list names the instances that are not where they should be.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	key := strings.Join(pass.Param("level-tag"), "")
	levels, err := levelsOf(ctx, pass, key, "")
	if err != nil {
		return nil, err
	}
	var found []practice.Resource
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "MaxResults", "100")
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, i := range p.Instances.Instance {
			own, level := i.Tags.Map()[key], levels[i.VpcAttributes.VpcID]
			if i.InstanceNetworkType != "vpc" || own != "" && level != "" && own != level {
				r := pass.Resource
				r.ID, r.Name = i.InstanceID, i.InstanceName
				found = append(found, r)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("reading the instances in %s: %w", pass.Resource.Region, err)
	}
	return found, nil
}
