package rootaccesskey

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is root-accesskey.
var Practice = &practice.Practice{
	ID:       "root-accesskey",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypeAccount,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.2", "MLPS 8.1.4.2", "Cloud Config: root-ak-check"},
	Triggers: []practice.Trigger{
		{Service: "Ims", Name: "CreateAccessKey", Resource: "account"}, // the console and, for root, the only API
		{Service: "Ram", Name: "CreateAccessKey", Resource: "account"},
		{Service: "Config", Name: "root-ak-check", Resource: "account"},
	},
	Sweep: practice.Hourly(practice.TheAccount),
	Reads: []string{"ram:GetAccountSecurityPracticeReport"},
	Check: check,
}

// lag is how long the report may not know of a new key.
const lag = 10 * time.Minute

func check(ctx context.Context, pass *practice.Pass) error {
	made := madeByRoot(pass.Event)
	if pass.Event.Name == "CreateAccessKey" && !made {
		return nil // somebody's key for a user: that root has one as well is not their doing
	}
	keys, err := resource.RootKeys(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading whether the root account has an AccessKey: %w", err)
	}
	// The report may not know of a key that was made just now.
	if keys == 0 && (!made || pass.Now.Sub(pass.Event.Time) >= lag) {
		return nil
	}
	pass.Report(practice.Finding{
		Key:   "root",
		Title: "The root account has an AccessKey",
		Facts: map[string]string{"AccessKeys of the root account": strconv.Itoa(max(keys, 1))}, // the same in an event and in the sweeps after it
		News:  made,                                                                            // each is, however many there were
		Advice: "Sign in as the root account, open the AccessKey page, disable the key, watch that nothing breaks, delete it. " +
			"Programs get a RAM role or a RAM user of their own. If nobody of yours made the key, the account is taken over: change the root password and its MFA device first.",
	})
	return nil
}

// madeByRoot tells whether the event is that root has made a key for itself, which
// nobody else can.
func madeByRoot(e *events.Event) bool {
	return e.Name == "CreateAccessKey" && e.Actor.Type == "root-account" && e.Params["UserPrincipalName"] == "" && e.Params["UserName"] == ""
}
