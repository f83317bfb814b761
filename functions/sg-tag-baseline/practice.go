package sgtagbaseline

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-tag-baseline.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-tag-baseline",
	Doc:      doc,
	Severity: practice.Medium,
	Guide:    []string{"タグを使用したリソースの一括管理"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-security-group-white-list-port-check"},
	Triggers: practice.Retagged(securitygroup.Type),
	Params: []practice.Param{
		{Name: "baselines", Doc: "a tag and who may reach the groups that have it, as addresses, prefixes and ids of groups: tier=db 10.0.1.0/24 sg-app"},
		securitygroup.Trusted,
	},
	Disruptive: "whoever reached a tagged group from elsewhere is cut off",
	Check:      check,
})

// A baseline is who may reach the groups that have a tag.
type baseline struct {
	tag    string
	policy exposure.Policy
}

// baselines are those of the settings.
func baselines(pass *practice.Pass) (all []baseline, err error) {
	for _, text := range pass.Param("baselines") {
		words := strings.Fields(text)
		if len(words) < 2 || !strings.Contains(words[0], "=") {
			return nil, fmt.Errorf("param baselines of %s: %q is not a tag, key=value, and who may come in", pass.Practice.ID, text)
		}
		b := baseline{tag: words[0]}
		for _, word := range words[1:] {
			if resource.KindOf(securitygroup.Type).Holds(word) {
				b.policy.TrustedGroups = append(b.policy.TrustedGroups, word)
				continue
			}
			block, err := exposure.ParseSource(word)
			if err != nil {
				return nil, fmt.Errorf("param baselines of %s: %q: %w", pass.Practice.ID, text, err)
			}
			b.policy.Trusted = append(b.policy.Trusted, exposure.Unmapped(block))
		}
		all = append(all, b)
	}
	return all, nil
}

func check(ctx context.Context, pass *practice.Pass) error {
	all, err := baselines(pass)
	if err != nil || len(all) == 0 {
		return err
	}
	groups, err := securitygroup.Read(ctx, pass)
	if err != nil {
		return err
	}
	for _, g := range groups {
		var tags []string
		policy := exposure.Policy{Everyone: true, Trusted: pass.Blocks(practice.Trusted)}
		for _, b := range all {
			if g.Tagged([]string{b.tag}) {
				tags = append(tags, b.tag)
				policy.Trusted = append(policy.Trusted, b.policy.Trusted...)
				policy.TrustedGroups = append(policy.TrustedGroups, b.policy.TrustedGroups...)
			}
		}
		if len(tags) == 0 {
			continue
		}
		o := securitygroup.Objection{
			Title:  "More is let in than " + strings.Join(tags, " and ") + " stands for",
			Advice: "Whoever needs the group goes into the baseline of its tag, or the group gets the tag of what it is.",
		}
		if o.Tells = g.Kind != "normal" && len(policy.TrustedGroups) > 0; o.Tells {
			o.Advice = "An enterprise group can name no other group: name the addresses of those groups' members in the baseline, and give them rules."
		} else if policy.TrustedGroups, err = nameable(ctx, pass, g, policy.TrustedGroups); err != nil {
			return err
		}
		o.Policies = []exposure.Policy{policy}
		if err := g.Object(ctx, pass, o); err != nil {
			return err
		}
	}
	return nil
}

// nameable are those of some groups that rules of a group name, or can name: the settings have
// the groups of all VPCs.
func nameable(ctx context.Context, pass *practice.Pass, g *securitygroup.Group, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := resource.SecurityGroups(ctx, pass, g.Region, "SecurityGroupIds", cloud.IDs(ids...))
	if err != nil {
		return nil, fmt.Errorf("reading the groups that the baselines name: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		named := slices.ContainsFunc(g.Rules, func(r securitygroup.Rule) bool { return r.SourceGroupID == id })
		return !named && !slices.ContainsFunc(found, func(x resource.SecurityGroup) bool {
			return x.SecurityGroupID == id && id != g.ID && x.VpcID == g.VPC && x.SecurityGroupType == "normal"
		})
	}), nil
}
