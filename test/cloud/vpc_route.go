package cloud

import (
	"net/netip"
	"slices"
)

// routeTable holds the routes that people made; those of the system follow
// from the vSwitches.
type routeTable struct {
	ecsResource
	vpc     string
	system  bool
	entries []*routeEntry
}

// routeEntry is one custom route.
type routeEntry struct {
	ecsResource
	cidr, hop, hopKind string
	byNAT              bool // made with a NAT gateway, and goes with it
}

const routeTableKind = "ACS::VPC::RouteTable"

var onRouteTable = inVPC("routetable", "RouteTableId")

var routeActions = []rpcAction{
	{
		name: "CreateRouteTable", write: true, do: createRouteTable, on: both(inVPC("routetable", ""), onVPC),
		params: "RegionId! VpcId! RouteTableName Description AssociateType=VSwitch|Gateway ClientToken Tag:RepeatList(Key Value)",
	},
	{
		name: "DeleteRouteTable", write: true, do: deleteRouteTable, on: onRouteTable,
		params: "RegionId! RouteTableId!",
	},
	{
		name: "AssociateRouteTable", write: true, do: associateRouteTable, on: both(onRouteTable, onVSwitch),
		params: "RegionId! RouteTableId! VSwitchId! ClientToken",
	},
	{
		name: "UnassociateRouteTable", write: true, do: unassociateRouteTable, on: both(onRouteTable, onVSwitch),
		params: "RegionId! RouteTableId! VSwitchId! ClientToken",
	},
	{
		name: "DescribeRouteTableList", do: describeRouteTables, on: onRouteTable,
		params: "RegionId! RouteTableId RouteTableName RouteTableType=System|Custom RouterId RouterType VpcId ResourceGroupId Tag:RepeatList(Key Value)" + byNumber,
	},
	{
		name: "CreateRouteEntry", write: true, do: createRouteEntry, on: onRouteTable,
		params: `RegionId RouteTableId! DestinationCidrBlock! NextHopId NextHopType RouteEntryName Description ClientToken DryRun:Boolean
			NextHopList:RepeatList(NextHopId NextHopType Weight:Integer)`,
	},
	{
		name: "DeleteRouteEntry", write: true, do: deleteRouteEntry, on: onRouteTable,
		params: "RegionId RouteTableId RouteEntryId DestinationCidrBlock NextHopId DryRun:Boolean NextHopList:RepeatList(NextHopId NextHopType)",
	},
	{
		name: "DescribeRouteEntryList", do: describeRouteEntries, on: onRouteTable,
		params: `RegionId! RouteTableId! RouteEntryId RouteEntryName RouteEntryType=Custom|System|BGP|CEN|ECR DestinationCidrBlock DestCidrBlockList:RepeatList
			IpVersion=4|6|IPv4|IPv6 NextHopId NextHopType ServiceType MaxResult:Integer=1..100 NextToken`,
	},
}

// tableOf is the table that routes a vSwitch.
func (s *vpcState) tableOf(v *vswitch) *routeTable {
	for _, t := range s.tables {
		if t.id == v.table || v.table == "" && t.system && t.vpc == v.vpc {
			return t
		}
	}
	return &routeTable{system: true}
}

// routeTable finds the table of a call.
func (q *rpcRequest) routeTable() (*routeTable, error) {
	t, ok := find(q, q.c.vpc.tables, q.str("RouteTableId"))
	if !ok {
		return nil, refuse(404, "InvalidRouteTableId.NotFound", "Specified value of RouteTableId does not exist in our record.")
	}
	q.touch(routeTableKind, t.id)
	return t, nil
}

func createRouteTable(q *rpcRequest) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	t := &routeTable{ecsResource: q.newResource("vtb", q.str("RouteTableName")), vpc: v.id}
	q.c.vpc.tables = append(q.c.vpc.tables, t)
	q.touch(routeTableKind, t.id)
	return map[string]any{"RouteTableId": t.id}, nil
}

func deleteRouteTable(q *rpcRequest) (any, error) {
	t, err := q.routeTable()
	switch {
	case err != nil:
		return nil, err
	case t.system:
		return nil, refuse(400, "OperationDenied", "Specified operation is denied as the route table is the system's.")
	case slices.ContainsFunc(q.c.vpc.switches, func(v *vswitch) bool { return v.table == t.id }):
		return nil, refuse(400, "DependencyViolation.VSwitch", "The route table is associated with a vSwitch.")
	}
	q.c.vpc.tables = without(q.c.vpc.tables, t.id)
	return done()
}

