package vpc

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// routeTable holds the routes that people made; those of the system follow
// from the vSwitches.
// Which vSwitches it routes is kept at those, and so is nothing for the system table: it routes
// all that name no other. Border routers and tables of gateways are left out.
type routeTable struct {
	kernel.Resource `yaml:",inline"`
	VPC             string        `yaml:"vpc,omitempty"`       // default vpc-1
	System          bool          `yaml:"system,omitempty"`    // the VPC's own; need not be written
	VSwitches       []string      `yaml:"vswitches,omitempty"` // of a document only: kept at the vSwitches
	Entries         []*routeEntry `yaml:"entries,omitempty" dump:"after tags"`
}

var routeTableRows = kernel.Kind{Key: "route-tables", Prefix: "vtb", Tagged: "routetable", Type: routeTableKind}

func (t *routeTable) Defaults(*Service) {
	t.VPC = cmp.Or(t.VPC, "vpc-1")
	for _, e := range t.Entries {
		e.Type = cmp.Or(e.Type, "Instance")
	}
}

func (t *routeTable) Check(c *Service) error {
	if _, err := kernel.ByItsID(c.VPCs, "VPC", t.VPC); err != nil {
		return err
	}
	for _, e := range t.Entries {
		if err := checkBlock(e.CIDR); err != nil {
			return err
		}
	}
	for _, id := range t.VSwitches {
		if _, err := kernel.ByItsID(c.Switches, "vSwitch", id); err != nil {
			return err
		}
	}
	return nil
}

// Complete puts the table in the place of the one that the VPC came with, if it is that.
// A document writes the system table only to give it routes, a name or tags.
func (t *routeTable) Complete(_ *kernel.Loader, c *Service) error {
	if t.System {
		c.loading.tables = slices.DeleteFunc(c.loading.tables, func(o *routeTable) bool { return o.VPC == t.VPC })
	}
	for _, e := range t.Entries {
		e.ID, e.Region, e.Created = cmp.Or(e.ID, c.ResourceID("rte", t.Region)), t.Region, t.Created
		if e.New {
			e.Created = c.Clock().Add(-time.Minute)
		}
	}
	for _, v := range c.Switches {
		if slices.Contains(t.VSwitches, v.ID) && !t.System {
			v.table = t.ID
		}
	}
	t.VSwitches = nil
	return nil
}

// Implied says that the table is as it came with its VPC.
func (t *routeTable) Implied(*Service) bool {
	return t.System && t.ID == as("vtb", t.VPC) && len(t.Entries) == 0 && len(t.Tags) == 0 && t.Name == ""
}

func (t *routeTable) Abridged(c *Service) *routeTable {
	short := *t
	short.VSwitches = c.switchesWhere(func(v *Vswitch) bool { return v.table == t.ID })
	return &short
}

// routeEntry is one custom route.
// WithNAT says that it was made by the gateway that it leads to, and goes with it.
type routeEntry struct {
	kernel.Resource `yaml:",inline" dump:"no region, no tags"`
	CIDR            string `yaml:"cidr"`
	NextHop         string `yaml:"next-hop"`
	Type            string `yaml:"next-hop-type,omitempty"` // default Instance
	WithNAT         bool   `yaml:"with-nat-gateway,omitempty"`
	New             bool   `yaml:"new,omitempty"` // made a minute ago; default a day
}

const routeTableKind = "ACS::VPC::RouteTable"

var onRouteTable = InVPC("routetable", "RouteTableId")

