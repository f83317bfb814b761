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

// network is the type of a VPC: all instances in it are looked at.
const network = "ACS::VPC::VPC"

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
		{Service: "Vpc", Name: "TagResources", Resource: "params.ResourceId.*", Type: network},
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
	key, err := levelTag(pass)
	if err != nil {
		return err
	}
	r := pass.Resource
	by, ids, prefix := "InstanceIds", cloud.IDs(r.ID), "i-"
	if r.Type == network {
		by, ids, prefix = "VpcId", r.ID, "vpc-"
	}
	if !strings.HasPrefix(r.ID, prefix) {
		return nil // something else was tagged
	}
	instances, err := readInstances(ctx, pass, by, ids)
	if err == nil && len(instances) == 0 {
		err = practice.ErrGone
	}
	if err != nil {
		return fmt.Errorf("reading the instances of %s: %w", r, practice.Gone(err))
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
			f.Resource = practice.Resource{Type: pass.Practice.Resource, ID: i.InstanceID, Name: i.InstanceName, Region: r.Region, Account: r.Account}
			pass.Report(f)
		}
	}
	return nil
}

// list names the instances that are not where they should be, or of which that is not
// known.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, err error) {
	key, err := levelTag(pass)
	if err != nil {
		return nil, err
	}
	levels, err := levelsOf(ctx, pass, key, "")
	if err != nil {
		return nil, err
	}
	instances, err := readInstances(ctx, pass, "", "")
	if err != nil {
		return nil, fmt.Errorf("reading the instances in %s: %w", pass.Resource.Region, err)
	}
	for _, i := range instances {
		if f, unknown := judge(i, levels[i.VpcAttributes.VpcID], key); f.Key != "" || unknown != nil {
			r := pass.Resource
			r.ID, r.Name = i.InstanceID, i.InstanceName
			found = append(found, r)
		}
	}
	return found, nil
}
