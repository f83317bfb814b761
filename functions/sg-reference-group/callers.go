package sgreferencegroup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// caller is a group that has members in a block, and may be meant by it.
type caller struct {
	id, name string
	members  int
}

func (c caller) String() string { return fmt.Sprintf("%d of %s (%s)", c.members, c.id, c.name) }

// callers finds them, and reads the interfaces of the VPC once.
type callers struct {
	pass  *practice.Pass
	group securitygroup.Info
	basic bool
	nics  []resource.Interface
}

// mostCallers are named.
const mostCallers = 3

// in returns the other groups with the most members in some blocks. A basic group
// can name basic ones only.
func (c *callers) in(ctx context.Context, blocks []netip.Prefix) (found []caller, err error) {
	if c.nics == nil {
		if c.nics, err = resource.Interfaces(ctx, c.pass, c.pass.Resource.Region, "VpcId", c.group.VPC); err != nil {
			return nil, fmt.Errorf("reading who is in %s: %w", join(blocks), err)
		}
	}
	members := map[string]int{}
	for _, n := range c.nics {
		if !in(n, blocks) {
			continue
		}
		for _, id := range n.Groups() {
			if id != c.group.ID {
				members[id]++
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(members), func(a, b string) int { return cmp.Or(members[b]-members[a], cmp.Compare(a, b)) })
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), 100)] // as many as the call takes
	groups, err := resource.SecurityGroups(ctx, c.pass, c.pass.Resource.Region, "SecurityGroupIds", cloud.IDs(ids...))
	if err != nil {
		return nil, fmt.Errorf("reading the groups of who is in %s: %w", join(blocks), err)
	}
	for _, g := range groups {
		if !c.basic || g.SecurityGroupType == "normal" {
			found = append(found, caller{g.SecurityGroupID, g.SecurityGroupName, members[g.SecurityGroupID]})
		}
	}
	slices.SortFunc(found, func(a, b caller) int { return cmp.Or(b.members-a.members, cmp.Compare(a.id, b.id)) })
	return found[:min(len(found), mostCallers)], nil
}

// in tells whether an interface has an address in some blocks.
func in(n resource.Interface, blocks []netip.Prefix) bool {
	return slices.ContainsFunc(slices.Concat(n.Private(), n.IPv6()), func(text string) bool {
		address, err := netip.ParseAddr(text) // advice only: what cannot be read is not there
		return err == nil && slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(address) })
	})
}

// advice says what to do in place of the rule.
func advice(pass *practice.Pass, id string, rule *securitygroup.Rule, basic bool, there []caller) string {
	text := "No other group has a member there that could be named. "
	from := "SECURITY-GROUP-ID"
	if len(there) > 0 {
		text, from = "Members there: "+join(there)+". ", there[0].id
	}
	if !basic {
		return text + "An enterprise group takes no group as a source: put the callers' own addresses on a prefix list (CreatePrefixList), let that in, and revoke " + rule.SecurityGroupRuleID + "."
	}
	const p = "Permissions.1."
	call := cloud.New("ecs", "AuthorizeSecurityGroup", pass.Resource.Region, "SecurityGroupId", id, p+"IpProtocol", rule.IpProtocol, p+"PortRange", rule.PortRange,
		p+"PortRangeListId", rule.PortRangeListID, p+"SourceGroupId", from, p+"Priority", string(rule.Priority), p+"Policy", "accept")
	return text + "Let the group of each caller in, and then revoke " + rule.SecurityGroupRuleID + ": " + call.String()
}

func join[T fmt.Stringer](all []T) string {
	var words []string
	for _, one := range all {
		words = append(words, one.String())
	}
	return strings.Join(words, ", ")
}
