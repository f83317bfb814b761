package rampasswordmaxage

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-password-max-age.
var Practice = identity.Passwords(&practice.Practice{
	ID:       "ram-password-max-age",
	Doc:      doc,
	Severity: practice.Low,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.13", "MLPS 8.1.4.1 a)", "Cloud Config: ram-password-max-age-check"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"90"}, Least: 1, Most: 1095, Doc: "for how many days a password is good at most"},
	},
	Disruptive: "whoever has an older password has to choose another at the next sign-in",
	Check:      check,
})

const age = "MaxPasswordAge"

func check(ctx context.Context, pass *practice.Pass) error {
	policy, err := resource.Passwords(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading how long passwords are good: %w", err)
	}
	now, err := policy.Number(age)
	if err != nil {
		return err
	}
	days := pass.Int("days")
	if now > 0 && now <= days {
		return nil
	}
	shutsOut, err := policy.Is("HardExpire")
	if err != nil {
		return err
	}
	f := practice.Finding{Key: "age", Title: "Passwords of RAM users do not expire"}
	if now > 0 {
		f.Title = fmt.Sprintf("Passwords of RAM users are good for %d days", now)
	}
	wants := &identity.Wants{Fields: map[string]string{age: strconv.Itoa(days)}, Why: fmt.Sprintf("let passwords expire after %d days", days)}
	if shutsOut {
		wants = nil
		f.Advice = fmt.Sprintf("Whoever has an expired password is shut out until an administrator helps him (HardExpire). Ask everybody to choose a new password, "+
			"or take that away, and then have passwords expire after %d days: RAM console, Settings, Password Policy.", days)
	}
	identity.Object(pass, f, []string{age}, wants)
	return nil
}
