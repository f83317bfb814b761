package securitygroup

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// What a call has made, changed or revoked is missed as long as the state shows the rules
// of before it, in each form in which the API takes it.
func TestWhatAStateDoesNotShow(t *testing.T) {
	ssh := Rule{SecurityGroupRuleID: "sgr-1", Policy: "Accept", Priority: "1", IpProtocol: "TCP", PortRange: "22/22", SourceCidrIp: "0.0.0.0/0"}
	later := ssh
	later.SecurityGroupRuleID, later.Priority = "sgr-9", "100"
	drop := ssh
	drop.Policy = "Drop"
	web := Rule{SecurityGroupRuleID: "sgr-2", Policy: "Accept", Priority: "1", IpProtocol: "TCP", PortRange: "443/443", SourceCidrIp: "10.0.0.0/8"}
	six := Rule{SecurityGroupRuleID: "sgr-3", Policy: "Accept", Priority: "1", IpProtocol: "TCP", PortRange: "22/22", Ipv6SourceCidrIp: "::/0"}
	listed := Rule{SecurityGroupRuleID: "sgr-4", Policy: "Accept", Priority: "1", IpProtocol: "TCP", PortRangeListID: "prl-1", SourcePrefixListID: "pl-1"}
	other := Rule{SecurityGroupRuleID: "sgr-5", Policy: "Accept", Priority: "1", IpProtocol: "ALL", PortRange: "-1/-1", SourceGroupID: "sg-2"}
	one := map[string]string{"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "0.0.0.0/0"}
	several := map[string]string{
		"Permissions.1.IpProtocol": "TCP", "Permissions.1.PortRange": "443/443", "Permissions.1.SourceCidrIp": "10.0.0.0/8", "Permissions.1.Policy": "accept", "Permissions.1.Priority": "1",
		"Permissions.2.IpProtocol": "TCP", "Permissions.2.PortRange": "22/22", "Permissions.2.Ipv6SourceCidrIp": "0::0/0",
	}
	lists := map[string]string{"Permissions.1.IpProtocol": "TCP", "Permissions.1.PortRangeListId": "prl-1", "Permissions.1.SourcePrefixListId": "pl-1"}
	group := map[string]string{"IpProtocol": "all", "PortRange": "-1/-1", "SourceGroupId": "sg-2"}
	for name, x := range map[string]struct {
		call          string
		params        map[string]string
		before, after []Rule
	}{
		"one rule": {"AuthorizeSecurityGroup", one, []Rule{web, drop, six}, []Rule{web, ssh}},
		"one that is there with another priority": {"AuthorizeSecurityGroup", one, []Rule{later}, []Rule{later, ssh}},
		"several, of IPv6 too":                    {"AuthorizeSecurityGroup", several, []Rule{web, ssh}, []Rule{web, six}},
		"lists":                                   {"AuthorizeSecurityGroup", lists, []Rule{ssh}, []Rule{ssh, listed}},
		"a group":                                 {"AuthorizeSecurityGroup", group, []Rule{ssh}, []Rule{other}},
		"revoked as it is":                        {"RevokeSecurityGroup", one, []Rule{ssh}, []Rule{web, drop}},
		"several revoked as they are":             {"RevokeSecurityGroup", several, []Rule{six}, []Rule{ssh}},
		"revoked by its list":                     {"RevokeSecurityGroup", lists, []Rule{listed}, nil},
		"revoked by its id":                       {"RevokeSecurityGroup", map[string]string{"SecurityGroupRuleId.1": "sgr-8", "SecurityGroupRuleId.2": "sgr-1"}, []Rule{ssh}, []Rule{web}},
		"changed":                                 {"ModifySecurityGroupRule", map[string]string{"SecurityGroupRuleId": "sgr-2", "SourceCidrIp": "10.0.0.0/8"}, []Rule{{SecurityGroupRuleID: "sgr-2", SourceCidrIp: "0.0.0.0/0"}}, []Rule{web}},
		"changed in its priority":                 {"ModifySecurityGroupRule", map[string]string{"SecurityGroupRuleId": "sgr-9", "Priority": "1"}, []Rule{later}, []Rule{{SecurityGroupRuleID: "sgr-9", Priority: "1"}}},
		"changed, and not there yet":              {"ModifySecurityGroupRule", map[string]string{"SecurityGroupRuleId": "sgr-2", "Policy": "accept"}, nil, []Rule{web}},
		"changed to IPv6":                         {"ModifySecurityGroupRule", map[string]string{"SecurityGroupRuleId": "sgr-3", "Ipv6SourceCidrIp": "::/0"}, []Rule{{SecurityGroupRuleID: "sgr-3", SourceCidrIp: "0.0.0.0/0"}}, []Rule{six}},
	} {
		t.Run(name, func(t *testing.T) {
			e := &events.Event{Name: x.call, Params: x.params}
			if (&Group{Rules: x.before}).unshown(e) == "" {
				t.Error("the state of before is taken for that of after")
			}
			if what := (&Group{Rules: x.after}).unshown(e); what != "" {
				t.Errorf("the state of after does not show %s", what)
			}
			if _, touched := x.params["Priority"]; touched && x.call != "ModifySecurityGroupRule" {
				t.Error("the event itself was changed")
			}
		})
	}
}

// The same of rules for what leaves a group.
func TestWhatAStateDoesNotShowOfEgress(t *testing.T) {
	now := time.Now()
	out := Rule{SecurityGroupRuleID: "sgr-1", Policy: "Accept", Priority: "1", IpProtocol: "TCP", PortRange: "1/65535", DestCidrIp: "0.0.0.0/0"}
	office := out
	office.DestCidrIp = "10.0.0.0/8"
	params := map[string]string{"SecurityGroupId": "sg-1", "Permissions.1.IpProtocol": "TCP", "Permissions.1.PortRange": "1/65535", "Permissions.1.DestCidrIp": "0.0.0.0/0"}
	byID := map[string]string{"SecurityGroupId": "sg-1", "SecurityGroupRuleId": "sgr-1", "DestCidrIp": "0.0.0.0/0"}
	for _, x := range []struct {
		call          string
		params        map[string]string
		before, after []Rule
	}{
		{"AuthorizeSecurityGroupEgress", params, []Rule{office}, []Rule{office, out}},
		{"RevokeSecurityGroupEgress", params, []Rule{out}, []Rule{office}},
		{"ModifySecurityGroupEgressRule", byID, []Rule{office}, []Rule{out}},
		{"AuthorizeSecurityGroup", params, []Rule{out}, []Rule{office}}, // is not about these
	} {
		lacks := func(rules []Rule, age time.Duration) string {
			e := &events.Event{Kind: events.KindActionTrail, Name: x.call, Params: x.params, Time: now.Add(-age)}
			pass := practice.NewPass(&practice.Practice{}, practice.Resource{ID: "sg-1"}, e, now, nil, nil)
			noteUnshownEgress(pass, "sg-1", rules)
			return pass.Lacks()
		}
		if missed := lacks(x.before, 0) != ""; missed != (x.call != "AuthorizeSecurityGroup") {
			t.Errorf("%s: missed in the state of before: %t", x.call, missed)
		}
		if what := lacks(x.after, 0); what != "" {
			t.Errorf("%s: the state of after: %s", x.call, what)
		}
		if what := lacks(x.before, 2*time.Minute); what != "" {
			t.Errorf("%s: long after it: %s", x.call, what)
		}
	}
}
