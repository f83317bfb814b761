package ecspublicvswitch

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-public-vswitch.
var Practice = &practice.Practice{
	ID:       "ecs-public-vswitch",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeVSwitch,
	Guide:    []string{"インターネットに公開される攻撃の対象を減らすために、パブリックIPアドレスを適切に割り当てる"},
	Cites:    []string{"MLPS 8.1.2.1, 8.1.3.1"},
	Triggers: practice.Triggers(practice.Launched, publicpath.Own, // what an event names has to lead to vSwitches
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceVpcAttribute"), []practice.Trigger{
			{Service: "Ecs", Name: "AttachNetworkInterface", Resource: "params.InstanceId|params.NetworkInterfaceId", Type: resource.TypeInstance},
			{Service: "Vpc", Name: "UnTagResources", Resource: "params.ResourceId.*"},
			{Service: "Vpc", Name: "AssociateHaVip", Resource: "params.HaVipId|params.InstanceId", Type: resource.TypeInstance},
		},
		practice.Tagged(resource.TypeVSwitch, "Vpc")),
	Sweep: practice.Weekly(list, "vpc:DescribeVSwitches"),
	Reads: append([]string{"vpc:DescribeVSwitches"}, publicpath.AddressReads...),
	Params: []practice.Param{
		{Name: "public-tags", Default: []string{"zone=public"}, Doc: "tags (key=value, or a key for any value) of vSwitches for machines with a public address"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	ids, err := publicpath.VSwitches(ctx, pass, pass.Resource.ID)
	if err != nil {
		return err
	}
	return pass.Each(ids, func(id string) error { return look(ctx, pass, id) })
}

// look reports a vSwitch that holds machines with a public address beside others, or does not say that it is for them.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	v, err := practice.One(resource.VSwitches(ctx, pass, pass.Resource.Region, id))
	if err != nil {
		return fmt.Errorf("reading vSwitch %s: %w", id, err)
	}
	machines, err := publicpath.InVSwitch(ctx, pass, id)
	if err != nil {
		return err
	}
	unread := publicpath.Addressed(ctx, pass, machines)
	if unread != nil && publicpath.IsUnread(unread) == nil {
		return unread
	}
	var public, private []string
	for _, m := range machines {
		switch path := m.Path(); {
		case path != "":
			public = append(public, m.String()+" by "+path)
		case unread == nil: // otherwise nobody knows
			private = append(private, m.String())
		}
	}
	tagged := v.Tags.Has(pass.Param("public-tags"))
	if unread != nil && (!tagged || len(public) > 0) {
		f := pass.Finding(v, "", "")
		f.Advice = "Some of the machines in the vSwitch may have a public address that is not known."
		publicpath.Doubt(pass, f, unread)
	}
	switch {
	case len(public) == 0:
	case len(private) > 0:
		f := pass.Finding(v, "public", fmt.Sprintf("The vSwitch holds machines with a public address (%s) beside machines without (%s)", practice.Few(public, 3, ", "), practice.Few(private, 3, ", ")))
		f.Advice = "Stop those of one kind and move them into a vSwitch of their kind (ModifyInstanceVpcAttribute), or take the addresses away. Tag the vSwitch for public machines: " + tag(pass, id)
		pass.Report(f)
	case !tagged:
		f := pass.Finding(v, "public", fmt.Sprintf("The vSwitch holds machines with a public address (%s), and its tags do not say that it is for them", practice.Few(public, 3, ", ")))
		f.Advice = "If it is, say so: " + tag(pass, id) + "; otherwise move them, or take the addresses away."
		pass.Report(f)
	}
	return nil
}

// tag is the command that says that the vSwitch is for the internet.
func tag(pass *practice.Pass, id string) string {
	key, value, _ := strings.Cut(append(pass.Param("public-tags"), "zone=public")[0], "=")
	return cloud.New("vpc", "TagResources", pass.Resource.Region, "ResourceType", "VSWITCH", "ResourceId.1", id, "Tag.1.Key", key, "Tag.1.Value", value).String()
}

// list names all vSwitches: whether something leads to a machine in one no list says.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.VSwitches(ctx, pass, pass.Resource.Region, "")
	return practice.Listed(pass, all, err, nil)
}
