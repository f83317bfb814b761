package bridgededicatedvswitch

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is bridge-dedicated-vswitch.
var Practice = &practice.Practice{
	ID:       "bridge-dedicated-vswitch",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeVSwitch,
	Guide:    []string{"ジャンプサーバーまたは要塞ホストを使用して、内部および外部の侵入から保護します"},
	Cites:    []string{"MLPS 8.1.2.1"},
	Triggers: practice.Triggers(practice.Launched, // what an event names has to lead to vSwitches
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceVpcAttribute", "ModifyInstanceAttribute", "AttachNetworkInterface"), []practice.Trigger{
			{Service: "Ecs", Name: "JoinSecurityGroup", Resource: "params.InstanceId|params.NetworkInterfaceId|resources." + resource.TypeInstance, Type: resource.TypeInstance},
			{Service: "Ecs", Name: "ModifySecurityGroupAttribute", Resource: "params.SecurityGroupId", Type: securitygroup.Type}, // its name
		},
		practice.Tagged(resource.TypeInstance, "Ecs"), practice.Configured(resource.TypeInstance)),
	Sweep:  practice.Weekly(list, "ecs:DescribeInstances", "ecs:DescribeSecurityGroups"),
	Reads:  []string{"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces", "ecs:DescribeSecurityGroups", "vpc:DescribeVSwitches"},
	Params: securitygroup.BastionParams("", "", ", or of such hosts"),
	Check:  check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	ids, err := publicpath.VSwitches(ctx, pass, pass.Resource.ID)
	if err != nil {
		return err
	}
	return pass.Each(ids, func(id string) error { return look(ctx, pass, id) })
}

// look reports a vSwitch that holds bastion hosts and others.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	machines, groups, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]*publicpath.Machine, error) { return publicpath.InVSwitch(ctx, pass, id) },
		func(ctx context.Context) (securitygroup.BastionGroups, error) { return bastions(ctx, pass) })
	if err != nil {
		return err
	}
	var hosts, others []*publicpath.Machine
	for _, m := range machines {
		if bastion(pass, m.Tags, m.Groups(), groups) {
			hosts = append(hosts, m)
		} else {
			others = append(others, m)
		}
	}
	if len(hosts) == 0 || len(others) == 0 {
		return nil
	}
	v, err := practice.One(resource.VSwitches(ctx, pass, pass.Resource.Region, id))
	if err != nil {
		return fmt.Errorf("reading vSwitch %s: %w", id, err)
	}
	f := pass.Finding(v, "shared", fmt.Sprintf("The vSwitch holds the bastion host %s, and besides %s", named(hosts), named(others)))
	f.Advice = "Make a vSwitch for bastion hosts alone, stop the bastion host and move it there: " + cloud.New("ecs", "ModifyInstanceVpcAttribute", pass.Resource.Region,
		"InstanceId", hosts[0].ID, "VSwitchId", "VSWITCH-ID").String()
	pass.Report(f)
	return nil
}

func bastions(ctx context.Context, pass *practice.Pass) (securitygroup.BastionGroups, error) {
	return securitygroup.Bastions(ctx, pass, pass.Param("names"), pass.Param("tags"))
}

// bastion tells whether a machine is a bastion host, by its own tags or by a group.
func bastion(pass *practice.Pass, tags map[string]string, groups []string, of securitygroup.BastionGroups) bool {
	ids := of.IDs()
	return cloud.Tagged(tags, pass.Param("tags")) || slices.ContainsFunc(groups, func(id string) bool { return slices.Contains(ids, id) })
}

func named(machines []*publicpath.Machine) string {
	var names []string
	for _, m := range machines {
		names = append(names, m.String())
	}
	return practice.Few(names, 5, ", ")
}

// list names the vSwitches of bastion hosts.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, err error) {
	groups, err := bastions(ctx, pass)
	if err != nil {
		return nil, err
	}
	err = resource.InstancePages(ctx, pass, pass.Resource.Region, func(page []resource.Instance, _ bool) bool {
		for _, i := range page {
			r := pass.Named("", i.VpcAttributes.VSwitchID, "")
			if r.ID != "" && bastion(pass, i.Tags.Map(), i.Groups(), groups) && !slices.Contains(found, r) {
				found = append(found, r)
			}
		}
		return false
	})
	return found, err
}
