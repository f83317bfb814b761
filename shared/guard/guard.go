// Package guard answers one question: may we act on this finding? It reads nothing
// and changes nothing; what it needs is handed to it.
package guard

import (
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// A Decision is whether to act, and if not, how the finding ends and why.
type Decision struct {
	Act     bool
	Outcome practice.Outcome // when not acting
	Reason  string           // also what is worth knowing when acting: an exemption that has expired
}

// Decide says whether the finding's changes may be made. History is what this
// practice wrote about the resource in the last hour, the oldest first.
func Decide(s settings.Settings, p *practice.Practice, f practice.Finding, history []audit.Record, now time.Time) Decision {
	exemption, exempt := exemption(s, p, f, now)
	if exempt {
		return Decision{Outcome: practice.Exempt, Reason: exemption}
	}
	if f.Managed != "" {
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "the resource is managed by "+f.Managed+", and only that service may change it")}
	}
	if len(f.Changes) == 0 {
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "ecsguard cannot put this right itself")}
	}
	switch mode := s.ModeOf(p); mode {
	case practice.Enforce:
	case practice.Approve:
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "mode is approve: a person has to say yes")}
	default:
		return Decision{Outcome: practice.Observed, Reason: join(exemption, "mode is observe: nothing was changed")}
	}
	budget := s.Budget(p.ID)
	if made := changes(history, f.Resource.ID, now); made+len(f.Changes) > budget {
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, fmt.Sprintf(
			"%d changes were made to this resource within the hour and %d more would exceed the budget of %d: somebody or something keeps putting it back", made, len(f.Changes), budget))}
	}
	return Decision{Act: true, Reason: exemption}
}

// changes counts what was done to a resource within the hour; history begins with
// the oldest. Intents that no result has followed count in full: nobody knows how
// far they got. A record that a retry wrote twice counts once.
func changes(history []audit.Record, resource string, now time.Time) int {
	type statement struct {
		id          string
		kind        audit.Kind
		round, made int
		at          int64
	}
	seen, open, total := map[statement]bool{}, map[string]int{}, 0
	for _, r := range history {
		s := statement{r.ID, r.Kind, r.Round, r.CallsMade, r.Time.UnixNano()}
		if r.Resource != resource || now.Sub(r.Time) > time.Hour || seen[s] {
			continue
		}
		seen[s] = true
		switch r.Kind {
		case audit.Intent:
			open[r.ID] += len(r.Calls)
		case audit.Result:
			open[r.ID] = 0
			total += r.CallsMade
		}
	}
	for _, n := range open {
		total += n
	}
	return total
}

// exemption says whether the finding is exempt, and in words why, or why not any more.
func exemption(s settings.Settings, p *practice.Practice, f practice.Finding, now time.Time) (words string, exempt bool) {
	for _, e := range s.Exemptions {
		if !e.Covers(p.ID, f.Resource.ID) {
			continue
		}
		if !e.Until.Over(now) {
			return fmt.Sprintf("exempt until %s: %s (%s, in the settings)", e.Until, e.Because, e.By), true
		}
		words = fmt.Sprintf("an exemption in the settings ended on %s", e.Until)
	}
	tag, tagged := f.Tags[practice.ExemptionTag(p.ID)]
	if s.IgnoreTags || !tagged {
		return words, false
	}
	day, because, _ := strings.Cut(strings.TrimSpace(tag), " ")
	until, err := settings.ParseDate(day)
	switch {
	case err != nil:
		return fmt.Sprintf("the tag %s does not begin with a day such as 2026-12-31, so it exempts nothing", practice.ExemptionTag(p.ID)), false
	case until.Over(now):
		return fmt.Sprintf("the exemption by tag %s ended on %s", practice.ExemptionTag(p.ID), until), false
	}
	return strings.TrimSpace(fmt.Sprintf("exempt by tag until %s %s", until, because)), true
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
