package ramuserinactive

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-user-inactive.
var Practice = &practice.Practice{
	ID:       "ram-user-inactive",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeUser,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.5", "MLPS 8.1.4.1", "Cloud Config: ram-user-last-login-expired-check"},
	Triggers: []practice.Trigger{{Service: "Config", Name: "ram-user-last-login-expired-check", Resource: "resource"}},
	Sweep:    practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads:    append([]string{"ram:GetUser", "ram:GetUserSsoSettings"}, identity.Reads...),
	Writes:   []string{"ram:UpdateLoginProfile"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"30"}, Least: 1, Most: 730, Doc: "for how many days somebody need not sign in"},
		identity.WarnDays("the sign-in"),
	},
	Touches:    true,
	Disruptive: "who comes back later cannot sign in any more",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	user, err := practice.One(resource.UserOf(ctx, pass, pass.Resource.ID))
	if err != nil {
		return fmt.Errorf("reading who %s is: %w", pass.Resource.ID, err)
	}
	principal := user.UserPrincipalName
	logins, err := resource.Login(ctx, pass, principal)
	if err != nil || len(logins) == 0 {
		return practice.Gone(err) // none: he cannot sign in
	}
	login := logins[0]
	if in, err := login.SignsIn(); err != nil || !in {
		return err
	}
	since, err := login.Given(user)
	if err != nil {
		return err
	}
	last, err := login.SignedIn(user)
	if err != nil {
		return err
	}
	said := "has never signed in; could since " + since.UTC().Format(time.DateOnly)
	if last.After(since) {
		since = last
	}
	if !last.IsZero() {
		said = "signed in last on " + last.UTC().Format(time.DateOnly)
	}
	if !identity.Idle(pass, since) {
		return nil
	}
	if login.MFABindRequired == nil || login.PasswordResetRequired == nil {
		return fmt.Errorf("the login profile of %s does not say what is asked for at the next sign-in", principal)
	}
	elsewhere, err := resource.SignsInElsewhere(ctx, pass)
	if err != nil || elsewhere {
		return err
	}
	set := cloud.New("ims", "UpdateLoginProfile", "", "UserPrincipalName", principal,
		"PasswordResetRequired", strconv.FormatBool(*login.PasswordResetRequired), "MFABindRequired", strconv.FormatBool(*login.MFABindRequired))
	identity.AfterWarning(pass, practice.Finding{
		Key:      "idle",
		Resource: pass.Named(resource.TypeUser, user.Name(), user.DisplayName),
		Title:    "A RAM user has stopped signing in, and still could",
		Facts:    map[string]string{"user": principal, "sign-in": said},
		Lock:     practice.Lock{User: user.Name(), SignIn: true},
		Advice:   "If somebody is on leave, exempt the user until the day of return.",
	}, since, practice.Change{
		Why:  "make the sign-in of " + user.Name() + " inactive; AccessKeys work on",
		Call: set.With("Status", "Inactive"), Undo: new(set.With("Status", "Active")),
	})
	return nil
}
