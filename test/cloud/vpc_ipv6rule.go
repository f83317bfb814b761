package cloud

import "slices"

// ipv6Rule lets an IPv6 address out, and nobody in to it.
type ipv6Rule struct {
	ecsResource
	address string // the id of the address
}

const ipv6RuleKind = "ACS::VPC::Ipv6EgressOnlyRule"

// The calls that do not name the gateway are granted for all of them.
var ipv6RuleActions = []rpcAction{
	{
		name: "CreateIpv6EgressOnlyRule", write: true, do: createIPv6Rule, on: onIPv6Gateway,
		params: "RegionId! Ipv6GatewayId! InstanceId! InstanceType=Ipv6Address Name Description ClientToken",
	},
	{
		name: "DeleteIpv6EgressOnlyRule", write: true, do: deleteIPv6Rule, on: onIPv6Gateway,
		params: "RegionId! Ipv6EgressOnlyRuleId! ClientToken",
	},
	{
		name: "DescribeIpv6EgressOnlyRules", do: describeIPv6Rules, on: onIPv6Gateway,
		params: "RegionId! Ipv6GatewayId! Ipv6EgressOnlyRuleId InstanceId InstanceType=Ipv6Address Name" + byNumber,
	},
}

func (q *rpcRequest) ipv6Gateway() (*ipv6Gateway, error) {
	g, ok := find(q, q.c.vpc.gateways6, q.str("Ipv6GatewayId"))
	if !ok {
		return nil, refuse(404, "InvalidIpv6GatewayId.NotFound", "The specified Ipv6GatewayId does not exist.")
	}
	q.touch(ipv6GatewayKind, g.id)
	return g, nil
}

func createIPv6Rule(q *rpcRequest) (any, error) {
	g, err := q.ipv6Gateway()
	if err != nil {
		return nil, err
	}
	all := q.addresses6()
	n := slices.IndexFunc(all, func(a attached6) bool { return a.id == q.str("InstanceId") && a.nic.vpc == g.vpc })
	switch {
	case n < 0:
		return nil, refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	case all[n].bandwidth > 0:
		return nil, refuse(400, "OperationFailed.Ipv6InternetBandwidthExist", "The IPv6 address has internet bandwidth.")
	case slices.ContainsFunc(g.rules, func(r *ipv6Rule) bool { return r.address == all[n].id }):
		return nil, refuse(400, "OperationFailed.RuleExist", "The IPv6 address has an egress-only rule already.")
	}
	r := &ipv6Rule{ecsResource: q.newResource("ipv6py", q.str("Name")), address: all[n].id}
	g.rules = append(g.rules, r)
	q.touch(ipv6RuleKind, r.id)
	return map[string]any{"Ipv6EgressRuleId": r.id}, nil // named so in this answer only
}

func deleteIPv6Rule(q *rpcRequest) (any, error) {
	for _, g := range within(q, q.c.vpc.gateways6, func(*ipv6Gateway) bool { return true }) {
		if _, ok := find(q, g.rules, q.str("Ipv6EgressOnlyRuleId")); ok {
			q.touch(ipv6RuleKind, q.str("Ipv6EgressOnlyRuleId"))
			g.rules = without(g.rules, q.str("Ipv6EgressOnlyRuleId"))
			return done()
		}
	}
	return nil, refuse(404, "InvalidIpv6EgressOnlyRuleId.NotFound", "The specified Ipv6EgressOnlyRuleId does not exist.")
}

func describeIPv6Rules(q *rpcRequest) (any, error) {
	g, err := q.ipv6Gateway()
	if err != nil {
		return nil, err
	}
	kept := within(q, g.rules, func(r *ipv6Rule) bool {
		return q.matches("Ipv6EgressOnlyRuleId", r.id) && q.matches("InstanceId", r.address) && q.matches("Name", r.name)
	})
	return numbered(q, kept, 10, "Ipv6EgressOnlyRules", "Ipv6EgressOnlyRule", func(r *ipv6Rule) map[string]any {
		return map[string]any{
			"Ipv6EgressOnlyRuleId": r.id, "Name": r.name, "Description": r.description, "InstanceId": r.address, "InstanceType": "Ipv6Address",
			"Status": q.c.status(r.created, "Creating", "Created"),
		}
	})
}
