package securitygroup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
)

// Exposure is the group's rules in the terms of exact reasoning. Nobody may change them.
func (g *Group) Exposure() ([]exposure.Rule, error) {
	p, err := g.prepared()
	if err != nil {
		return nil, err
	}
	return p.Rules(), nil
}

// Judge gives what policies object to in the group's rules, as far as these are known: who
// asks tells of the others (Doubt).
func (g *Group) Judge(policies ...exposure.Policy) ([]exposure.Breach, error) {
	p, err := g.known()
	if err != nil {
		return nil, err
	}
	return p.Judge(policies...), nil
}

func (g *Group) prepared() (*exposure.Prepared, error) {
	g.once.Do(func() {
		if i := slices.IndexFunc(g.Rules, func(r Rule) bool { return r.Unread != nil }); i >= 0 {
			g.unknown = g.Rules[i].Unread
			return
		}
		var rules []exposure.Rule
		rules, g.unknown = g.reckon()
		g.exposure = exposure.Prepare(rules)
	})
	return g.exposure, g.unknown
}

// known are the rules without those about whom nobody knows, since their lists cannot be
// read. No policy can object to these, one about everybody no more than one about the
// internet; what they let in is kept: see unknown.
func (g *Group) known() (*exposure.Prepared, error) {
	if len(g.unread()) == 0 {
		return g.prepared()
	}
	g.certainOnce.Do(func() {
		rules, err := (&Group{ID: g.ID, Rules: slices.DeleteFunc(slices.Clone(g.Rules), func(r Rule) bool { return r.Unread != nil })}).reckon()
		g.certain, g.uncertain = exposure.Prepare(rules), err
	})
	return g.certain, g.uncertain
}

// unknowable are the others, as of another group: whoever a list is about is like the
// members of a group of its name, who may not be shut out.
func (g *Group) unknowable() ([]exposure.Rule, error) {
	return (&Group{ID: g.ID, Rules: g.unread()}).reckon()
}

// unread are the rules whose prefix lists cannot be read.
func (g *Group) unread() (rules []Rule) {
	for _, r := range g.Rules {
		if r.Unread != nil {
			rules = append(rules, r)
		}
	}
	return rules
}

func (g *Group) reckon() ([]exposure.Rule, error) {
	rules := make([]exposure.Rule, 0, len(g.Rules))
	for _, r := range g.Rules {
		if r.Ports != nil && len(r.Ports) == 0 {
			continue // its port list is empty: it matches nothing
		}
		if r.SecurityGroupRuleID == "" {
			return nil, fmt.Errorf("security group %s: the rule %s has no id: it could not be told from another", g.ID, r)
		}
		drop := strings.EqualFold(r.Policy, "drop")
		if drop && r.partial() {
			continue // what it leaves open counts
		}
		priority, err := strconv.Atoi(string(r.Priority))
		if err != nil || priority < 1 || priority > 100 {
			return nil, fmt.Errorf("security group %s: rule %s: priority %q is not from 1 to 100", g.ID, r.SecurityGroupRuleID, r.Priority)
		}
		group := r.SourceGroupID
		if r.Unread != nil {
			group = r.SourcePrefixListID
		}
		rules = append(rules, exposure.Rule{
			ID: r.SecurityGroupRuleID, Protocol: exposure.ProtocolName(r.IpProtocol), Ports: r.Ports, Sources: r.Sources,
			Group: group, Drop: drop, Priority: priority, Partial: r.partial(), Only: r.only(),
		})
	}
	return rules, nil
}

// partial tells whether the rule is about a part of what its source, protocol and
// ports say: about packets from some ports, which the sender chooses, or to some of
// the group's addresses.
func (r Rule) partial() bool {
	whole := []string{"", "-1/-1", "1/65535", "0.0.0.0/0", "::/0"}
	return !slices.Contains(whole, r.SourcePortRange) || !slices.Contains(whole, r.DestCidrIp) || !slices.Contains(whole, r.Ipv6DestCidrIp)
}

// only says to which packets a partial rule is narrowed.
func (r Rule) only() string {
	if !r.partial() {
		return ""
	}
	return r.SourcePortRange + " to " + r.DestCidrIp + r.Ipv6DestCidrIp
}
