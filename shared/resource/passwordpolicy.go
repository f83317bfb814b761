package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// Passwords reads what the account demands of the passwords of its users.
func Passwords(ctx context.Context, r cloud.Reader) (SetAtOnce, error) {
	return readAtOnce(ctx, r, "PasswordPolicy", SetAtOnce{get: "GetPasswordPolicy", set: "SetPasswordPolicy", taken: []string{
		"MinimumPasswordLength", "RequireLowercaseCharacters", "RequireUppercaseCharacters", "RequireNumbers", "RequireSymbols",
		"HardExpire", "MaxPasswordAge", "PasswordReusePrevention", "MaxLoginAttemps", "MinimumPasswordDifferentCharacter",
		"PasswordNotContainUserName", "InitialPasswordAge", "InterceptRiskPasswordOnApi",
	}})
}
