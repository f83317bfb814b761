package sgreferencegroup

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-reference-group.
var Practice = &practice.Practice{
	ID:       "sg-reference-group",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-security-group-not-internet-cidr-access"},
	Triggers: practice.Triggers(securitygroup.Opening, practice.Tagged(securitygroup.Type, "Ecs"), practice.Configured(securitygroup.Type)),
	Sweep:    practice.Weekly(securitygroup.List),
	Reads:    append([]string{"vpc:DescribeVpcs", "ecs:DescribeNetworkInterfaces"}, securitygroup.Reads...),
	Params: []practice.Param{
		{Name: "tiers", Default: []string{"tier=db", "tier=app"}, Doc: "tags (key=value, or a key for any value), any of which makes a group one that other tiers call"},
		{Name: "widest-ipv4", Kind: practice.Number, Most: 32, Default: []string{"28"}, Doc: "length of the widest IPv4 prefix that may be a source"},
		{Name: "widest-ipv6", Kind: practice.Number, Most: 128, Default: []string{"124"}, Doc: "length of the widest IPv6 prefix that may be a source"},
		{Name: "allowed", Kind: practice.AddressBlocks, Doc: "blocks of the VPC that may be sources all the same, such as the vSwitches of an Application Load Balancer"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	ids, err := securitygroup.Concerned(ctx, pass)
	if err != nil {
		return err
	}
	return pass.Each(ids, func(id string) error { return look(ctx, pass, id, limitsOf(pass)) })
}

// look reports the rules of one group that let in whole blocks of its VPC.
func look(ctx context.Context, pass *practice.Pass, id string, limits limits) error {
	group, err := securitygroup.Describe(ctx, pass, id)
	if err != nil || !group.Tagged(pass.Param("tiers")) || group.VPC == "" { // in the classic network addresses are nobody's
		return err
	}
	basic, err := group.Basic()
	if err != nil {
		return err
	}
	var ingress *securitygroup.Group
	err = pass.Together(ctx,
		func(ctx context.Context) (err error) {
			ingress, err = securitygroup.ReadIngress(ctx, pass, id)
			return err
		},
		func(ctx context.Context) (err error) { limits.own, err = blocksOf(ctx, pass, group.VPC); return err })
	if err != nil {
		return err
	}
	rules, err := ingress.Exposure()
	if err != nil {
		return err
	}
	callers := callers{pass: pass, group: group, basic: basic}
	for _, r := range rules {
		blocks := limits.wide(r, rules)
		if len(blocks) == 0 {
			continue
		}
		rule := ingress.Find(r.ID)
		there, err := callers.in(ctx, blocks)
		if err != nil {
			return err
		}
		f := pass.Finding(group, r.ID, fmt.Sprintf("A whole block of the VPC is let in, %s: %s", join(blocks), rule))
		f.Facts = map[string]string{"rule": rule.String(), "blocks": join(blocks), "groups with members there": join(there)}
		f.Advice = advice(pass, id, rule, basic, there)
		pass.Report(f)
	}
	return nil
}
