package akrotation

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

// Practice is ak-rotation.
var Practice = &practice.Practice{
	ID:       "ak-rotation",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeUser, // whose keys are judged together: a younger one may be on its way
	Guide:    []string{"AccessKeyペアの使用方法に関するセキュリティの提案"},
	Cites: []string{"CIS Alibaba Cloud 1.6", "MLPS 8.1.4.1",
		"Cloud Config: ram-user-ak-create-date-expired-check, ram-user-ak-create-date-expired-check-v2"},
	// A new key says that its user's old one may go; one that is enabled again may be old.
	Triggers: append(identity.On("CreateAccessKey", "UpdateAccessKey"),
		practice.Trigger{Service: "Config", Name: "ram-user-ak-create-date-expired-check", Resource: "resource"},
		practice.Trigger{Service: "Config", Name: "ram-user-ak-create-date-expired-check-v2", Resource: "resource"}),
	Sweep:  practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:  append([]string{"ram:GetUser"}, identity.Reads...),
	Writes: []string{"ram:UpdateAccessKey"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"90"}, Least: 1, Most: 3650, Doc: "how old a key may be"},
		{Name: "disable-unused-days", Kind: practice.Number, Default: []string{"0"}, Most: 730,
			Doc: "disable an old key that was not used for so many days; 0: only tell"},
	},
	Touches:    true,
	Disruptive: "with disable-unused-days, programs that run more rarely lose their key",
	Check:      check,
}

const day = 24 * time.Hour

func check(ctx context.Context, pass *practice.Pass) error {
	keys, err := identity.ActiveKeys(ctx, pass)
	if err != nil || len(keys) == 0 {
		return err
	}
	oldest, limit := keys[0], pass.Int("days")
	if pass.Now.Sub(oldest.Made) <= time.Duration(limit)*day {
		return nil
	}
	since, said, err := oldest.Use(ctx, pass)
	switch {
	case cloud.NotFound(err):
		return nil // it has been deleted since
	case err != nil:
		return err
	}
	f := oldest.Finding(pass, "age", fmt.Sprintf("An AccessKey is older than %d days", limit))
	next := "Make another (" + oldest.Command("CreateAccessKey") + ")"
	if len(keys) > 1 {
		newest := keys[len(keys)-1]
		f.Facts["newer key"] = newest.ID + ", made on " + newest.Made.UTC().Format(time.DateOnly)
		next = "Go over to the newer one, " + newest.ID
		if pass.Now.Sub(newest.Made) > time.Duration(limit)*day {
			next = "Two are too old, and a user can have two: go over to the newer one, " + newest.ID + ", replace that next"
		}
	}
	disable := oldest.Disable()
	f.Facts["use"] = said
	f.Advice = "It was " + said + ". " + next + ", give it to the programs, disable this one (" + disable[0].Call.String() + "), and delete it when nothing has missed it for a week."
	if days := pass.Int("disable-unused-days"); days > 0 && pass.Now.Sub(since) > time.Duration(days)*day {
		f.Changes = disable
	}
	pass.Report(f)
	return nil
}
