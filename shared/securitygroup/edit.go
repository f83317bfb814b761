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

// Changes returns the calls that make edits: first one for the rules that come, so that
// no allowed path is cut in between, then one for those that go. These calls commute
// with those of another edit under the same policies: a rule that is there is not made
// twice, and one that is gone, or is another by now, is not revoked.
func (g *Group) Changes(edits []exposure.Edit) []practice.Change {
	l := g.layout(edits)
	var changes []practice.Change
	changes = append(changes, g.make("", l.made)...)
	return append(changes, g.revoke("", slices.Concat(l.emptied, l.replaced))...)
}

// A layout is what edits amount to: which rules come and which go.
type layout struct {
	made     []Rule
	emptied  []Rule            // rules that go, of which nothing is made
	replaced []Rule            // the others that go
	parts    map[string][]Rule // by the id of a rule that is replaced: what is made of it
}

func (g *Group) layout(edits []exposure.Edit) layout {
	l := layout{parts: map[string][]Rule{}}
	seen := g.stays(edits) // what is made or there: the API refuses a call that names a rule twice
	for _, e := range edits {
		old := *g.Find(e.Rule.ID)
		var own []Rule
		for _, part := range old.parts(e.New) {
			if id := part.identity(); !seen[id] {
				seen[id] = true
				own = append(own, part)
			}
		}
		l.made = append(l.made, own...)
		switch {
		case !e.Goes || seen[old.identity()]:
		case len(own) == 0:
			l.emptied = append(l.emptied, old)
		default:
			l.replaced = append(l.replaced, old)
			l.parts[old.SecurityGroupRuleID] = own
		}
	}
	return l
}

// stays are the rules that are there before and after. One that is a part of another
// rule is among them: made again it would not be doubled, and the undo, or its own
// edit, would take the only one away.
func (g *Group) stays(edits []exposure.Edit) map[[len(named)]string]bool {
	there, stays := map[[len(named)]string]bool{}, map[[len(named)]string]bool{}
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

// ReplaceEgress returns the changes that make the rules kept and then revoke others,
// of a group's egress.
func ReplaceEgress(pass *practice.Pass, id string, kept, revoked []Rule) []practice.Change {
	g := &Group{ID: id, Region: pass.Resource.Region}
	return append(g.make("Egress", kept), g.revoke("Egress", revoked)...)
}

// make is the changes that make rules; egress is in the names of the actions.
func (g *Group) make(egress string, rules []Rule) (changes []practice.Change) {
	for some := range slices.Chunk(rules, perCall) {
		undo := g.authorize("RevokeSecurityGroup"+egress, some)
		changes = append(changes, practice.Change{
			Why:  purpose(some) + describe(some),
			Call: g.authorize("AuthorizeSecurityGroup"+egress, some),
			Undo: &undo,
		})
	}
	return changes
}

// revoke is the changes that revoke rules, by all that they say and not by their ids:
// one that somebody has changed since has the same id, and stays. That such a call
// succeeds where it finds no rule does not matter, since the group is looked at again.
func (g *Group) revoke(egress string, rules []Rule) (changes []practice.Change) {
	for some := range slices.Chunk(rules, perCall) {
		undo := g.authorize("AuthorizeSecurityGroup"+egress, some)
		changes = append(changes, practice.Change{
			Why:  "revoke " + describe(some),
			Call: g.authorize("RevokeSecurityGroup"+egress, some),
			Undo: &undo,
		})
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

// authorize is a call with rules as its parameters; revoking takes the same ones.
func (g *Group) authorize(action string, rules []Rule) cloud.Call {
	params := make([]string, 0, 2+2*len(rules)*len(named))
	params = append(params, "SecurityGroupId", g.ID)
	for i, r := range rules {
		prefix := "Permissions." + strconv.Itoa(i+1) + "."
		for n, value := range r.params() {
			params = append(params, prefix+named[n], value)
		}
	}
	return cloud.New("ecs", action, g.Region, params...)
}

// Authorized is the call that makes a rule of a group, of the direction that the rule says.
func Authorized(pass *practice.Pass, id string, r Rule) cloud.Call {
	egress := ""
	if r.Direction == "egress" {
		egress = "Egress"
	}
	return (&Group{ID: id, Region: pass.Resource.Region}).authorize("AuthorizeSecurityGroup"+egress, []Rule{r})
}

// named are the parameters that make a rule again. A new rule gets a new id. A call that
// modifies a rule has to name the first ones.
var named = [...]string{"Policy", "Priority", "IpProtocol", "PortRange", "PortRangeListId", "SourcePortRange",
	"SourceCidrIp", "Ipv6SourceCidrIp", "SourcePrefixListId", "SourceGroupId", "SourceGroupOwnerAccount", "SourceGroupOwnerId",
	"DestCidrIp", "Ipv6DestCidrIp", "NicType", "Description"}

// params are the values of what is named. The account of a group is known by its name or
// by its id, and the API takes them in different places.
func (r Rule) params() [len(named)]string {
	account, id := r.SourceGroupOwnerAccount, ""
	if strings.Trim(account, "0123456789") == "" {
		account, id = "", account
	}
	return [...]string{strings.ToLower(r.Policy), string(r.Priority), r.IpProtocol, r.PortRange, r.PortRangeListID, r.SourcePortRange,
		r.SourceCidrIp, r.Ipv6SourceCidrIp, r.SourcePrefixListID, r.SourceGroupID, account, id,
		r.DestCidrIp, r.Ipv6DestCidrIp, r.NicType, r.Description}
}

// identity is what the API tells rules apart by. It writes some in more than one way.
func (r Rule) identity() [len(named)]string {
	r.Description, r.IpProtocol = "", strings.ToUpper(r.IpProtocol)
	for _, source := range []*string{&r.SourceCidrIp, &r.Ipv6SourceCidrIp} {
		if *source == "" {
			continue
		}
		if block, err := exposure.ParseSource(*source); err == nil {
			*source = block.String()
		}
	}
	return r.params()
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
