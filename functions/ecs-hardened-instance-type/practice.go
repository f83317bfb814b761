package ecshardenedinstancetype

import (
	"context"
	_ "embed"
	"fmt"
	"path"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/quarantine"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-hardened-instance-type.
var Practice = &practice.Practice{
	ID:       "ecs-hardened-instance-type",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"セキュリティ強化されたインスタンスに高いセキュリティを必要とするホストビジネス"},
	Cites:    []string{"MLPS 8.1.4.6", "Cloud Config: ecs-desired-instance-type"},
	Triggers: practice.Triggers(practice.Launched,
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceSpec", "ModifyPrepayInstanceSpec", "StartInstance"),
		[]practice.Trigger{{Service: "Ecs", Name: "StartInstances", Resource: "params.InstanceId.*"}},
		practice.Tagged(resource.TypeInstance, "Ecs"), practice.Configured(resource.TypeInstance)),
	Sweep:  practice.Weekly(list, "ecs:DescribeInstances"),
	Reads:  []string{"ecs:DescribeInstances"},
	Writes: []string{"ecs:StopInstance"},
	Params: []practice.Param{
		{Name: "needs", Default: []string{"security=high"}, Doc: "tags (key=value, or a key for any value) of instances whose work needs high security"},
		{Name: "families", Kind: practice.Wildcards, Default: []string{"ecs.[cgr][0-9]t", "ecs.[cgr][0-9][0-9]t"}, Doc: "instance families, or patterns of them, that are hardened"},
		quarantine.Param(quarantine.Stop),
	},
	Touches:    true,
	Disruptive: "what runs on the instance ends when it is stopped",
	Check:      check,
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
	stops := pass.Word(quarantine.Name) == quarantine.Stop
	wrong, err := wrongWith(pass, i)
	if err != nil || !wrong || stops && quarantine.Stopped(i) {
		return err
	}
	f := pass.Finding(i, "family", fmt.Sprintf("An instance that needs high security is of the family %s, which is not hardened", i.InstanceTypeFamily))
	f.Facts = map[string]string{"type": i.InstanceType, "status": i.Status}
	f.Advice = "Launch its work anew on a hardened family, such as g7t; or stop it and change its type (aliyun ecs ModifyInstanceSpec), where its disks and interfaces allow it."
	if stops {
		if f.Changes, err = quarantine.ToStop(r.Region, i); err != nil {
			return err
		}
	}
	pass.Report(f)
	return nil
}

// wrongWith tells whether an instance needs a hardened family and is of none.
func wrongWith(pass *practice.Pass, i resource.Instance) (bool, error) {
	if !i.Tags.Has(pass.Param("needs")) {
		return false, nil
	}
	if i.InstanceTypeFamily == "" {
		return false, fmt.Errorf("reading instance %s: the answer does not say of which family it is", i.InstanceID)
	}
	return !slices.ContainsFunc(pass.Param("families"), func(pattern string) bool {
		ok, _ := path.Match(pattern, i.InstanceTypeFamily)
		return ok
	}), nil
}

// list names the instances that need high security and are not hardened, or of which that is not known.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool {
		wrong, unknown := wrongWith(pass, i)
		return wrong || unknown != nil
	})
}