func associateRouteTable(q *rpcRequest) (any, error) {
	t, v, err := q.tableAndVSwitch()
	switch {
	case err != nil:
		return nil, err
	case t.vpc != v.vpc:
		return nil, refuse(400, "InvalidVpcId.Mismatch", "The route table and the vSwitch are not in the same VPC.")
	case v.table != "":
		return nil, refuse(400, "OperationDenied.AlreadyAssociated", "The vSwitch is already associated with a custom route table.")
	}
	if !t.system {
		v.table = t.id
	}
	return done()
}

func unassociateRouteTable(q *rpcRequest) (any, error) {
	t, v, err := q.tableAndVSwitch()
	switch {
	case err != nil:
		return nil, err
	case v.table != t.id:
		return nil, refuse(400, "OperationDenied.NotAssociated", "The vSwitch is not associated with the route table.")
	}
	v.table = ""
	return done()
}

func (q *rpcRequest) tableAndVSwitch() (*routeTable, *vswitch, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, nil, err
	}
	v, err := q.ownVSwitch()
	return t, v, err
}

func describeRouteTables(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.tables, func(t *routeTable) bool {
		v := q.c.vpc.of(q.region, t.vpc)
		return q.matches("RouteTableId", t.id) && q.matches("RouteTableName", t.name) && q.matches("VpcId", t.vpc) &&
			q.matches("RouteTableType", t.kind()) && (v == nil || q.matches("RouterId", v.router)) && q.oneOf("RouterType", "VRouter") && t.hasTags(q)
	})
	return numbered(q, kept, 10, "RouterTableList", "RouterTableListType", q.routeTableView)
}

func (t *routeTable) kind() string {
	if t.system {
		return "System"
	}
	return "Custom"
}

func (q *rpcRequest) routeTableView(t *routeTable) map[string]any {
	switches, router := []string{}, ""
	for _, v := range q.c.vpc.switches {
		if q.c.vpc.tableOf(v) == t {
			switches = append(switches, v.id)
		}
	}
	if v := q.c.vpc.of(q.region, t.vpc); v != nil {
		router = v.router
	}
	return map[string]any{
		"RouteTableId": t.id, "RouteTableName": t.name, "Description": t.description, "RouteTableType": t.kind(), "VpcId": t.vpc,
		"RouterId": router, "RouterType": "VRouter", "AssociateType": "VSwitch", "Status": q.c.status(t.created, "Pending", "Available"),
		"CreationTime": stamp(t.created), "OwnerId": ownerID(q.c.Account), "ResourceGroupId": "", "RoutePropagationEnable": true,
		"VSwitchIds": map[string]any{"VSwitchId": switches}, "GatewayIds": map[string]any{"GatewayIds": []any{}}, "Tags": vpcTags(&t.ecsResource),
	}
}

func createRouteEntry(q *rpcRequest) (any, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, err
	}
	if len(q.items("NextHopList")) > 0 {
		return nil, refuse(400, "LocalCloud.NotSupported", "The local cloud has no routes with several next hops.")
	}
	e := &routeEntry{
		ecsResource: q.newResource("rte", q.str("RouteEntryName")), cidr: q.str("DestinationCidrBlock"),
		hop: q.str("NextHopId"), hopKind: q.orElse("NextHopType", "Instance"),
	}
	if err := t.add(q.c, e); err != nil {
		return nil, err
	}
	return map[string]any{"RouteEntryId": e.id}, nil
}

// add checks a route and puts it in.
func (t *routeTable) add(c *Cloud, e *routeEntry) error {
	p, err := netip.ParsePrefix(e.cidr)
	switch {
	case err != nil || p != p.Masked():
		return refuse(400, "InvalidCidrBlock.Malformed", "Specified CIDR block is not valid.")
	case e.hop == "":
		return refuse(400, "MissingParameter", "Missing mandatory parameter NextHopId.")
	case slices.ContainsFunc(t.entries, func(o *routeEntry) bool { return o.cidr == e.cidr }):
		return refuse(400, "RouterEntryConflict.Duplicated", "A route entry already exists, which CIDR is '%s'.", e.cidr)
	}
	missing := false
	switch e.hopKind {
	case "Instance":
		missing = !c.hasHost("EcsInstance", e.hop)
	case "NetworkInterface":
		missing = !c.hasHost("NetworkInterface", e.hop)
	case "NatGateway":
		missing = !has(c.vpc.nats, e.hop)
	case "IPv6Gateway":
		missing = !has(c.vpc.gateways6, e.hop)
	case "HaVip", "RouterInterface", "VpnGateway", "Attachment", "VpcPeer", "Ipv4Gateway", "GatewayEndpoint", "Ecr":
		// Of products that the local cloud does not have: taken as they are.
	default:
		return refuse(400, "InvalidNextHopType.ValueNotSupported", "The specified value of NextHopType is not supported.")
	}
	if missing {
		return refuse(404, "InvalidNextHopId.NotFound", "Specified value of NextHopId does not exist.")
	}
	t.entries = append(t.entries, e)
	return nil
}

