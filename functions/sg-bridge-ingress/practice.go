package sgbridgeingress

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-bridge-ingress.
var Practice = &practice.Practice{
	ID:       "sg-bridge-ingress",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: securitygroup.Type,
	Guide:    []string{"ジャンプサーバーまたは要塞ホストを使用して、内部および外部の侵入から保護します"},
	Cites:    []string{"CIS Alibaba Cloud 3.2, 4.3, 4.4", "MLPS 8.1.3.2", "Cloud Config: sg-risky-ports-check"},
	Triggers: securitygroup.Ingress,
	Family:   securitygroup.Family,
	Sweep:    practice.Sweep{Every: 24 * time.Hour, List: securitygroup.List},
	Reads:    securitygroup.IngressReads,
	Writes:   securitygroup.Writes,
	Params: []practice.Param{
		{Name: "names", Default: []string{"SG_BRIDGE"}, Doc: "names of the groups of bastion hosts"},
		{Name: "tags", Default: []string{"role=bridge"}, Doc: "tags (key=value, or a key for any value) of such groups"},
		{Name: "ports", Default: []string{"22", "3389"}, Doc: "TCP ports and ranges by which people come in"},
		{Name: "trusted", Doc: "addresses and blocks of the organisation; without any a person is told, and nothing is changed"},
	},
	Check:    check,
	Evidence: securitygroup.Evidence,
}

func check(ctx context.Context, pass *practice.Pass) error {
	ports, err := securitygroup.Ports(pass, "ports")
	if err != nil {
		return err
	}
	admin, err := securitygroup.Closed(pass, "ports", "")
	if err != nil {
		return err
	}
	admin.Everyone = len(admin.Trusted) > 0 // nobody has said who may: at least not the internet
	elsewhere := exposure.Policy{Everyone: true, Allowed: ports}
	bridge := func(g *securitygroup.Group) bool {
		return slices.Contains(pass.Param("names"), g.Name) || g.Tagged(pass.Param("tags"))
	}
	return securitygroup.Judge(ctx, pass, bridge, securitygroup.Objection{
		Title:    "The bastion host lets in more than the organisation, or to more than administration",
		Policies: []exposure.Policy{elsewhere, admin},
		Tells:    !admin.Everyone,
		Unless: func(before, after []exposure.Rule) string {
			return lockedOut(pass.Event.Actor.SourceIP, ports, before, after)
		},
		Advice: "Name the organisation's addresses in trusted, and give each of them a rule for the ports of administration.",
	})
}

// lockedOut says whom an edit would leave before a closed door: the caller, or everybody.
func lockedOut(source string, ports []exposure.PortRange, before, after []exposure.Rule) string {
	if caller, err := netip.ParseAddr(source); err == nil { // the console and services have names
		enters := func(rules []exposure.Rule) bool {
			return slices.ContainsFunc(ports, func(p exposure.PortRange) bool { return exposure.Admits(rules, caller, "TCP", p.From) })
		}
		if enters(before) && !enters(after) {
			return fmt.Sprintf("the caller's own address %s would be locked out", caller)
		}
	}
	for _, a := range exposure.Admitted(after).Areas() {
		if a.Protocol == "TCP" {
			return ""
		}
	}
	return "nobody could come in any more"
}
