package resource

import (
	"context"
	"errors"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// Preference reads the account's security preference: what it lets its users do by themselves,
// and what it demands at a sign-in. EnforceMFAForLogin is an older name for MFAOperationForLogin,
// and is not set: the two could not agree.
func Preference(ctx context.Context, r cloud.Reader) (SetAtOnce, error) {
	return readAtOnce(ctx, r, "SecurityPreference", SetAtOnce{get: "GetSecurityPreference", set: "SetSecurityPreference", taken: []string{
		"EnableSaveMFATicket", "AllowUserToChangePassword", "LoginSessionDuration", "LoginNetworkMasks", "MFAOperationForLogin",
		"OperationForRiskLogin", "AllowUserToLoginWithPasskey", "AllowUserToManageAccessKeys", "AllowUserToManageMFADevices",
		"AllowUserToManagePersonalDingTalk", "AllowUserLongTermLogin", "VerificationTypes", "MaxIdleDaysForUsers", "MaxIdleDaysForAccessKeys",
	}})
}

// SignsInElsewhere tells whether users of the account sign in by their company's identity
// provider (SSO by user), so that no password of RAM's counts.
func SignsInElsewhere(ctx context.Context, r cloud.Reader) (bool, error) {
	var answer struct{ UserSsoSettings struct{ SsoEnabled *bool } }
	if err := r.Read(ctx, cloud.New("ims", "GetUserSsoSettings", ""), &answer); err != nil {
		return false, err
	}
	if answer.UserSsoSettings.SsoEnabled == nil {
		return false, errors.New("ram:GetUserSsoSettings: the answer does not say whether users sign in elsewhere")
	}
	return *answer.UserSsoSettings.SsoEnabled, nil
}
