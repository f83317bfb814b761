package akidlepolicy

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// days are what RAM takes.
var days = []string{"90", "180", "365", "730"}

// Practice is ak-idle-policy.
var Practice = reading(identity.SignIns(&practice.Practice{
	ID:       "ak-idle-policy",
	Doc:      doc,
	Severity: practice.Low,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 1.5, 1.6", "MLPS 8.1.4.1"},
	Params: []practice.Param{
		{Name: "key-days", Kind: practice.Choice, Default: []string{"90"}, Choices: days, Doc: "after how many days RAM disables a key that nobody uses"},
		{Name: "user-days", Kind: practice.Choice, Default: []string{"90"}, Choices: days, Doc: "after how many days RAM ends the console access of a user who does not sign in"},
	},
	Touches:    true, // not at once
	Disruptive: "RAM disables keys and passwords that have been idle for longer, on the next day",
	Check:      check,
}))

// reading adds what it takes to see whom the setting would shut out.
func reading(p *practice.Practice) *practice.Practice {
	p.Reads = slices.Concat(p.Reads, []string{"ram:ListUsers"}, identity.Reads)
	return p
}

func check(ctx context.Context, pass *practice.Pass) error {
	now, err := resource.Preference(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading after how many idle days RAM disables keys and users: %w", err)
	}
	better, said, fields := map[string]string{}, []string{}, []string{}
	judge := func(field, param, what string) error {
		idle, err := now.Number(field)
		if want := number(pass, param); err == nil && idle > want {
			better[field] = strconv.Itoa(want)
			fields = append(fields, field)
			said = append(said, fmt.Sprintf("%s after %d days, not %d", what, idle, want))
		}
		return err
	}
	if err := judge("MaxIdleDaysForAccessKeys", "key-days", "keys"); err != nil {
		return err
	}
	elsewhere, err := resource.SignsInElsewhere(ctx, pass)
	if err != nil {
		return err
	}
	if !elsewhere {
		if err := judge("MaxIdleDaysForUsers", "user-days", "users"); err != nil {
			return err
		}
	}
	if len(fields) == 0 {
		return nil
	}
	var lock practice.Lock
	if days := better["MaxIdleDaysForUsers"]; days != "" {
		if lock, err = shutOut(ctx, pass, number(pass, "user-days")); err != nil {
			return err
		}
	}
	what := strings.Join(said, " and ")
	identity.Object(pass, practice.Finding{
		Key:    "idle",
		Title:  "RAM leaves idle keys or users as they are for longer than wanted",
		Facts:  map[string]string{"idle": what},
		Lock:   lock,
		Advice: "RAM disables " + what + ". Look first whose they are: it disables them on the next day, and putting the setting back enables none of them.",
	}, fields, &identity.Wants{Fields: better, Why: "have RAM disable what has been idle for longer (now " + what + ")"})
	return nil
}

func number(pass *practice.Pass, param string) int {
	n, _ := strconv.Atoi(pass.Word(param)) // one of the choices
	return n
}

// shutOut are the users whose console access RAM would end: somebody who is kept for emergencies
// does not sign in otherwise.
func shutOut(ctx context.Context, pass *practice.Pass, days int) (lock practice.Lock, err error) {
	users, err := resource.Users(ctx, pass)
	if err != nil {
		return lock, fmt.Errorf("reading who has not signed in: %w", err)
	}
	for _, u := range users {
		last := cloud.Time(u.LastLoginDate)
		if last.IsZero() {
			last = cloud.Time(u.CreateDate)
		}
		if pass.Now.Sub(last) > time.Duration(days)*24*time.Hour {
			lock.Others = append(lock.Others, u.Name())
		}
	}
	lock.SignIn = len(lock.Others) > 0
	return lock, nil
}
