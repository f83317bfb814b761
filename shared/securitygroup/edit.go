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
var Writes = []string{"ecs:AuthorizeSecurityGroup", "ecs:ModifySecurityGroupRule", "ecs:RevokeSecurityGroup"}

// perCall is how many rules the API takes in one call.
const perCall = 100

// narrowed is how many rules are changed in their place at most, which takes a call
// for each. Where there are more, making and revoking them takes two calls in all.
const narrowed = 3

// Changes returns the calls that make edits: first the rules that come, so that no
// allowed path is cut in between, then those that are narrowed in their place, then
// the rules that go, by their ids. Revoking by attributes succeeds even where nothing
// matches.
func (g *Group) Changes(edits []exposure.Edit) []practice.Change {
	var made, revoked []Rule
	var narrow [][2]Rule
	seen := g.stays(edits) // what is made or there: the API refuses a call that names a rule twice
	for _, e := range edits {
		old := *g.Find(e.Rule.ID)
		parts := old.parts(e.New)
		if e.Goes && !seen[old.identity()] {
			if i := slices.IndexFunc(parts, func(p Rule) bool { return g.fits(old, p) }); i >= 0 && len(narrow) < narrowed && !seen[parts[i].identity()] {
				seen[parts[i].identity()] = true
				narrow = append(narrow, [2]Rule{old, parts[i]})
				parts = slices.Delete(parts, i, i+1)
			} else {
				revoked = append(revoked, old)
			}
		}
		for _, part := range parts {
			if id := part.identity(); !seen[id] {
				seen[id] = true
				made = append(made, part)
			}
		}
	}
	return g.replace("", made, narrow, revoked)
}

// stays are the rules that are there before and after. One that is a part of another
// rule is among them: made again it would not be doubled, and the undo, or its own
// edit, would take the only one away.
func (g *Group) stays(edits []exposure.Edit) map[string]bool {
	there, stays := map[string]bool{}, map[string]bool{}
	for _, r := range g.Rules {
		id := r.identity()
		there[id] = true
		stays[id] = !slices.ContainsFunc(edits, func(e exposure.Edit) bool { return e.Goes && e.Rule.ID == r.SecurityGroupRuleID })
	}
	for _, e := range edits {
		for _, part := range g.Find(e.Rule.ID).parts(e.New) {
			if id := part.identity(); there[id] {
				stays[id] = true
			}
		}
	}
	return stays
}

// fits tells whether a rule can become another in its place: the API changes neither
// the kind of a source nor a list of ports into a range, empties no field, and makes
// no rule that is there already.
func (g *Group) fits(old, part Rule) bool {
	return strings.EqualFold(old.IpProtocol, part.IpProtocol) && strings.EqualFold(old.Policy, part.Policy) &&
		old.PortRangeListID == "" && (old.SourceCidrIp == "") == (part.SourceCidrIp == "") && (old.Ipv6SourceCidrIp == "") == (part.Ipv6SourceCidrIp == "") &&
		old.SourcePrefixListID == part.SourcePrefixListID && old.SourceGroupID == part.SourceGroupID &&
		!slices.ContainsFunc(g.Rules, func(r Rule) bool { return r.identity() == part.identity() })
}

// ReplaceEgress returns the changes that make the rules kept and then revoke others
// by their ids, of a group's egress.
func ReplaceEgress(pass *practice.Pass, id string, kept, revoked []Rule) []practice.Change {
	g := &Group{ID: id, Region: pass.Resource.Region}
	return g.replace("Egress", kept, nil, revoked)
}

