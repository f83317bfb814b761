package sgdbportdeny

import (
	"context"
	_ "embed"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/ports"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-db-port-deny.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-db-port-deny",
	Doc:      doc,
	Severity: practice.High,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: sg-risky-ports-check"},
	Params: []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Doc: "TCP ports and ranges of databases and caches", Default: ports.Databases},
		securitygroup.Trusted,
	},
	Disruptive: "a Drop rule also stops what people allow later on the same port with the same or a worse priority",
	Check:      check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	policy := securitygroup.Closed(pass, "ports", "")
	policy.DropRules = true
	return securitygroup.Judge(ctx, pass, nil, securitygroup.Objection{
		Title:    "Databases are open to the whole internet",
		Policies: []exposure.Policy{policy},
		Advice:   "Give the machines that use the database a rule for their security group, with a priority before the Drop rule.",
	})
}
