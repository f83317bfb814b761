package watch

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
)

// The log lane: the trail that prepare makes, the logstore to which it delivers, and the trigger by
// which triage reads that.
const (
	Trail      = "trail" // triage's log trigger
	TrailName  = "ecsguard"
	TrailStore = "actiontrail_" + TrailName // ActionTrail names it after the trail

	// TrailPulses is how often triage notes that it reads the lane, where there is something to read.
	TrailPulses = 5 * time.Minute
	// TrailUnread is how long what was delivered may wait before it is told.
	TrailUnread = 15 * time.Minute
	// TrailSilent is how long a trail may deliver nothing. Function Compute takes a role for each
	// of ecsguard's own functions, so that no account is as quiet as that.
	TrailSilent = 24 * time.Hour
)

// trailReader is by whom the notes of the lane are.
const trailReader = Triage + "/" + Trail

// TrailRead is the note that the lane has been read.
func TrailRead(region, account, request, version string, now time.Time) ledger.Record {
	return ledger.Record{
		ID: trailReader + "/" + now.UTC().Format(time.RFC3339), Kind: ledger.Pulse, Time: now.UTC(), By: trailReader, Quiet: true,
		ResourceType: "ACS::FC::Function", Resource: Triage, Region: region, Account: account,
		Version: version, Request: request, Nonce: request + "/" + now.UTC().Format(time.RFC3339Nano),
	}
}

// TrailThere is the trail as it was read.
type TrailThere struct {
	Missing                    bool
	Project, Regions, Events   string // SlsProjectArn, TrailRegion, EventRW
	Logging                    bool
	Started, Delivered         time.Time // zero: not known
	Error                      string    // of its last delivery to the log service
	LastRead, Modified, LogNow time.Time // when triage last noted that it reads the lane, was deployed, and now by the log's clock
}

const noTrail = "Sign-ins, and what is done to users and keys, may not be looked at before the next sweep; events that the event bus loses are not found either"

// trailKey begins the keys of the lane's faults.
const trailKey = "trail "

// TrailLane judges the log lane.
func (d Deployment) TrailLane(t TrailThere) []Fault {
	fault := func(key, what, mend string, commands ...string) []Fault {
		return []Fault{{Key: trailKey + key, Trouble: message.Trouble{What: what, Means: noTrail, Mend: mend, Commands: commands}}}
	}
	again := "Restore it, in the project's folder, and look in ActionTrail for who changed it"
	named := "the trail " + TrailName
	switch {
	case t.Missing:
		return fault("missing", named+" is gone", again+" (event DeleteTrail)", d.Prepare())
	case !strings.EqualFold(t.Project, d.trailProject()):
		return fault("project", fmt.Sprintf("%s delivers to %q, and not to %s", named, t.Project, d.trailProject()), again+" (event UpdateTrail)", d.Prepare())
	case !t.Logging:
		return fault("off", named+" is switched off", "Switch it on, and look in ActionTrail for who switched it off (event StopLogging)", d.command("actiontrail", "StartLogging", "Name", TrailName))
	case t.Regions != "All" || t.Events != "All":
		return fault("narrowed", fmt.Sprintf("%s delivers %s events of the regions %s, and not all", named, t.Events, t.Regions), again+" (event UpdateTrail)", d.Prepare())
	case t.Error != "":
		return fault("delivery", fmt.Sprintf("%s cannot deliver: %s", named, t.Error), "Restore the log, in the project's folder; if the account is in arrears or a quota is used up, resolve that first", d.Prepare())
	case t.LogNow.IsZero():
		return nil // by which clock it is late is not known
	}
	began, read := latestOf(t.Delivered, t.Started), latestOf(t.LastRead, t.Modified)
	switch {
	case !began.IsZero() && t.LogNow.Sub(began) > TrailSilent:
		return fault("silent", fmt.Sprintf("%s has delivered nothing for %d hours", named, int(t.LogNow.Sub(began).Hours())),
			"Look at its page in the ActionTrail console. If it shows no fault, open a ticket for ActionTrail")
	case !t.Delivered.IsZero() && !t.Modified.IsZero() && t.Delivered.Sub(read) > TrailUnread:
		f := fault("unread", "nobody reads what "+named+" delivers: triage's log trigger "+Trail+" does not fire, or fails each time",
			"Look at the function's log (s "+Triage+" logs). If there is nothing, deploy it again."+asBefore, "s "+Triage+" logs", d.Deploy(Triage))
		f[0].Since, f[0].Passing = t.LastRead, true // what came a moment ago may be read at the next look
		return f
	}
	return nil
}

func (d Deployment) trailProject() string {
	return "acs:log:" + d.Region + ":" + d.Account + ":project/ecsguard-" + d.Account
}

// trail reads the lane: the trail, how its deliveries go, and when triage noted that it reads them.
func (l *look) trail(ctx context.Context, pulses []ledger.Record, modified, now time.Time) {
	t := TrailThere{Modified: modified, LogNow: now}
	_, t.LastRead = l.d.Last(trailReader, pulses)
	var found struct {
		TrailList []struct {
			Name, SlsProjectArn, TrailRegion, EventRW string
			IsOrganizationTrail                       bool
		}
	}
	const reading = "reading the trail " + TrailName
	call := cloud.New("actiontrail", "DescribeTrails", l.d.Region, "NameList", TrailName, "IncludeOrganizationTrail", "true")
	if ok, _ := l.read(ctx, reading, call, &found); !ok {
		return
	}
	if len(found.TrailList) == 0 {
		t.Missing = true
		l.add(trailKey, l.d.TrailLane(t)...)
		return
	}
	var status struct {
		IsLogging                                                                     bool
		StartLoggingTime, LatestDeliveryLogServiceTime, LatestDeliveryLogServiceError string
	}
	one := found.TrailList[0]
	call = cloud.New("actiontrail", "GetTrailStatus", l.d.Region, "Name", TrailName, "IsOrganizationTrail", strconv.FormatBool(one.IsOrganizationTrail))
	if ok, _ := l.read(ctx, reading, call, &status); !ok {
		return
	}
	t.Project, t.Regions, t.Events, t.Logging = one.SlsProjectArn, one.TrailRegion, one.EventRW, status.IsLogging
	t.Started, t.Delivered, t.Error = when(status.StartLoggingTime), when(status.LatestDeliveryLogServiceTime), status.LatestDeliveryLogServiceError
	l.add(trailKey, l.d.TrailLane(t)...)
}
