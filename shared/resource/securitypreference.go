package resource

import (
	"context"
	"errors"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A SecurityPreference is what the account lets its users do by themselves, and what it
// demands at a sign-in. What is nil the answer does not say.
type SecurityPreference struct {
	LoginProfilePreference struct {
		EnableSaveMFATicket, AllowUserToChangePassword, EnforceMFAForLogin *bool
		LoginSessionDuration                                               *int
		LoginNetworkMasks, MFAOperationForLogin                            *string
	}
	AccessKeyPreference struct{ AllowUserToManageAccessKeys *bool }
	MFAPreference       struct{ AllowUserToManageMFADevices *bool }
	MaxIdleDays         struct{ MaxIdleDaysForUsers, MaxIdleDaysForAccessKeys *int }
}

// Preference reads the account's security preference.
func Preference(ctx context.Context, r cloud.Reader) (SecurityPreference, error) {
	var answer struct{ SecurityPreference *SecurityPreference }
	if err := r.Read(ctx, cloud.New("ims", "GetSecurityPreference", ""), &answer); err != nil {
		return SecurityPreference{}, err
	}
	if answer.SecurityPreference == nil {
		return SecurityPreference{}, errors.New("ram:GetSecurityPreference: the answer has no preference")
	}
	return *answer.SecurityPreference, nil
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
