package akunused

import (
	"context"
	_ "embed"
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
	// Who enables an old key again is told at once that nobody uses it.
	Triggers: append(identity.On("UpdateAccessKey"), practice.Trigger{Service: "Config", Name: "ram-user-ak-used-expired-check", Resource: "resource"}),
	Sweep:    practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:    append([]string{"ram:GetUser"}, identity.Reads...),
	Writes:   []string{"ram:UpdateAccessKey"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"30"}, Least: 1, Most: 730, Doc: "for how many days a key may be unused"},
		{Name: "warn-days", Kind: practice.Number, Default: []string{"7"}, Most: 365, Doc: "for how many days more people are told before it is disabled"},
	},
	Touches:    true,
	Disruptive: "programs that run more rarely lose their key",
	Check:      check,
}

const day = 24 * time.Hour

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
	limit := time.Duration(pass.Int("days")) * day
	if pass.Now.Sub(k.Made) < limit {
		return nil // so young that its use need not be read
	}
	since, said, err := k.Use(ctx, pass)
	switch {
	case cloud.NotFound(err):
		return nil // it has been deleted since
	case err != nil:
		return err
	case pass.Now.Sub(since) < limit:
		return nil
	}
	f := k.Finding(pass, "unused", "An active AccessKey is not used")
	f.Facts = map[string]string{"user": k.Principal, "use": said}
	f.Advice = "If a program needs it, exempt the key until that runs again."
	if end := since.Add(limit + time.Duration(pass.Int("warn-days"))*day); pass.Now.Before(end) {
		f.Advice = "It is to be disabled from " + end.UTC().Format(time.DateOnly) + " on. " + f.Advice
	} else {
		f.Changes = k.Disable()
	}
	pass.Report(f)
	return nil
}
