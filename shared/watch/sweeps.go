package watch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Slack is how much later than its time a sweep may be through: it waits for instances, and
// is run again for hours where it fails.
const Slack = 2 * time.Hour

// Stalled is how long a sweep may say nothing. It writes down how far it has come many
// times an hour, and triage takes a silent one for dead after as long.
const Stalled = time.Hour

// SweepEnded is the reason of the last record of a sweep.
const SweepEnded = "it is through"

// Sweeps judges what the log says of the sweeps. Modified is when triage was last
// deployed, which starts its timers anew; now is by the log's clock.
func (d Deployment) Sweeps(records []ledger.Record, modified, now time.Time) (faults []Fault) {
	for _, every := range d.Intervals {
		var latest *ledger.Record
		var through time.Time
		for i, r := range records {
			if r.Key != every.String() || r.Region != d.Region || r.Account != d.Account {
				continue
			}
			if latest == nil || r.Time.After(latest.Time) || r.Time.Equal(latest.Time) && r.Reason == SweepEnded { // of a short one both may have one time
				latest = &records[i]
			}
			if r.Reason == SweepEnded && r.Time.After(through) {
				through = r.Time
			}
		}
		f := Fault{Key: sweepKey + every.String(), Trouble: message.Trouble{
			Since: through, Means: "Faults from before ecsguard was deployed, or whose event was lost, are not found by the practices that sweep " + each(every),
			Mend:     "Look at what the function logs about its sweeps (s " + Triage + " logs). If there is nothing, its timer " + practice.SweepTimer(every) + " does not work: deploy it again." + asBefore,
			Commands: []string{"s " + Triage + " logs", d.Deploy(Triage)},
		}}
		switch late := now.Sub(latestOf(through, modified)); {
		case latest != nil && latest.Reason != SweepEnded && now.Sub(latest.Time) > Stalled:
			f.Since = latest.Time
			f.What = fmt.Sprintf("the sweep that runs %s has stopped: it has written nothing since it had looked at %s resources", each(every), cmp.Or(latest.Facts["looked"], "0"))
		case late > every+Slack && through.IsZero():
			f.What = fmt.Sprintf("the sweep that runs %s has not finished once since triage was deployed %d hours ago", each(every), int(late.Hours()))
		case late > every+Slack:
			f.What = fmt.Sprintf("the sweep that runs %s has not finished for %d hours", each(every), int(now.Sub(through).Hours()))
		default:
			continue
		}
		faults = append(faults, f)
	}
	return faults
}

const sweepKey = "sweep "

func each(d time.Duration) string {
	switch {
	case d == time.Hour:
		return "every hour"
	case d%time.Hour == 0:
		return fmt.Sprintf("every %d hours", d/time.Hour)
	}
	return fmt.Sprintf("every %d minutes", d/time.Minute)
}

// sweeps reads whether what sweeps is at work. Days of the log are read for it, so that it
// is done once a round.
func (l *look) sweeps(ctx context.Context, ledger Ledger, modified, at, now time.Time) {
	if len(l.d.Intervals) == 0 || now.IsZero() || part(at) != 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	records, err := ledger.Sweeps(ctx, now.Add(-slices.Max(l.d.Intervals)-Slack-Stalled))
	if err != nil {
		f := l.d.Unread("reading in the audit log what the sweeps say", "log:GetLogStoreLogs", err)
		f.Key = sweepKey + "unread" // seen once a round: with the other reads it would be over at the next
		l.add(f.Key, f)
		return
	}
	l.add(sweepKey, l.d.Sweeps(records, modified, now)...)
}
