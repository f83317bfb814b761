package sgbridgeonlyadmin

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

// Practice is sg-bridge-only-admin.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-bridge-only-admin",
	Doc:      doc,
	Severity: practice.Medium,
	Guide:    []string{"ジャンプサーバーまたは要塞ホストを使用して、内部および外部の侵入から保護します"},
	Cites:    []string{"CIS Alibaba Cloud 3.2", "MLPS 8.1.3.2"},
	Params: append(securitygroup.BastionParams("", "", ""), []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Default: ports.Administration, Doc: "TCP ports and ranges of administration"},
		{Name: "trusted", Kind: practice.AddressBlocks, Doc: "addresses and blocks of management that come in without a bastion host"},
	}...),
	Disruptive: "whoever administers a machine past the bastion host is cut off",
	Check:      check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	ports := pass.Ports("ports")
	policy := securitygroup.Closed(pass, "ports", "")
	policy.Everyone = true
	groups, all, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]*securitygroup.Group, error) { return securitygroup.Read(ctx, pass) },
		func(ctx context.Context) (securitygroup.BastionGroups, error) {
			return securitygroup.Bastions(ctx, pass, pass.Param("names"), pass.Param("tags"))
		})
	if err != nil {
		return err
	}
	for _, group := range groups {
		here := all.Of(group.VPC)
		if len(here) == 0 || slices.Contains(here.IDs(), group.ID) {
			continue // nobody comes in by a bastion host here; or this is the bastion host
		}
		if err := judge(ctx, pass, group, here, policy, ports); err != nil {
			return err
		}
	}
	return nil
}

func judge(ctx context.Context, pass *practice.Pass, group *securitygroup.Group, here securitygroup.BastionGroups, policy exposure.Policy, ports []exposure.PortRange) error {
	policy.TrustedGroups = here.IDs()
	group.Doubt(pass)
	if breaches, err := group.Judge(policy); err != nil || len(breaches) == 0 {
		return err // where the bastion hosts are need not be read
	}
	hosts, err := here.Hosts(ctx, pass, group.VPC)
	if err != nil {
		return err
	}
	o := securitygroup.Objection{
		Title:  "Administration goes past the bastion host",
		Advice: "Let in the group of the bastion hosts only, or name a management address in trusted.",
		Unless: securitygroup.Closes(ports, "give the group of the bastion hosts a rule for it first, or revoke the rules"),
	}
	switch {
	case group.Kind != "normal" || slices.ContainsFunc(here, func(b securitygroup.Info) bool { return b.Kind != "normal" }):
		policy.Trusted = slices.Concat(policy.Trusted, hosts) // a rule can name them no other way
		o.Tells, o.Advice = true, "No rule names a group where one of the two is an enterprise group: let in the bastion hosts' own addresses only, or name a management address in trusted."
	case len(hosts) == 0:
		o.Tells, o.Advice = true, "No instance is in the group of the bastion hosts, so nobody could administer anything: put one into it first."
	}
	o.Policies = []exposure.Policy{policy}
	return group.Object(ctx, pass, o)
}
