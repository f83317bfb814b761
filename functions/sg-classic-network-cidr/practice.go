package sgclassicnetworkcidr

import (
	"cmp"
	"context"
	_ "embed"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-classic-network-cidr.
var Practice = &practice.Practice{
	ID:       "sg-classic-network-cidr",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.1", "MLPS 8.1.2.1", "Cloud Config: ecs-instances-in-vpc, ecs-running-instances-in-vpc"},
	Triggers: practice.Triggers(
		practice.On(securitygroup.Type, "Ecs", "AuthorizeSecurityGroup", "ModifySecurityGroupRule", "ConfigureSecurityGroupPermissions"),
		practice.Configured(securitygroup.Type)),
	Sweep:  practice.Weekly(list, "ecs:DescribeSecurityGroups"),
	Reads:  []string{"ecs:DescribeSecurityGroups", "ecs:DescribeSecurityGroupAttribute"},
	Writes: []string{"ecs:RevokeSecurityGroup"},
	Params: []practice.Param{
		practice.YesNo("revoke", "whether such a rule is revoked"),
		securitygroup.Trusted,
	},
	Disruptive: "whoever came in by a rule that is revoked is cut off",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	group, err := securitygroup.Describe(ctx, pass, pass.Resource.ID)
	if err != nil || group.VPC != "" {
		return err
	}
	rules, err := securitygroup.InnerIngress(ctx, pass, group.ID)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if cmp.Or(r.SourceCidrIp, r.Ipv6SourceCidrIp) == "" || !strings.EqualFold(r.Policy, "accept") {
			continue
		}
		revoke := securitygroup.RevokeIngress(pass, group.ID, r)
		f := pass.Finding(group, r.SecurityGroupRuleID, "Addresses are let in over the intranet of the classic network: "+r.String())
		f.Facts = map[string]string{"rule": r.String()}
		f.Advice = "Move the instances into a VPC. Until then, let the group of the callers in, and revoke the rule."
		f.Paste = append(practice.ByHand("It lets in the group whose id is put in the place of SECURITY-GROUP-ID", inPlace(pass, group.ID, r)),
			practice.ByHand("It revokes the rule, when the group is let in", revoke[0].Call)...)
		if pass.Yes("revoke") && !lockedOut(pass.Blocks(practice.Trusted), r) {
			f.Changes, f.Paste = revoke, f.Paste[:1]
			f.Advice = "Move the instances into a VPC. Until then, let the group of the callers in."
		}
		pass.Report(f)
	}
	return nil
}

// inPlace is the call that lets in a group where the rule lets in addresses.
func inPlace(pass *practice.Pass, id string, r securitygroup.Rule) cloud.Call {
	r.SourceCidrIp, r.Ipv6SourceCidrIp, r.SourceGroupID, r.Description, r.NicType = "", "", "SECURITY-GROUP-ID", "", "intranet"
	return securitygroup.Authorized(pass, id, r)
}

// lockedOut tells whether a trusted address may come in by the rule. From what cannot be understood
// one may.
func lockedOut(trusted []netip.Prefix, r securitygroup.Rule) bool {
	source, err := exposure.ParseSource(cmp.Or(r.SourceCidrIp, r.Ipv6SourceCidrIp))
	return len(trusted) > 0 && (err != nil || slices.ContainsFunc(trusted, source.Overlaps))
}

// list names the groups of the classic network.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.SecurityGroupPages, func(g resource.SecurityGroup) bool { return g.VpcID == "" }, "NetworkType", "classic")
}
