package vpc

import (
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// routeTable holds the routes that people made; those of the system follow
// from the vSwitches.
type routeTable struct {
	kernel.Resource
	vpc     string
	system  bool
	entries []*routeEntry
}

// routeEntry is one custom route.
type routeEntry struct {
	kernel.Resource
	cidr, hop, hopKind string
	byNAT              bool // made with a NAT gateway, and goes with it
}

const routeTableKind = "ACS::VPC::RouteTable"

var onRouteTable = InVPC("routetable", "RouteTableId")

var routeActions = []action{
	{
		Name: "CreateRouteTable", Write: true, Do: createRouteTable, On: kernel.Both(InVPC("routetable", ""), onVPC),
		Params: "RegionId! VpcId! RouteTableName Description AssociateType=VSwitch|Gateway ClientToken Tag:RepeatList(Key Value)",
	},
	{
		Name: "DeleteRouteTable", Write: true, Do: deleteRouteTable, On: onRouteTable,
		Params: "RegionId! RouteTableId!",
	},
	{
		Name: "AssociateRouteTable", Write: true, Do: associateRouteTable, On: kernel.Both(onRouteTable, onVSwitch),
		Params: "RegionId! RouteTableId! VSwitchId! ClientToken",
	},
	{
		Name: "UnassociateRouteTable", Write: true, Do: unassociateRouteTable, On: kernel.Both(onRouteTable, onVSwitch),
		Params: "RegionId! RouteTableId! VSwitchId! ClientToken",
	},
	{
		Name: "DescribeRouteTableList", Do: describeRouteTables, On: onRouteTable,
		Params: "RegionId! RouteTableId RouteTableName RouteTableType=System|Custom RouterId RouterType VpcId ResourceGroupId Tag:RepeatList(Key Value)" + byNumber,
	},
	{
		Name: "CreateRouteEntry", Write: true, Do: createRouteEntry, On: onRouteTable,
		Params: `RegionId RouteTableId! DestinationCidrBlock! NextHopId NextHopType RouteEntryName Description ClientToken DryRun:Boolean
			NextHopList:RepeatList(NextHopId NextHopType Weight:Integer)`,
	},
	{
		Name: "DeleteRouteEntry", Write: true, Do: deleteRouteEntry, On: onRouteTable,
		Params: "RegionId RouteTableId RouteEntryId DestinationCidrBlock NextHopId DryRun:Boolean NextHopList:RepeatList(NextHopId NextHopType)",
	},
	{
		Name: "DescribeRouteEntryList", Do: describeRouteEntries, On: onRouteTable,
		Params: `RegionId! RouteTableId! RouteEntryId RouteEntryName RouteEntryType=Custom|System|BGP|CEN|ECR DestinationCidrBlock DestCidrBlockList:RepeatList
			IpVersion=4|6|IPv4|IPv6 NextHopId NextHopType ServiceType MaxResult:Integer=1..100 NextToken`,
	},
}

// tableOf is the table that routes a vSwitch.
func (s *state) tableOf(v *Vswitch) *routeTable {
	for _, t := range s.tables {
		if t.ID == v.table || v.table == "" && t.system && t.vpc == v.VPC {
			return t
		}
	}
	return &routeTable{system: true}
}

// routeTable finds the table of a call.
func (q *request) routeTable() (*routeTable, error) {
	t, ok := kernel.Find(q.Request, q.c.tables, q.Str("RouteTableId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidRouteTableId.NotFound", "Specified value of RouteTableId does not exist in our record.")
	}
	q.Touch(routeTableKind, t.ID)
	return t, nil
}

func createRouteTable(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	t := &routeTable{Resource: q.NewResource("vtb", q.Str("RouteTableName")), vpc: v.ID}
	q.c.tables = append(q.c.tables, t)
	q.Touch(routeTableKind, t.ID)
	return map[string]any{"RouteTableId": t.ID}, nil
}

func deleteRouteTable(q *request) (any, error) {
	t, err := q.routeTable()
	switch {
	case err != nil:
		return nil, err
	case t.system:
		return nil, kernel.Refuse(400, "OperationDenied", "Specified operation is denied as the route table is the system's.")
	case slices.ContainsFunc(q.c.Switches, func(v *Vswitch) bool { return v.table == t.ID }):
		return nil, kernel.Refuse(400, "DependencyViolation.VSwitch", "The route table is associated with a vSwitch.")
	}
	q.c.tables = kernel.Without(q.c.tables, t.ID)
	return kernel.Done()
}

func associateRouteTable(q *request) (any, error) {
	t, v, err := q.tableAndVSwitch()
	switch {
	case err != nil:
		return nil, err
	case t.vpc != v.VPC:
		return nil, kernel.Refuse(400, "InvalidVpcId.Mismatch", "The route table and the vSwitch are not in the same VPC.")
	case v.table != "":
		return nil, kernel.Refuse(400, "OperationDenied.AlreadyAssociated", "The vSwitch is already associated with a custom route table.")
	}
	if !t.system {
		v.table = t.ID
	}
	return kernel.Done()
}

func unassociateRouteTable(q *request) (any, error) {
	t, v, err := q.tableAndVSwitch()
	switch {
	case err != nil:
		return nil, err
	case v.table != t.ID:
		return nil, kernel.Refuse(400, "OperationDenied.NotAssociated", "The vSwitch is not associated with the route table.")
	}
	v.table = ""
	return kernel.Done()
}

func (q *request) tableAndVSwitch() (*routeTable, *Vswitch, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, nil, err
	}
	v, err := q.ownVSwitch()
	return t, v, err
}

