package sgriskyportingress

import (
	"context"
	_ "embed"
	"slices"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/ports"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-risky-port-ingress.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-risky-port-ingress",
	Doc:      doc,
	Severity: practice.Critical,
	Guide:    []string{"最小特権の原則"},
	Cites:    []string{"CIS Alibaba Cloud 3.2, 4.3, 4.4", "MLPS 8.1.3.2, 8.1.4.4", "Cloud Config: sg-risky-ports-check, ecs-security-group-risky-ports-check-with-protocol"},
	Params: []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Doc: "TCP ports and ranges (135/139) that are never open to everyone", Default: ports.Risky},
		{Name: "udp-ports", Kind: practice.PortRanges, Doc: "UDP ports likewise: those that answer with more than they are asked, and those that give a machine away", Default: ports.RiskyUDP},
		{Name: "offices", Kind: practice.AddressBlocks, Doc: "addresses and blocks of the organisation: once there are any, a person is told of others of the internet that are let in at these ports"},
		securitygroup.Trusted,
	},
	Check: check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	policy := securitygroup.Closed(pass, "ports", "udp-ports")
	objections := []securitygroup.Objection{{
		Title:    "Ports of high risk are open to the whole internet",
		Policies: []exposure.Policy{policy},
		Advice:   "Come in through a bastion host, Cloud Assistant's session manager or a VPN, or by a rule for your own addresses.",
	}}
	offices := pass.Blocks("offices")
	if len(offices) > 0 { // who somebody else is, is known then
		strangers := policy
		strangers.Trusted = append(slices.Concat(policy.Trusted, offices, exposure.Private), exposure.Shared)
		strangers.Everyone, strangers.AnyGroup = true, true
		objections = append(objections, securitygroup.Objection{
			Key:      "strangers",
			Severity: practice.Low,
			Title:    "Ports of high risk are let in from addresses that nobody listed as the organisation's",
			Policies: []exposure.Policy{strangers},
			Besides:  []exposure.Policy{policy},
			Tells:    true,
			Advice:   "Whose are they? List them in offices if they are the organisation's, or in trusted, and revoke the rule otherwise.",
		})
	}
	return securitygroup.Judge(ctx, pass, nil, objections...)
}
