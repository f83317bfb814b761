package sginternetinternalmix

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-internet-internal-mix.
var Practice = &practice.Practice{
	ID:       "sg-internet-internal-mix",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: securitygroup.Type,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.1", "Cloud Config: ecs-instance-no-public-and-anyip"},
	// Whoever leaves a group or is deleted makes no mix of it.
	Triggers: append([]practice.Trigger{
		{Service: "Ecs", Name: "RunInstances", Resource: "params.SecurityGroupIds.*|params.SecurityGroupId", New: true, Maybe: true}, // in any or all of these places
		{Service: "Ecs", Name: "RunInstances", Resource: "params.NetworkInterface.*.SecurityGroupId", New: true, Maybe: true},
		{Service: "Ecs", Name: "RunInstances", Resource: "params.NetworkInterface.*.SecurityGroupIds.*", New: true, Maybe: true},
		{Service: "Ecs", Name: "RunInstances", Resource: "params.NetworkInterface.*.NetworkInterfaceId", New: true, Maybe: true},
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", New: true, Else: true}, // by a template
		{Service: "Ecs", Name: "CreateInstance", Resource: "params.SecurityGroupId|response.InstanceId", New: true},
		{Service: "Ecs", Name: "JoinSecurityGroup", Resource: "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"},
		{Service: "Ecs", Name: "ModifyInstanceAttribute", Resource: "params.SecurityGroupIds.*|params.InstanceId"},
		{Service: "Ecs", Name: "ModifyInstanceVpcAttribute", Resource: "params.SecurityGroupId.*|params.InstanceId"},
		{Service: "Ecs", Name: "ModifyNetworkInterfaceAttribute", Resource: "params.SecurityGroupId.*|params.NetworkInterfaceId"},
		{Service: "Ecs", Name: "AttachNetworkInterface", Resource: "params.NetworkInterfaceId"},
		{Service: "Ecs", Name: "DetachNetworkInterface", Resource: "params.InstanceId"}, // with its EIP
		{Service: "Vpc", Name: "UnassociateEipAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance|resources.ACS::ECS::NetworkInterface|params.AllocationId"},
		{Service: "Vpc", Name: "DeleteForwardEntry", Resource: "params.ForwardTableId"},
		{Service: "Vpc", Name: "DeleteIpv6InternetBandwidth", Resource: "params.Ipv6AddressId|resources.ACS::VPC::Ipv6Address|params.Ipv6InternetBandwidthId"},
	}, publicpath.Paths...),
	Sweep:  securitygroup.Daily(),
	Reads:  append([]string{"ecs:DescribeSecurityGroups"}, publicpath.Reads...),
	Params: securitygroup.BastionParams("bastion-", ", which are meant to stand between the internet and internal machines", ", or of such machines"),
	Check:  check,
}

// check looks at one group, or at each group of the machines that the event leads to.
func check(ctx context.Context, pass *practice.Pass) error {
	groups, err := publicpath.Groups(ctx, pass, pass.Resource.ID)
	if err != nil {
		return err
	}
	return pass.Each(groups, func(id string) error { return look(ctx, pass, id) })
}

// look reports a group that has members of both kinds.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	var group securitygroup.Info
	var members []*publicpath.Machine
	err := pass.Together(ctx,
		func(ctx context.Context) (err error) { group, err = securitygroup.Describe(ctx, pass, id); return err },
		func(ctx context.Context) (err error) { members, err = publicpath.Members(ctx, pass, id); return err })
	if err != nil {
		return err
	}
	names, tags := pass.Param("bastion-names"), pass.Param("bastion-tags")
	if group.Bastion(names, tags) {
		return nil
	}
	members = slices.DeleteFunc(members, func(m *publicpath.Machine) bool { return cloud.Tagged(m.Tags, tags) })
	if len(members) < 2 {
		return nil
	}
	unread := publicpath.Trace(ctx, pass, members)
	if unread != nil && publicpath.IsUnread(unread) == nil {
		return fmt.Errorf("security group %s: %w", id, unread)
	}
	if facing, internal := sides(members); len(facing) == 0 || len(internal) == 0 {
		return doubt(pass, group, internal, unread)
	}
	bastions, err := securitygroup.Bastions(ctx, pass, names, tags) // who is in such a group is one as well
	if err != nil {
		return err
	}
	members = slices.DeleteFunc(members, func(m *publicpath.Machine) bool {
		return slices.ContainsFunc(bastions, func(b securitygroup.Info) bool { return slices.Contains(m.Groups(), b.ID) })
	})
	facing, internal := sides(members)
	if unread != nil || len(facing) == 0 || len(internal) == 0 {
		return doubt(pass, group, internal, unread)
	}
	f := pass.Finding(group, "mix", fmt.Sprintf("The internet reaches %d of the %d members of the group, and not the others", len(facing), len(members)))
	f.Facts = map[string]string{"internet": practice.Few(facing, 5, ", "), "internal": practice.Few(internal, 5, ", ")}
	who, fewer := "those that face the internet", facing
	if len(internal) < len(facing) {
		who, fewer = "the internal ones", internal
	}
	f.Advice = "Give " + who + " a group of their own: " + practice.Few(fewer, 5, ", ") + ". Each joins the new group first (JoinSecurityGroup) and leaves this one when it is still reached (LeaveSecurityGroup)."
	pass.Report(f)
	return nil
}

// sides are the members that the internet reaches, with the way, and the others.
func sides(members []*publicpath.Machine) (facing, internal []string) {
	for _, m := range members {
		if path := m.Path(); path != "" {
			facing = append(facing, m.String()+" by "+path)
		} else {
			internal = append(internal, m.String())
		}
	}
	return facing, internal
}

// doubt reports that some members may be of the other side, if that cannot be told.
func doubt(pass *practice.Pass, group securitygroup.Info, internal []string, unread error) error {
	if unread != nil && len(internal) > 0 {
		f := pass.Finding(group, "unread", "")
		f.Advice = "These may be reached or not: " + practice.Few(internal, 5, ", ") + "."
		publicpath.Doubt(pass, f, unread)
	}
	return nil
}
