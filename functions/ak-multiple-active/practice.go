package akmultipleactive

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

// Practice is ak-multiple-active.
var Practice = &practice.Practice{
	ID:       "ak-multiple-active",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeUser,
	Guide:    []string{"AccessKeyペアの使用方法に関するセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.6", "MLPS 8.1.4.1", "Cloud Config: ram-user-activated-ak-quantity-check"},
	Triggers: append(identity.On("CreateAccessKey", "UpdateAccessKey"),
		practice.Trigger{Service: "Config", Name: "ram-user-activated-ak-quantity-check", Resource: "resource"}),
	Sweep:  practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:  append([]string{"ram:GetUser"}, identity.Reads...),
	Writes: []string{"ram:UpdateAccessKey"},
	Params: []practice.Param{
		{Name: "window-days", Kind: practice.Number, Default: []string{"7"}, Most: 365, Doc: "for how many days a user may have a second key while programs go over to it"},
		{Name: "unused-days", Kind: practice.Number, Default: []string{"7"}, Least: 1, Most: 730, Doc: "the other key is disabled where it was not used for so many days"},
	},
	Touches:    true,
	Disruptive: "programs that use the user's other key more rarely lose it",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	keys, err := identity.ActiveKeys(ctx, pass)
	if err != nil || len(keys) < 2 {
		return err
	}
	if newest := keys[len(keys)-1]; pass.Now.Sub(newest.Made) <= pass.Days("window-days") {
		return nil // programs are going over to it
	}
	var other identity.Key // which was used the longest ago: the older one, where that is equal
	var since time.Time
	said := map[string]string{"user": keys[0].Principal}
	for _, k := range keys {
		at, use, err := k.Use(ctx, pass)
		switch {
		case cloud.NotFound(err):
			return nil // it has been deleted since
		case err != nil:
			return err
		}
		said[k.ID] = use
		if other.ID == "" || at.Before(since) {
			other, since = k, at
		}
	}
	f := practice.Finding{
		Key:    "several",
		Title:  "A RAM user has more than one active AccessKey",
		Facts:  said,
		Lock:   practice.Lock{User: other.User.Name(), Key: other.ID},
		Advice: "Of the keys, " + other.ID + " was used the longest ago (" + said[other.ID] + "). ",
	}
	if pass.Now.Sub(since) > pass.Days("unused-days") {
		f.Changes = other.Disable()
		f.Advice += "Delete it when nothing has missed it for a week."
	} else {
		f.Advice += "All are in use: have the programs use one of them, and disable this one (" + other.Disable()[0].Call.String() + ")."
	}
	pass.Report(f)
	return nil
}
