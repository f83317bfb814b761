package passwordunique

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is password-unique.
var Practice = identity.Passwords(&practice.Practice{
	ID:       "password-unique",
	Doc:      doc,
	Severity: practice.Low,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.12", "MLPS 8.1.4.1"},
	Check:    check,
})

const (
	leaked = "InterceptRiskPasswordOnApi"
	before = "PasswordReusePrevention"
)

func check(ctx context.Context, pass *practice.Pass) error {
	policy, err := resource.Passwords(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading which passwords are refused: %w", err)
	}
	refuses, err := policy.Is(leaked)
	if err != nil {
		return err
	}
	again, err := policy.Number(before)
	if err != nil {
		return err
	}
	better, taken := map[string]string{}, []string{}
	if !refuses {
		better[leaked] = "true"
		taken = append(taken, "passwords that are known to have leaked")
	}
	if again == 0 { // how many there should be is for ram-password-policy
		better[before] = "1"
		taken = append(taken, "the password that a user has had before")
	}
	if len(taken) == 0 {
		return nil
	}
	identity.Object(pass, practice.Finding{
		Key:    "again",
		Title:  "Passwords of RAM users may be used again",
		Facts:  map[string]string{"taken": strings.Join(taken, "; ")},
		Advice: "Whether somebody uses one password here and elsewhere cannot be seen: tell people, and give them a password manager.",
	}, slices.Sorted(maps.Keys(better)), &identity.Wants{Fields: better, Why: "refuse " + strings.Join(taken, " and ")})
	return nil
}
