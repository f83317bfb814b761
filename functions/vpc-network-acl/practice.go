package vpcnetworkacl

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ports"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is vpc-network-acl.
var Practice = &practice.Practice{
	ID:       "vpc-network-acl",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeVSwitch,
	Guide:    []string{"ネットワークリソースを分離するためのセキュリティの提案に従う"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: vpc-network-acl-risky-ports-check, vpc-network-acl-not-empty"},
	Triggers: practice.Triggers(practice.Making(resource.TypeVSwitch, "Vpc", "CreateVSwitch"), []practice.Trigger{
		{Service: "Vpc", Name: "TagResources", Resource: "params.ResourceId.*|params.ResourceId"}, // with the tag it becomes private
		{Service: "Vpc", Name: "AssociateNetworkAcl", Resource: "params.Resource.*.ResourceId|resources.ACS::VPC::VSwitch"},
		{Service: "Vpc", Name: "UnassociateNetworkAcl", Resource: "params.Resource.*.ResourceId|resources.ACS::VPC::VSwitch"},
		{Service: "Vpc", Name: "DeleteNetworkAcl", Resource: "region", Type: resource.TypeNetworkRegion},
	}, practice.On(resource.TypeNetworkACL, "Vpc", "UpdateNetworkAclEntries", "CopyNetworkAclEntries"), practice.Configured(resource.TypeVSwitch)),
	Sweep: practice.Daily(list, "vpc:DescribeVSwitches"),
	Reads: []string{"vpc:DescribeVSwitches", "vpc:DescribeNetworkAclAttributes"},
	Params: []practice.Param{
		{Name: "private-tag", Default: []string{"data=private"}, Doc: "tags (key=value, or the key alone) of vSwitches with private data; one is enough"},
		{Name: "risky-ports", Kind: practice.PortRanges, Doc: "TCP and UDP ports and ranges (137/139) that the internet must not reach there", Default: ports.Risky},
		{Name: "risky-udp-ports", Kind: practice.PortRanges, Doc: "UDP ports and ranges besides", Default: ports.RiskyUDP},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	policy := policy(pass)
	id := r.ID
	if r.Type != pass.Practice.Resource { // an ACL may guard many vSwitches, or be gone
		id = ""
	}
	switches, err := resource.VSwitches(ctx, pass, r.Region, id)
	switch {
	case err != nil:
		return fmt.Errorf("reading the vSwitches of %s: %w", r, practice.Gone(err))
	case len(switches) == 0 && id != "":
		return fmt.Errorf("reading the vSwitch %s: %w", id, practice.ErrGone)
	}
	opened := map[string][]string{} // by ACL: one may guard many vSwitches
	for _, v := range switches {
		switch {
		case !v.Tags.Has(pass.Param("private-tag")):
			continue
		case v.NetworkACLID == nil: // unknown is not bad
			return fmt.Errorf("reading the vSwitch %s: the answer does not say which network ACL it has", v.VSwitchID)
		case r.Type == resource.TypeNetworkACL && *v.NetworkACLID != r.ID:
			continue
		}
		acl := *v.NetworkACLID
		if _, known := opened[acl]; acl != "" && !known {
			if opened[acl], err = openings(ctx, pass, acl, policy); err != nil {
				return fmt.Errorf("reading the network ACL %s of %s: %w", acl, v.VSwitchID, err)
			}
		}
		if acl == "" || len(opened[acl]) > 0 {
			pass.Report(finding(pass, v, acl, opened[acl]))
		}
	}
	return nil
}

func finding(pass *practice.Pass, v resource.VSwitch, acl string, opened []string) practice.Finding {
	f := practice.Finding{Key: "none", Tags: v.Tags.Map(), Facts: map[string]string{"network-acl": acl, "cidr": v.CidrBlock, "vpc": v.VpcID}}
	f.Resource = pass.Named("", v.VSwitchID, v.VSwitchName)
	if acl == "" {
		f.Title = "The vSwitch holds private data, and no network ACL guards it"
		f.Advice = "Write an ACL that lets in what the vSwitch needs and, since ACLs keep no state, the answers to what it sends (ports 32768/65535); then " +
			cloud.New("vpc", "AssociateNetworkAcl", f.Resource.Region, "NetworkAclId", "NACL-ID", "Resource.1.ResourceType", "VSwitch", "Resource.1.ResourceId", v.VSwitchID).String()
		return f
	}
	f.Key, f.Title = "open", "The vSwitch holds private data, and its network ACL "+acl+" lets the internet in: "+opened[0]
	if n := len(opened) - 1; n > 0 {
		f.Title += fmt.Sprintf(", and %d more", n)
	}
	f.Facts["opens"] = strings.Join(opened, "; ")
	f.Advice = "Narrow the entry, or put one that drops before it: the first that matches decides. UpdateNetworkAclEntries replaces all entries of the direction, so send the others too, without those of the system and of services."
	return f
}
