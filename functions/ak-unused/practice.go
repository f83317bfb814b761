package akunused

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ak-unused.
var Practice = &practice.Practice{
	ID:       "ak-unused",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeUser, // whose keys are judged together: they are read together
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.6", "MLPS 8.1.4.1", "Cloud Config: ram-user-ak-used-expired-check"},
	Triggers: []practice.Trigger{
		{Service: "Config", Name: "ram-user-ak-used-expired-check", Resource: "resource"},
		// Who enables an old key again is told at once that nobody uses it.
		{Service: "Ims", Name: "UpdateAccessKey", Resource: identity.User},
		{Service: "Ram", Name: "UpdateAccessKey", Resource: identity.User},
	},
	Sweep:  practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:  append([]string{"ram:GetUser"}, identity.Reads...),
	Writes: []string{"ram:UpdateAccessKey"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"30"}, Least: 1, Most: 730, Doc: "for how many days a key may be unused"},
		identity.WarnDays("it"),
	},
	Touches:    true,
	Disruptive: "programs that run more rarely lose their key",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	found, err := resource.UserOf(ctx, pass, pass.Resource.ID)
	user, err := practice.One(found, err)
	if err != nil {
		return fmt.Errorf("reading who %s is: %w", pass.Resource.ID, err)
	}
	keys, err := resource.AccessKeys(ctx, pass, user.UserPrincipalName)
	if err != nil {
		return practice.Gone(err)
	}
	for _, k := range keys {
		if err := one(ctx, pass, user, k); err != nil {
			return err
		}
	}
	return nil
}

func one(ctx context.Context, pass *practice.Pass, user resource.User, k resource.AccessKey) error {
	active, err := k.Active()
	if err != nil || !active {
		return err
	}
	since, err := k.Created()
	if err != nil {
		return err
	}
	if !identity.Idle(pass, since) {
		return nil // so young that its use need not be read
	}
	use, err := resource.LastUsed(ctx, pass, user.UserPrincipalName, k.AccessKeyID)
	if cloud.NotFound(err) {
		return nil // it has been deleted since
	}
	if err != nil {
		return err
	}
	said := "never used; made on " + since.Format(time.DateOnly)
	if use.At.After(since) {
		since, said = use.At, "last used on "+use.At.Format(time.DateOnly)+" for "+use.Service
	}
	if !identity.Idle(pass, since) {
		return nil
	}
	identity.AfterWarning(pass, practice.Finding{
		Key:      "unused",
		Resource: pass.Named(resource.TypeAccessKey, k.AccessKeyID, user.Name()),
		Title:    "An active AccessKey is not used",
		Facts:    map[string]string{"user": user.UserPrincipalName, "use": said},
		Lock:     practice.Lock{User: user.Name(), Key: k.AccessKeyID},
		Advice:   "If a program needs it, exempt the key until that runs again.",
	}, since, identity.Disable(user.UserPrincipalName, k.AccessKeyID))
	return nil
}