// DescribeRouteEntryList pages with MaxResult, without an s.
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
		// One hop a route; NextHopList is refused by name.
		Name: "CreateRouteEntry", Write: true, Do: createRouteEntry, On: onRouteTable,
		Params: `RegionId RouteTableId! DestinationCidrBlock! NextHopId NextHopType RouteEntryName Description ClientToken DryRun:Boolean
			NextHopList:RepeatList(NextHopId NextHopType Weight:Integer)`,
	},
	{
		// RouteEntryId alone is enough in the newer form, and the older one names table, block and
		// hop.
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
// It never answers nil: a vSwitch without any table looks as if the system's had no id.
func (s *state) tableOf(v *Vswitch) *routeTable {
	for _, t := range s.RouteTables {
		if t.ID == v.table || v.table == "" && t.System && t.VPC == v.VPC {
			return t
		}
	}
	return &routeTable{System: true}
}

// routeTable finds the table of a call.
// Custom and system tables alike; a call that may not change the system's says so itself.
func (q *request) routeTable() (*routeTable, error) {
	t, ok := kernel.Find(q.Request, q.c.RouteTables, q.Str("RouteTableId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidRouteTableId.NotFound", "Specified value of RouteTableId does not exist in our record.")
	}
	q.Touch(routeTableKind, t.ID)
	return t, nil
}

// A VPC may have nine besides its own in the real service; no limit is held here.
func createRouteTable(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	t := &routeTable{Resource: q.NewResource("vtb", q.Str("RouteTableName")), VPC: v.ID}
	q.c.RouteTables = append(q.c.RouteTables, t)
	q.Touch(routeTableKind, t.ID)
	return map[string]any{"RouteTableId": t.ID}, nil
}

// Routes in it do not keep it.
func deleteRouteTable(q *request) (any, error) {
	t, err := q.routeTable()
	switch {
	case err != nil:
		return nil, err
	case t.System:
		return nil, kernel.Refuse(400, "OperationDenied", "Specified operation is denied as the route table is the system's.")
	case slices.ContainsFunc(q.c.Switches, func(v *Vswitch) bool { return v.table == t.ID }):
		return nil, kernel.Refuse(400, "DependencyViolation.VSwitch", "The route table is associated with a vSwitch.")
	}
	q.c.RouteTables = kernel.Without(q.c.RouteTables, t.ID)
	return kernel.Done()
}

// A vSwitch has to give up a custom table before it gets another. Naming the system's table
// changes nothing.
func associateRouteTable(q *request) (any, error) {
	t, v, err := q.tableAndVSwitch()
	switch {
	case err != nil:
		return nil, err
	case t.VPC != v.VPC:
		return nil, kernel.Refuse(400, "InvalidVpcId.Mismatch", "The route table and the vSwitch are not in the same VPC.")
	case v.table != "":
		return nil, kernel.Refuse(400, "OperationDenied.AlreadyAssociated", "The vSwitch is already associated with a custom route table.")
	}
	if !t.System {
		v.table = t.ID
	}
	return kernel.Done()
}

// The vSwitch goes back to the system's table.
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

// The table is looked for first.
func (q *request) tableAndVSwitch() (*routeTable, *Vswitch, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, nil, err
	}
	v, err := q.ownVSwitch()
	return t, v, err
}

func describeRouteTables(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.RouteTables, func(t *routeTable) bool {
		v := q.c.Of(q.Region, t.VPC)
		return q.Matches("RouteTableId", t.ID) && q.Matches("RouteTableName", t.Name) && q.Matches("VpcId", t.VPC) &&
			q.Matches("RouteTableType", t.kind()) && (v == nil || q.Matches("RouterId", v.Router)) && q.OneOf("RouterType", "VRouter") && t.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "RouterTableList", "RouterTableListType", q.routeTableView)
}

func (t *routeTable) kind() string {
	if t.System {
		return "System"
	}
	return "Custom"
}

// VSwitchIds has all that it routes, those without a table of their own among the system's.
func (q *request) routeTableView(t *routeTable) map[string]any {
	switches, router := []string{}, ""
	for _, v := range q.c.Switches {
		if q.c.tableOf(v) == t {
			switches = append(switches, v.ID)
		}
	}
	if v := q.c.Of(q.Region, t.VPC); v != nil {
		router = v.Router
	}
	return map[string]any{
		"RouteTableId": t.ID, "RouteTableName": t.Name, "Description": t.Description, "RouteTableType": t.kind(), "VpcId": t.VPC,
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
		Resource: q.NewResource("rte", q.Str("RouteEntryName")), CIDR: q.Str("DestinationCidrBlock"),
		NextHop: q.Str("NextHopId"), Type: q.OrElse("NextHopType", "Instance"),
	}
	if err := t.add(q.c, e); err != nil {
		return nil, err
	}
	return map[string]any{"RouteEntryId": e.ID}, nil
}

