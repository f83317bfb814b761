package ecsinstanceroleprivilege

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-instance-role-privilege.
var Practice = &practice.Practice{
	ID:       "ecs-instance-role-privilege",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeRole,
	Guide:    []string{"AccessKeyペアの代わりにインスタンスRAMロールを使用してAPI操作を呼び出す"},
	Cites:    []string{"CIS Alibaba Cloud 1.15", "MLPS 8.1.4.2", "Cloud Config: ram-role-no-product-admin-access"},
	Triggers: practice.Triggers(identity.Trusting, []practice.Trigger{
		{Service: "Ecs", Name: "AttachInstanceRamRole", Resource: "params.RamRoleName"},
		{Service: "Ecs", Name: "RunInstances", Resource: "params.RamRoleName", Maybe: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "params.RamRoleName", Maybe: true},
		{Service: "Ram", Name: "AttachPolicyToRole", Resource: "params.RoleName"},
		{Service: "ResourceManager", Name: "AttachPolicy", Resource: "params.PrincipalName"},
	}),
	Sweep: practice.Daily(identity.ListRoles, "ram:ListRoles"),
	Reads: []string{"ram:GetRole", "ram:ListPoliciesForRole", "ram:GetPolicy"},
	Params: []practice.Param{
		{Name: "policies", Default: []string{"AdministratorAccess", "AliyunRAMFullAccess", "AliyunECSFullAccess"}, Doc: "names of policies that are too wide for a machine"},
	},
	Prevent: prevent,
	Check:   check,
}

func prevent(practice.Finding) []practice.Prevention {
	return []practice.Prevention{identity.Deny("Nobody in the account can give a role a policy, or a role to an instance, but an administrator's role named admin",
		[]string{"ram:AttachPolicyToRole", "ecs:AttachInstanceRamRole"}, "admin")}
}

func check(ctx context.Context, pass *practice.Pass) error {
	if strings.Contains(pass.Resource.ID, "@") {
		return nil // Resource Manager gave a user or a group something
	}
	found, err := resource.RoleOf(ctx, pass, pass.Resource.ID)
	role, err := practice.One(found, err)
	if err != nil {
		return fmt.Errorf("reading whom the role %s lets in: %w", pass.Resource.ID, err)
	}
	trust, err := policy.ParseTrust(role.RoleName, []byte(role.AssumeRolePolicyDocument))
	if err != nil {
		return err // it names the role
	}
	if !slices.ContainsFunc(trust.MayAssume(pass.Resource.Account), ofInstances) {
		return nil
	}
	policies, err := identity.PoliciesOf(ctx, pass, "Role", role.RoleName)
	if err != nil {
		return practice.Gone(err)
	}
	var wide, commands []string
	h := identity.HolderNamed("role/" + role.RoleName)
	for _, p := range policies {
		if slices.Contains(pass.Param("policies"), p.Name) || administers(policy.Of(p.Document)) {
			wide, commands = append(wide, p.Name), append(commands, h.Detach(p).String())
		}
	}
	f := practice.Finding{Key: "privilege", Resource: pass.Named("", role.RoleName, ""), Facts: map[string]string{}}
	access := policy.Of(identity.Documents(policies)...)
	gains := gains(access)
	switch {
	case administers(access):
		f.Title, f.Severity = "Instances may do everything by their role", practice.Critical
	case len(gains) > 0:
		f.Title = "Instances can get more rights by their role"
	case len(wide) > 0:
		f.Title = "Instances have by their role a policy that is too wide for a machine"
	default:
		return nil
	}
	f.Facts["policies that are too wide"], f.Facts["what can be had"] = strings.Join(wide, ", "), strings.Join(gains, "; ")
	f.Advice = "Give " + role.RoleName + " a policy with what its programs need, then take the wide ones from it. "
	if len(wide) > 0 {
		f.Advice += practice.Few(commands, 2, "; ")
	} else if len(gains) > 0 {
		f.Advice += "They can get " + practice.Few(gains, 3, "; ") + "."
	}
	pass.Report(f)
	return nil
}

func ofInstances(t policy.Trusted) bool {
	return t.Kind == policy.Service && strings.EqualFold(t.Name, "ecs.aliyuncs.com")
}

func administers(a policy.Access) bool {
	admin := a.Administrator()
	return admin.EverythingIf == policy.Yes || admin.InEffectIf == policy.Yes
}

// gains are the ways to more rights that are open whomever or whatever they are tried on.
func gains(a policy.Access) (ways []string) {
	for _, e := range a.Escalations() {
		if e.Anyone == policy.Yes && !slices.Contains(ways, e.Gains) {
			ways = append(ways, e.Gains)
		}
	}
	return ways
}
