package ramnoadminpolicy

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-no-admin-policy.
var Practice = &practice.Practice{
	ID:       "ram-no-admin-policy",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypePolicy, // its findings are on those who have it
	Guide:    []string{"Alibaba Cloudアカウントの代わりにRAMユーザーを使用し、適切な権限ポリシーをユーザーに付与する"},
	Cites:    []string{"CIS Alibaba Cloud 1.15", "MLPS 8.1.4.2, 8.1.5.1", "Cloud Config: ram-user-no-product-admin-access"},
	Triggers: practice.Triggers(identity.Given, identity.Rewritten),
	Sweep:    practice.Daily(list, "ram:ListPolicies"),
	Reads:    identity.Reads, // what the rules may call reads what this asks as well
	Writes:   []string{"ram:DetachPolicyFromUser", "ram:DetachPolicyFromGroup", "ram:DetachPolicyFromRole"},
	Params: []practice.Param{
		{Name: practice.Administrators, Doc: "who may be an administrator beside those of the settings: alice, group/admins, role/deploy"},
		{Name: "new-minutes", Kind: practice.Number, Default: []string{"60"}, Least: 1, Most: 1440, Doc: "for how long a grant is new, and is taken back in the mode enforce"},
	},
	Touches:    true,
	Disruptive: "whoever was given the policy loses it",
	Prevent:    prevent,
	Check:      identity.OfPolicies(judge),
}

func prevent(practice.Finding) []practice.Prevention {
	return []practice.Prevention{identity.Deny("Nobody in the account can give somebody a policy but an administrator's role named admin; ecsguard's role is left out for the undo",
		[]string{"ram:AttachPolicyToUser", "ram:AttachPolicyToGroup", "ram:AttachPolicyToRole"}, "ecsguard-ram-no-admin-policy", "admin")}
}

// judge judges who has a policy.
func judge(ctx context.Context, pass *practice.Pass, p identity.Policy) error {
	admin, what := policy.Of(p.Document).Administrator(), "everything"
	switch {
	case admin.EverythingIf == policy.Yes:
	case admin.InEffectIf == policy.Yes:
		what = "all of RAM, and so everything"
	default:
		return nil
	}
	holders, err := identity.HoldersOf(ctx, pass, p)
	if err != nil {
		return fmt.Errorf("reading who has %s: %w", p.Name, err)
	}
	given := identity.GivenTo(pass.Event)
	if given.Name != "" && !slices.Contains(holders, given) {
		pass.Unseen("that " + given.String() + " has " + p.Name)
	}
	fresh := pass.Now.Sub(pass.Event.Time) < time.Duration(pass.Int("new-minutes"))*time.Minute && !administrator(pass, pass.Event.Actor)
	for _, h := range holders {
		if h.Listed(pass, practice.Administrators) || identity.ServiceRole(h.Name) || h.Name == "resourcedirectoryaccountaccessrole" {
			continue
		}
		f := practice.Finding{
			Key:      p.Kind + "/" + p.Name,
			Resource: pass.Named(h.Type(), h.Name, ""),
			Title:    "Somebody who is on no list of administrators may do " + what,
			Facts:    map[string]string{"who": h.String(), "by": p.Name},
			Advice:   "Give only what is needed. If " + h.String() + " is to be an administrator, name it under administrators in ecsguard.yaml; if not: " + h.Detach(p).String(),
		}
		if h == given && fresh {
			if f.Lock, err = h.Lock(ctx, pass); err != nil {
				return err
			}
			if f.Lock.Any() { // nobody is in a group: nothing is given yet
				f.Changes = practice.Reversible("take "+p.Name+" from "+h.String(), h.Detach(p), h.Attach(p))
			}
		}
		pass.Report(f)
	}
	return nil
}

// administrator tells whether an event was made by somebody who may be one.
func administrator(pass *practice.Pass, by events.Actor) bool {
	return by.Type == "root-account" || identity.Made(by).Listed(pass, practice.Administrators)
}

// list names the policies that may make an administrator: two of the system's, and the own.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	own, err := identity.ListPolicies(ctx, pass)
	return append(own, pass.Named("", "AdministratorAccess", ""), pass.Named("", "AliyunRAMFullAccess", "")), err
}
