package ecsguardtamper

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// disabled has a rule that is off switched on.
func disabled(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	rule, err := practice.One(resource.EventRuleOf(ctx, pass, r.Region, r.ID))
	if err != nil {
		return fmt.Errorf("reading the rule %s: %w", r.ID, err)
	}
	if on, err := rule.Enabled(); err != nil || on {
		return err
	}
	call := func(action string) cloud.Call {
		return cloud.New("eventbridge", action, r.Region, "EventBusName", "default", "RuleName", r.ID)
	}
	f := tampered(pass, "disabled", acts[r.Type]["DisableRule"])
	f.Changes = practice.Reversible("switch the rule on, so that events are looked at", call("EnableRule"), call("DisableRule"))
	pass.Report(f)
	return nil
}

// untouched is for how long nobody may have changed a policy that a role gets back: whoever
// takes it away may have changed it before.
const untouched = 24 * time.Hour

// detached gives a role back a policy of its own.
func detached(ctx context.Context, pass *practice.Pass) error {
	role, policy := pass.Resource.ID, pass.Event.Params["PolicyName"]
	if !owns(role, policy) {
		return nil
	}
	has, err := resource.PoliciesOf(ctx, pass, "Role", role)
	if err != nil {
		return fmt.Errorf("reading what the role %s may do: %w", role, practice.Gone(err))
	}
	if slices.ContainsFunc(has, func(p resource.Policy) bool {
		return p.PolicyType == resource.CustomPolicy && strings.EqualFold(p.PolicyName, policy)
	}) {
		return nil
	}
	f := tampered(pass, "detached "+policy, acts[pass.Resource.Type]["DetachPolicyFromRole"])
	changed, err := resource.PolicyChanged(ctx, pass, resource.CustomPolicy, policy)
	if err != nil {
		return fmt.Errorf("reading when the policy %s was changed: %w", policy, err)
	}
	call := func(action string) cloud.Call {
		return cloud.New("ram", action, "", "PolicyType", resource.CustomPolicy, "PolicyName", policy, "RoleName", role)
	}
	if len(changed) > 0 && pass.Now.Sub(changed[0]) > untouched {
		f.Changes = practice.Reversible("give the role "+role+" its policy back", call("AttachPolicyToRole"), call("DetachPolicyFromRole"))
	}
	pass.Report(f)
	return nil
}

// trust has a role taken by Function Compute alone.
func trust(ctx context.Context, pass *practice.Pass) error {
	role, err := practice.One(resource.RoleOf(ctx, pass, pass.Resource.ID))
	if err != nil {
		return fmt.Errorf("reading whom the role %s trusts: %w", pass.Resource.ID, err)
	}
	if cloud.SameDocument(role.AssumeRolePolicyDocument, practice.RoleTrust) {
		return nil
	}
	set := cloud.New("ram", "UpdateRole", "", "RoleName", role.RoleName)
	f := tampered(pass, "trust", acts[resource.TypeRole]["UpdateRole"])
	f.Lock = practice.Lock{Role: pass.Resource.ID, Back: true}
	f.Changes = practice.Reversible("let Function Compute alone take the role "+role.RoleName,
		set.With("NewAssumeRolePolicyDocument", practice.RoleTrust), set.With("NewAssumeRolePolicyDocument", role.AssumeRolePolicyDocument))
	pass.Report(f)
	return nil
}
