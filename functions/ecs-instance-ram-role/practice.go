package ecsinstanceramrole

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-instance-ram-role.
var Practice = &practice.Practice{
	ID:       "ecs-instance-ram-role",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"AccessKeyペアの代わりにインスタンスRAMロールを使用してAPI操作を呼び出す"},
	Cites:    []string{"MLPS 8.1.4.2", "Cloud Config: ecs-instance-ram-role-attached"},
	Triggers: practice.Triggers(practice.Launched, practice.Tagged(resource.TypeInstance, "Ecs"), practice.Configured(resource.TypeInstance),
		[]practice.Trigger{{Service: "Ecs", Name: "DetachInstanceRamRole", Resource: "params.InstanceIds|resources." + resource.TypeInstance}}),
	Sweep:  practice.Daily(list, "ecs:DescribeInstances"),
	Reads:  []string{"ecs:DescribeInstances", "ecs:DescribeInstanceRamRole"},
	Writes: []string{"ecs:AttachInstanceRamRole"},
	Params: []practice.Param{
		{Name: "needs", Default: []string{"api-access"}, Doc: "tags, as key or key=value, of instances whose programs call APIs; *: all but those with the tag no-api-access"},
		{Name: "role", Kind: practice.OneWord, Doc: "the RAM role to attach, with few rights or none; none: only tell"},
	},
	Touches:    true,
	Disruptive: "every program on the host may do what the role may",
	Check:      check,
}

// needs tells whether programs on an instance call APIs, as far as its tags say.
func needs(pass *practice.Pass, i resource.Instance) bool {
	words := pass.Param("needs")
	return i.InstanceNetworkType != "classic" && !i.Tags.Has([]string{"no-api-access"}) && (i.Tags.Has(words) || slices.Contains(words, "*"))
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if !pass.Kin() {
		return nil // a tag was put on something else
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	if i.InstanceNetworkType == "" {
		return fmt.Errorf("reading instance %s: the answer does not say in which network it is", r.ID)
	}
	if !needs(pass, i) {
		return nil
	}
	has, err := resource.InstanceRole(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading the role of instance %s: %w", r.ID, practice.Gone(err))
	}
	if has != "" {
		return nil
	}
	f := pass.Finding(i, "role", "An instance whose programs call APIs has no RAM role")
	f.Facts = map[string]string{"status": i.Status}
	f.Advice = "Make a role that ECS is trusted with, and that may do what its programs do; attach it (aliyun ecs AttachInstanceRamRole), and delete the AccessKey that they have now."
	if role := pass.Word("role"); role != "" {
		call := func(action string) cloud.Call {
			return cloud.New("ecs", action, r.Region, "InstanceIds", cloud.IDs(r.ID), "RamRoleName", role)
		}
		f.Changes = practice.Reversible("attach the role "+role+" to "+r.ID, call("AttachInstanceRamRole"), call("DetachInstanceRamRole"))
	}
	pass.Report(f)
	return nil
}

// list names the instances that need a role: whether they have one, a call for each says.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return needs(pass, i) })
}
