package securitygroup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// full is the code with which the cloud refuses a rule for which a group has no room.
const full = "AuthorizationLimitExceed"

// How many rules there may be: in a group by the older pages, and by the newer ones for an
// interface over all of its groups. The first is a quota of the account, which nothing here
// may read: a group that has more already shows that it was raised.
const (
	mostOfGroup     = 200
	mostOfInterface = 1000
)

// A space is how many rules a group takes beside those that it has, and why no more.
type space struct {
	rules int
	why   string
}

// space is what the limits leave. Only the rules that were read count, and those of egress
// are not: where the cloud counts them too it says so (see full).
func (g *Group) space(c company) space {
	s := space{mostOfInterface - len(g.Rules) - c.most,
		fmt.Sprintf("%s has %d rules over all its groups, of %d that it may have", cmp.Or(c.fullest, "an interface"), len(g.Rules)+c.most, mostOfInterface)}
	if left := mostOfGroup - len(g.Rules); left >= 0 && left < s.rules {
		s = space{left, fmt.Sprintf("the group has %d rules, of %d that one may have", len(g.Rules), mostOfGroup)}
	}
	return s
}

// grows tells by how many rules a group grows while usual edits are made: what is new comes
// before others go.
func (g *Group) grows(edits []exposure.Edit) int { return len(g.layout(edits).made) }

// fullChanges returns the calls that make edits in a group that takes no more rules than
// it has. Rules go first of which nothing is made: they make room. The others are
// narrowed in their place, after what else is made of them.
//
// ModifySecurityGroupRule names a rule by its id and compares nothing: it writes over
// what somebody has made of the rule since it was read, one round trip before. In a
// group with room nothing is changed in this way.
func (g *Group) fullChanges(edits []exposure.Edit) []practice.Change {
	l := g.layout(edits)
	var narrow [][2]Rule
	var replaced []Rule
	for _, old := range l.replaced {
		if part, ok := g.place(old, l); ok {
			narrow = append(narrow, [2]Rule{old, part})
			l.made = slices.DeleteFunc(l.made, func(r Rule) bool { return r.identity() == part.identity() })
		} else {
			replaced = append(replaced, old)
		}
	}
	changes := append(g.revoke("", l.emptied), g.make("", l.made)...)
	for _, pair := range narrow {
		old, part := pair[0], pair[1]
		undo := g.modify(old.SecurityGroupRuleID, part, old)
		changes = append(changes, practice.Change{
			Why:  fmt.Sprintf("narrow %s to %s", old, part.against(old)),
			Call: g.modify(old.SecurityGroupRuleID, old, part),
			Undo: &undo,
		})
	}
	return append(changes, g.revoke("", replaced)...)
}

// place is the part of a rule that it is narrowed to, if there is one.
func (g *Group) place(old Rule, l layout) (Rule, bool) {
	parts := l.parts[old.SecurityGroupRuleID]
	if i := slices.IndexFunc(parts, func(p Rule) bool { return g.fits(old, p) }); i >= 0 {
		return parts[i], true
	}
	return Rule{}, false
}

// room refuses edits for which a group has too little room, where rules that go make some.
func (g *Group) room(has space) func([]exposure.Edit) error {
	return func(edits []exposure.Edit) error {
		l := g.layout(edits)
		more := len(l.made) - len(l.emptied)
		for _, old := range l.replaced {
			if _, ok := g.place(old, l); ok {
				more--
			}
		}
		if more > max(0, has.rules) {
			return &crowded{more, has.why}
		}
		return nil
	}
}

// crowded is by how many rules a group would have to grow.
type crowded struct {
	more int
	why  string
}

func (c *crowded) Error() string { return fmt.Sprintf("%s, and this needs %d more", c.why, c.more) }

// fits tells whether a rule can become another in its place: the API changes neither
// the kind of a source nor a list of ports into a range, empties no field, and makes
// no rule that is there already.
func (g *Group) fits(old, part Rule) bool {
	return strings.EqualFold(old.IpProtocol, part.IpProtocol) && strings.EqualFold(old.Policy, part.Policy) &&
		old.PortRangeListID == "" && (old.SourceCidrIp == "") == (part.SourceCidrIp == "") && (old.Ipv6SourceCidrIp == "") == (part.Ipv6SourceCidrIp == "") &&
		old.SourcePrefixListID == part.SourcePrefixListID && old.SourceGroupID == part.SourceGroupID &&
		!slices.ContainsFunc(g.Rules, func(r Rule) bool { return r.identity() == part.identity() })
}

// always is how many parameters a call to modify a rule always has: they are required, or
// have a default that need not be what the rule has (accept, priority 1).
const always = 4

// modify is the call that makes a rule another one in its place. What it does not name
// stays.
func (g *Group) modify(id string, from, to Rule) cloud.Call {
	params := []string{"SecurityGroupId", g.ID, "SecurityGroupRuleId", id}
	was := from.params()
	for n, value := range to.params() {
		if n < always || value != was[n] {
			params = append(params, named[n], value)
		}
	}
	return cloud.New("ecs", "ModifySecurityGroupRule", g.Region, params...)
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
