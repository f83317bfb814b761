package sginstancecount

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
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
	Sweep: practice.Daily(securitygroup.List),
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
	ids, err := []string{pass.Resource.ID}, error(nil)
	if strings.HasPrefix(pass.Resource.ID, "i-") {
		ids, err = securitygroup.Of(ctx, pass, pass.Resource.ID)
	}
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
	members, total, tiers := *group.Members, 0, map[string]bool{}
	err = pass.Together(ctx,
		func(ctx context.Context) (err error) { total, err = count(ctx, pass, group.VPC); return err },
		func(ctx context.Context) error { return readTiers(ctx, pass, id, tiers) })
	if err != nil {
		return err
	}
	report := func(key, title string, args ...any) {
		f := group.Finding(pass, key, fmt.Sprintf(title, args...))
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
		report("tiers", "Instances of several tiers are in the group: %s", strings.Join(slices.Sorted(maps.Keys(tiers)), ", "))
	}
	return nil
}

// count is the number of a VPC's instances.
func count(ctx context.Context, pass *practice.Pass, vpc string) (int, error) {
	if vpc == "" {
		return 0, nil // the classic network
	}
	n, err := resource.CountInstances(ctx, pass, pass.Resource.Region, "VpcId", vpc)
	if err != nil {
		return 0, fmt.Errorf("counting the instances of %s: %w", vpc, err)
	}
	return n, nil
}

// readTiers collects the tiers of a group's members.
func readTiers(ctx context.Context, pass *practice.Pass, id string, tiers map[string]bool) error {
	members, err := resource.Instances(ctx, pass, pass.Resource.Region, "SecurityGroupId", id)
	for _, i := range members {
		for _, key := range pass.Param("tier-tag") {
			if tier := i.Tags.Map()[key]; tier != "" {
				tiers[tier] = true
			}
		}
	}
	return err
}
