package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeAccount is the type of the account itself: its id is its number. What is set once for
// all of its users (passwords, sign-ins) is judged as a part of it.
const TypeAccount = "ACS::::Account"

var _ = add(Kind{Type: TypeAccount, Words: "account", Global: true, Page: "https://ram.console.aliyun.com/overview"})

// A Report is how safe the account's identities are, as IMS counts them. It may lag behind by
// minutes. What is a pointer was not said where it is nil.
type Report struct{ RootWithAccessKey *int }

// ReportOf reads the account's.
func ReportOf(ctx context.Context, r cloud.Reader) (Report, error) {
	var answer struct {
		AccountSecurityPracticeInfo struct{ AccountSecurityPracticeUserInfo Report }
	}
	err := r.Read(ctx, cloud.New("ims", "GetAccountSecurityPracticeReport", ""), &answer)
	return answer.AccountSecurityPracticeInfo.AccountSecurityPracticeUserInfo, err
}

// RootKeys is how many AccessKeys the root account has, by its report.
func RootKeys(ctx context.Context, r cloud.Reader) (int, error) {
	report, err := ReportOf(ctx, r)
	if err != nil {
		return 0, err
	}
	if report.RootWithAccessKey == nil {
		return 0, fmt.Errorf("the report on the account's security does not say whether the root account has an AccessKey")
	}
	return *report.RootWithAccessKey, nil
}

// RootMFA tells whether the root account has bound a device for a second factor.
func RootMFA(ctx context.Context, r cloud.Reader) (bool, error) {
	var answer struct{ IsMFAEnable *bool }
	if err := r.Read(ctx, cloud.New("ims", "GetAccountMFAInfo", ""), &answer); err != nil {
		return false, err
	}
	if answer.IsMFAEnable == nil {
		return false, fmt.Errorf("ram:GetAccountMFAInfo: the answer does not say whether the root account has a second factor")
	}
	return *answer.IsMFAEnable, nil
}
