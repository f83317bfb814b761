package sgreferencegroup

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"

	"github.com/ecsguard/ecsguard/shared/cloud"
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
	Sweep:    securitygroup.Weekly(),
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
	ingress, own, err := practice.Both(ctx, pass,
		func(ctx context.Context) (*securitygroup.Group, error) {
			return securitygroup.ReadIngress(ctx, pass, id)
		},
		func(ctx context.Context) ([]netip.Prefix, error) { return blocksOf(ctx, pass, group.VPC) })
	if err != nil {
		return err
	}
	limits.own = own
	rules, err := ingress.Exposure()
	if err != nil {
		return err
	}
	callers := securitygroup.Callers{Pass: pass, Group: group, Basic: basic}
	for _, r := range rules {
		blocks := limits.wide(r, rules)
		if len(blocks) == 0 {
			continue
		}
		rule := ingress.Find(r.ID)
		there, err := callers.In(ctx, blocks)
		if err != nil {
			return err
		}
		f := pass.Finding(group, r.ID, fmt.Sprintf("A whole block of the VPC is let in, %s: %s", practice.Join(blocks), rule))
		f.Facts = map[string]string{"rule": rule.String(), "blocks": practice.Join(blocks), "groups with members there": practice.Join(there)}
		f.Advice = advice(pass, id, rule, basic, there)
		pass.Report(f)
	}
	return nil
}

// advice says what to do in place of the rule.
func advice(pass *practice.Pass, id string, rule *securitygroup.Rule, basic bool, there []securitygroup.Caller) string {
	text := "No other group has a member there that could be named. "
	from := "SECURITY-GROUP-ID"
	if len(there) > 0 {
		text, from = "Members there: "+practice.Join(there)+". ", there[0].ID
	}
	if !basic {
		return text + "An enterprise group takes no group as a source: put the callers' own addresses on a prefix list (CreatePrefixList), let that in, and revoke " + rule.SecurityGroupRuleID + "."
	}
	const p = "Permissions.1."
	call := cloud.New("ecs", "AuthorizeSecurityGroup", pass.Resource.Region, "SecurityGroupId", id, p+"IpProtocol", rule.IpProtocol, p+"PortRange", rule.PortRange,
		p+"PortRangeListId", rule.PortRangeListID, p+"SourceGroupId", from, p+"Priority", string(rule.Priority), p+"Policy", "accept")
	return text + "Let the group of each caller in, and then revoke " + rule.SecurityGroupRuleID + ": " + call.String()
}
