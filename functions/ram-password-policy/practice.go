package rampasswordpolicy

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-password-policy.
var Practice = identity.Passwords(&practice.Practice{
	ID:       "ram-password-policy",
	Doc:      doc,
	Severity: practice.Medium,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites: []string{"CIS Alibaba Cloud 1.7, 1.8, 1.9, 1.10, 1.11, 1.12, 1.14", "MLPS 8.1.4.1 a) b)",
		"Cloud Config: ram-password-policy-check, ram-password-require-char-check, ram-password-max-login-attemps-check"},
	Triggers: []practice.Trigger{{Service: "Config", Name: "ram-password-policy-check", Resource: "account"}},
	Params: []practice.Param{
		{Name: "length", Kind: practice.Number, Default: []string{"14"}, Least: 8, Most: 32, Doc: "how many characters a password has at least"},
		{Name: "not-again", Kind: practice.Number, Default: []string{"5"}, Most: 24, Doc: "how many passwords must not be used again"},
		{Name: "attempts", Kind: practice.Number, Default: []string{"5"}, Least: 1, Most: 32, Doc: "how many wrong passwords somebody may try within an hour"},
	},
	Check: check,
})

// required are what a password has to hold.
var required = map[string]string{
	"RequireLowercaseCharacters": "a small letter", "RequireUppercaseCharacters": "a capital letter", "RequireNumbers": "a digit", "RequireSymbols": "a symbol",
}

func check(ctx context.Context, pass *practice.Pass) error {
	policy, err := resource.Passwords(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading what is asked of passwords: %w", err)
	}
	better, weak := map[string]string{}, []string{}
	number := func(name string, want int, what string, weaker func(n int) bool) error {
		n, err := policy.Number(name)
		if err == nil && weaker(n) {
			better[name] = strconv.Itoa(want)
			weak = append(weak, fmt.Sprintf("%s: %d, and %d is wanted", what, n, want))
		}
		return err
	}
	length, again, attempts := pass.Int("length"), pass.Int("not-again"), pass.Int("attempts")
	for _, err := range []error{
		number("MinimumPasswordLength", length, "characters", func(n int) bool { return n < length }),
		number("PasswordReusePrevention", again, "passwords that must not come back", func(n int) bool { return n < again }),
		number("MaxLoginAttemps", attempts, "wrong passwords an hour", func(n int) bool { return n == 0 || n > attempts }), // 0: as many as one likes
	} {
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(required)) {
		is, err := policy.Is(name)
		if err != nil {
			return err
		}
		if !is {
			better[name] = "true"
			weak = append(weak, required[name]+" is not asked for")
		}
	}
	if len(weak) == 0 {
		return nil
	}
	identity.Object(pass, practice.Finding{
		Key:   "passwords",
		Title: "Weak passwords of RAM users are taken",
		Facts: map[string]string{"weaker than wanted": strings.Join(weak, "; ")},
	}, slices.Sorted(maps.Keys(better)), &identity.Wants{Fields: better, Why: "ask for stronger passwords: " + strings.Join(weak, "; ")})
	return nil
}
