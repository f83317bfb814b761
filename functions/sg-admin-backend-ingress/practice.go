package sgadminbackendingress

import (
	"context"
	_ "embed"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-admin-backend-ingress.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-admin-backend-ingress",
	Doc:      doc,
	Severity: practice.High,
	Guide:    []string{"最小特権の原則"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-security-group-risky-ports-check-with-protocol"},
	Params: []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Default: []string{"5601", "8080", "8443", "8848", "8888", "9000", "9090", "15672"}, Doc: "TCP ports and ranges of administration pages and APIs"},
		{Name: "only-tags", Doc: "tags (key=value, or a key for any value) of the groups that are judged; none: all of them"},
		securitygroup.Trusted,
	},
	Disruptive: "whoever uses such an administration page or API from an address that no rule names is cut off",
	Check:      check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	policy := securitygroup.Closed(pass, "ports", "")
	tags := pass.Param("only-tags")
	only := func(g *securitygroup.Group) bool { return len(tags) == 0 || g.Tagged(tags) }
	return securitygroup.Judge(ctx, pass, only, securitygroup.Objection{
		Title:    "Administration pages are open to the whole internet",
		Policies: []exposure.Policy{policy},
		Advice:   "Name the addresses that administer it in rules of their own, and put what the public needs behind a load balancer on 443.",
	})
}
