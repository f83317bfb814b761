package vpcpeer

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// connection is between a VPC of its region and another one. The blocks of one that the local
// cloud does not have, another account's, are in the document.
type connection struct {
	kernel.Resource `yaml:",inline"`
	VPC             string   `yaml:"vpc"`
	Peer            string   `yaml:"accepting-vpc"`
	PeerRegion      string   `yaml:"accepting-region,omitempty"` // default its own
	PeerOwner       string   `yaml:"accepting-account,omitempty"`
	PeerBlocks      []string `yaml:"accepting-cidrs,omitempty"`
	Status          string   `yaml:"status,omitempty"` // default Activated
}

var connectionRows = kernel.Kind{Key: "connections", Prefix: "pcc", Tagged: "peerconnection", Type: connectionKind}

const connectionKind = "ACS::VpcPeer::VpcPeerConnection"

var statuses = []string{"Creating", "Accepting", "Updating", "Rejected", "Expired", "Activated", "Deleting", "Deleted"}

func (p *connection) Defaults(c *Service) {
	p.PeerRegion, p.PeerOwner = cmp.Or(p.PeerRegion, p.Region), cmp.Or(p.PeerOwner, c.Account)
	p.Status = cmp.Or(p.Status, "Activated")
}

// VPCs are loaded after it, so that whether they exist is not asked.
func (p *connection) Check(*Service) error {
	switch {
	case p.VPC == "" || p.Peer == "":
		return fmt.Errorf("a connection needs vpc and accepting-vpc")
	case !slices.Contains(statuses, p.Status):
		return fmt.Errorf("status is %q, not one of %v", p.Status, statuses)
	}
	for _, block := range p.PeerBlocks {
		if _, err := netip.ParsePrefix(block); err != nil {
			return fmt.Errorf("%q is not a block", block)
		}
	}
	return nil
}

// Those who wait for an answer of the other account are Accepting. Both ends see a connection.
var connectionActions = []action{
	{
		Name: "ListVpcPeerConnections", On: onConnection, Do: listConnections,
		Params: "RegionId InstanceId Name VpcId:RepeatList ResourceGroupId Channel MaxResults:Integer=1..100 NextToken Tags:RepeatList(Key Value)",
	},
	{
		Name: "CreateVpcPeerConnection", Write: true, On: onConnection, Do: createConnection,
		Params: "RegionId VpcId! AcceptingVpcId! AcceptingRegionId! AcceptingAliUid:Integer Name Description Channel ResourceGroupId DryRun:Boolean ClientToken",
	},
	{
		Name: "AcceptVpcPeerConnection", Write: true, On: onConnection, Do: acceptConnection,
		Params: "RegionId InstanceId! RequestContent Channel ResourceGroupId ResourceOwnerAccount DryRun:Boolean ClientToken",
	},
	{
		Name: "DeleteVpcPeerConnection", Write: true, On: onConnection, Do: deleteConnection,
		Params: "RegionId InstanceId! Force:Boolean DryRun:Boolean ClientToken",
	},
}

// onConnection is what a call needs permission for: it is granted for all.
func onConnection(*kernel.Request) []string { return []string{"*"} }

func listConnections(q *request) (any, error) {
	views, wanted := []any{}, q.List("VpcId")
	for _, p := range q.c.kept.Connections {
		if p.Region != q.Region && p.PeerRegion != q.Region || !q.Matches("InstanceId", p.ID) || !q.Matches("Name", p.Name) ||
			len(wanted) > 0 && !slices.Contains(wanted, p.VPC) && !slices.Contains(wanted, p.Peer) {
			continue
		}
		views = append(views, map[string]any{
			"InstanceId": p.ID, "Name": p.Name, "Description": p.Description, "GmtCreate": kernel.Stamp(p.Created), "Status": p.Status, "BizStatus": "Normal",
			"RegionId": p.Region, "AcceptingRegionId": p.PeerRegion, "OwnerId": kernel.OwnerID(q.c.Account), "AcceptingOwnerUid": kernel.OwnerID(p.PeerOwner),
			"Vpc": q.c.end(p.Region, p.VPC, nil), "AcceptingVpc": q.c.end(p.PeerRegion, p.Peer, p.PeerBlocks), "Tags": kernel.TagViews(p.Tags, "Key", "Value"),
		})
	}
	return kernel.NamedPage(q.Request, "VpcPeerConnects", views)
}

// end is the VPC at one end, with the blocks that it has, or that the document says.
func (c *Service) end(region, id string, said []string) map[string]any {
	four, six := []string{}, []string{}
	blocks := said
	if v := c.networks.Of(region, id); v != nil {
		blocks = slices.Concat([]string{v.CIDR, v.CIDR6}, v.Secondary)
	}
	for _, block := range blocks {
		switch {
		case block == "":
		case kernel.IsIPv6(block):
			six = append(six, block)
		default:
			four = append(four, block)
		}
	}
	return map[string]any{"VpcId": id, "Ipv4Cidrs": four, "Ipv6Cidrs": six}
}

// Between VPCs of one account and region nobody has to accept.
func createConnection(q *request) (any, error) {
	if q.c.networks.Of(q.Region, q.Str("VpcId")) == nil {
		return nil, kernel.Refuse(404, "ResourceNotFound.Vpc", "The specified resource of Vpc is not found.")
	}
	p := &connection{
		Resource: q.NewResource("pcc", q.Str("Name")), VPC: q.Str("VpcId"), Peer: q.Str("AcceptingVpcId"), PeerRegion: q.Str("AcceptingRegionId"),
		PeerOwner: q.OrElse("AcceptingAliUid", q.c.Account), Status: "Activated",
	}
	if p.PeerOwner != q.c.Account || p.PeerRegion != p.Region {
		p.Status = "Accepting"
	}
	q.c.kept.Connections = append(q.c.kept.Connections, p)
	q.Touch(connectionKind, p.ID)
	return map[string]any{"InstanceId": p.ID}, nil
}

// connection finds the one of a call, at either end.
func (q *request) connection() (*connection, error) {
	for _, p := range q.c.kept.Connections {
		if p.ID == q.Str("InstanceId") && (p.Region == q.Region || p.PeerRegion == q.Region) {
			q.Touch(connectionKind, p.ID)
			return p, nil
		}
	}
	return nil, kernel.Refuse(404, "ResourceNotFound.InstanceId", "The specified resource of InstanceId is not found.")
}

func acceptConnection(q *request) (any, error) {
	p, err := q.connection()
	switch {
	case err != nil:
		return nil, err
	case p.Status != "Accepting":
		return nil, kernel.Refuse(400, "IncorrectStatus.VpcPeer", "The status of VpcPeer is incorrect.")
	}
	p.Status = "Activated"
	return kernel.Done()
}

func deleteConnection(q *request) (any, error) {
	p, err := q.connection()
	if err != nil {
		return nil, err
	}
	q.c.kept.Connections = kernel.Without(q.c.kept.Connections, p.ID)
	return kernel.Done()
}