// add checks a route and puts it in.
// A second route for the same block is refused, whatever its hop: routes with several hops are not
// kept. The hop has to exist where its product is here, in whatever region.
func (t *routeTable) add(c *Service, e *routeEntry) error {
	p, err := netip.ParsePrefix(e.CIDR)
	switch {
	case err != nil || p != p.Masked():
		return kernel.Refuse(400, "InvalidCidrBlock.Malformed", "Specified CIDR block is not valid.")
	case e.NextHop == "":
		return kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter NextHopId.")
	case slices.ContainsFunc(t.Entries, func(o *routeEntry) bool { return o.CIDR == e.CIDR }):
		return kernel.Refuse(400, "RouterEntryConflict.Duplicated", "A route entry already exists, which CIDR is '%s'.", e.CIDR)
	}
	missing := false
	switch e.Type {
	case "Instance":
		missing = !c.hasHost("EcsInstance", e.NextHop)
	case "NetworkInterface":
		missing = !c.hasHost("NetworkInterface", e.NextHop)
	case "NatGateway":
		missing = !kernel.Has(c.NATs, e.NextHop)
	case "IPv6Gateway":
		missing = !kernel.Has(c.Gateways6, e.NextHop)
	case "HaVip", "RouterInterface", "VpnGateway", "Attachment", "VpcPeer", "Ipv4Gateway", "GatewayEndpoint", "Ecr":
		// Of products that the local cloud does not have: taken as they are.
	default:
		return kernel.Refuse(400, "InvalidNextHopType.ValueNotSupported", "The specified value of NextHopType is not supported.")
	}
	if missing {
		return kernel.Refuse(404, "InvalidNextHopId.NotFound", "Specified value of NextHopId does not exist.")
	}
	t.Entries = append(t.Entries, e)
	return nil
}

// deleteRouteEntry finds the route by its id alone, or by table, block and hop.
// Routes of the system are refused, not missed, when their block is named.
func deleteRouteEntry(q *request) (any, error) {
	tables := q.c.RouteTables
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
		for _, e := range t.Entries {
			if q.Matches("RouteEntryId", e.ID) && q.Matches("DestinationCidrBlock", e.CIDR) && q.Matches("NextHopId", e.NextHop) {
				t.Entries = kernel.Without(t.Entries, e.ID)
				return kernel.Done()
			}
		}
		for _, e := range q.systemEntries(t) {
			if q.Has("DestinationCidrBlock") && e.CIDR == q.Str("DestinationCidrBlock") {
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
		if v.VPC == t.VPC {
			entries = append(entries, &routeEntry{Resource: kernel.Resource{Created: v.Created, Description: "Created with VSwitch " + v.ID + " by system."}, CIDR: v.CIDR, Type: "local"})
		}
	}
	return append(entries, &routeEntry{Resource: kernel.Resource{Created: t.Created, Description: "Created by system."}, CIDR: "100.64.0.0/10", Type: "service"})
}

// Custom routes come first. IpVersion is written in two ways, 4 and IPv4, of which the last digit
// counts.
func describeRouteEntries(q *request) (any, error) {
	t, err := q.routeTable()
	if err != nil {
		return nil, err
	}
	blocks := q.List("DestCidrBlockList")
	views := []any{}
	add := func(e *routeEntry, kind string) {
		version := "IPv4"
		if kernel.IsIPv6(e.CIDR) {
			version = "IPv6"
		}
		if !q.OneOf("RouteEntryType", kind) || !q.Matches("RouteEntryId", e.ID) || !q.Matches("RouteEntryName", e.Name) ||
			!q.Matches("DestinationCidrBlock", e.CIDR) || !q.Matches("NextHopId", e.NextHop) || !q.Matches("NextHopType", e.Type) ||
			q.Has("IpVersion") && q.Str("IpVersion")[len(q.Str("IpVersion"))-1:] != version[3:] || len(blocks) > 0 && !slices.Contains(blocks, e.CIDR) {
			return
		}
		views = append(views, map[string]any{
			"RouteEntryId": e.ID, "RouteEntryName": e.Name, "Description": e.Description, "RouteTableId": t.ID, "DestinationCidrBlock": e.CIDR,
			"Type": kind, "IpVersion": version, "Status": q.c.Status(e.Created, "Pending", "Available"), "GmtModified": kernel.Stamp(e.Created),
			"ServiceType": "", "Origin": "", "NextHops": map[string]any{"NextHop": []any{map[string]any{
				"NextHopId": e.NextHop, "NextHopType": e.Type, "Enabled": 1, "Weight": 0, "NextHopRegionId": "",
			}}},
		})
	}
	for _, e := range t.Entries {
		add(e, "Custom")
	}
	for _, e := range q.systemEntries(t) {
		add(e, "System")
	}
	page, next, err := kernel.TokenPage(q.Request, views, q.Num("MaxResult", 10))
	return map[string]any{"NextToken": next, "RouteEntrys": map[string]any{"RouteEntry": page}}, err
}
