package rampolicysecuretransport

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-policy-secure-transport.
var Practice = &practice.Practice{
	ID:       "ram-policy-secure-transport",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypePolicy,
	Guide:    []string{"AccessKeyペアの使用方法に関するセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 5.4", "MLPS 8.1.2.2, 8.1.4.8"},
	Triggers: practice.Triggers(identity.Rewritten, identity.Given),
	Sweep:    practice.Weekly(identity.ListPolicies, "ram:ListPolicies"),
	Reads:    identity.AccessReads,
	Check:    identity.OfPolicies(judge),
}

func judge(ctx context.Context, pass *practice.Pass, p identity.Policy) error {
	if p.Kind != resource.CustomPolicy {
		return nil
	}
	open, err := identity.Unlimited(ctx, pass, p, limited, nil)
	if err != nil || len(open) == 0 {
		return err
	}
	users := identity.OpenUsers(open)
	plain := policy.Condition{Operator: "Bool", Key: "acs:SecureTransport", Values: []string{"false"}}
	folder, err := policy.ProposeDeny(policy.Control, "by-https-only", policy.Scope{}, plain)
	if err != nil {
		return fmt.Errorf("proposing a control policy: %w", err)
	}
	pass.Report(practice.Finding{
		Key:    "plain",
		Title:  "What a policy allows can be asked for without HTTPS",
		Facts:  map[string]string{"users": strings.Join(users, ", "), "for example": open[0].Example.String()},
		Advice: "See that no program calls by HTTP, then make the policy and give it to a group that has " + practice.Few(users, 5, ", ") + ".",
		Paste: append(identity.DenyInGroup("by-https-only", "It denies every call without HTTPS", policy.Scope{}, plain), practice.Prevention{
			Kind: practice.ControlPolicy, Does: "In the place of it, for all accounts of a folder of the resource directory", Text: identity.InOneLine(folder),
		}),
	})
	return nil
}

func limited(a policy.Access) policy.Restriction {
	return a.Limited(policy.SecureTransport, policy.Scope{})
}
