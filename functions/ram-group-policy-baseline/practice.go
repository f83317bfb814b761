package ramgrouppolicybaseline

import (
	"context"
	_ "embed"
	"encoding/json"
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

const holder, changed = "params.GroupName|params.PrincipalName", "params.PolicyName"

// Practice is ram-group-policy-baseline.
var Practice = &practice.Practice{
	ID:       "ram-group-policy-baseline",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeUserGroup,
	Guide:    []string{"ユーザーグループのポリシー"},
	Cites:    []string{"CIS Alibaba Cloud 1.16", "MLPS 8.1.4.2, 8.1.5.1"},
	Triggers: []practice.Trigger{
		{Service: "Ram", Name: "AttachPolicyToGroup", Resource: holder},
		{Service: "Ram", Name: "DetachPolicyFromGroup", Resource: holder}, // it may have denied something
		{Service: "ResourceManager", Name: "AttachPolicy", Resource: holder},
		{Service: "ResourceManager", Name: "DetachPolicy", Resource: holder},
		{Service: "Ram", Name: "CreatePolicyVersion", Resource: changed, Type: resource.TypePolicy},
		{Service: "Ram", Name: "SetDefaultPolicyVersion", Resource: changed, Type: resource.TypePolicy},
		{Service: "ResourceManager", Name: "CreatePolicyVersion", Resource: changed, Type: resource.TypePolicy},
		{Service: "ResourceManager", Name: "SetDefaultPolicyVersion", Resource: changed, Type: resource.TypePolicy},
	},
	Sweep:  practice.Daily(list),
	Reads:  append([]string{"ram:ListPoliciesForGroup"}, identity.Reads...),
	Writes: []string{"ram:DetachPolicyFromGroup"},
	Params: []practice.Param{{Name: "baseline", Default: []string{
		"SysAdmins ecs:*", "Developers ecs:DescribeInstances ecs:StartInstance ecs:StopInstance ecs:RunInstances ecs:DeleteInstance",
	}, Doc: "for each group its name and the actions of its job, as RAM writes them"}},
	Touches:    true,
	Disruptive: "members lose what they may do beyond the baseline",
	Check:      check,
}

// baselines are the actions of each group, by the group's id.
func baselines(pass *practice.Pass) (map[string]*policy.Document, error) {
	all := map[string]*policy.Document{}
	for _, line := range pass.Param("baseline") {
		words := strings.Fields(line)
		if len(words) < 2 || slices.ContainsFunc(words[1:], func(a string) bool { return a != "*" && !strings.Contains(a, ":") }) {
			return nil, fmt.Errorf("param baseline of %s: %q has no group with actions: write \"Developers ecs:DescribeInstances\"", pass.Practice.ID, line)
		}
		text, err := json.Marshal(map[string]any{"Version": "1", "Statement": []any{map[string]any{"Effect": "Allow", "Action": words[1:], "Resource": "*"}}})
		if err != nil {
			return nil, err
		}
		document, err := policy.Parse("baseline", text)
		if err != nil {
			return nil, fmt.Errorf("param baseline of %s: %q: %w", pass.Practice.ID, line, err)
		}
		all[resource.KindOf(resource.TypeUserGroup).ID(words[0])] = document
	}
	return all, nil
}

func check(ctx context.Context, pass *practice.Pass) error {
	base, err := baselines(pass)
	if err != nil {
		return err
	}
	groups := []string{pass.Resource.ID}
	if pass.Resource.Type == resource.TypePolicy {
		has, err := resource.HoldersOf(ctx, pass, resource.CustomPolicy, pass.Resource.ID)
		if err != nil {
			return fmt.Errorf("reading who has the policy %s: %w", pass.Resource.ID, err)
		}
		groups = has.Groups
	}
	for _, group := range groups {
		group, _, _ = strings.Cut(group, "@") // Resource Manager writes Developers@group.1234.onaliyun.com
		group = resource.KindOf(resource.TypeUserGroup).ID(group)
		if base[group] == nil {
			continue
		}
		if err := judge(ctx, pass, group, base[group]); err != nil {
			return err
		}
	}
	return nil
}

func judge(ctx context.Context, pass *practice.Pass, group string, base *policy.Document) error {
	attached, err := identity.PoliciesOf(ctx, pass, "Group", group)
	if err != nil {
		return practice.Gone(err)
	}
	may := policy.Of(identity.Documents(attached)...)
	beyond := may.Beyond(policy.Of(base), policy.Scope{})
	switch beyond.None {
	case policy.Yes:
		return nil
	case policy.Unknown:
		return fmt.Errorf("whether the group %s may do more than its baseline cannot be told: %s", group, beyond.Why)
	}
	h := identity.Holder{Kind: "Group", Name: group}
	lock, err := h.Lock(ctx, pass)
	if err != nil {
		return practice.Gone(err)
	}
	f := practice.Finding{Resource: pass.Named(resource.TypeUserGroup, group, ""), Title: "A RAM user group may do more than its job asks for"}
	var names []string
	extra := f
	extra.Key, extra.Title, extra.Lock = "extra", "A RAM user group has policies that its job does not ask for", lock
	if lock.Any() { // of a group without members nothing is taken
		var spare []identity.Policy
		spare, may = identity.Spare(attached, base)
		for _, p := range spare {
			names = append(names, p.Name)
			extra.Changes = append(extra.Changes, practice.Reversible("detach "+p.Name+" from "+group+": it gives nothing of the baseline", h.Detach(p), h.Attach(p))...)
		}
	}
	if len(names) > 0 {
		extra.Facts = map[string]string{"policies": strings.Join(names, ", "), "beyond the baseline": examples(beyond)}
		pass.Report(extra)
	}
	if left := may.Beyond(policy.Of(base), policy.Scope{}); left.None == policy.No {
		f.Key, f.Facts = "beyond", map[string]string{"beyond the baseline": examples(left)}
		f.Advice = "Narrow the policies that allow it, or add it to the baseline: " + examples(left)
		pass.Report(f)
	}
	return nil
}

func examples(d policy.Difference) string {
	var all []string
	for _, e := range d.Examples {
		var by []string
		for _, place := range e.By {
			by = append(by, place.String())
		}
		all = append(all, e.String()+" by "+strings.Join(by, ", "))
	}
	return practice.Few(all, 4, "; ")
}

// list names the groups that have a baseline: what is not there is not judged.
func list(_ context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	base, err := baselines(pass)
	for group := range base {
		all = append(all, pass.Named(resource.TypeUserGroup, group, ""))
	}
	return all, err
}