func describeRouteTables(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.tables, func(t *routeTable) bool {
		v := q.c.Of(q.Region, t.vpc)
		return q.Matches("RouteTableId", t.ID) && q.Matches("RouteTableName", t.Name) && q.Matches("VpcId", t.vpc) &&
			q.Matches("RouteTableType", t.kind()) && (v == nil || q.Matches("RouterId", v.router)) && q.OneOf("RouterType", "VRouter") && t.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "RouterTableList", "RouterTableListType", q.routeTableView)
}

func (t *routeTable) kind() string {
	if t.system {
		return "System"
	}
	return "Custom"
}

func (q *request) routeTableView(t *routeTable) map[string]any {
	switches, router := []string{}, ""
	for _, v := range q.c.Switches {
		if q.c.tableOf(v) == t {
			switches = append(switches, v.ID)
		}
	}
	if v := q.c.Of(q.Region, t.vpc); v != nil {
		router = v.router
	}
	return map[string]any{
		"RouteTableId": t.ID, "RouteTableName": t.Name, "Description": t.Description, "RouteTableType": t.kind(), "VpcId": t.vpc,
		"RouterId": router, "RouterType": "VRouter", "AssociateType": "VSwitch", "Status": q.c.Status(t.Created, "Pending", "Available"),
		"CreationTime": kernel.Stamp(t.Created), "OwnerId": kernel.OwnerID(q.c.Account), "ResourceGroupId": "", "RoutePropagationEnable": true,
		"VSwitchIds": map[string]any{"VSwitchId": switches}, "GatewayIds": map[string]any{"GatewayIds": []any{}}, "Tags": vpcTags(&t.Resource),
	}
}

func createRouteEntry(q *request) (any, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, err
	}
	if len(q.Items("NextHopList")) > 0 {
		return nil, kernel.Refuse(400, "LocalCloud.NotSupported", "The local cloud has no routes with several next hops.")
	}
	e := &routeEntry{
		Resource: q.NewResource("rte", q.Str("RouteEntryName")), cidr: q.Str("DestinationCidrBlock"),
		hop: q.Str("NextHopId"), hopKind: q.OrElse("NextHopType", "Instance"),
	}
	if err := t.add(q.c, e); err != nil {
		return nil, err
	}
	return map[string]any{"RouteEntryId": e.ID}, nil
}