// deleteRouteEntry finds the route by its id alone, or by table, block and hop.
func deleteRouteEntry(q *rpcRequest) (any, error) {
	tables := q.c.vpc.tables
	if q.has("RouteTableId") {
		t, err := q.routeTable()
		if err != nil {
			return nil, err
		}
		tables = []*routeTable{t}
	} else if !q.has("RouteEntryId") {
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter RouteEntryId or RouteTableId.")
	}
	for _, t := range within(q, tables, func(*routeTable) bool { return true }) {
		for _, e := range t.entries {
			if q.matches("RouteEntryId", e.id) && q.matches("DestinationCidrBlock", e.cidr) && q.matches("NextHopId", e.hop) {
				t.entries = without(t.entries, e.id)
				return done()
			}
		}
		for _, e := range q.systemEntries(t) {
			if q.has("DestinationCidrBlock") && e.cidr == q.str("DestinationCidrBlock") {
				return nil, refuse(400, "OperationDenied", "Specified operation is denied as route entry type is system.")
			}
		}
	}
	return nil, refuse(400, "InvalidRouteEntry.NotFound", "Route entry not exists.")
}

// systemEntries are the routes that every table of a VPC has: to each vSwitch,
// and to the cloud's services.
func (q *rpcRequest) systemEntries(t *routeTable) []*routeEntry {
	var entries []*routeEntry
	for _, v := range q.c.vpc.switches {
		if v.vpc == t.vpc {
			entries = append(entries, &routeEntry{ecsResource: ecsResource{created: v.created, description: "Created with VSwitch " + v.id + " by system."}, cidr: v.cidr, hopKind: "local"})
		}
	}
	return append(entries, &routeEntry{ecsResource: ecsResource{created: t.created, description: "Created by system."}, cidr: "100.64.0.0/10", hopKind: "service"})
}

func describeRouteEntries(q *rpcRequest) (any, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, err
	}
	blocks := q.list("DestCidrBlockList")
	views := []any{}
	add := func(e *routeEntry, kind string) {
		version := "IPv4"
		if isIPv6(e.cidr) {
			version = "IPv6"
		}
		if !q.oneOf("RouteEntryType", kind) || !q.matches("RouteEntryId", e.id) || !q.matches("RouteEntryName", e.name) ||
			!q.matches("DestinationCidrBlock", e.cidr) || !q.matches("NextHopId", e.hop) || !q.matches("NextHopType", e.hopKind) ||
			q.has("IpVersion") && q.str("IpVersion")[len(q.str("IpVersion"))-1:] != version[3:] || len(blocks) > 0 && !slices.Contains(blocks, e.cidr) {
			return
		}
		views = append(views, map[string]any{
			"RouteEntryId": e.id, "RouteEntryName": e.name, "Description": e.description, "RouteTableId": t.id, "DestinationCidrBlock": e.cidr,
			"Type": kind, "IpVersion": version, "Status": q.c.status(e.created, "Pending", "Available"), "GmtModified": stamp(e.created),
			"ServiceType": "", "Origin": "", "NextHops": map[string]any{"NextHop": []any{map[string]any{
				"NextHopId": e.hop, "NextHopType": e.hopKind, "Enabled": 1, "Weight": 0, "NextHopRegionId": "",
			}}},
		})
	}
	for _, e := range t.entries {
		add(e, "Custom")
	}
	for _, e := range q.systemEntries(t) {
		add(e, "System")
	}
	page, next, err := tokenPage(q, views, q.num("MaxResult", 10))
	return map[string]any{"NextToken": next, "RouteEntrys": map[string]any{"RouteEntry": page}}, err
}
