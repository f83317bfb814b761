package resource

import (
	"context"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The types of a NAT gateway, of its DNAT entries, and of a table of these.
const (
	TypeNATGateway   = "ACS::NAT::NatGateway"
	TypeForwardEntry = "ACS::NAT::ForwardEntry"
	TypeForwardTable = "ACS::NAT::ForwardTable"
)

var _ = add(
	Kind{Type: TypeNATGateway, Words: "NAT gateway", Param: "NatGatewayId", Prefix: "ngw-", ARN: "acs:vpc:%s:%s:natgateway/%s", Untags: "vpc"},
	Kind{Type: TypeForwardEntry, Words: "DNAT entry", Prefix: "fwd-"},
	Kind{Type: TypeForwardTable, Words: "table of DNAT entries", Param: "ForwardTableId", Prefix: "ftb-"},
)

// A NATGateway leads between a VPC and the internet, or another network.
type NATGateway struct {
	NatGatewayID, Name, VpcID, NetworkType, CreationTime string

	SnatTableIDs    struct{ SnatTableID []string }
	ForwardTableIDs struct{ ForwardTableID []string }
	Tags            cloud.Tags
}

// About says which gateway it is.
func (g NATGateway) About() About {
	return About{Type: TypeNATGateway, ID: g.NatGatewayID, Name: g.Name, Tags: g.Tags.Map(), Created: cloud.Time(g.CreationTime)}
}

// Has tells whether an id is the gateway's or that of one of its tables.
func (g NATGateway) Has(id string) bool {
	return g.NatGatewayID == id || slices.Contains(g.ForwardTableIDs.ForwardTableID, id) || slices.Contains(g.SnatTableIDs.SnatTableID, id)
}

// Private tells whether it leads to no internet.
func (g NATGateway) Private() bool { return g.NetworkType == "intranet" }

type natPage struct {
	NatGateways struct{ NatGateway []NATGateway }
}

func (p natPage) Items() []NATGateway { return p.NatGateways.NatGateway }

// NATGatewayOf finds the one that an id is of, its own or that of a table of its SNAT or DNAT
// entries. The API has no filter by table.
func NATGatewayOf(ctx context.Context, r cloud.Reader, region, id string) (g NATGateway, found bool, err error) {
	all, err := NATGateways(ctx, r, region)
	if err != nil {
		return g, false, err
	}
	at := slices.IndexFunc(all, func(g NATGateway) bool { return g.Has(id) })
	if at < 0 {
		return g, false, nil
	}
	return all[at], true, nil
}

// NATGateways reads those of a region that the parameters choose, or all.
func NATGateways(ctx context.Context, r cloud.Reader, region string, params ...string) ([]NATGateway, error) {
	return cloud.ReadNumbered[natPage](ctx, r, cloud.New("vpc", "DescribeNatGateways", region, params...))
}

// A ForwardEntry is a DNAT entry: what comes in at one address and port goes on to another.
type ForwardEntry struct {
	ForwardEntryID, ForwardEntryName, ForwardTableID, Status       string
	ExternalIP, ExternalPort, InternalIP, InternalPort, IPProtocol string
}

type forwardPage struct {
	ForwardTableEntries struct{ ForwardTableEntry []ForwardEntry }
}

func (p forwardPage) Items() []ForwardEntry { return p.ForwardTableEntries.ForwardTableEntry }

// ForwardEntries reads those of a gateway, or of a table: by NatGatewayId or ForwardTableId.
func ForwardEntries(ctx context.Context, r cloud.Reader, region, by, id string) ([]ForwardEntry, error) {
	return cloud.ReadNumbered[forwardPage](ctx, r, cloud.New("vpc", "DescribeForwardTableEntries", region, by, id))
}
