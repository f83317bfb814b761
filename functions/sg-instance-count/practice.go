package sginstancecount

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-instance-count.
var Practice = &practice.Practice{
	ID:       "sg-instance-count",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"セキュリティグループでのECSインスタンスの管理"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-instance-attached-security-group"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "RunInstances", Resource: "params.SecurityGroupId|params.SecurityGroupIds.*|params.NetworkInterface.*.SecurityGroupId|params.NetworkInterface.*.SecurityGroupIds.*|response.InstanceIdSets.InstanceIdSet", New: true}, // a launch template names no group
		{Service: "Ecs", Name: "JoinSecurityGroup", Resource: "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"},
		{Service: "Ecs", Name: "ModifyInstanceAttribute", Resource: "params.SecurityGroupIds.*|params.InstanceId"},
	},
	Sweep: securitygroup.Daily(),
	Reads: []string{"ecs:DescribeSecurityGroups", "ecs:DescribeInstances"},
	Params: []practice.Param{
		{Name: "max-instances", Kind: practice.Number, Default: []string{"200"}, Doc: "how many instances may be in one group"},
		{Name: "max-share", Kind: practice.Number, Most: 100, Default: []string{"50"}, Doc: "how many percent of a VPC's instances may be in one group"},
		{Name: "share-from", Kind: practice.Number, Default: []string{"20"}, Doc: "how many instances a VPC must have for the share to count"},
		{Name: "tier-tag", Default: []string{"tier"}, Doc: "key of the tag that says which tier an instance is of"},
		{Name: "max-tiers", Kind: practice.Number, Default: []string{"1"}, Doc: "of how many tiers the instances of one group may be"},
		{Name: "shared-tags", Default: []string{"ack.aliyun.com"}, Doc: "tags (key=value, or a key for any value) of groups that are meant for many, such as the nodes of a cluster"},
	},
	Check: check,
}

// check looks at one group, or at each group of an instance where the event names no other.
func check(ctx context.Context, pass *practice.Pass) error {
	ids, err := securitygroup.Of(ctx, pass, pass.Resource.ID)
	if err != nil {
		return err
	}
	return pass.Each(ids, func(id string) error { return look(ctx, pass, id) })
}

// look reports what is wrong with one group.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	group, err := securitygroup.Describe(ctx, pass, id, "IsQueryEcsCount", "true")
	switch {
	case err != nil:
		return err
	case group.Members == nil:
		return fmt.Errorf("counting the members of security group %s: the answer does not say", id)
	case *group.Members == 0 || group.Tagged(pass.Param("shared-tags")):
		return nil
	}
	members := *group.Members
	total, tiers, err := practice.Both(ctx, pass,
		func(ctx context.Context) (int, error) { return group.Among(ctx, pass) },
		func(ctx context.Context) ([]string, error) { return group.Tiers(ctx, pass, pass.Param("tier-tag")) })
	if err != nil {
		return err
	}
	report := func(key, title string, args ...any) {
		f := pass.Finding(group, key, fmt.Sprintf(title, args...))
		f.Facts = map[string]string{"members": strconv.Itoa(members), "instances of the VPC": strconv.Itoa(total)}
		f.Advice = "Make a group for each role, let the instances join theirs, see that they are still reached, and let them leave this one."
		pass.Report(f)
	}
	if group.SystemMade() {
		report("default", "Instances are in the default security group that the cloud made")
	}
	if most := pass.Int("max-instances"); members > most {
		report("members", "%d instances are in the group, and %d are allowed", members, most)
	} else if most := pass.Int("max-share"); total >= pass.Int("share-from") && members*100 > most*total {
		report("members", "%d of the %d instances of %s are in the group, and %d%% are allowed", members, total, group.VPC, most)
	}
	if len(tiers) > pass.Int("max-tiers") {
		report("tiers", "Instances of several tiers are in the group: %s", strings.Join(tiers, ", "))
	}
	return nil
}
