package sgplaintextport

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

// Practice is sg-plaintext-port.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-plaintext-port",
	Doc:      doc,
	Severity: practice.Medium,
	Guide:    []string{"転送中のデータの暗号化"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.2.2", "Cloud Config: ecs-security-group-risky-ports-check-with-protocol"},
	Params: []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Doc: "TCP ports and ranges of protocols that send everything in the clear", Default: ports.Plaintext},
		{Name: "udp-ports", Kind: practice.PortRanges, Default: ports.PlaintextUDP, Doc: "UDP ports likewise"},
		{Name: "inside", Kind: practice.AddressBlocks, Doc: "blocks that are inside beside the private ones: of VPCs that use public addresses"},
		securitygroup.Trusted,
	},
	Disruptive: "whoever still uses such a protocol over the internet is cut off",
	Check:      check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	internet := securitygroup.Closed(pass, "ports", "udp-ports")
	inside := pass.Blocks("inside")
	internet.Trusted = append(internet.Trusted, inside...)
	outside := internet
	outside.Trusted = append(slices.Concat(internet.Trusted, exposure.Private), exposure.Shared)
	outside.Everyone, outside.AnyGroup = true, true
	return securitygroup.Judge(ctx, pass, nil, securitygroup.Objection{
		Title:    "Protocols without encryption are open to the whole internet",
		Policies: []exposure.Policy{internet},
		Advice:   "Use SFTP, SSH, SMTPS, IMAPS, LDAPS or a VPN instead.",
	}, securitygroup.Objection{
		Key:      "outside",
		Title:    "Protocols without encryption are let in from outside of the VPC",
		Policies: []exposure.Policy{outside},
		Besides:  []exposure.Policy{internet},
		Tells:    true,
		Advice:   "Whoever is on the way reads along. Use SFTP, SSH, SMTPS, IMAPS, LDAPS or a VPN instead.",
	})
}
