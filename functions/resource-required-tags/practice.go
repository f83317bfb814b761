package resourcerequiredtags

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// types are those that are judged. What makes them answers with their ids.
var types = []string{
	resource.TypeInstance, resource.TypeDisk, resource.TypeSecurityGroup, resource.TypeVPC, resource.TypeVSwitch, resource.TypeEIP,
	resource.TypeNATGateway, resource.TypeLoadBalancer, resource.TypeALB, resource.TypeNLB,
}

// Practice is resource-required-tags.
var Practice = &practice.Practice{
	ID:       "resource-required-tags",
	Doc:      doc,
	Severity: practice.Low,
	Resource: types[0],
	Also:     types[1:],
	Guide:    []string{"タグを使用したリソースの一括管理"},
	Cites:    []string{"MLPS 8.1.5.4", "Cloud Config: required-tags, contains-tag, contains-all-tag, resources-tags-not-empty"},
	Triggers: practice.Triggers(practice.Launched,
		practice.Making(resource.TypeDisk, "Ecs", "CreateDisk"),
		practice.Making(resource.TypeSecurityGroup, "Ecs", "CreateSecurityGroup"),
		practice.Making(resource.TypeVPC, "Vpc", "CreateVpc"),
		practice.Making(resource.TypeVSwitch, "Vpc", "CreateVSwitch"),
		practice.Making(resource.TypeEIP, "Vpc", "AllocateEipAddress"),
		practice.Making(resource.TypeNATGateway, "Vpc", "CreateNatGateway"),
		practice.Making(resource.TypeLoadBalancer, "Slb", "CreateLoadBalancer"),
		practice.Making(resource.TypeALB, "Alb", "CreateLoadBalancer"),
		[]practice.Trigger{{Service: "Nlb", Name: "CreateLoadBalancer", Type: resource.TypeNLB, New: true,
			Resource: "response.LoadbalancerId|response.LoadBalancerId|resources." + resource.TypeNLB}}, // sic
		practice.Retagged(types...), practice.Configured(types...)),
	Sweep:  practice.Daily(list, resource.EachReads(types...)...),
	Reads:  resource.EachReads(types...),
	Writes: []string{"ecs:TagResources", "vpc:TagResources", "slb:TagResources", "alb:TagResources", "nlb:TagResources"},
	Params: append(practice.RequiredTags("resource"),
		practice.Param{Name: "types", Kind: practice.SomeOf, Choices: types, Default: types, Doc: "types of resources that are judged"},
		practice.Param{Name: "allowed-values", Doc: "key=value, once for each value that the tag may have; a tag that is not named here may have any"},
		practice.Param{Name: "creator-tag", Kind: practice.OneWord, Doc: "which of required-tags says who made the resource: it is filled in from the event"}),
	Check: check,
}

// check looks at one resource, and at the disks of an instance that was launched: the event
// does not name them.
func check(ctx context.Context, pass *practice.Pass) error {
	rules, err := rulesOf(pass)
	if err != nil {
		return err
	}
	r := pass.Resource
	var found []resource.Described
	err = resource.Each(ctx, pass, r.Region, r.Type, r.ID, func(d resource.Described) { found = append(found, d) })
	one, err := practice.One(found, err)
	if err != nil {
		return fmt.Errorf("reading the tags of %s: %w", r, err)
	}
	rules.judge(pass, one)
	if r.Type != resource.TypeInstance || !pass.Made() || managed(one) {
		return nil
	}
	disks, err := resource.DisksOf(ctx, pass, r.Region, r.Type, r.ID)
	if practice.Refused(err) { // which is no reason to say nothing of the instance
		pass.Report(pass.Unread(one, "disks unread", "Whether the instance's disks carry the required tags cannot be read", practice.Unread{"disks": practice.Why(err)}))
		return nil
	}
	for _, d := range disks {
		rules.judge(pass, d)
	}
	return err
}

// list names what lacks a tag. One type that cannot be read does not hide the others.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, err error) {
	rules, err := rulesOf(pass)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, kind := range types {
		if !slices.Contains(rules.types, kind) {
			continue
		}
		errs = append(errs, resource.Each(ctx, pass, pass.Resource.Region, kind, "", func(d resource.Described) {
			if rules.wrong(d) {
				found = append(found, pass.Of(d))
			}
		}))
	}
	return found, errors.Join(errs...)
}
