package rampolicywildcard

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-policy-wildcard.
var Practice = &practice.Practice{
	ID:       "ram-policy-wildcard",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypePolicy,
	Guide:    []string{"Alibaba Cloudアカウントの代わりにRAMユーザーを使用し、適切な権限ポリシーをユーザーに付与する"},
	Cites:    []string{"CIS Alibaba Cloud 1.15", "MLPS 8.1.4.2", "Cloud Config: ram-policy-no-statements-with-admin-access-check"},
	Triggers: practice.Triggers(identity.Rewritten, identity.Given,
		[]practice.Trigger{{Service: "Config", Name: "ram-policy-no-statements-with-admin-access-check", Resource: "resource"}}),
	Sweep:      practice.Daily(identity.ListPolicies, "ram:ListPolicies"),
	Reads:      append([]string{"ram:ListPolicyVersions"}, identity.Reads...),
	Writes:     []string{"ram:SetDefaultPolicyVersion"},
	Params:     []practice.Param{{Name: "services", Default: []string{"ram"}, Doc: "services of which not everything may be allowed either: ram, sts, kms"}},
	Touches:    true,
	Disruptive: "whatever needed what only the new version of a policy allowed stops working",
	Prevent:    prevent,
	Check:      identity.OfPolicies(judge),
}

func prevent(practice.Finding) []practice.Prevention {
	return []practice.Prevention{identity.Deny("Nobody in the account can write policies but an administrator's role named admin; ecsguard's role is left out",
		[]string{"ram:CreatePolicy", "ram:CreatePolicyVersion", "ram:SetDefaultPolicyVersion"}, "ecsguard-ram-policy-wildcard", "admin")}
}

func judge(ctx context.Context, pass *practice.Pass, p identity.Policy) error {
	what := wide(pass, p.Document)
	if what == "" || p.Kind != resource.CustomPolicy {
		return nil
	}
	holders, err := identity.HoldersOf(ctx, pass, p)
	if err != nil || len(holders) == 0 {
		return err // as long as nobody has it, it allows nothing
	}
	f := practice.Finding{
		Key:    "wide",
		Title:  "A policy allows " + what,
		Facts:  map[string]string{"version": p.Version},
		Advice: identity.Who(holders) + " has it. Write down the actions that are needed, and put them in the place of the stars.",
	}
	away := policy.Scope{Actions: []string{"ram:*"}}
	for _, service := range pass.Param("services") {
		if service != "ram" {
			away.Actions = append(away.Actions, service+":*")
		}
	}
	if edit, err := p.Without(away); err == nil { // or no edit was proved, and a person has to write it
		text := cloud.New("ram", "CreatePolicyVersion", "", "PolicyName", p.Name, "SetAsDefault", "true", "PolicyDocument", edit.Document.JSON()).String()
		f.Paste = []practice.Prevention{{Kind: practice.RAMPolicy, Does: "The least that has to change: " + edit.Words, Text: text}}
	}
	if f.Lock, f.Changes, err = back(ctx, pass, p, holders); err != nil {
		return err
	}
	pass.Report(f)
	return nil
}

// wide says what a policy allows of all there is; empty: nothing so wide, or it cannot be told.
func wide(pass *practice.Pass, d *policy.Document) string {
	if policy.Of(d).Administrator().Everything == policy.Yes {
		return "everything on everything"
	}
	actions := map[int]bool{}
	for _, w := range d.Wildcards() { // actions come before resources
		switch {
		case w.Width != policy.All:
		case strings.HasSuffix(w.Element, "Action"):
			actions[w.Statement] = true
		case actions[w.Statement] && identity.Alone(d, w.Statement).Reaches(policy.Scope{}).Some == policy.Yes:
			return "all actions, or all but some, on all resources (" + w.Place.String() + ")"
		}
	}
	for _, service := range pass.Param("services") {
		if policy.Of(d).Reaches(policy.Scope{Actions: []string{service + ":*"}}).All == policy.Yes {
			return "all of " + service + " on all resources"
		}
	}
	return ""
}

// back is the change to the latest older version that is not wide, where the event has made a
// wide one count.
func back(ctx context.Context, pass *practice.Pass, p identity.Policy, holders []identity.Holder) (lock practice.Lock, _ []practice.Change, err error) {
	made := pass.Event.Name == "CreatePolicyVersion" && strings.EqualFold(pass.Event.Params["SetAsDefault"], "true")
	chosen := pass.Event.Name == "SetDefaultPolicyVersion" && pass.Event.Params["VersionId"] == p.Version
	if !made && !chosen {
		return lock, nil, nil
	}
	versions, err := resource.PolicyVersions(ctx, pass, p.Name)
	if err != nil {
		return lock, nil, fmt.Errorf("reading the versions of %s: %w", p.Name, err)
	}
	narrow := ""
	for _, v := range versions {
		d, err := policy.Parse(p.Name, []byte(v.PolicyDocument))
		if err == nil && wide(pass, d) == "" && number(v.VersionID) < number(p.Version) && number(v.VersionID) > number(narrow) {
			narrow = v.VersionID
		}
	}
	lock, one, err := identity.LockOf(ctx, pass, holders)
	if err != nil || narrow == "" || !one {
		return practice.Lock{}, nil, err
	}
	set := cloud.New("ram", "SetDefaultPolicyVersion", "", "PolicyName", p.Name)
	return lock, practice.Reversible("let "+narrow+" of "+p.Name+" count again", set.With("VersionId", narrow), set.With("VersionId", p.Version)), nil
}

// number is that of a version: v3.
func number(version string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(version, "v")) // 0: none
	return n
}
