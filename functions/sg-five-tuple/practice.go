package sgfivetuple

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-five-tuple.
var Practice = &practice.Practice{
	ID:       "sg-five-tuple",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"セキュリティグループ5つのルール"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2"},
	Triggers: practice.Triggers(
		practice.On(securitygroup.Type, "Ecs", "AuthorizeSecurityGroup", "ModifySecurityGroupRule", "ConfigureSecurityGroupPermissions", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupEgressRule"),
		practice.On(securitygroup.TypePortList, "Ecs", "ModifyPortRangeList"),
		practice.Retagged(securitygroup.Type), practice.Configured(securitygroup.Type)),
	Sweep: securitygroup.Weekly(),
	Reads: []string{"ecs:DescribeSecurityGroups", "ecs:DescribeSecurityGroupAttribute", "ecs:DescribePortRangeListEntries", "ecs:DescribePortRangeListAssociations"},
	Params: []practice.Param{
		{Name: "tags", Default: []string{"precision=5tuple"}, Doc: "tags (key=value, or a key for any value), any of which makes a group one that needs precision"},
		{Name: "max-ports", Kind: practice.Number, Default: []string{"16"}, Least: 1, Most: 65535, Doc: "the most ports that one rule may open"},
		practice.YesNo("source-ports", "whether a rule has to name the source port too"),
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	ids, err := securitygroup.Concerned(ctx, pass)
	if err != nil {
		return err
	}
	return pass.Each(ids, func(id string) error { return look(ctx, pass, id) })
}

// look reports the rules of one group that are not precise.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	group, err := securitygroup.Describe(ctx, pass, id)
	if err != nil || !group.Tagged(pass.Param("tags")) {
		return err
	}
	rules, err := securitygroup.BothWays(ctx, pass, id)
	if err != nil {
		return err
	}
	for _, r := range rules {
		wrong := imprecise(pass, r)
		if !strings.EqualFold(r.Policy, "accept") || len(wrong) == 0 {
			continue
		}
		f := pass.Finding(group, r.SecurityGroupRuleID, fmt.Sprintf("A rule of a group that needs precision %s: %s", strings.Join(wrong, " and "), r))
		f.Facts = map[string]string{"rule": r.String()}
		if r.Unread != nil {
			f.Facts["port list"] = practice.Why(r.Unread)
		}
		f.Advice = "Make a rule that says what is meant, and then revoke this one."
		f.Paste = append(practice.ByHand("It makes a rule, when the words in capitals are replaced by what is meant", precise(pass, id, r)),
			practice.ByHand("It revokes this rule, when the other is there", revoke(pass, id, r))...)
		pass.Report(f)
	}
	return nil
}

// imprecise says what a rule leaves open.
func imprecise(pass *practice.Pass, r securitygroup.Rule) (wrong []string) {
	// A block wider than any network says as little as none.
	none := func(block string) bool {
		wide, err := exposure.ParseSource(block)
		return block == "" || err == nil && wide.Bits() < 8
	}
	switch own := cmp.Or(r.DestCidrIp, r.Ipv6DestCidrIp); {
	case r.Direction != "egress" && none(own):
		wrong = append(wrong, "does not say to which address")
	case r.Direction == "egress" && none(cmp.Or(r.SourceCidrIp, r.Ipv6SourceCidrIp)):
		wrong = append(wrong, "does not say from which address")
	}
	n := r.CountPorts()
	switch {
	case r.Unread != nil:
		wrong = append(wrong, "has a port list that cannot be read")
	case n > pass.Int("max-ports"):
		wrong = append(wrong, fmt.Sprintf("is for %d ports", n))
	}
	if n > 0 && pass.Yes("source-ports") && anyPort(r) {
		wrong = append(wrong, "does not say from which port")
	}
	return wrong
}

// precise is the call that makes a rule in its place, with words where a person has to say what is meant.
func precise(pass *practice.Pass, id string, r securitygroup.Rule) cloud.Call {
	own, own6 := &r.DestCidrIp, &r.Ipv6DestCidrIp
	if r.Direction == "egress" {
		if own, own6 = &r.SourceCidrIp, &r.Ipv6SourceCidrIp; r.DestCidrIp+r.Ipv6DestCidrIp == "" { // of a group or a list the answer tells nothing
			r.DestCidrIp = "DESTINATION"
		}
	}
	if r.Ipv6SourceCidrIp+r.Ipv6DestCidrIp != "" {
		own = own6
	}
	*own = "OWN-ADDRESS"
	if r.CountPorts() != 0 {
		r.PortRange, r.PortRangeListID = "PORT/PORT", ""
		if pass.Yes("source-ports") && anyPort(r) {
			r.SourcePortRange = "PORT/PORT"
		}
	}
	if strings.EqualFold(r.IpProtocol, "all") {
		r.IpProtocol = "PROTOCOL"
	}
	r.Description = ""
	return securitygroup.Authorized(pass, id, r)
}

// revoke is the call that revokes the rule.
func revoke(pass *practice.Pass, id string, r securitygroup.Rule) cloud.Call {
	action := "RevokeSecurityGroup"
	if r.Direction == "egress" {
		action += "Egress"
	}
	return cloud.New("ecs", action, pass.Resource.Region, "SecurityGroupId", id, "SecurityGroupRuleId.1", r.SecurityGroupRuleID)
}

// anyPort tells whether a rule does not say from which port.
func anyPort(r securitygroup.Rule) bool {
	return slices.Contains([]string{"", "-1/-1", "1/65535"}, r.SourcePortRange)
}
