package sgperaccesspoint

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-per-access-point.
var Practice = &practice.Practice{
	ID:       "sg-per-access-point",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"ネットワークリソースを分離するためのセキュリティの提案に従う"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-security-group-not-used"},
	Triggers: practice.Triggers(
		practice.Making(securitygroup.Type, "Ecs", "CreateSecurityGroup"),
		practice.On(securitygroup.Type, "Ecs", "JoinSecurityGroup", "ModifySecurityGroupAttribute"),
		practice.Configured(securitygroup.Type)),
	Sweep:  securitygroup.Weekly(),
	Reads:  append([]string{"ecs:DescribeSecurityGroups", "ecs:DescribeInstances"}, securitygroup.UnusedReads...),
	Writes: []string{"ecs:DeleteSecurityGroup"},
	Params: []practice.Param{
		{Name: "unused-days", Kind: practice.Number, Default: []string{"30"}, Least: 1, Most: 3650, Doc: "how old a group is that nobody uses before it is told of"},
		securitygroup.DeleteAfter,
	},
	Disruptive: "with delete-after-days, a database, a launch template or a scaling group that names the deleted group: nobody can see which do",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	group, err := securitygroup.Describe(ctx, pass, pass.Resource.ID, "IsQueryEcsCount", "true")
	switch {
	case err != nil:
		return err
	case group.Members == nil:
		return fmt.Errorf("counting the members of security group %s: the answer does not say", group.ID)
	case group.Managed != "" || group.SystemMade():
		return nil
	case *group.Members == 1:
		return single(ctx, pass, group)
	case *group.Members == 0 && group.Older(pass, pass.Int("unused-days")):
		return unused(ctx, pass, group)
	}
	return nil
}

// single reports a group that is called after its only instance.
func single(ctx context.Context, pass *practice.Pass, group securitygroup.Info) error {
	members, err := resource.Instances(ctx, pass, pass.Resource.Region, "SecurityGroupId", group.ID)
	if err != nil {
		return fmt.Errorf("reading the instance in security group %s: %w", group.ID, err)
	}
	text := strings.ToLower(group.Name + "\n" + group.Description)
	for _, i := range members {
		for _, word := range []string{i.InstanceID, i.InstanceName} {
			if len(word) < 3 || !strings.Contains(text, strings.ToLower(word)) {
				continue
			}
			f := pass.Finding(group, "single", fmt.Sprintf("The group is for one instance alone, %s, after which it is called", i.InstanceID))
			f.Facts = map[string]string{"group": group.Name, "instance": i.InstanceName}
			f.Advice = "Let the group stand for what its members do, so that the next one joins it: " +
				cloud.New("ecs", "ModifySecurityGroupAttribute", pass.Resource.Region, "SecurityGroupId", group.ID, "SecurityGroupName", "ROLE", "Description", "WHO-REACHES-IT").String()
			pass.Report(f)
			return nil
		}
	}
	return nil
}

// unused reports a group that nobody uses.
func unused(ctx context.Context, pass *practice.Pass, group securitygroup.Info) error {
	free, err := group.Unused(ctx, pass)
	if err != nil || !free {
		return err
	}
	f := pass.Finding(group, "unused", "Nobody uses the group")
	f.Facts = map[string]string{"made": group.Created.UTC().Format("2006-01-02"), "members": strconv.Itoa(*group.Members)}
	f.Advice = "See that no database, launch template or scaling group names it, and delete it: " +
		cloud.New("ecs", "DeleteSecurityGroup", pass.Resource.Region, "SecurityGroupId", group.ID).String()
	if f.Changes, err = group.Delete(ctx, pass); err != nil {
		return err
	}
	if len(f.Changes) > 0 {
		f.Advice = "See that no database, launch template or scaling group names it."
	}
	pass.Report(f)
	return nil
}
