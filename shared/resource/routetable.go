package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeRouteTable is the type of a route table.
const TypeRouteTable = "ACS::VPC::RouteTable"

var _ = add(Kind{Type: TypeRouteTable, Words: "route table", Param: "RouteTableId", Prefix: "vtb-", ARN: "acs:vpc:%s:%s:routetable/%s", Untags: "vpc"})

// A RouteTable says where the packets of vSwitches go: the system's of those that have no other.
type RouteTable struct {
	RouteTableID, RouteTableName, RouteTableType, VpcID string

	Tags cloud.Tags
}

// About says which table it is.
func (t RouteTable) About() About {
	return About{Type: TypeRouteTable, ID: t.RouteTableID, Name: t.RouteTableName, Tags: t.Tags.Map()}
}

type routeTablePage struct {
	RouterTableList struct{ RouterTableListType []RouteTable }
}

func (p routeTablePage) Items() []RouteTable { return p.RouterTableList.RouterTableListType }

// RouteTables reads those of a region that the parameters choose, or all.
func RouteTables(ctx context.Context, r cloud.Reader, region string, params ...string) ([]RouteTable, error) {
	return cloud.ReadNumbered[routeTablePage](ctx, r, cloud.New("vpc", "DescribeRouteTableList", region, params...))
}

// A Route is an entry of a route table.
type Route struct {
	RouteEntryID, RouteEntryName, Description, DestinationCidrBlock, Status, Type, ServiceType, GmtModified string

	NextHops struct{ NextHop []NextHop }
}

// A NextHop is where a route leads; a route may have several.
type NextHop struct{ NextHopID, NextHopType string }

type routePage struct {
	cloud.Page
	RouteEntrys struct{ RouteEntry []Route }
}

func (p routePage) Items() []Route { return p.RouteEntrys.RouteEntry }

// CustomRoutes reads the entries of a table that people made.
func CustomRoutes(ctx context.Context, r cloud.Reader, region, table string) ([]Route, error) {
	return cloud.ReadList[routePage](ctx, r, cloud.New("vpc", "DescribeRouteEntryList", region, "RouteTableId", table, "RouteEntryType", "Custom", "MaxResult", "100"))
}
