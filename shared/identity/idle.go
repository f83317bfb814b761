package identity

import (
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// WarnDays is the Param of practices that disable what nobody uses: how long people are told
// before. How long it may be unused is a Param named days.
func WarnDays(what string) practice.Param {
	return practice.Param{Name: "warn-days", Kind: practice.Number, Default: []string{"7"}, Most: 365, Doc: "for how many days more people are told before " + what + " is disabled"}
}

// Idle tells whether something has not been used for the param days.
func Idle(pass *practice.Pass, since time.Time) bool {
	return pass.Now.Sub(since) >= days(pass.Int("days"))
}

// AfterWarning reports what is idle: with the change once people have been told for warn-days,
// and before that with the day on which it is to be made.
func AfterWarning(pass *practice.Pass, f practice.Finding, since time.Time, change practice.Change) {
	end := since.Add(days(pass.Int("days") + pass.Int("warn-days")))
	if pass.Now.Before(end) {
		f.Advice = strings.TrimSpace("It is to be disabled from " + end.UTC().Format(time.DateOnly) + " on. " + f.Advice)
	} else {
		f.Changes = []practice.Change{change}
	}
	pass.Report(f)
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
