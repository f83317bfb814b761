package natriskydnat

import (
	"context"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// publishes tells whether the entry leads to a risky port. One for Any maps every
// port of the address.
func publishes(e resource.ForwardEntry, risky, udp []exposure.PortRange) (bool, error) {
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
	return slices.ContainsFunc(ports, func(p exposure.PortRange) bool { return p.OverlapsAny(risky) }), nil
}

// protocol is written TCP, UDP or Any in a call, and small in answers.
func protocol(e resource.ForwardEntry) string {
	if strings.EqualFold(e.IPProtocol, "any") {
		return "Any"
	}
	return strings.ToUpper(e.IPProtocol)
}

// list names the gateways towards the internet.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	gateways, err := resource.NATGateways(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, gateways, err, func(g resource.NATGateway) bool { return !g.Private() })
}
