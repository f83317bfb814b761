package akunused

import (
	"context"
	_ "embed"

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
	// Who enables an old key again is told at once that nobody uses it.
	Triggers: append(identity.On("UpdateAccessKey"), practice.Trigger{Service: "Config", Name: "ram-user-ak-used-expired-check", Resource: "resource"}),
	Sweep:    practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:    append([]string{"ram:GetUser"}, identity.Reads...),
	Writes:   []string{"ram:UpdateAccessKey"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"30"}, Least: 1, Most: 730, Doc: "for how many days a key may be unused"},
		identity.WarnDays("it"),
	},
	Touches:    true,
	Disruptive: "programs that run more rarely lose their key",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	keys, err := identity.ActiveKeys(ctx, pass)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := one(ctx, pass, k); err != nil {
			return err
		}
	}
	return nil
}

func one(ctx context.Context, pass *practice.Pass, k identity.Key) error {
	if !identity.Idle(pass, k.Made) {
		return nil // so young that its use need not be read
	}
	since, said, err := k.Use(ctx, pass)
	switch {
	case cloud.NotFound(err):
		return nil // it has been deleted since
	case err != nil:
		return err
	case !identity.Idle(pass, since):
		return nil
	}
	f := k.Finding(pass, "unused", "An active AccessKey is not used")
	f.Facts = map[string]string{"user": k.Principal, "use": said}
	f.Advice = "If a program needs it, exempt the key until that runs again."
	identity.AfterWarning(pass, f, since, identity.Disable(k.Principal, k.ID))
	return nil
}