// replace makes rules, narrows some and revokes others; egress is in the names of the
// actions.
func (g *Group) replace(egress string, made []Rule, narrow [][2]Rule, revoked []Rule) []practice.Change {
	var changes []practice.Change
	for some := range slices.Chunk(made, perCall) {
		undo := g.authorize("RevokeSecurityGroup"+egress, some)
		changes = append(changes, practice.Change{
			Why:  purpose(some) + describe(some),
			Call: g.authorize("AuthorizeSecurityGroup"+egress, some),
			Undo: &undo,
		})
	}
	for _, pair := range narrow {
		old, part := pair[0], pair[1]
		undo := g.modify(old.SecurityGroupRuleID, part, old)
		changes = append(changes, practice.Change{
			Why:  fmt.Sprintf("narrow %s to %s", old, part.against(old)),
			Call: g.modify(old.SecurityGroupRuleID, old, part),
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

// purpose says what rules are made for.
func purpose(rules []Rule) string {
	drops := func(r Rule) bool { return strings.EqualFold(r.Policy, "drop") }
	switch {
	case !slices.ContainsFunc(rules, drops):
		return "keep what is allowed: "
	case slices.ContainsFunc(rules, func(r Rule) bool { return !drops(r) }):
		return "drop what is not allowed, and keep what is: "
	}
	return "drop what is not allowed: "
}

// named is what a call to modify a rule always says: it is either required or has a
// default that need not be what the rule has (accept, priority 1).
var named = []string{"Policy", "Priority", "IpProtocol", "PortRange"}

// modify is the call that makes a rule another one in its place. What it does not name
// stays.
func (g *Group) modify(id string, from, to Rule) cloud.Call {
	call := cloud.New("ecs", "ModifySecurityGroupRule", g.Region, "SecurityGroupId", g.ID, "SecurityGroupRuleId", id)
	was := from.params()
	for name, value := range to.params() {
		if value != was[name] || slices.Contains(named, name) {
			call = call.With(name, value)
		}
	}
	return call
}

// against says what is different from another rule.
func (r Rule) against(old Rule) string {
	var words []string
	if r.PortRange != old.PortRange {
		words = append(words, r.IpProtocol+" "+r.PortRange)
	}
	if r.SourceCidrIp != old.SourceCidrIp || r.Ipv6SourceCidrIp != old.Ipv6SourceCidrIp {
		words = append(words, r.SourceCidrIp+r.Ipv6SourceCidrIp)
	}
	if r.Priority != old.Priority {
		words = append(words, "priority "+string(r.Priority))
	}
	return strings.Join(words, ", ")
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

// identity is what the API tells rules apart by. It writes some in more than one way.
func (r Rule) identity() string {
	r.Description, r.IpProtocol = "", strings.ToUpper(r.IpProtocol)
	for _, source := range []*string{&r.SourceCidrIp, &r.Ipv6SourceCidrIp} {
		if block, err := exposure.ParseSource(*source); err == nil {
			*source = block.String()
		}
	}
	return fmt.Sprint(r.params()) // the keys of a map are printed in order
}

// parts are the rules that are made of r. The API takes one range of ports and one
// source a rule.
func (r Rule) parts(made []exposure.KeepRule) (parts []Rule) {
	for _, k := range made {
		base := Rule{Policy: "Accept", Priority: word(strconv.Itoa(k.Priority)), IpProtocol: k.Protocol, NicType: r.NicType, Description: r.Description,
			SourcePortRange: r.SourcePortRange, DestCidrIp: r.DestCidrIp, Ipv6DestCidrIp: r.Ipv6DestCidrIp}
		if k.Drop {
			// It is proved as a whole one: a part of one closes nothing for sure.
			base.Policy, base.SourcePortRange, base.DestCidrIp, base.Ipv6DestCidrIp = "Drop", "", "", ""
		}
		for _, ports := range ranges(k) {
			base.PortRange = ports
			parts = append(parts, base.from(k, r)...)
		}
	}
	return parts
}

// ranges are the ports as the API writes them. It takes -1/-1 only where there are none.
func ranges(k exposure.KeepRule) (texts []string) {
	switch {
	case k.Ports != nil:
		for _, p := range k.Ports {
			texts = append(texts, p.String())
		}
		return texts
	case strings.EqualFold(k.Protocol, "tcp") || strings.EqualFold(k.Protocol, "udp"):
		return []string{"1/65535"}
	}
	return []string{"-1/-1"}
}

// from is the rule once for each source; old is the one that it is made of.
func (r Rule) from(k exposure.KeepRule, old Rule) []Rule {
	switch {
	case k.Group != "":
		r.SourceGroupID = k.Group
		if k.Group == old.SourceGroupID {
			r.SourceGroupOwnerAccount = old.SourceGroupOwnerAccount
		}
		return []Rule{r}
	case k.SameSources && old.SourcePrefixListID != "":
		r.SourcePrefixListID = old.SourcePrefixListID
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
	what := strings.ToUpper(r.IpProtocol)
	switch ports := cmp.Or(r.PortRange, "port list "+r.PortRangeListID); {
	case ports != "-1/-1":
		what += " " + ports
	case what == "ALL":
		what = "all protocols"
	case what == "ICMPV6":
		what = "ICMPv6"
	}
	way, peer := "from", cmp.Or(r.SourceCidrIp, r.Ipv6SourceCidrIp, r.SourcePrefixListID, r.SourceGroupID)
	if r.Direction == "egress" {
		way, peer = "to", cmp.Or(r.DestCidrIp, r.Ipv6DestCidrIp)
	}
	s := fmt.Sprintf("%s %s %s", what, way, peer)
	if r.SecurityGroupRuleID != "" {
		s += " (" + r.SecurityGroupRuleID + ")"
	}
	return s
}
