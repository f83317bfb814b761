package ecsinternetfacingdb

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/ports"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is ecs-internet-facing-db.
var Practice = &practice.Practice{
	ID:       "ecs-internet-facing-db",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeInstance,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.5, 6.2", "MLPS 8.1.3.1, 8.1.4.4", "Cloud Config: ecs-instance-no-public-and-anyip"},
	Triggers: practice.Triggers(securitygroup.Opening, publicpath.Paths,
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceAttribute", "ModifyInstanceVpcAttribute"), []practice.Trigger{
			{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", New: true},
			{Service: "Ecs", Name: "JoinSecurityGroup", Resource: "params.InstanceId|params.NetworkInterfaceId|resources.ACS::ECS::Instance"},
			{Service: "Ecs", Name: "LeaveSecurityGroup", Resource: "params.InstanceId|params.NetworkInterfaceId|resources.ACS::ECS::Instance"}, // with its Drop rules
			{Service: "Ecs", Name: "ModifyNetworkInterfaceAttribute", Resource: "params.NetworkInterfaceId"},
			{Service: "Ecs", Name: "AttachNetworkInterface", Resource: "params.NetworkInterfaceId"},
		}),
	Sweep: practice.Daily(list, publicpath.Reads...),
	Reads: append([]string{
		"ecs:DescribeSecurityGroupAttribute", "ecs:DescribePrefixListAttributes", "ecs:DescribePrefixListAssociations",
		"ecs:DescribePortRangeListEntries", "ecs:DescribePortRangeListAssociations", "yundun-sas:DescribePropertyPortDetail",
	}, publicpath.Reads...),
	Params: []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Doc: "TCP ports and ranges (27017/27019) of databases and caches", Default: ports.Databases},
		{Name: "udp-ports", Kind: practice.PortRanges, Default: ports.DatabasesUDP, Doc: "UDP ports and ranges of databases and caches"},
		{Name: "trusted", Kind: practice.AddressBlocks, Doc: "addresses and blocks that may reach these ports, such as those of the administrators"},
		{Name: "fingerprints", Kind: practice.Choice, Choices: []string{"on", "off"}, Default: []string{"on"}, Doc: "off: Security Center is not asked what listens"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	j := newJudge(pass)
	machines, err := find(ctx, pass)
	if err != nil {
		return err
	}
	unread := publicpath.Trace(ctx, pass, machines)
	if unread != nil && publicpath.IsUnread(unread) == nil {
		return unread
	}
	for _, m := range machines {
		path := m.Path()
		if path == "" && unread == nil || !strings.HasPrefix(m.ID, "i-") {
			continue
		}
		f := practice.Finding{Key: "admitted", Tags: m.Tags, Resource: pass.Named("", m.ID, m.Name)}
		rules, err := j.admitted(ctx, m)
		if err != nil {
			return fmt.Errorf("instance %s: %w", m.ID, err)
		}
		if path == "" { // as far as that can be read
			if len(rules) > 0 {
				f.Advice = "Its security groups have rules for a database: " + practice.Few(rules, 3, "; ") + "."
				publicpath.Doubt(pass, f, unread)
			}
			continue
		}
		if len(rules) > 0 {
			f.Title = fmt.Sprintf("The internet reaches the instance by %s, and its security groups have rules for a database: %s", path, practice.Few(rules, 3, "; "))
			f.Facts = map[string]string{"path": path, "rules": strings.Join(rules, "; ")}
			f.Advice = "Move the database to an instance that the internet does not reach, or take away " + path + ". If no database runs here, take its port out of the rules."
			pass.Report(f)
			continue
		}
		ports, err := j.listening(ctx, m)
		if err != nil {
			return fmt.Errorf("instance %s: %w", m.ID, err)
		}
		if len(ports) > 0 {
			f.Key, f.Title = "listening", fmt.Sprintf("The internet reaches the instance by %s, and a database listens where it is reached: %s", path, practice.Few(ports, 3, "; "))
			f.Facts = map[string]string{"path": path, "listening": strings.Join(ports, "; ")}
			f.Advice = "No rule opens it to the internet so far, and the next one may. Move the database to an instance that the internet does not reach, or bind it to the loopback address, or take away " + path + "."
			pass.Report(f)
		}
	}
	return nil
}
