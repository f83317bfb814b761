package sgegressall

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-egress-all.
var Practice = &practice.Practice{
	ID:       "sg-egress-all",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-security-group-egress-not-all-access"},
	Triggers: practice.Triggers( // revoked may be a Drop rule
		practice.On(securitygroup.Type, "Ecs", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupEgressRule", "RevokeSecurityGroupEgress"),
		practice.Making(securitygroup.Type, "Ecs", "CreateSecurityGroup"),
		practice.Tagged(securitygroup.Type, "Ecs"),
		practice.Configured(securitygroup.Type)),
	Sweep:  securitygroup.Weekly(),
	Reads:  []string{"ecs:DescribeSecurityGroupAttribute", "ecs:DescribeSecurityGroups"},
	Writes: []string{"ecs:AuthorizeSecurityGroupEgress", "ecs:RevokeSecurityGroupEgress"},
	Params: []practice.Param{
		{Name: "sensitive-tags", Default: []string{"tier=db", "tier=critical"}, Doc: "tags (key=value, or a key for any value), any of which makes a group sensitive"},
		{Name: "kept-open", Kind: practice.AddressBlocks, Default: []string{"100.64.0.0/10"}, Doc: "blocks that members reach all the same: the cloud's own services, DNS among them"},
	},
	Disruptive: "what members send to places that no other rule names is cut",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	group, err := securitygroup.Describe(ctx, pass, pass.Resource.ID)
	if err != nil || !group.Tagged(pass.Param("sensitive-tags")) {
		return err
	}
	basic, err := group.Basic()
	if err != nil {
		return err
	}
	rules, err := securitygroup.EgressToBlocks(ctx, pass, group.ID)
	if err != nil {
		return err
	}
	for _, world := range []string{"0.0.0.0/0", "::/0"} {
		open, dropped := securitygroup.OpenTo(rules, world)
		f := pass.Finding(group, "egress "+world, "Members of a sensitive group may send everything to "+world)
		f.Facts = map[string]string{"type": group.Kind, "open by": fmt.Sprint(open)}
		f.Advice = "Make egress rules for what the members need, and in a basic group a Drop rule of priority 100 for all else: it lets out what no rule drops."
		switch {
		case len(open) == 0 && (dropped || !basic || world == "::/0"):
			continue
		case dropped || !basic:
			f.Changes = securitygroup.ReplaceEgress(pass, group.ID, securitygroup.KeepOpen(pass.Blocks("kept-open"), rules, open[0]), open)
		}
		pass.Report(f)
	}
	return nil
}