// add checks a route and puts it in.
func (t *routeTable) add(c *Service, e *routeEntry) error {
	p, err := netip.ParsePrefix(e.cidr)
	switch {
	case err != nil || p != p.Masked():
		return kernel.Refuse(400, "InvalidCidrBlock.Malformed", "Specified CIDR block is not valid.")
	case e.hop == "":
		return kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter NextHopId.")
	case slices.ContainsFunc(t.entries, func(o *routeEntry) bool { return o.cidr == e.cidr }):
		return kernel.Refuse(400, "RouterEntryConflict.Duplicated", "A route entry already exists, which CIDR is '%s'.", e.cidr)
	}
	missing := false
	switch e.hopKind {
	case "Instance":
		missing = !c.hasHost("EcsInstance", e.hop)
	case "NetworkInterface":
		missing = !c.hasHost("NetworkInterface", e.hop)
	case "NatGateway":
		missing = !kernel.Has(c.nats, e.hop)
	case "IPv6Gateway":
		missing = !kernel.Has(c.gateways6, e.hop)
	case "HaVip", "RouterInterface", "VpnGateway", "Attachment", "VpcPeer", "Ipv4Gateway", "GatewayEndpoint", "Ecr":
		// Of products that the local cloud does not have: taken as they are.
	default:
		return kernel.Refuse(400, "InvalidNextHopType.ValueNotSupported", "The specified value of NextHopType is not supported.")
	}
	if missing {
		return kernel.Refuse(404, "InvalidNextHopId.NotFound", "Specified value of NextHopId does not exist.")
	}
	t.entries = append(t.entries, e)
	return nil
}

// deleteRouteEntry finds the route by its id alone, or by table, block and hop.
func deleteRouteEntry(q *request) (any, error) {
	tables := q.c.tables
	if q.Has("RouteTableId") {
		t, err := q.routeTable()
		if err != nil {
			return nil, err
		}
		tables = []*routeTable{t}
	} else if !q.Has("RouteEntryId") {
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter RouteEntryId or RouteTableId.")
	}
	for _, t := range kernel.Within(q.Request, tables, func(*routeTable) bool { return true }) {
		for _, e := range t.entries {
			if q.Matches("RouteEntryId", e.ID) && q.Matches("DestinationCidrBlock", e.cidr) && q.Matches("NextHopId", e.hop) {
				t.entries = kernel.Without(t.entries, e.ID)
				return kernel.Done()
			}
		}
		for _, e := range q.systemEntries(t) {
			if q.Has("DestinationCidrBlock") && e.cidr == q.Str("DestinationCidrBlock") {
				return nil, kernel.Refuse(400, "OperationDenied", "Specified operation is denied as route entry type is system.")
			}
		}
	}
	return nil, kernel.Refuse(400, "InvalidRouteEntry.NotFound", "Route entry not exists.")
}

// systemEntries are the routes that every table of a VPC has: to each vSwitch,
// and to the cloud's services.
func (q *request) systemEntries(t *routeTable) []*routeEntry {
	var entries []*routeEntry
	for _, v := range q.c.Switches {
		if v.VPC == t.vpc {
			entries = append(entries, &routeEntry{Resource: kernel.Resource{Created: v.Created, Description: "Created with VSwitch " + v.ID + " by system."}, cidr: v.cidr, hopKind: "local"})
		}
	}
	return append(entries, &routeEntry{Resource: kernel.Resource{Created: t.Created, Description: "Created by system."}, cidr: "100.64.0.0/10", hopKind: "service"})
}

func describeRouteEntries(q *request) (any, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, err
	}
	blocks := q.List("DestCidrBlockList")
	views := []any{}
	add := func(e *routeEntry, kind string) {
		version := "IPv4"
		if kernel.IsIPv6(e.cidr) {
			version = "IPv6"
		}
		if !q.OneOf("RouteEntryType", kind) || !q.Matches("RouteEntryId", e.ID) || !q.Matches("RouteEntryName", e.Name) ||
			!q.Matches("DestinationCidrBlock", e.cidr) || !q.Matches("NextHopId", e.hop) || !q.Matches("NextHopType", e.hopKind) ||
			q.Has("IpVersion") && q.Str("IpVersion")[len(q.Str("IpVersion"))-1:] != version[3:] || len(blocks) > 0 && !slices.Contains(blocks, e.cidr) {
			return
		}
		views = append(views, map[string]any{
			"RouteEntryId": e.ID, "RouteEntryName": e.Name, "Description": e.Description, "RouteTableId": t.ID, "DestinationCidrBlock": e.cidr,
			"Type": kind, "IpVersion": version, "Status": q.c.Status(e.Created, "Pending", "Available"), "GmtModified": kernel.Stamp(e.Created),
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
	page, next, err := kernel.TokenPage(q.Request, views, q.Num("MaxResult", 10))
	return map[string]any{"NextToken": next, "RouteEntrys": map[string]any{"RouteEntry": page}}, err
}
