package rootaccountusage

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is root-account-usage.
var Practice = &practice.Practice{
	ID:       "root-account-usage",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeAccount,
	Guide:    []string{"Alibaba Cloudアカウントの代わりにRAMユーザーを使用し、適切な権限ポリシーをユーザーに付与する"},
	Cites:    []string{"CIS Alibaba Cloud 1.1, 2.18", "MLPS 8.1.4.2"},
	Triggers: []practice.Trigger{{Service: practice.Every, Name: practice.Every, By: "root-account", Resource: "account", Failed: true}},
	Reads:    []string{"ram:GetAccountMFAInfo"},
	Params: []practice.Param{
		{Name: "services", Default: []string{"BssOpenApi"}, Doc: "services, as ActionTrail names them, in which the root account may act: billing"},
	},
	Use:      use,
	Check:    check,
	Evidence: evidence,
}

// use is the session, or the AccessKey, of which a call is one of many. Each sign-in stands alone.
func use(e *events.Event) string {
	if e.Name == "ConsoleSignin" {
		return ""
	}
	return strings.Join([]string{e.Account, by(e), e.Time.UTC().Truncate(time.Hour).String()}, " ")
}

// by is with what the root account acts: the same for a sign-in and for what is done in the session.
func by(e *events.Event) string {
	if e.Actor.Permanent() {
		return "the AccessKey " + e.Actor.AccessKeyID
	}
	return "the console, from " + e.Actor.SourceIP
}

func check(_ context.Context, pass *practice.Pass) error {
	e := pass.Event
	signIn := e.Name == "ConsoleSignin"
	allowed := func(service string) bool { return strings.EqualFold(service, e.Service) }
	switch {
	case e.Actor.Type != "root-account" || !e.Acts():
		return nil // a look for another reason
	case signIn && !e.Succeeded() || e.Name == "ConsoleSignout":
		return nil
	case itself(e) || slices.ContainsFunc(pass.Param("services"), allowed):
		return nil
	}
	f := practice.Finding{
		Key: "use of " + by(e), Title: "The root account is used", Facts: map[string]string{"by": by(e)},
		Momentary: true, OfAUse: !signIn,
		Advice: "Ask whoever may use it whether it was them. If nobody was: change the root password and its second factor, disable its AccessKeys, and read in ActionTrail what it did. " +
			"Work is for RAM users and roles. A planned use is exempted until its last day.",
	}
	if signIn && !e.Actor.MFA {
		f.Advice = "The sign-in was made without a second factor. " + f.Advice
	}
	pass.Report(f)
	return nil
}

// itself tells whether a service of Alibaba Cloud acts by itself in the account's name.
func itself(e *events.Event) bool {
	return strings.HasSuffix(e.Type, ":AliyunServiceEvent") || !e.Actor.Permanent() && (e.Actor.SourceIP == "Internal" || strings.HasSuffix(e.Actor.SourceIP, ".aliyuncs.com"))
}

// evidence says whether the root account has a second factor at all.
func evidence(ctx context.Context, pass *practice.Pass, f *practice.Finding) error {
	has, err := resource.RootMFA(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading whether the root account has a second factor: %w", err)
	}
	if !has {
		f.Advice += " The root account has no second factor at all: bind one."
	}
	return nil
}
