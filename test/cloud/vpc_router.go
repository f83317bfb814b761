package cloud

import "slices"

var vpcRouterActions = []rpcAction{
	{
		name: "DescribeVRouters", do: describeVRouters, on: inVPC("vrouter", "VRouterId"),
		params: "RegionId! VRouterId" + byNumber,
	},
	{
		name: "DescribeRouteTables", do: describeOldRouteTables, on: onRouteTable,
		params: "RegionId VRouterId RouterId RouterType=VRouter|VBR RouteTableId RouteTableName Type ResourceGroupId" + byNumber,
	},
}

// describeVRouters: every VPC has one router, which has the tables.
func describeVRouters(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.vpcs, func(v *vpc) bool { return q.matches("VRouterId", v.router) })
	return numbered(q, kept, 10, "VRouters", "VRouter", func(v *vpc) map[string]any {
		tables := []string{}
		for _, t := range q.c.vpc.tables {
			if t.vpc == v.id {
				tables = append(tables, t.id)
			}
		}
		return map[string]any{
			"VRouterId": v.router, "VpcId": v.id, "RegionId": v.region, "VRouterName": "", "Description": "", "CreationTime": stamp(v.created),
			"RouteTableIds": map[string]any{"RouteTableId": tables},
		}
	})
}

// describeOldRouteTables is what came before DescribeRouteTableList and
// DescribeRouteEntryList: tables with their entries.
func describeOldRouteTables(q *rpcRequest) (any, error) {
	routers := map[string]string{}
	for _, v := range q.c.vpc.vpcs {
		routers[v.id] = v.router
	}
	kept := within(q, q.c.vpc.tables, func(t *routeTable) bool {
		return q.matches("RouteTableId", t.id) && q.matches("RouteTableName", t.name) && q.matches("VRouterId", routers[t.vpc]) &&
			q.matches("RouterId", routers[t.vpc]) && q.orElse("RouterType", "VRouter") == "VRouter" && q.matches("Type", t.kind())
	})
	return numbered(q, kept, 10, "RouteTables", "RouteTable", func(t *routeTable) map[string]any {
		switches, entries := []string{}, []any{}
		for _, v := range q.c.vpc.switches {
			if q.c.vpc.tableOf(v) == t {
				switches = append(switches, v.id)
			}
		}
		for i, e := range slices.Concat(t.entries, q.systemEntries(t)) {
			kind := map[bool]string{true: "Custom", false: "System"}[i < len(t.entries)]
			entries = append(entries, map[string]any{
				"RouteEntryId": e.id, "RouteEntryName": e.name, "Description": e.description, "RouteTableId": t.id, "DestinationCidrBlock": e.cidr,
				"Type": kind, "Status": q.c.status(e.created, "Pending", "Available"), "InstanceId": e.hop, "NextHopType": e.hopKind,
				"NextHops": map[string]any{"NextHop": []any{}},
			})
		}
		return map[string]any{
			"RouteTableId": t.id, "VRouterId": routers[t.vpc], "RouteTableType": t.kind(), "CreationTime": stamp(t.created), "Status": "Available",
			"ResourceGroupId": "", "VSwitchIds": map[string]any{"VSwitchId": switches}, "RouteEntrys": map[string]any{"RouteEntry": entries},
		}
	})
}
