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

// RootKeys is how many AccessKeys the root account has, by a report that may lag by minutes.
func RootKeys(ctx context.Context, r cloud.Reader) (int, error) {
	var report struct {
		AccountSecurityPracticeInfo struct {
			AccountSecurityPracticeUserInfo struct{ RootWithAccessKey *int }
		}
	}
	if err := r.Read(ctx, cloud.New("ims", "GetAccountSecurityPracticeReport", ""), &report); err != nil {
		return 0, err
	}
	keys := report.AccountSecurityPracticeInfo.AccountSecurityPracticeUserInfo.RootWithAccessKey
	if keys == nil {
		return 0, fmt.Errorf("the report on the account's security does not say whether the root account has an AccessKey")
	}
	return *keys, nil
}
