package ecsguardtamper

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecsguard-tamper.
var Practice = &practice.Practice{
	ID:       "ecsguard-tamper",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypeFunction,
	Standard: "MLPS 8.1.5.2",
	Cites:    []string{"MLPS 8.1.5.2"},
	Triggers: triggers(),
	Reads:    []string{"eventbridge:GetRule", "ram:GetRole", "ram:ListPoliciesForRole", "ram:GetPolicy"},
	Writes:   []string{"eventbridge:EnableRule", "ram:AttachPolicyToRole", "ram:UpdateRole"},
	Params:   []practice.Param{{Name: "deployers", Doc: "who deploys ecsguard: RAM users, or roles as role/deploy"}},
	Check:    check,
}

// An act is something that can be done to a part of ecsguard.
type act struct {
	did  string // "was deleted"
	less bool   // it takes something away or weakens it, which no deployment does
}

// acts are these, by the type of the part and the call.
var acts = map[string]map[string]act{
	resource.TypeFunction: {
		"DeleteFunction": {"was deleted", true}, "DeleteTrigger": {"has lost a trigger", true}, "DeleteAsyncInvokeConfig": {"has lost what it does with what fails", true},
		"UpdateFunction": {"has other code or settings", false}, "UpdateTrigger": {"has another trigger", false},
		"PutConcurrencyConfig": {"may run at another number at once", false}, "PutAsyncInvokeConfig": {"does something else with what fails", false},
		"DisableFunctionInvocation": {"was switched off", true},
		// The API before this one; ActionTrail's page lists these two.
		"DeleteFunctionAsyncInvokeConfig": {"has lost what it does with what fails", true}, "PutFunctionAsyncInvokeConfig": {"does something else with what fails", false},
	},
	resource.TypeEventRule: {
		"DeleteRule": {"was deleted", true}, "DeleteTargets": {"has lost a target", true}, "DisableRule": {"was switched off", true},
		"UpdateRule": {"has another pattern", false}, "PutTargets": {"has other targets", false}, "UpdateTargets": {"has other targets", false},
	},
	resource.TypeRole: {
		"DeleteRole": {"was deleted", true}, "DetachPolicyFromRole": {"has lost a policy", true}, "DetachPolicy": {"has lost a policy", true},
		"UpdateRole": {"may be taken by others", true}, "AttachPolicyToRole": {"has a policy more than it needs", true}, "AttachPolicy": {"has a policy more than it needs", true},
	},
	resource.TypePolicy: {
		"DeletePolicy": {"was deleted", true}, "CreatePolicyVersion": {"allows something else", false}, "SetDefaultPolicyVersion": {"allows something else", false},
	},
	resource.TypeLogProject: {
		"DeleteProject": {"was deleted", true}, "DeleteLogStore": {"has lost a logstore", true}, "DeleteLogstore": {"has lost a logstore", true}, "DeleteIndex": {"has lost an index", true},
		"ClearLogStoreStorage": {"has lost the logs of a logstore", true},
		"UpdateLogStore":       {"keeps logs for another time", false}, "UpdateLogstore": {"keeps logs for another time", false}, "UpdateIndex": {"has another index", false},
	},
}

// named is where events of a service name a part. Nobody has seen how those of Function Compute
// and Log Service do: these are the APIs' names for it, in the ways others write theirs.
var named = []struct{ kind, service, at string }{
	{resource.TypeFunction, "Fc", "params.functionName|params.FunctionName|resources." + resource.TypeFunction},
	{resource.TypeEventRule, "Eventbridge", "params.RuleName|resources." + resource.TypeEventRule},
	{resource.TypeRole, "Ram", "params.RoleName"},
	{resource.TypeRole, "ResourceManager", "params.RoleName|params.PrincipalName"},
	{resource.TypePolicy, "Ram", "params.PolicyName"},
	{resource.TypePolicy, "ResourceManager", "params.PolicyName"},
	{resource.TypeLogProject, "Sls", "params.project|params.Project|params.ProjectName|params.projectName"},
}

// only are the calls that just one of the two services has that change roles and policies.
var only = map[string]string{
	"AttachPolicyToRole": "Ram", "DetachPolicyFromRole": "Ram", "AttachPolicy": "ResourceManager", "DetachPolicy": "ResourceManager",
}

