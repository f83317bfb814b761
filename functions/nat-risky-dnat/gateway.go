package natriskydnat

import (
	"context"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

type entry struct {
	ForwardEntryID, ForwardEntryName, ForwardTableID, Status string
	ExternalIP, ExternalPort, InternalIP, InternalPort       string
	IPProtocol                                               string
}

// publishes tells whether the entry leads to a risky port. One for Any maps every
// port of the address.
func (e entry) publishes(risky, udp []exposure.PortRange) (bool, error) {
	if strings.EqualFold(e.ExternalPort, "Any") || strings.EqualFold(e.InternalPort, "Any") {
		return true, nil
	}
	ports, err := exposure.ParsePorts(e.InternalPort)
	if err != nil {
		return false, err
	}
	if !strings.EqualFold(e.IPProtocol, "tcp") { // UDP, or any
		risky = udp
	}
	return slices.ContainsFunc(ports, func(p exposure.PortRange) bool {
		return slices.ContainsFunc(risky, func(r exposure.PortRange) bool { return p.From <= r.To && r.From <= p.To })
	}), nil
}

// protocol is written TCP, UDP or Any in a call, and small in answers.
func (e entry) protocol() string {
	if strings.EqualFold(e.IPProtocol, "any") {
		return "Any"
	}
	return strings.ToUpper(e.IPProtocol)
}

type gateway struct {
	NatGatewayID, Name, NetworkType string
	ForwardTableIDs                 struct{ ForwardTableID []string }
	Tags                            cloud.Tags
}

type entryPage struct {
	ForwardTableEntries struct{ ForwardTableEntry []entry }
}

func (p entryPage) Items() []entry { return p.ForwardTableEntries.ForwardTableEntry }

type gatewayPage struct {
	NatGateways struct{ NatGateway []gateway }
}

func (p gatewayPage) Items() []gateway { return p.NatGateways.NatGateway }

// list names the gateways towards the internet.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	gateways, err := cloud.ReadNumbered[gatewayPage](ctx, pass, cloud.New("vpc", "DescribeNatGateways", pass.Resource.Region))
	var found []practice.Resource
	for _, g := range gateways {
		if g.NetworkType != "intranet" {
			r := pass.Resource
			r.ID, r.Name = g.NatGatewayID, g.Name
			found = append(found, r)
		}
	}
	return found, err
}
