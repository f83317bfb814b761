package rammfaenforcement

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-mfa-enforcement.
var Practice = identity.SignIns(&practice.Practice{
	ID:       "ram-mfa-enforcement",
	Doc:      doc,
	Severity: practice.High,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.4", "MLPS 8.1.4.1"},
	Params: []practice.Param{
		{Name: "least", Kind: practice.Choice, Choices: []string{"adaptive", "mandatory"}, Default: []string{"adaptive"},
			Doc: "adaptive: it is enough that a second factor is asked for where a sign-in looks unusual; mandatory: it is asked for always"},
	},
	Disruptive: "whoever has no second factor has to bind one at the next sign-in",
	Check:      check,
})

const demanded = "MFAOperationForLogin"

func check(ctx context.Context, pass *practice.Pass) error {
	now, elsewhere, err := practice.Both(ctx, pass,
		func(ctx context.Context) (resource.SetAtOnce, error) { return resource.Preference(ctx, pass) },
		func(ctx context.Context) (bool, error) { return resource.SignsInElsewhere(ctx, pass) })
	if err != nil {
		return fmt.Errorf("reading what is asked for at a sign-in: %w", err)
	}
	asks, err := now.Text(demanded)
	if err != nil {
		return err
	}
	enough := []string{"mandatory"}
	if pass.Word("least") == "adaptive" {
		enough = append(enough, "adaptive")
	}
	if elsewhere || slices.Contains(enough, asks) {
		return nil
	}
	identity.Object(pass, practice.Finding{
		Key:   "mfa",
		Title: "RAM users may sign in without a second factor",
		Facts: map[string]string{"asked for": asks},
	}, []string{demanded}, &identity.Wants{Fields: map[string]string{demanded: "mandatory"}, Why: "demand a second factor of every RAM user at every sign-in"})
	return nil
}
