package ramusermfaenabled

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-user-mfa-enabled.
var Practice = &practice.Practice{
	ID:       "ram-user-mfa-enabled",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeUser,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.4", "MLPS 8.1.4.1 d)", "Cloud Config: ram-user-mfa-check"},
	Triggers: []practice.Trigger{
		{Service: "Ims", Name: "CreateLoginProfile", Resource: identity.User},
		{Service: "Ims", Name: "UpdateLoginProfile", Resource: identity.User},
		{Service: "Ims", Name: "UnbindMFADevice", Resource: identity.User},
		{Service: "Ims", Name: "DisableVirtualMFA", Resource: identity.User},
		{Service: "Ram", Name: "CreateLoginProfile", Resource: identity.User},
		{Service: "Ram", Name: "UpdateLoginProfile", Resource: identity.User},
		{Service: "Ram", Name: "UnbindMFADevice", Resource: identity.User},
		{Service: "Config", Name: "ram-user-mfa-check", Resource: "resource"},
	},
	Sweep: practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads: []string{"ram:GetUser", "ram:GetDefaultDomain", "ram:GetLoginProfile", "ram:GetUserMFAInfo", "ram:GetUserSsoSettings"},

	Writes:     []string{"ram:UpdateLoginProfile"},
	Touches:    true,
	Disruptive: "whoever signs in next has to bind a second factor first",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	found, err := resource.UserOf(ctx, pass, pass.Resource.ID)
	user, err := practice.One(found, err)
	if err != nil {
		return fmt.Errorf("reading who %s is: %w", pass.Resource.ID, err)
	}
	principal := user.UserPrincipalName
	login, err := resource.Login(ctx, pass, principal)
	if err != nil || len(login) == 0 {
		return practice.Gone(err)
	}
	signsIn, err := login[0].SignsIn()
	if err != nil || !signsIn {
		return err
	}
	bound, reset := login[0].MFABindRequired, login[0].PasswordResetRequired
	if bound == nil || reset == nil {
		return fmt.Errorf("the login profile of %s does not say what is asked for at the next sign-in", principal)
	}
	if *bound {
		return nil // nobody comes in without
	}
	has, err := resource.HasMFA(ctx, pass, principal)
	if err != nil || has {
		return practice.Gone(err)
	}
	elsewhere, err := resource.SignsInElsewhere(ctx, pass)
	if err != nil || elsewhere {
		return err
	}
	set := cloud.New("ims", "UpdateLoginProfile", "", "UserPrincipalName", principal, "PasswordResetRequired", strconv.FormatBool(*reset))
	pass.Report(practice.Finding{
		Key:      "mfa",
		Resource: pass.Named(resource.TypeUser, user.Name(), user.DisplayName),
		Title:    "A RAM user signs in without a second factor",
		Facts:    map[string]string{"user": principal, "last sign-in": login[0].LastLoginTime},
		Lock:     practice.Lock{User: user.Name()},
		Changes: []practice.Change{{
			Why:  "have " + user.Name() + " bind a second factor at the next sign-in",
			Call: set.With("MFABindRequired", "true"),
			Undo: new(set.With("MFABindRequired", "false")),
		}},
	})
	return nil
}
