package sgpublicingress

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-public-ingress.
var Practice = &practice.Practice{
	ID:       "sg-public-ingress",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: securitygroup.Type,
	Guide:    []string{"セキュリティグループルールの権限付与オブジェクトとして0.0.0.0/0を設定しないでください。"},
	Cites:    []string{"CIS Alibaba Cloud 4.3, 4.4, 3.5", "MLPS 8.1.3.1, 8.1.3.2", "Cloud Config: sg-public-access-check, ecs-security-group-not-open-all-port"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"},
		{Service: "Ecs", Name: "ModifySecurityGroupRule", Resource: "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"},
		{Service: "Ecs", Name: "RevokeSecurityGroup", Resource: "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"}, // of a Drop rule, which lets in what was behind it
		{Service: "Ecs", Name: "ModifyPrefixList", Resource: "params.PrefixListId", Type: securitygroup.TypePrefixList},
		{Service: "Ecs", Name: "ModifyPortRangeList", Resource: "params.PortRangeListId", Type: securitygroup.TypePortList},
		{Service: "Config", Name: securitygroup.Type, Resource: "resource"},
	},
	Sweep:  practice.Sweep{Every: 24 * time.Hour, List: securitygroup.List},
	Reads:  slices.Concat(securitygroup.Reads, securitygroup.EvidenceReads),
	Writes: securitygroup.Writes,
	Params: []practice.Param{
		{Name: "allowed-ports", Default: []string{"80", "443"}, Doc: "TCP ports and ranges (8000/8100) that may be open to everyone"},
		{Name: "allowed-udp-ports", Doc: "UDP ports and ranges that may be open to everyone"},
		{Name: "trusted", Doc: "addresses and blocks that never lose access: the company's own, the way in for emergencies"},
	},
	Check:    check,
	Evidence: securitygroup.Evidence,
}

func check(ctx context.Context, pass *practice.Pass) error {
	policy, err := policy(pass)
	if err != nil {
		return err
	}
	groups, err := securitygroup.Read(ctx, pass)
	if err != nil {
		return err
	}
	for _, group := range groups {
		rules, err := group.Exposure()
		if err != nil {
			return err
		}
		if breaches := exposure.Breaches(rules, policy); len(breaches) > 0 {
			pass.Report(finding(pass, group, breaches))
		}
	}
	return nil
}

func finding(pass *practice.Pass, group *securitygroup.Group, breaches []exposure.Breach) practice.Finding {
	return practice.Finding{
		Key:      "ingress",
		Resource: group.Resource(pass),
		Title:    "Open to the whole internet: " + words(breaches),
		Facts:    group.Facts(breaches),
		Tags:     group.Tags,
		Managed:  group.Managed,
		Changes:  group.Close(breaches),
		Scope:    securitygroup.Scope(breaches),
		Advice:   "Whoever needs the port gets a rule for their own addresses; a port meant for everyone goes into allowed-ports.",
	}
}

// policy reads the knobs.
func policy(pass *practice.Pass) (p exposure.Policy, err error) {
	if p.Allowed, err = ports(pass, "allowed-ports"); err != nil {
		return p, err
	}
	if p.AllowedUDP, err = ports(pass, "allowed-udp-ports"); err != nil {
		return p, err
	}
	for _, text := range pass.Param("trusted") {
		block, err := exposure.ParseSource(text)
		if err != nil {
			return p, fmt.Errorf("param trusted of sg-public-ingress: %w", err)
		}
		p.Trusted = append(p.Trusted, block)
	}
	return p, p.Validate()
}

func ports(pass *practice.Pass, name string) (ranges []exposure.PortRange, err error) {
	for _, text := range pass.Param(name) {
		if !strings.Contains(text, "/") {
			text += "/" + text
		}
		some, err := exposure.ParsePorts(text)
		if err != nil {
			return nil, fmt.Errorf("param %s of sg-public-ingress: %w", name, err)
		}
		ranges = append(ranges, some...)
	}
	return ranges, nil
}

// words names the worst in a line.
func words(breaches []exposure.Breach) string {
	var parts []string
	for i, b := range breaches {
		if i == 3 && len(breaches) > 4 {
			parts = append(parts, fmt.Sprintf("and %d more rules", len(breaches)-i))
			break
		}
		parts = append(parts, b.String())
	}
	return strings.Join(parts, "; ")
}
