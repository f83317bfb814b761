package rampolicysourceip

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-policy-source-ip.
var Practice = &practice.Practice{
	ID:       "ram-policy-source-ip",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypePolicy,
	Guide:    []string{"AccessKeyペアの使用方法に関するセキュリティの提案"},
	Cites:    []string{"MLPS 8.1.4.2"},
	Triggers: practice.Triggers(identity.Rewritten, identity.Given),
	Sweep:    practice.Daily(identity.ListPolicies, "ram:ListPolicies"),
	Reads:    append([]string{"ram:GetDefaultDomain", "ram:ListAccessKeys"}, identity.AccessReads...),
	Params: []practice.Param{
		{Name: "offices", Kind: practice.AddressBlocks, Doc: "addresses and blocks from which programs call: with them the message has the policy to paste"},
	},
	Check: identity.OfPolicies(judge),
}

// reading are the actions that change nothing, taken away from what is asked about.
var reading = &policy.Document{Name: "reading", Statements: []policy.Statement{{
	Deny: true, Resource: []string{"*"},
	Action: []string{"*:Describe*", "*:Get*", "*:List*", "*:Query*", "*:BatchGet*", "*:BatchQuery*", "*:Lookup*"},
}}}

func judge(ctx context.Context, pass *practice.Pass, p identity.Policy) error {
	if p.Kind != resource.CustomPolicy {
		return nil
	}
	open, err := identity.Unlimited(ctx, pass, p, limited, func(user string) (bool, error) { return identity.HasKey(ctx, pass, user) })
	if err != nil || len(open) == 0 {
		return err
	}
	users := identity.OpenUsers(open)
	f := practice.Finding{
		Key:    "anywhere",
		Title:  "AccessKeys may change things from any address by a policy",
		Facts:  map[string]string{"users": strings.Join(users, ", "), "for example": open[0].Example.String()},
		Advice: practice.Few(users, 5, ", ") + " may. Name the addresses from which the programs call under offices of this practice, and the next message has the policy to paste.",
	}
	if blocks := pass.Blocks("offices"); len(blocks) > 0 {
		var offices []string
		for _, b := range blocks {
			offices = append(offices, b.String())
		}
		f.Advice = "Look at the policy, make it, and give it to a group that has " + practice.Few(users, 5, ", ") + "."
		f.Paste = identity.DenyInGroup("only-from-offices", "It denies calls from other addresses, but those that a service makes for the user", policy.Scope{},
			policy.Condition{Operator: "NotIpAddress", Key: "acs:SourceIp", Values: offices},
			policy.Condition{Operator: "Bool", Key: "acs:ViaAliyunService", Values: []string{"false"}})
	}
	pass.Report(f)
	return nil
}

// limited tells whether everything that changes something asks for an address, of calls that
// come by the internet.
func limited(a policy.Access) policy.Restriction {
	var documents []*policy.Document
	for _, d := range a.Policies {
		documents = append(documents, byInternet(d))
	}
	return policy.Of(append(documents, reading)...).Limited(policy.SourceIP, policy.Scope{})
}

// byInternet is what a policy says of calls that come by no VPC endpoint: a condition that asks
// for one does not hold, and one that asks for another does.
func byInternet(d *policy.Document) *policy.Document {
	d = d.Clone()
	d.Statements = slices.DeleteFunc(d.Statements, func(s policy.Statement) bool {
		return slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return ofEndpoint(c) && !strings.Contains(c.Operator, "Not") })
	})
	for i := range d.Statements {
		d.Statements[i].Conditions = slices.DeleteFunc(d.Statements[i].Conditions, ofEndpoint)
	}
	return d
}

func ofEndpoint(c policy.Condition) bool {
	return strings.EqualFold(c.Key, "acs:SourceVpc") || strings.EqualFold(c.Key, "acs:VpcSourceIp")
}
