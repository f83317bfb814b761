package securitygroup

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// An EgressRule is one for all protocols to a block.
type EgressRule struct {
	Rule
	drop     bool
	dest     netip.Prefix
	priority int
}

// EgressToBlocks reads a group's rules for all protocols to blocks, in the order in which they
// count. Those for some of the group's own addresses are left out.
func EgressToBlocks(ctx context.Context, pass *practice.Pass, id string) ([]EgressRule, error) {
	all, err := Egress(ctx, pass, id)
	if err != nil {
		return nil, err
	}
	var rules []EgressRule
	for _, r := range all {
		dest := cmp.Or(r.DestCidrIp, r.Ipv6DestCidrIp)
		if !strings.EqualFold(r.IpProtocol, "all") || dest == "" || r.SourceCidrIp+r.Ipv6SourceCidrIp != "" {
			continue
		}
		block, wrong := exposure.ParseSource(dest)
		priority, bad := strconv.Atoi(string(r.Priority))
		drop := strings.EqualFold(r.Policy, "drop")
		if wrong != nil || bad != nil || !drop && !strings.EqualFold(r.Policy, "accept") || r.SecurityGroupRuleID == "" {
			return nil, fmt.Errorf("security group %s: the rule %s cannot be understood: policy %q, priority %q", id, r, r.Policy, r.Priority)
		}
		rules = append(rules, EgressRule{r, drop, block, priority})
	}
	slices.SortStableFunc(rules, func(a, b EgressRule) int { return a.priority - b.priority })
	return rules, nil
}

// OpenTo returns the rules that let everything out to the world, and whether a Drop
// rule keeps in what they do not let out.
func OpenTo(rules []EgressRule, world string) (open []Rule, dropped bool) {
	drop := slices.IndexFunc(rules, func(r EgressRule) bool { return r.drop && r.dest.String() == world })
	for _, r := range rules {
		if !r.drop && r.dest.String() == world && (drop < 0 || r.priority < rules[drop].priority) {
			open = append(open, r.Rule)
		}
	}
	return open, drop >= 0
}

// KeepOpen makes the rules for the blocks that stay open, in the place of the first open
// rule; what another rule lets out no later needs none.
func KeepOpen(blocks []netip.Prefix, rules []EgressRule, open Rule) (kept []Rule) {
	first := slices.IndexFunc(rules, func(r EgressRule) bool { return r.SecurityGroupRuleID == open.SecurityGroupRuleID })
	for _, block := range blocks {
		covered := slices.ContainsFunc(rules, func(r EgressRule) bool {
			return !r.drop && r.dest.Bits() > 0 && r.dest.Bits() <= block.Bits() && r.dest.Contains(block.Addr()) && r.priority <= rules[first].priority
		})
		if covered || block.Addr().Is4() != rules[first].dest.Addr().Is4() {
			continue
		}
		part := open
		part.SecurityGroupRuleID, part.Description = "", "kept open by ecsguard"
		if block.Addr().Is4() {
			part.DestCidrIp = block.String()
		} else {
			part.Ipv6DestCidrIp = block.String()
		}
		kept = append(kept, part)
	}
	return kept
}
