package securitygroup

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// unshown says which rule that the event made, changed or revoked the group's rules do not
// show as it left it. What a call has done may be seconds late in what is read, and the
// rules of before the call are no ground for saying that nothing is wrong.
func (g *Group) unshown(e *events.Event) string { return g.missing(e.Name, e) }

// missing is unshown of a call as it is named for what comes in.
func (g *Group) missing(call string, e *events.Event) string {
	switch call {
	case "AuthorizeSecurityGroup":
		for _, want := range ruleParams(e.Params) {
			want["Priority"] = cmp.Or(want["Priority"], "1") // another rule may be the same but for that
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

// noteUnshownEgress tells the pass of what a group's rules for what leaves it do not show yet.
func noteUnshownEgress(pass *practice.Pass, id string, rules []Rule) {
	if !pass.Fresh() || pass.Event.Params["SecurityGroupId"] != id || !pass.Event.Succeeded() {
		return
	}
	if call, egress := strings.CutSuffix(strings.Replace(pass.Event.Name, "EgressRule", "RuleEgress", 1), "Egress"); egress {
		if what := (&Group{ID: id, Rules: rules}).missing(call, pass.Event); what != "" {
			pass.Unseen(fmt.Sprintf("security group %s does not show %s", id, what))
		}
	}
}

// ruleParams are the rules that a call names by all that they are, in both forms of the API.
func ruleParams(params map[string]string) (rules []map[string]string) {
	if params["IpProtocol"] != "" {
		rules = append(rules, maps.Clone(params))
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
		sameBlock(params["DestCidrIp"], r.DestCidrIp) && sameBlock(params["Ipv6DestCidrIp"], r.Ipv6DestCidrIp) &&
		same("SourceGroupId", r.SourceGroupID) && same("SourcePrefixListId", r.SourcePrefixListID) && same("PortRangeListId", r.PortRangeListID) &&
		same("Priority", string(r.Priority)) &&
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
	way, where := "from", cmp.Or(rule["SourceCidrIp"], rule["Ipv6SourceCidrIp"], rule["SourceGroupId"], rule["SourcePrefixListId"])
	if to := cmp.Or(rule["DestCidrIp"], rule["Ipv6DestCidrIp"], rule["DestGroupId"], rule["DestPrefixListId"]); where == "" && to != "" {
		way, where = "to", to
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", strings.ToUpper(rule["IpProtocol"]), cmp.Or(rule["PortRange"], rule["PortRangeListId"]), way, cmp.Or(where, "anywhere")))
}
