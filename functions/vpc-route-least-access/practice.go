package vpcrouteleastaccess

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is vpc-route-least-access.
var Practice = &practice.Practice{
	ID:       "vpc-route-least-access",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeRouteTable,
	Guide:    []string{"組織内の異なるセキュリティレベルのサービスを分離するようにセキュリティドメインを構成する"},
	Cites:    []string{"CIS Alibaba Cloud 2.12, 3.4", "MLPS 8.1.2.1, 8.1.3.2", "Cloud Config: vpc-routetable-destination-cidr-check, vpc-secondary-cidr-route-check"},
	Triggers: practice.Triggers(practice.Witnessed("params.DestinationCidrBlock", practice.On(resource.TypeRouteTable, "Vpc", "CreateRouteEntry")),
		practice.On(resource.TypeRouteTable, "Vpc", "AssociateRouteTable"), []practice.Trigger{
			{Service: "Vpc", Name: "CreateRouteEntries", Resource: "params.RouteEntries.*.RouteTableId|resources." + resource.TypeRouteTable, Witness: "params.RouteEntries.*.DstCidrBlock"},
			{Service: "Vpc", Name: "ModifyRouteEntry", Resource: "params.RouteTableId|resources." + resource.TypeRouteTable + "|region", Witness: "params.NewNextHopId"}, // by the route's id alone
		}, practice.Configured(resource.TypeRouteTable)),
	Sweep:  practice.Daily(list, "vpc:DescribeRouteTableList"),
	Reads:  []string{"vpc:DescribeRouteEntryList", "vpc:DescribeRouteTableList", "vpc:DescribeVpcs", "vpc:ListVpcPeerConnections"},
	Writes: []string{"vpc:DeleteRouteEntry"},
	Params: []practice.Param{
		{Name: "widest", Kind: practice.Number, Default: []string{"8"}, Least: 1, Most: 32, Doc: "the shortest mask of an IPv4 block that routes may lead to a machine: 8 is a /8"},
		{Name: "widest-ipv6", Kind: practice.Number, Default: []string{"16"}, Least: 1, Most: 128, Doc: "the same for IPv6"},
		{Name: "allowed-hops", Doc: "ids of instances, interfaces, virtual IPs and peering connections to which any route may lead"},
		{Name: "transit-tags", Default: []string{"role=transit", "role=firewall"}, Doc: "tags (key=value, or a key for any value) of VPCs whose tables are not judged"},
		practice.YesNo("delete-new", "whether a route that was made just now is deleted"),
	},
	Disruptive: "with delete-new, whatever already uses the route that is deleted",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	id := r.ID
	if !pass.Kin() || pass.Event != nil && pass.Event.Is("Vpc", "ModifyRouteEntry") && pass.Event.Params["RouteEntryId"] != "" { // a route was changed, by its own id: in which table is not said for sure
		id = ""
	}
	tables, err := resource.RouteTables(ctx, pass, r.Region, "RouterType", "VRouter", "RouteTableId", id)
	if err = practice.Some(tables, err); err != nil {
		return fmt.Errorf("reading route table %s: %w", r.ID, err)
	}
	var errs []error
	for _, t := range tables {
		errs = append(errs, look(ctx, pass, t))
	}
	return errors.Join(errs...)
}

// look reports the routes of a table that lead too much somewhere.
func look(ctx context.Context, pass *practice.Pass, t resource.RouteTable) error {
	routes, err := resource.CustomRoutes(ctx, pass, pass.Resource.Region, t.RouteTableID)
	if err != nil {
		return fmt.Errorf("reading the routes of %s: %w", t.RouteTableID, err)
	}
	hops, unclear := hopsOf(routes, pass.Param("allowed-hops"))
	var peerings []resource.Peering
	var unread error
	if slices.ContainsFunc(hops, (*hop).peered) {
		peerings, unread = resource.Peerings(ctx, pass, pass.Resource.Region)
		if unread != nil && !practice.Refused(unread) {
			return fmt.Errorf("reading the peering connections of %s: %w", t.VpcID, unread)
		}
	}
	var found []practice.Finding
	if len(unclear) > 0 {
		f := pass.Finding(t, "unclear", "How much some routes lead somewhere cannot be told: "+practice.Few(unclear, 3, ", "))
		f.Advice = "Look at these routes yourself. All others were looked at."
		found = append(found, f)
	}
	for _, h := range hops {
		wide, title := h.wide(pass.Int("widest"), pass.Int("widest-ipv6"))
		if h.peered() {
			wide, title, err = h.beyond(t.VpcID, peerings)
			if err = cmp.Or(unread, err); err != nil {
				found = append(found, doubt(pass, t, h, err))
				continue
			}
		}
		for _, block := range wide {
			f := pass.Finding(t, h.id+" "+block.String(), fmt.Sprintf(title, block))
			f.Advice = "Delete what is not needed (" + cloud.New("vpc", "DeleteRouteEntry", pass.Resource.Region, "RouteTableId", t.RouteTableID, "RouteEntryId", h.within(block)).String() +
				"), write narrower routes, or name the hop in allowed-hops where it is a firewall."
			if e, ok := h.only(block); ok {
				if pass.Yes("delete-new") && justMade(pass, t, e, h) {
					f.Changes, f.Advice = remove(pass, t, e, h), "Whoever needs it writes a narrower route, or names the hop in allowed-hops where it is a firewall."
				}
				if e.ServiceType != "" {
					f.Managed = "the cloud service that made the route (" + e.ServiceType + ")"
				}
			}
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 0:
		return nil
	case t.VpcID == "":
		return fmt.Errorf("reading route table %s: the answer does not say of which VPC it is", t.RouteTableID)
	}
	networks, err := resource.VPCs(ctx, pass, pass.Resource.Region, t.VpcID)
	if err != nil {
		return fmt.Errorf("reading the tags of VPC %s: %w", t.VpcID, err)
	}
	if slices.ContainsFunc(networks, func(v resource.VPC) bool { return v.Tags.Has(pass.Param("transit-tags")) }) {
		return nil
	}
	for _, f := range found {
		pass.Report(f)
	}
	return nil
}

// doubt is that where a route to a peering connection leads cannot be told.
func doubt(pass *practice.Pass, t resource.RouteTable, h *hop, err error) practice.Finding {
	f := pass.Unread(t, "unread "+h.id, "Whether the routes to "+h.id+" are wider than the VPC behind it cannot be told", practice.Unread{"why": practice.Why(err)})
	f.Advice = "Let the function list peering connections (prepare says what its role lacks), or look yourself; a route to a connection that is gone can be deleted."
	return f
}

// list names all route tables of VPCs.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	tables, err := resource.RouteTables(ctx, pass, pass.Resource.Region, "RouterType", "VRouter")
	return practice.Listed(pass, tables, err, nil)
}
