package resourcenaming

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/quarantine"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// conventions are the types that are judged, with the Param that says how they are named.
var conventions = []struct{ kind, param string }{{resource.TypeInstance, "instance-names"}, {resource.TypeSecurityGroup, "group-names"}}

// Practice is resource-naming.
var Practice = &practice.Practice{
	ID:       "resource-naming",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeInstance,
	Also:     []string{resource.TypeSecurityGroup},
	Guide:    []string{"情報アセットを一括管理"},
	Cites:    []string{"MLPS 8.1.5.4", "Cloud Config: resource-name-regex-match"},
	Triggers: practice.Triggers(practice.Launched,
		practice.Witnessed("params.InstanceName", practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceAttribute")),
		practice.Making(resource.TypeSecurityGroup, "Ecs", "CreateSecurityGroup"),
		practice.Witnessed("params.SecurityGroupName", practice.On(resource.TypeSecurityGroup, "Ecs", "ModifySecurityGroupAttribute")),
		practice.Configured(resource.TypeInstance, resource.TypeSecurityGroup)),
	Sweep:  practice.Weekly(list, "ecs:DescribeInstances", "ecs:DescribeSecurityGroups"),
	Reads:  append([]string{"ecs:DescribeInstances", "ecs:DescribeSecurityGroups"}, securitygroup.UnusedReads...),
	Writes: []string{"ecs:StopInstance", "ecs:DeleteSecurityGroup"},
	Params: []practice.Param{
		{Name: "instance-names", Kind: practice.Patterns, Doc: "regular expressions, one of which has to match the whole name of an instance; none: any name will do"},
		{Name: "group-names", Kind: practice.Patterns, Doc: "the same for security groups"},
		{Name: "generated-names", Kind: practice.Patterns, Default: []string{"worker-k8s-for-cs-.*", "alicloud-cs-auto-created-security-group-.*", "ESS-asg-.*"},
			Doc: "the same for names that services generate, which are not judged"},
		quarantine.Param(quarantine.Stop),
		securitygroup.DeleteAfter,
	},
	Touches:    true,
	Disruptive: "with quarantine: stop, instances are stopped; with delete-after-days, groups that nobody uses are deleted for good",
	Check:      check,
}

// right tells whether a name is as the convention says, or nobody's business.
func right(pass *practice.Pass, param string, a resource.About) bool {
	return len(pass.Param(param)) == 0 || pass.Matches(param, a.Name) || pass.Matches("generated-names", a.Name) || a.Managed != ""
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	for _, c := range conventions {
		if c.kind != r.Type {
			continue
		}
		var found []resource.Described
		err := resource.Each(ctx, pass, r.Region, r.Type, r.ID, func(d resource.Described) { found = append(found, d) })
		d, err := practice.One(found, err)
		if err != nil {
			return fmt.Errorf("reading the name of %s: %w", r, err)
		}
		i, machine := d.(resource.Instance)
		stops := machine && pass.Word(quarantine.Name) == quarantine.Stop
		if right(pass, c.param, d.About()) || stops && quarantine.Stopped(i) { // it waits for its review
			continue
		}
		words := resource.KindOf(r.Type).Words
		f := pass.Finding(d, "name", fmt.Sprintf("The name %q of the %s is not as the convention says", d.About().Name, words))
		if machine {
			f.Advice = "Rename it: " + cloud.New("ecs", "ModifyInstanceAttribute", r.Region, "InstanceId", r.ID, "InstanceName", "NAME").String()
			if stops && i.Status == "Running" {
				if f.Changes, err = quarantine.ToStop(r.Region, i); err != nil {
					return err
				}
			}
		} else {
			f.Advice = "Rename it: " + cloud.New("ecs", "ModifySecurityGroupAttribute", r.Region, "SecurityGroupId", r.ID, "SecurityGroupName", "NAME").String()
			f.Changes, err = remove(ctx, pass)
			switch {
			case practice.Refused(err): // the name is known all the same
				f.Facts = map[string]string{"whether somebody uses it": practice.Why(err)}
				f.Advice += ". It is not deleted: whether somebody uses it cannot be read."
			case err != nil:
				return err
			}
		}
		pass.Report(f)
	}
	return nil
}

// remove deletes a group where the settings want that.
func remove(ctx context.Context, pass *practice.Pass) ([]practice.Change, error) {
	if pass.Int(securitygroup.DeleteAfter.Name) == 0 {
		return nil, nil
	}
	group, err := securitygroup.Describe(ctx, pass, pass.Resource.ID, "IsQueryEcsCount", "true")
	if err != nil {
		return nil, err
	}
	return group.Delete(ctx, pass)
}

// list names what is not named by the convention. That one type cannot be read does not hide
// the other.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, err error) {
	var errs []error
	for _, c := range conventions {
		if len(pass.Param(c.param)) == 0 {
			continue
		}
		errs = append(errs, resource.Each(ctx, pass, pass.Resource.Region, c.kind, "", func(d resource.Described) {
			if !right(pass, c.param, d.About()) {
				found = append(found, pass.Of(d))
			}
		}))
	}
	return found, errors.Join(errs...)
}
