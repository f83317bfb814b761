package natriskydnat

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ports"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is nat-risky-dnat.
var Practice = &practice.Practice{
	ID:       "nat-risky-dnat",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeNATGateway,
	Guide:    []string{"インターネットに公開される攻撃の対象を減らすために、パブリックIPアドレスを適切に割り当てる"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.1", "Cloud Config: nat-risk-ports-check"},
	Triggers: practice.Triggers(
		practice.Witnessed("response.ForwardEntryId", practice.On(resource.TypeForwardTable, "Vpc", "CreateForwardEntry")),
		practice.On(resource.TypeForwardTable, "Vpc", "ModifyForwardEntry"),
		practice.Configured(resource.TypeNATGateway)),
	Sweep:  practice.Daily(list, "vpc:DescribeNatGateways"),
	Reads:  []string{"vpc:DescribeNatGateways", "vpc:DescribeForwardTableEntries"},
	Writes: []string{"vpc:DeleteForwardEntry"},
	Params: []practice.Param{
		{Name: "risky-ports", Kind: practice.PortRanges, Doc: "ports and ranges (137/139) of instances, of any protocol, that no DNAT entry may publish", Default: ports.Risky},
		{Name: "risky-udp-ports", Kind: practice.PortRanges, Doc: "UDP ports and ranges besides", Default: ports.RiskyUDP},
	},
	Disruptive: "whoever reaches the instance through the deleted DNAT entry is cut off",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	risky := pass.Ports("risky-ports")
	udp := slices.Concat(risky, pass.Ports("risky-udp-ports"))
	var g resource.NATGateway
	var found bool
	var entries []resource.ForwardEntry
	by := map[bool]string{true: "ForwardTableId", false: "NatGatewayId"}[r.Type == resource.TypeForwardTable]
	err := pass.Together(ctx,
		func(ctx context.Context) (err error) {
			g, found, err = resource.NATGatewayOf(ctx, pass, r.Region, r.ID)
			return err
		},
		func(ctx context.Context) (err error) {
			entries, err = resource.ForwardEntries(ctx, pass, r.Region, by, r.ID)
			return practice.Gone(err)
		})
	if err != nil {
		return fmt.Errorf("reading the DNAT entries of %s: %w", r, err)
	}
	if !found {
		return fmt.Errorf("reading the gateway of %s: %w", r, practice.ErrGone)
	}
	if g.Private() {
		return nil
	}
	for _, e := range entries {
		bad, err := publishes(e, risky, udp)
		switch {
		case err != nil:
			return fmt.Errorf("reading the DNAT entry %s: %w", e.ForwardEntryID, err)
		case bad && e.Status != "Available": // it cannot be deleted yet
			return fmt.Errorf("the DNAT entry %s is %q: %w", e.ForwardEntryID, e.Status, practice.ErrNotYet)
		case bad:
			pass.Report(finding(r, g, e))
		}
	}
	return nil
}

func finding(r practice.Resource, g resource.NATGateway, e resource.ForwardEntry) practice.Finding {
	r.Type, r.ID, r.Name = resource.TypeForwardEntry, e.ForwardEntryID, e.ForwardEntryName
	from, to := e.ExternalIP+" port "+e.ExternalPort, e.InternalIP+" port "+e.InternalPort
	return practice.Finding{
		Key:      "published",
		Resource: r,
		Title:    fmt.Sprintf("The internet reaches %s (%s) through %s", to, e.IPProtocol, from),
		Facts:    map[string]string{"gateway": g.NatGatewayID, "from": from, "to": to, "protocol": e.IPProtocol},
		Tags:     g.Tags.Map(),
		TagsOf:   practice.Resource{Type: resource.TypeNATGateway, ID: g.NatGatewayID, Region: r.Region, Account: r.Account}, // an undo makes another entry
		Changes: []practice.Change{{
			Why:  "delete the DNAT entry that leads from " + from + " to " + to,
			Call: cloud.New("vpc", "DeleteForwardEntry", r.Region, "ForwardTableId", e.ForwardTableID, "ForwardEntryId", e.ForwardEntryID),
			Undo: new(cloud.New("vpc", "CreateForwardEntry", r.Region, "ForwardTableId", e.ForwardTableID, "ForwardEntryName", e.ForwardEntryName,
				"ExternalIp", e.ExternalIP, "ExternalPort", e.ExternalPort, "InternalIp", e.InternalIP, "InternalPort", e.InternalPort, "IpProtocol", protocol(e))),
		}},
	}
}
