package actiontrailmfaaccess

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is actiontrail-mfa-access.
var Practice = &practice.Practice{
	ID:       "actiontrail-mfa-access",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypePolicy,
	Guide:    []string{"ログの例外の監視と監査"},
	Cites:    []string{"CIS Alibaba Cloud 2.17", "MLPS 8.1.4.1 d)"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeTrail, "Actiontrail", "CreateTrail", "UpdateTrail", "StopLogging", "DeleteTrail"),
		identity.Rewritten, identity.Given),
	Sweep: practice.Weekly(list, "ram:ListPolicies"),
	Reads: append([]string{"ram:GetDefaultDomain", "ram:ListAccessKeys"}, identity.AccessReads...),
	Params: []practice.Param{
		{Name: "policies", Default: []string{"AliyunActionTrailFullAccess"}, Doc: "policies of the system's that are looked at as well"},
		{Name: robots, Doc: "who has nobody to show a second factor: ci, role/deploy"},
	},
	Check: check,
}

// robots are those who cannot show a second factor.
const robots = "robots"

// changing is what is asked about.
var changing = policy.Scope{Actions: []string{"actiontrail:CreateTrail", "actiontrail:UpdateTrail", "actiontrail:StopLogging", "actiontrail:DeleteTrail"}}

func check(ctx context.Context, pass *practice.Pass) error {
	if pass.Resource.Type == resource.TypeTrail {
		called(pass, pass.Event.Actor)
		return nil
	}
	return identity.OfPolicies(one)(ctx, pass)
}

// one judges who may change trails by a policy.
func one(ctx context.Context, pass *practice.Pass, p identity.Policy) error {
	if p.Kind == resource.SystemPolicy && !slices.Contains(pass.Param("policies"), p.Name) {
		return nil
	}
	open, err := identity.Unlimited(ctx, pass, p, limited, func(user string) (bool, error) { return !identity.HolderNamed("user/"+user).Listed(pass, robots), nil })
	if err != nil {
		return err
	}
	var users []string
	for _, o := range open {
		has := true
		if slices.Contains(o.Example.Context, policy.MFA.String()+"=absent") { // as of a call with a key, and of no other
			if has, err = identity.HasKey(ctx, pass, o.User); err != nil {
				return err
			}
		}
		if has {
			users = append(users, o.User)
		}
	}
	if len(users) == 0 {
		return nil
	}
	pass.Report(practice.Finding{
		Key:    p.Kind,
		Title:  "Trails may be changed by a policy without a second factor",
		Facts:  map[string]string{"users": strings.Join(users, ", "), "for example": open[0].Example.String()},
		Advice: practice.Few(users, 5, ", ") + " may. Let only a few change trails, by a policy that asks for acs:MFAPresent. An AccessKey passes a Deny that asks for it: take the key or the right from those who have one.",
		Paste:  paste(p),
	})
	return nil
}

func limited(a policy.Access) policy.Restriction { return a.Limited(policy.MFA, changing) }

// paste is the edit after which a policy asks for the second factor where trails are changed; of
// the system's a Deny for a group.
func paste(p identity.Policy) []practice.Prevention {
	mfa := func(value string) policy.Condition {
		return policy.Condition{Operator: "Bool", Key: policy.MFA.String(), Values: []string{value}}
	}
	if p.Kind == resource.SystemPolicy {
		return identity.DenyInGroup("trails-with-mfa-only", "It denies changes of trails to who signs in without a second factor", changing, mfa("false"))
	}
	d := identity.Asking(p, changing, limited, mfa("true"))
	if d == nil {
		return nil
	}
	call := cloud.New("ram", "CreatePolicyVersion", "", "PolicyName", p.Name, "SetAsDefault", "true", "PolicyDocument", d.JSON())
	return []practice.Prevention{{Kind: practice.RAMPolicy, Does: "Trails are changed with a second factor only, or no more; see what else its statements allow", Text: call.String()}}
}

// called reports a call that was made without a second factor.
func called(pass *practice.Pass, by events.Actor) {
	role, _ := by.Role()
	switch {
	case by.MFA || by.Type == "system":
		return
	case role != "" && (identity.ServiceRole(role) || strings.HasPrefix(role, practice.FunctionName(""))), identity.Made(by).Listed(pass, robots):
		return
	}
	pass.Report(practice.Finding{
		Key:       "call",
		Title:     "A trail was changed without a second factor",
		Facts:     map[string]string{"call": pass.Event.Name},
		Momentary: true,
		Advice:    "Ask whoever it was. If nobody of yours did it, the password or the key is stolen: disable it, and look in the event history for what else it did.",
	})
}

// list names the account's own policies, and those of the system's that are looked at.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := identity.ListPolicies(ctx, pass)
	for _, name := range pass.Param("policies") {
		all = append(all, pass.Named("", name, ""))
	}
	return all, err
}
