package vpc

import (
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Both are of the first years of the API. Terraform still makes them.
var vpcRouterActions = []action{
	{
		Name: "DescribeVRouters", Do: describeVRouters, On: InVPC("vrouter", "VRouterId"),
		Params: "RegionId! VRouterId" + byNumber,
	},
	{
		Name: "DescribeRouteTables", Do: describeOldRouteTables, On: onRouteTable,
		Params: "RegionId VRouterId RouterId RouterType=VRouter|VBR RouteTableId RouteTableName Type ResourceGroupId" + byNumber,
	},
}

// describeVRouters: every VPC has one router, which has the tables.
func describeVRouters(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.VPCs, func(v *vpc) bool { return q.Matches("VRouterId", v.Router) })
	return kernel.Numbered(q.Request, kept, 10, "VRouters", "VRouter", func(v *vpc) map[string]any {
		tables := []string{}
		for _, t := range q.c.RouteTables {
			if t.VPC == v.ID {
				tables = append(tables, t.ID)
			}
		}
		return map[string]any{
			"VRouterId": v.Router, "VpcId": v.ID, "RegionId": v.Region, "VRouterName": "", "Description": "", "CreationTime": kernel.Stamp(v.Created),
			"RouteTableIds": map[string]any{"RouteTableId": tables},
		}
	})
}

// describeOldRouteTables is what came before DescribeRouteTableList and
// DescribeRouteEntryList: tables with their entries.
func describeOldRouteTables(q *request) (any, error) {
	routers := map[string]string{}
	for _, v := range q.c.VPCs {
		routers[v.ID] = v.Router
	}
	kept := kernel.Within(q.Request, q.c.RouteTables, func(t *routeTable) bool {
		return q.Matches("RouteTableId", t.ID) && q.Matches("RouteTableName", t.Name) && q.Matches("VRouterId", routers[t.VPC]) &&
			q.Matches("RouterId", routers[t.VPC]) && q.OrElse("RouterType", "VRouter") == "VRouter" && q.Matches("Type", t.kind())
	})
	return kernel.Numbered(q.Request, kept, 10, "RouteTables", "RouteTable", func(t *routeTable) map[string]any {
		switches, entries := []string{}, []any{}
		for _, v := range q.c.Switches {
			if q.c.tableOf(v) == t {
				switches = append(switches, v.ID)
			}
		}
		for i, e := range slices.Concat(t.Entries, q.systemEntries(t)) {
			kind := map[bool]string{true: "Custom", false: "System"}[i < len(t.Entries)]
			entries = append(entries, map[string]any{
				"RouteEntryId": e.ID, "RouteEntryName": e.Name, "Description": e.Description, "RouteTableId": t.ID, "DestinationCidrBlock": e.CIDR,
				"Type": kind, "Status": q.c.Status(e.Created, "Pending", "Available"), "InstanceId": e.NextHop, "NextHopType": e.Type,
				"NextHops": map[string]any{"NextHop": []any{}},
			})
		}
		return map[string]any{
			"RouteTableId": t.ID, "VRouterId": routers[t.VPC], "RouteTableType": t.kind(), "CreationTime": kernel.Stamp(t.Created), "Status": "Available",
			"ResourceGroupId": "", "VSwitchIds": map[string]any{"VSwitchId": switches}, "RouteEntrys": map[string]any{"RouteEntry": entries},
		}
	})
}