func triggers() (all []practice.Trigger) {
	for _, n := range named {
		var names []string
		for name := range acts[n.kind] {
			if of, one := only[name]; !one || of == n.service {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			all = append(all, practice.Trigger{Service: n.service, Name: name, Type: n.kind, Resource: n.at})
		}
	}
	return all
}

func check(ctx context.Context, pass *practice.Pass) error {
	a, known := acts[pass.Resource.Type][pass.Event.Name]
	if !known || !ours(pass) {
		return nil
	}
	switch pass.Event.Name {
	case "DisableRule":
		return disabled(ctx, pass)
	case "DetachPolicyFromRole", "DetachPolicy":
		return detached(ctx, pass)
	case "UpdateRole":
		return trust(ctx, pass)
	case "AttachPolicyToRole", "AttachPolicy":
		if owns(pass.Resource.ID, pass.Event.Params["PolicyName"]) {
			return nil // prepare gives it, and so does this practice
		}
	case "PutConcurrencyConfig":
		if stops(pass.Event) {
			a = act{"may not run any more", true}
		}
	}
	f := tampered(pass, pass.Event.Name, a)
	f.Momentary = true // what was there before is in no state
	pass.Report(f)
	return nil
}

// tampered begins a finding. By whom it was done counts only where a deployment does the same.
func tampered(pass *practice.Pass, key string, a act) practice.Finding {
	words := resource.KindOf(pass.Resource.Type).Words
	f := practice.Finding{
		Key: key, Title: "The " + words + " " + pass.Resource.ID + " of ecsguard " + a.did, Same: "A " + words + " of ecsguard " + a.did,
		Advice: "Unless you know of it, look at what else whoever did it has done, and take away the access. Then make all as it was deployed, in the project's folder: " + again(pass) + ".",
	}
	switch {
	case a.less:
	case deploys(pass):
		f.Severity = practice.Low
	case len(pass.Param("deployers")) == 0:
		f.Severity = practice.High
		f.Advice += " If it was a deployment, name who deploys under deployers of ecsguard-tamper in ecsguard.yaml."
	}
	return f
}

// again is the command that makes a part as it was deployed.
func again(pass *practice.Pass) string {
	switch pass.Resource.Type {
	case resource.TypeFunction:
		id := practice.OfFunction(pass.Resource.ID)
		if id == "triage" || id == "notify" {
			id = pass.Resource.ID
		}
		return "s " + id + " deploy"
	case resource.TypeEventRule:
		return "s ecsguard-triage deploy"
	}
	return "go run ./deploy/ecsguard prepare, with the region and the mode that you deployed with"
}

// ours tells whether a part is ecsguard's, by the name that prepare and deploying give it.
func ours(pass *practice.Pass) bool {
	id := strings.ToLower(pass.Resource.ID)
	if pass.Resource.Type == resource.TypeLogProject {
		return id == practice.FunctionName(pass.Resource.Account)
	}
	return strings.HasPrefix(id, practice.FunctionName(""))
}

// owns tells whether a policy is one of those that prepare gives a role.
func owns(role, policy string) bool {
	role, policy = strings.ToLower(role), strings.ToLower(policy)
	return policy == role || strings.HasPrefix(policy, role+"-")
}

// deploys tells whether who made the event is named as who deploys.
func deploys(pass *practice.Pass) bool {
	actor := pass.Event.Actor
	kind, id := resource.TypeUser, resource.UserName(actor.Name)
	if role, _ := actor.Role(); role != "" {
		kind, id = resource.TypeRole, resource.KindOf(resource.TypeRole).ID(role)
	}
	return actor.Account == pass.Resource.Account && id != "" && slices.ContainsFunc(pass.Param("deployers"), func(word string) bool {
		k, named, err := resource.IdentityOf(word)
		return err == nil && (k == kind && named == id || k == resource.TypeAccessKey && named == cmp.Or(actor.AccessKeyID, "-"))
	})
}

// stops tells whether a function may run at no number at once any more.
func stops(e *events.Event) bool {
	for name, value := range e.Params {
		if strings.HasSuffix(strings.ToLower(name), "reservedconcurrency") && value == "0" {
			return true
		}
	}
	return false
}
