// Package guard answers one question: may we act on this finding? It reads nothing
// and changes nothing; what it needs is handed to it.
package guard

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// A Decision is whether to act, and if not, how the finding ends and why.
type Decision struct {
	Act     bool
	Outcome practice.Outcome // when not acting
	Reason  string           // also what is worth knowing when acting: an exemption that has expired
	Due     time.Time        // when not acting now: when it is put right all the same
	Quiet   bool             // people know already
	Cause   string           // the error that kept it from being decided, if one did
}

// Decide says whether the finding may be put right, as far as the settings, the
// resource and whoever has taken a change back say so. How much may be done in an hour
// is a question of its own: see Limits.
func Decide(s settings.Settings, p *practice.Practice, f practice.Finding, history []ledger.Record, now time.Time) Decision {
	exemption, exempt := exemption(s, p, f, now)
	if exempt {
		return Decision{Outcome: practice.Exempt, Reason: exemption}
	}
	if why := held(history, p.ID, f.Resource.ID, now); why != "" {
		return Decision{Outcome: practice.Exempt, Reason: join(exemption, why)}
	}
	if f.Managed != "" {
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "the resource is managed by "+f.Managed+", and only that service may change it")}
	}
	if len(f.Changes) == 0 && f.Wants == nil && f.Plan != nil {
		if s.ModeOf(p) != practice.Enforce {
			return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "the mode is not enforce any more, and what was begun does not go on")}
		}
		return Decision{Outcome: practice.Deferred, Reason: join(exemption, f.Plan.Says), Due: now.Add(f.Plan.Next), Quiet: true}
	}
	if len(f.Changes) == 0 && f.Wants == nil {
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "ecsguard cannot put this right itself")}
	}
	switch mode := s.ModeOf(p); mode {
	case practice.Enforce:
	case practice.Approve:
		return Decision{Outcome: practice.Awaiting, Reason: join(exemption, "mode is approve: a person has to approve it")}
	default:
		return Decision{Outcome: practice.Observed, Reason: join(exemption, "mode is observe: nothing was changed")}
	}
	return Decision{Act: true, Reason: exemption}
}

// held says until when a resource is left as it is because somebody has taken a change
// of the practice back.
func held(history []ledger.Record, practiceID, resource string, now time.Time) string {
	for _, r := range history {
		if r.Kind == ledger.Hold && r.Practice == practiceID && r.Resource == resource && r.Until.After(now) {
			return fmt.Sprintf("left as it is until %s: %s has taken the last change back", r.Until.UTC().Format("2006-01-02 15:04 UTC"), cmp.Or(r.Actor, "somebody"))
		}
	}
	return ""
}

// exemption says whether the finding is exempt, and in words why, or why not any more.
func exemption(s settings.Settings, p *practice.Practice, f practice.Finding, now time.Time) (words string, exempt bool) {
	for _, e := range s.Exemptions {
		if !e.Covers(p.ID, f.Resource.ID) {
			continue
		}
		if !e.Until.Over(now) {
			return fmt.Sprintf("exempt until %s%s: %s (%s, in the settings)", e.Until, strings.TrimSuffix(endless(e.Until, now), ","), e.Because, e.By), true
		}
		words = fmt.Sprintf("an exemption in the settings ended on %s", e.Until)
	}
	if s.IgnoreTags {
		return words, false
	}
	tag, exempt := byTag(s, p, f.Tags, now)
	if exempt {
		return tag, true
	}
	return cmp.Or(tag, words), false
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
