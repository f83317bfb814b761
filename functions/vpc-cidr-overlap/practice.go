package vpccidroverlap

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is vpc-cidr-overlap.
var Practice = &practice.Practice{
	ID:       "vpc-cidr-overlap",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeVPC,
	Guide:    []string{"ネットワークリソースを分離するためのセキュリティの提案に従う"},
	Cites:    []string{"MLPS 8.1.2.1", "Cloud Config: region-vswitch-no-crossed-cidr, vswitch-available-ip-count"},
	Triggers: practice.Triggers(
		practice.Making(resource.TypeVPC, "Vpc", "CreateVpc", "CreateDefaultVpc"),
		practice.Witnessed("params.SecondaryCidrBlock", practice.On(resource.TypeVPC, "Vpc", "AssociateVpcCidrBlock")), practice.On(resource.TypeVPC, "Vpc", "ModifyVpcAttribute"),
		practice.Making(resource.TypeVSwitch, "Vpc", "CreateVSwitch", "CreateDefaultVSwitch"),
		practice.Making(resource.TypePeering, "VpcPeer", "CreateVpcPeerConnection"),
		practice.On(resource.TypePeering, "VpcPeer", "AcceptVpcPeerConnection"),
		practice.Witnessed("params.CenId", practice.On(resource.TypeVPC, "Cbn", "CreateTransitRouterVpcAttachment")),
		[]practice.Trigger{{Service: "Cbn", Name: "AttachCenChildInstance", Resource: "params.ChildInstanceId", Witness: "params.CenId"}},
		practice.Configured(resource.TypeVPC), practice.Configured(resource.TypeVSwitch)),
	Sweep: practice.Weekly(list, "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
	Reads: []string{"cen:DescribeCenAttachedChildInstances", "vpc:DescribeVpcAttribute", "vpc:DescribeVpcs", "vpc:DescribeVSwitches", "vpc:ListVpcPeerConnections"},
	Params: []practice.Param{
		{Name: "smallest", Kind: practice.Number, Default: []string{"26"}, Least: 16, Most: 29, Doc: "the longest mask that a vSwitch may have: 26 is a /26"},
		{Name: "free-addresses", Kind: practice.Number, Default: []string{"10"}, Doc: "how many addresses a vSwitch must have left"},
		{Name: "sandbox-tags", Default: []string{"env=sandbox"}, Doc: "tags (key=value, or a key for any value) of VPCs that are not judged"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	switch {
	case strings.HasPrefix(r.ID, "vsw-"):
		return room(ctx, pass)
	case strings.HasPrefix(r.ID, "pcc-"):
		ends, err := endsOf(ctx, pass, r.ID)
		if err != nil {
			return err
		}
		return pass.Each(ends, func(id string) error { return overlap(ctx, pass, id) })
	case !strings.HasPrefix(r.ID, "vpc-"):
		return nil // another network was attached to the CEN
	}
	return overlap(ctx, pass, r.ID)
}

// overlap reports the connected VPCs whose blocks overlap those of a VPC.
func overlap(ctx context.Context, pass *practice.Pass, id string) error {
	v, err := practice.One(resource.VPCs(ctx, pass, pass.Resource.Region, id))
	if err != nil {
		return fmt.Errorf("reading VPC %s: %w", id, err)
	}
	if v.Tags.Has(pass.Param("sandbox-tags")) {
		return nil
	}
	mine, err := v.Prefixes()
	if err != nil {
		return err
	}
	others, unknown, err := connected(ctx, pass, v.VpcID)
	if err != nil {
		return err
	}
	for _, o := range others {
		if both := common(mine, o.blocks); len(both) > 0 {
			f := pass.Finding(v, o.id, fmt.Sprintf("The VPC has the addresses %s in common with %s, to which %s connects it", practice.Few(both, 5, ", "), o.id, o.by))
			f.Advice = "Move what has such an address into another block (AssociateVpcCidrBlock adds one), or route only blocks that do not overlap, or give up the connection."
			pass.Report(f)
		}
	}
	if len(unknown) > 0 {
		pass.Report(pass.Unread(v, "unread", "Whether the VPC overlaps what it is connected to cannot be told of "+practice.Few(slices.Sorted(maps.Keys(unknown)), 3, "; "), unknown))
	}
	return nil
}

// list names all VPCs, and the vSwitches that are small or nearly full, or of which that is not known.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	networks, err := resource.VPCs(ctx, pass, pass.Resource.Region, "")
	found, unlisted := practice.Listed(pass, networks, err, func(v resource.VPC) bool { return !v.Tags.Has(pass.Param("sandbox-tags")) })
	switches, err := resource.VSwitches(ctx, pass, pass.Resource.Region, "")
	more, err := practice.Listed(pass, switches, err, func(v resource.VSwitch) bool { return len(small(pass, v)) > 0 })
	return append(found, more...), errors.Join(unlisted, err)
}
