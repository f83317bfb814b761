package sgbridgeonlyadmin

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-bridge-only-admin.
var Practice = &practice.Practice{
	ID:       "sg-bridge-only-admin",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: securitygroup.Type,
	Guide:    []string{"ジャンプサーバーまたは要塞ホストを使用して、内部および外部の侵入から保護します"},
	Cites:    []string{"CIS Alibaba Cloud 3.2", "MLPS 8.1.3.2"},
	Triggers: securitygroup.Ingress,
	Family:   securitygroup.Family,
	Sweep:    practice.Sweep{Every: 24 * time.Hour, List: securitygroup.List},
	Reads:    securitygroup.IngressReads,
	Writes:   securitygroup.Writes,
	Params: []practice.Param{
		{Name: "names", Default: []string{"SG_BRIDGE"}, Doc: "names of the groups of bastion hosts"},
		{Name: "tags", Default: []string{"role=bridge"}, Doc: "tags (key=value, or a key for any value) of such groups"},
		{Name: "ports", Default: []string{"22", "3389"}, Doc: "TCP ports and ranges of administration"},
		{Name: "trusted", Doc: "addresses and blocks of management that come in without a bastion host"},
	},
	Disruptive: "whoever administers a machine past the bastion host is cut off",
	Check:      check,
	Evidence:   securitygroup.Evidence,
}

func check(ctx context.Context, pass *practice.Pass) error {
	policy, err := securitygroup.Closed(pass, "ports", "")
	if err != nil {
		return err
	}
	policy.Everyone = true
	var groups []*securitygroup.Group
	var bridges []bridge
	err = pass.Together(ctx,
		func(ctx context.Context) (err error) { groups, err = securitygroup.Read(ctx, pass); return err },
		func(ctx context.Context) (err error) { bridges, err = read(ctx, pass); return err })
	if err != nil {
		return err
	}
	for _, group := range groups {
		policy.TrustedGroups = nil
		for _, b := range bridges {
			if b.vpc == group.VPC {
				policy.TrustedGroups = append(policy.TrustedGroups, b.id)
			}
		}
		if len(policy.TrustedGroups) == 0 || slices.Contains(policy.TrustedGroups, group.ID) {
			continue // nobody comes in by a bastion host here; or this is the bastion host
		}
		err := group.Object(pass, securitygroup.Objection{
			Title:    "Administration goes past the bastion host",
			Policies: []exposure.Policy{policy},
			Tells:    group.Kind != "normal", // an enterprise group takes no group for a source
			Advice:   "Let in the group of the bastion hosts only, or name a management address in trusted.",
		})
		if err != nil {
			return err
		}
	}
	return nil
}
