package rootmfaenabled

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is root-mfa-enabled.
var Practice = &practice.Practice{
	ID:       "root-mfa-enabled",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypeAccount,
	Guide:    []string{"アカウントのMFAの有効化"},
	Cites:    []string{"CIS Alibaba Cloud 1.3", "MLPS 8.1.4.1 d)", "Cloud Config: root-mfa-check"},
	Triggers: []practice.Trigger{
		{Service: "AasCustomer", Name: "ConsoleSignin", Resource: "account"}, // nobody but root signs in by it
		{Service: "Config", Name: "root-mfa-check", Resource: "account"},
	},
	Sweep: practice.Daily(practice.TheAccount),
	Reads: []string{"ram:GetAccountMFAInfo"},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	has, err := resource.RootMFA(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading whether the root account has a second factor: %w", err)
	}
	if has {
		return nil
	}
	pass.Report(practice.Finding{
		Key:   "root",
		Title: "The root account has no second factor",
		Advice: "Sign in as the root account, open its security settings, bind a second factor, and keep a second one in a safe. " +
			"If nobody of yours has signed in as root, change its password first.",
	})
	return nil
}
