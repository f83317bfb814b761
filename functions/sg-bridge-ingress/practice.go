package sgbridgeingress

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

// Practice is sg-bridge-ingress.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-bridge-ingress",
	Doc:      doc,
	Severity: practice.Critical,
	Guide:    []string{"ジャンプサーバーまたは要塞ホストを使用して、内部および外部の侵入から保護します"},
	Cites:    []string{"CIS Alibaba Cloud 3.2, 4.3, 4.4", "MLPS 8.1.3.2", "Cloud Config: sg-risky-ports-check"},
	Params: append(securitygroup.BastionParams("", "", ""), []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Default: ports.Administration, Doc: "TCP ports and ranges by which people come in"},
		{Name: "organisation", Kind: practice.AddressBlocks, Doc: "addresses and blocks from which people may come in; without any a person is told, and nothing is changed"},
		{Name: "trusted", Kind: practice.AddressBlocks, Doc: "addresses and blocks that never lose access, at whatever port: the way in for emergencies"},
	}...),
	Check: check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	ports := pass.Ports("ports")
	admin := securitygroup.Closed(pass, "ports", "")
	organisation := pass.Blocks("organisation")
	elsewhere := exposure.Policy{Everyone: true, Allowed: ports, Trusted: admin.Trusted}
	// Nobody has said who may come in: then at least not the internet.
	admin.Everyone, admin.ForbidICMP = len(organisation) > 0, true
	admin.Trusted = slices.Concat(admin.Trusted, organisation)
	groups, err := securitygroup.Read(ctx, pass)
	if err != nil {
		return err
	}
	for _, group := range groups {
		if !group.Bastion(pass.Param("names"), pass.Param("tags")) {
			continue
		}
		err := group.Object(ctx, pass, securitygroup.Objection{
			Title:    "The bastion host lets in more than the organisation, or to more than administration",
			Policies: []exposure.Policy{elsewhere, admin},
			Tells:    !admin.Everyone,
			Unless:   group.LocksOut(pass, ports, "see whether organisation names the right addresses"),
			Advice:   "Set organisation to the addresses from which people come in, and give each of them a rule for the ports of administration.",
		})
		if err != nil {
			return err
		}
	}
	return nil
}
