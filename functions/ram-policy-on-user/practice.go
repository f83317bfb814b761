package rampolicyonuser

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-policy-on-user.
var Practice = &practice.Practice{
	ID:       "ram-policy-on-user",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeUser,
	Guide:    []string{"RAMユーザーグループ"},
	Cites:    []string{"CIS Alibaba Cloud 1.16", "MLPS 8.1.4.2", "Cloud Config: ram-user-no-policy-check"},
	Triggers: []practice.Trigger{
		{Service: "Ram", Name: "AttachPolicyToUser", Resource: identity.User},
		{Service: "ResourceManager", Name: "AttachPolicy", Resource: "params.PrincipalName"}, // the console; it may name a group or a role
		{Service: "Config", Name: "ram-user-no-policy-check", Resource: "resource"},
	},
	Sweep:   practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:   append([]string{"ram:GetUser", "ram:ListPoliciesForUser", "ram:ListGroupsForUser", "ram:ListPoliciesForGroup"}, identity.Reads...),
	Writes:  []string{"ram:DetachPolicyFromUser"},
	Touches: true,
	Check:   check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	user, err := practice.One(resource.UserOf(ctx, pass, pass.Resource.ID))
	if err != nil {
		return fmt.Errorf("reading who %s is: %w", pass.Resource.ID, err)
	}
	name := user.Name()
	own, err := resource.PoliciesOf(ctx, pass, "User", name)
	if err != nil || len(own) == 0 {
		return practice.Gone(err)
	}
	by, err := byGroup(ctx, pass, name)
	if err != nil {
		return fmt.Errorf("reading what %s may do by groups: %w", name, err)
	}
	alone := practice.Finding{Key: "own", Resource: pass.Named(resource.TypeUser, name, user.DisplayName), Title: "A RAM user has policies of its own"}
	twice := alone
	twice.Key, twice.Title = "twice", "A RAM user has policies that a group gives it as well"
	twice.Lock = practice.Lock{User: name, Rights: true}
	var only, both []string
	for _, p := range own {
		call := func(action string) cloud.Call {
			return cloud.New("ram", action, "", "UserName", name, "PolicyType", p.PolicyType, "PolicyName", p.PolicyName)
		}
		group, gives := by[p.PolicyType+" "+p.PolicyName]
		if !gives {
			only = append(only, p.PolicyName)
			if len(only) <= 4 { // for more, the commands are the same
				alone.Paste = append(alone.Paste, practice.ByHand("It gives "+p.PolicyName+" to the group whose name is put in the place of GROUP",
					cloud.New("ram", "AttachPolicyToGroup", "", "GroupName", "GROUP", "PolicyType", p.PolicyType, "PolicyName", p.PolicyName))...)
				alone.Paste = append(alone.Paste, practice.ByHand("It takes "+p.PolicyName+" from the user", call("DetachPolicyFromUser"))...)
			}
			continue
		}
		both = append(both, p.PolicyName+" by "+group)
		twice.Changes = append(twice.Changes, practice.Reversible("detach "+p.PolicyName+" from "+name+", who has it by the group "+group,
			call("DetachPolicyFromUser"), call("AttachPolicyToUser"))...)
	}
	if len(only) > 0 {
		alone.Facts = map[string]string{"policies": strings.Join(only, ", ")}
		alone.Advice = "Give them to a group whose members need them, put the user into it, and then detach them."
		pass.Report(alone)
	}
	if len(both) > 0 {
		twice.Facts = map[string]string{"policies": strings.Join(both, ", ")}
		pass.Report(twice)
	}
	return nil
}

// byGroup says which group gives a user a policy.
func byGroup(ctx context.Context, pass *practice.Pass, user string) (map[string]string, error) {
	by := map[string]string{}
	groups, err := resource.UserGroupsOf(ctx, pass, user)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		policies, err := resource.PoliciesOf(ctx, pass, "Group", g.GroupName)
		if err != nil && !cloud.NotFound(err) { // the group has been deleted since
			return nil, err
		}
		for _, p := range policies {
			by[p.PolicyType+" "+p.PolicyName] = g.GroupName
		}
	}
	return by, nil
}
