package sginneraccesspolicy

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-inner-access-policy.
var Practice = &practice.Practice{
	ID:       "sg-inner-access-policy",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: securitygroup.Type,
	Guide:    []string{"基本セキュリティグループ内のネットワーク分離"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2"},
	Triggers: practice.Triggers(
		practice.Making(securitygroup.Type, "Ecs", "CreateSecurityGroup"),
		practice.Witnessed("params.InnerAccessPolicy", practice.On(securitygroup.Type, "Ecs", "ModifySecurityGroupPolicy")),
		practice.Tagged(securitygroup.Type, "Ecs")),
	Sweep:  securitygroup.Daily(),
	Reads:  []string{"ecs:DescribeSecurityGroupAttribute", "ecs:DescribeSecurityGroups"},
	Writes: []string{"ecs:ModifySecurityGroupPolicy"},
	Params: []practice.Param{
		{Name: "isolated-tags", Default: []string{"isolation=required"}, Doc: "tags (key=value, or a key for any value), any of which asks that a group's members be kept apart"},
	},
	Disruptive: "members of the group that talk to one another without a rule for it stop doing so",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	group, err := securitygroup.Describe(ctx, pass, r.ID)
	if err != nil || !group.Tagged(pass.Param("isolated-tags")) {
		return err
	}
	if basic, err := group.Basic(); err != nil || !basic {
		return err
	}
	var answer struct{ InnerAccessPolicy string }
	call := cloud.New("ecs", "DescribeSecurityGroupAttribute", r.Region, "SecurityGroupId", r.ID, "MaxResults", "10")
	if err := pass.Read(ctx, call, &answer); err != nil {
		return fmt.Errorf("reading the inner access policy of security group %s: %w", r.ID, practice.Gone(err))
	}
	switch {
	case strings.EqualFold(answer.InnerAccessPolicy, "drop"):
		return nil
	case !strings.EqualFold(answer.InnerAccessPolicy, "accept"):
		return fmt.Errorf("reading the inner access policy of security group %s: %q is neither Accept nor Drop", r.ID, answer.InnerAccessPolicy)
	}
	f := pass.Finding(group, "inner", "Members of the group reach one another, and its tags ask that they be kept apart")
	f.Facts = map[string]string{"InnerAccessPolicy": answer.InnerAccessPolicy}
	f.Advice = "Members that share another security group still reach one another through that one: tag it too, or take them out of it."
	f.Changes = practice.Reversible("keep the members of "+r.ID+" apart", set(r, "Drop"), set(r, "Accept"))
	pass.Report(f)
	return nil
}

func set(r practice.Resource, policy string) cloud.Call {
	return cloud.New("ecs", "ModifySecurityGroupPolicy", r.Region, "SecurityGroupId", r.ID, "InnerAccessPolicy", policy)
}
