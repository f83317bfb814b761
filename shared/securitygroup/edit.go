package securitygroup

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Writes are the RAM actions of the changes that this package makes up.
var Writes = []string{"ecs:AuthorizeSecurityGroup", "ecs:RevokeSecurityGroup"}

// perCall is how many rules the API takes in one call.
const perCall = 100

// Close returns the changes that take breaches out of the group: first the parts
// that may stay are given rules of their own, so that no allowed path is cut in
// between, then the rules are revoked by id. Revoking by attributes succeeds even
// where nothing matches.
func (g *Group) Close(breaches []exposure.Breach) []practice.Change {
	var kept, revoked []Rule
	seen := map[string]bool{}
	for _, b := range breaches {
		rule := g.Find(b.Rule.ID)
		revoked = append(revoked, *rule)
		for _, k := range b.Keep {
			for _, part := range rule.part(k) {
				// Rules that overlap have parts in common, and the API refuses a
				// call that names one twice.
				if id := part.identity(); !seen[id] {
					seen[id] = true
					kept = append(kept, part)
				}
			}
		}
	}
	return g.replace("", kept, revoked)
}

// ReplaceEgress returns the changes that make the rules kept and then revoke others
// by their ids, of a group's egress.
func ReplaceEgress(pass *practice.Pass, id string, kept, revoked []Rule) []practice.Change {
	g := &Group{ID: id, Region: pass.Resource.Region}
	return g.replace("Egress", kept, revoked)
}

// replace makes rules and revokes others; egress is in the names of the actions.
func (g *Group) replace(egress string, kept, revoked []Rule) []practice.Change {
	var changes []practice.Change
	for some := range slices.Chunk(kept, perCall) {
		undo := g.authorize("RevokeSecurityGroup"+egress, some)
		changes = append(changes, practice.Change{
			Why:  "keep what is allowed: " + describe(some),
			Call: g.authorize("AuthorizeSecurityGroup"+egress, some),
			Undo: &undo,
		})
	}
	for some := range slices.Chunk(revoked, perCall) {
		call := cloud.New("ecs", "RevokeSecurityGroup"+egress, g.Region, "SecurityGroupId", g.ID)
		for i, r := range some {
			call = call.With("SecurityGroupRuleId."+strconv.Itoa(i+1), r.SecurityGroupRuleID)
		}
		undo := g.authorize("AuthorizeSecurityGroup"+egress, some)
		changes = append(changes, practice.Change{Why: "revoke " + describe(some), Call: call, Undo: &undo})
	}
	return changes
}

// authorize is a call with rules as its parameters; revoking takes the same ones.
func (g *Group) authorize(action string, rules []Rule) cloud.Call {
	call := cloud.New("ecs", action, g.Region, "SecurityGroupId", g.ID)
	for i, r := range rules {
		for name, value := range r.params() {
			if value != "" {
				call = call.With(fmt.Sprintf("Permissions.%d.%s", i+1, name), value)
			}
		}
	}
	return call
}

// params makes the rule again. A new rule gets a new id.
func (r Rule) params() map[string]string {
	return map[string]string{
		"Policy": strings.ToLower(r.Policy), "Priority": string(r.Priority), "IpProtocol": r.IpProtocol,
		"PortRange": r.PortRange, "PortRangeListId": r.PortRangeListID, "SourcePortRange": r.SourcePortRange,
		"SourceCidrIp": r.SourceCidrIp, "Ipv6SourceCidrIp": r.Ipv6SourceCidrIp, "SourcePrefixListId": r.SourcePrefixListID,
		"SourceGroupId": r.SourceGroupID, "SourceGroupOwnerAccount": r.SourceGroupOwnerAccount,
		"DestCidrIp": r.DestCidrIp, "Ipv6DestCidrIp": r.Ipv6DestCidrIp,
		"NicType": r.NicType, "Description": r.Description,
	}
}

// identity is what the API tells rules apart by.
func (r Rule) identity() string {
	r.Description = ""
	return fmt.Sprint(r.params()) // the keys of a map are printed in order
}

// part is the rules that let in a compliant part of r. The API takes one range of
// ports and one source a rule.
func (r Rule) part(k exposure.KeepRule) []Rule {
	base := Rule{Policy: r.Policy, Priority: r.Priority, IpProtocol: k.Protocol, NicType: r.NicType, Description: r.Description,
		SourcePortRange: r.SourcePortRange, DestCidrIp: r.DestCidrIp, Ipv6DestCidrIp: r.Ipv6DestCidrIp}
	ranges := []string{"-1/-1"}
	switch {
	case k.Ports == nil && (strings.EqualFold(k.Protocol, "tcp") || strings.EqualFold(k.Protocol, "udp")):
		ranges = []string{"1/65535"} // the API takes -1/-1 only where there are no ports
	case k.Ports != nil:
		ranges = nil
		for _, p := range k.Ports {
			ranges = append(ranges, p.String())
		}
	}
	var parts []Rule
	for _, ports := range ranges {
		base.PortRange = ports
		parts = append(parts, base.from(k, r.SourcePrefixListID)...)
	}
	return parts
}

// from is the rule once for each source.
func (r Rule) from(k exposure.KeepRule, prefixList string) []Rule {
	if k.SameSources && prefixList != "" {
		r.SourcePrefixListID = prefixList
		return []Rule{r}
	}
	var rules []Rule
	for _, source := range k.Sources {
		one := r
		if source.Addr().Is4() {
			one.SourceCidrIp = source.String()
		} else {
			one.Ipv6SourceCidrIp = source.String()
		}
		rules = append(rules, one)
	}
	return rules
}

// describe names rules in few words.
func describe(rules []Rule) string {
	var words []string
	for _, r := range rules {
		words = append(words, r.String())
	}
	if len(words) > 5 {
		words = append(words[:5], fmt.Sprintf("and %d more", len(rules)-5))
	}
	return strings.Join(words, "; ")
}

// String says the rule in a few words.
func (r Rule) String() string {
	ports := cmp.Or(r.PortRange, "port list "+r.PortRangeListID)
	if ports == "-1/-1" {
		ports = "every port"
	}
	way, peer := "from", cmp.Or(r.SourceCidrIp, r.Ipv6SourceCidrIp, r.SourcePrefixListID, r.SourceGroupID)
	if r.Direction == "egress" {
		way, peer = "to", cmp.Or(r.DestCidrIp, r.Ipv6DestCidrIp)
	}
	s := fmt.Sprintf("%s %s %s %s", strings.ToUpper(r.IpProtocol), ports, way, peer)
	if r.SecurityGroupRuleID != "" {
		s += " (" + r.SecurityGroupRuleID + ")"
	}
	return s
}
