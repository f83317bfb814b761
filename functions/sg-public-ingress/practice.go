package sgpublicingress

import (
	"context"
	_ "embed"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-public-ingress.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-public-ingress",
	Doc:      doc,
	Severity: practice.Critical,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 4.3, 4.4, 3.5", "MLPS 8.1.3.1, 8.1.3.2", "Cloud Config: sg-public-access-check, ecs-security-group-not-open-all-port"},
	Params: []practice.Param{
		{Name: "allowed-ports", Kind: practice.PortRanges, Default: []string{"80", "443"}, Doc: "TCP ports and ranges (8000/8100) that may be open to everyone"},
		{Name: "allowed-udp-ports", Kind: practice.PortRanges, Doc: "UDP ports and ranges that may be open to everyone"},
		securitygroup.Trusted,
	},
	Check: check,
})

func check(ctx context.Context, pass *practice.Pass) (err error) {
	var policy exposure.Policy
	policy.Allowed = pass.Ports("allowed-ports")
	policy.AllowedUDP = pass.Ports("allowed-udp-ports")
	policy.Trusted = pass.Blocks("trusted")
	return securitygroup.Judge(ctx, pass, nil, securitygroup.Objection{
		Title:    "Open to the whole internet",
		Policies: []exposure.Policy{policy},
		Advice:   "Whoever needs the port gets a rule for their own addresses; a port meant for everyone goes into allowed-ports.",
	})
}
