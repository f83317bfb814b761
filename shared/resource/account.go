package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeAccount is the type of the account itself.
const TypeAccount = "ACS::::Account"

var _ = add(Kind{Type: TypeAccount, Words: "account", Page: "https://ram.console.aliyun.com/overview"})

// A Report is how safe the account's identities are, as IMS counts them. It may lag behind.
// What is a pointer was not said where it is nil.
type Report struct{ RootWithAccessKey *int }

// ReportOf reads the account's.
func ReportOf(ctx context.Context, r cloud.Reader) (Report, error) {
	var answer struct {
		AccountSecurityPracticeInfo struct{ AccountSecurityPracticeUserInfo Report }
	}
	err := r.Read(ctx, cloud.New("ims", "GetAccountSecurityPracticeReport", ""), &answer)
	return answer.AccountSecurityPracticeInfo.AccountSecurityPracticeUserInfo, err
}
