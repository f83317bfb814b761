package securitygroup

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// unshown says which rule that the event made, changed or revoked the group's rules do not
// show as it left it. What a call has done may be seconds late in what is read, and the
// rules of before the call are no ground for saying that nothing is wrong.
func (g *Group) unshown(e *events.Event) string {
	switch e.Name {
	case "AuthorizeSecurityGroup":
		for _, want := range ruleParams(e.Params) {
			if !g.has(want) {
				return "the rule " + called(want) + " that was made"
			}
		}
	case "RevokeSecurityGroup":
		for n := 1; e.Params["SecurityGroupRuleId."+strconv.Itoa(n)] != ""; n++ {
			if id := e.Params["SecurityGroupRuleId."+strconv.Itoa(n)]; g.Find(id) != nil {
				return "that the rule " + id + " was revoked"
			}
		}
		for _, want := range ruleParams(e.Params) {
			if g.has(want) {
				return "that the rule " + called(want) + " was revoked"
			}
		}
	case "ModifySecurityGroupRule":
		id := e.Params["SecurityGroupRuleId"]
		if r := g.Find(id); id != "" && (r == nil || !r.as(e.Params)) {
			return "what the rule " + id + " was changed to"
		}
	}
	return ""
}

// noteUnshown tells the pass of what a group does not show yet.
func (g *Group) noteUnshown(pass *practice.Pass) {
	if !pass.Fresh() || pass.Event.Params["SecurityGroupId"] != g.ID || !pass.Event.Succeeded() {
		return
	}
	if what := g.unshown(pass.Event); what != "" {
		pass.Unseen(fmt.Sprintf("security group %s does not show %s", g.ID, what))
	}
}

// ruleParams are the rules that a call names by all that they are, in both forms of the API.
func ruleParams(params map[string]string) (rules []map[string]string) {
	if params["IpProtocol"] != "" {
		rules = append(rules, params)
	}
	for n := 1; ; n++ {
		prefix := "Permissions." + strconv.Itoa(n) + "."
		if params[prefix+"IpProtocol"] == "" {
			return rules
		}
		rule := map[string]string{}
		for name, value := range params {
			if own, ok := strings.CutPrefix(name, prefix); ok {
				rule[own] = value
			}
		}
		rules = append(rules, rule)
	}
}

// has tells whether one of the rules is as a call names it.
func (g *Group) has(want map[string]string) bool {
	for i := range g.Rules {
		if g.Rules[i].as(want) && strings.EqualFold(g.Rules[i].Policy, cmp.Or(want["Policy"], "accept")) {
			return true
		}
	}
	return false
}

// as tells whether a rule is what parameters say of it; of what they do not name it may be
// anything.
func (r *Rule) as(params map[string]string) bool {
	same := func(name, is string) bool { return params[name] == "" || params[name] == is }
	protocol := params["IpProtocol"] == "" || strings.EqualFold(params["IpProtocol"], r.IpProtocol)
	return protocol && samePorts(params["PortRange"], r.PortRange) &&
		sameBlock(params["SourceCidrIp"], r.SourceCidrIp) && sameBlock(params["Ipv6SourceCidrIp"], r.Ipv6SourceCidrIp) &&
		same("SourceGroupId", r.SourceGroupID) && same("SourcePrefixListId", r.SourcePrefixListID) && same("PortRangeListId", r.PortRangeListID) &&
		(params["Policy"] == "" || strings.EqualFold(params["Policy"], r.Policy))
}

// samePorts compares ports however they are written. Where there are none to compare, a
// rule of a protocol without ports says -1/-1.
func samePorts(want, is string) bool {
	if want == "" || want == is {
		return true
	}
	a, errA := exposure.ParsePorts(want)
	b, errB := exposure.ParsePorts(is)
	return errA == nil && errB == nil && fmt.Sprint(a) == fmt.Sprint(b)
}

// sameBlock compares addresses and blocks however they are written.
func sameBlock(want, is string) bool {
	if want == "" || want == is {
		return true
	}
	a, errA := exposure.ParseSource(want)
	b, errB := exposure.ParseSource(is)
	return errA == nil && errB == nil && a.Masked() == b.Masked()
}

// called names a rule as a call does.
func called(rule map[string]string) string {
	source := cmp.Or(rule["SourceCidrIp"], rule["Ipv6SourceCidrIp"], rule["SourceGroupId"], rule["SourcePrefixListId"], "anywhere")
	return strings.TrimSpace(fmt.Sprintf("%s %s from %s", strings.ToUpper(rule["IpProtocol"]), cmp.Or(rule["PortRange"], rule["PortRangeListId"]), source))
}
