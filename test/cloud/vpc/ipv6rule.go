package vpc

import (
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ipv6Rule lets an IPv6 address out, and nobody in to it.
type ipv6Rule struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	Address         string `yaml:"address"` // the id of the address
}

const ipv6RuleKind = "ACS::VPC::Ipv6EgressOnlyRule"

// The calls that do not name the gateway are granted for all of them.
var ipv6RuleActions = []action{
	{
		Name: "CreateIpv6EgressOnlyRule", Write: true, Do: createIPv6Rule, On: onIPv6Gateway,
		Params: "RegionId! Ipv6GatewayId! InstanceId! InstanceType=Ipv6Address Name Description ClientToken",
	},
	{
		Name: "DeleteIpv6EgressOnlyRule", Write: true, Do: deleteIPv6Rule, On: onIPv6Gateway,
		Params: "RegionId! Ipv6EgressOnlyRuleId! ClientToken",
	},
	{
		Name: "DescribeIpv6EgressOnlyRules", Do: describeIPv6Rules, On: onIPv6Gateway,
		Params: "RegionId! Ipv6GatewayId! Ipv6EgressOnlyRuleId InstanceId InstanceType=Ipv6Address Name" + byNumber,
	},
}

func (q *request) ipv6Gateway() (*ipv6Gateway, error) {
	g, ok := kernel.Find(q.Request, q.c.Gateways6, q.Str("Ipv6GatewayId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidIpv6GatewayId.NotFound", "The specified Ipv6GatewayId does not exist.")
	}
	q.Touch(ipv6GatewayKind, g.ID)
	return g, nil
}

// An address with internet bandwidth has no need of it, and is refused.
func createIPv6Rule(q *request) (any, error) {
	g, err := q.ipv6Gateway()
	if err != nil {
		return nil, err
	}
	all := q.addresses6()
	n := slices.IndexFunc(all, func(a attached6) bool { return a.ID == q.Str("InstanceId") && a.nic.VPC == g.VPC })
	switch {
	case n < 0:
		return nil, kernel.Refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	case all[n].Bandwidth > 0:
		return nil, kernel.Refuse(400, "OperationFailed.Ipv6InternetBandwidthExist", "The IPv6 address has internet bandwidth.")
	case slices.ContainsFunc(g.Rules, func(r *ipv6Rule) bool { return r.Address == all[n].ID }):
		return nil, kernel.Refuse(400, "OperationFailed.RuleExist", "The IPv6 address has an egress-only rule already.")
	}
	r := &ipv6Rule{Resource: q.NewResource("ipv6py", q.Str("Name")), Address: all[n].ID}
	g.Rules = append(g.Rules, r)
	q.Touch(ipv6RuleKind, r.ID)
	return map[string]any{"Ipv6EgressRuleId": r.ID}, nil // named so in this answer only
}

// The call names no gateway: all of the region are looked through.
func deleteIPv6Rule(q *request) (any, error) {
	for _, g := range kernel.Within(q.Request, q.c.Gateways6, func(*ipv6Gateway) bool { return true }) {
		if _, ok := kernel.Find(q.Request, g.Rules, q.Str("Ipv6EgressOnlyRuleId")); ok {
			q.Touch(ipv6RuleKind, q.Str("Ipv6EgressOnlyRuleId"))
			g.Rules = kernel.Without(g.Rules, q.Str("Ipv6EgressOnlyRuleId"))
			return kernel.Done()
		}
	}
	return nil, kernel.Refuse(404, "InvalidIpv6EgressOnlyRuleId.NotFound", "The specified Ipv6EgressOnlyRuleId does not exist.")
}

func describeIPv6Rules(q *request) (any, error) {
	g, err := q.ipv6Gateway()
	if err != nil {
		return nil, err
	}
	kept := kernel.Within(q.Request, g.Rules, func(r *ipv6Rule) bool {
		return q.Matches("Ipv6EgressOnlyRuleId", r.ID) && q.Matches("InstanceId", r.Address) && q.Matches("Name", r.Name)
	})
	return kernel.Numbered(q.Request, kept, 10, "Ipv6EgressOnlyRules", "Ipv6EgressOnlyRule", func(r *ipv6Rule) map[string]any {
		return map[string]any{
			"Ipv6EgressOnlyRuleId": r.ID, "Name": r.Name, "Description": r.Description, "InstanceId": r.Address, "InstanceType": "Ipv6Address",
			"Status": q.c.Status(r.Created, "Creating", "Created"),
		}
	})
}
