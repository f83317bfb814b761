package watch

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/message"
)

// LookAtNotify reads whether the other watcher is there, is started, and has been at work.
func LookAtNotify(ctx context.Context, d Deployment, do Doer, seen Seen) Sight {
	l := newLook(d, do)
	var found struct{ Role, LastModifiedTime string }
	l.group.Go(func() error {
		ok, absent := l.read(ctx, "reading the function "+Notify, cloud.New("fc", "GetFunction", d.Region, "functionName", Notify), &found)
		switch {
		case absent:
			l.add("function "+Notify, d.missing(Notify))
		case ok:
			_, last := d.Last(Notify, seen.Pulses)
			l.add("function " + Notify)
			if silent := d.Silent(Notify, last, when(found.LastModifiedTime), seen.Now); !seen.Now.IsZero() {
				l.add("silent "+Notify, silent...)
			}
		}
		return nil
	})
	l.group.Go(func() error { l.triggers(ctx, Notify); return nil })
	return l.done()
}

// Settings is the fault of settings that are refused. The functions that read them do
// nothing then, and who watches does not know what is deployed.
func Settings(err error) Sight {
	return Sight{Faults: []Fault{{Key: settingsKey, Trouble: message.Trouble{
		What:     fmt.Sprintf("the settings are refused: %v", err),
		Means:    "Neither triage nor any practice runs with them: nothing is looked at",
		Mend:     "Correct ecsguard.yaml, check it, and deploy all. Until then, nobody checks whether the parts of ecsguard are there",
		Commands: []string{"go run ./deploy/ecsguard settings", "s deploy"},
	}}}}
}

const settingsKey = "settings"
