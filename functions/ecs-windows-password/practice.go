package ecswindowspassword

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-windows-password.
var Practice = &practice.Practice{
	ID:       "ecs-windows-password",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"ECSインスタンスへの安全なログインを確保するためのセキュリティ設定"},
	Cites:    []string{"MLPS 8.1.4.1"},
	Triggers: practice.Triggers(practice.Launched, practice.On(resource.TypeInstance, "Ecs", "ReplaceSystemDisk", "ModifyInstanceAttribute")),
	Sweep:    practice.Daily(list, "ecs:DescribeInstances"),
	Reads:    []string{"ecs:DescribeInstances", "actiontrail:LookupEvents"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"90"}, Least: 1, Most: 90, Doc: "for how long a password may stay; ActionTrail knows no more than 90 days"},
		{Name: "domain", Default: []string{"domain-joined"}, Doc: "tags, as key or key=value, of instances whose passwords a domain looks after"},
	},
	Check: check,
}

// wanted tells whether a Windows instance is old enough for a password that was never changed.
func wanted(pass *practice.Pass, i resource.Instance) bool {
	return i.OSType != "linux" && !i.Tags.Has(pass.Param("domain")) && pass.Now.Sub(cloud.Time(i.CreationTime)) > pass.Days("days")
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	switch {
	case err != nil:
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	case i.OSType != "linux" && i.OSType != "windows" || cloud.Time(i.CreationTime).IsZero():
		return fmt.Errorf("reading instance %s: the answer does not say its system, and since when it is there", r.ID)
	case i.OSType == "windows" && inherits(pass.Event):
		f := pass.Finding(i, "inherited", "A Windows instance has the password of its image")
		f.Momentary = true // no state shows it
		f.Advice = "Every instance of that image has it, and whoever has made the image knows it. " + anew
		pass.Report(f)
		return nil
	case !wanted(pass, i):
		return nil
	}
	// What history has is the last 90 days, to the second.
	from := pass.Now.Add(-min(pass.Days("days"), resource.Lookback-time.Hour))
	for _, name := range []string{"ModifyInstanceAttribute", "ReplaceSystemDisk"} {
		found, err := resource.TrailEvents(ctx, pass, r.Region, name, r.ID, from, pass.Now)
		if err != nil {
			return fmt.Errorf("looking up when the password of %s was changed: %w", r.ID, err)
		}
		if slices.ContainsFunc(found, func(e resource.TrailEvent) bool { return e.Gave("Password") }) {
			return nil
		}
	}
	if set(pass.Event, r.ID) {
		return nil // just now: it is not to be looked up yet
	}
	f := pass.Finding(i, "age", "No change of a Windows password is on record")
	f.Facts = map[string]string{"days": strconv.Itoa(pass.Int("days")), "made": i.CreationTime}
	f.Advice = "Nobody has changed it through ECS within " + strconv.Itoa(pass.Int("days")) + " days; what was changed within the guest no event shows. " + anew
	pass.Report(f)
	return nil
}

const anew = "Set one of its own on the instance's page (Reset Password): 8 to 30 characters of three sorts, not beginning with /, made at random and kept in a password safe or in KMS. Instances of a domain carry the tag domain-joined."

// inherits tells whether an event has left the password to the image.
func inherits(e *events.Event) bool {
	return e != nil && e.Kind == events.KindActionTrail && e.Params["PasswordInherit"] == "true"
}

// set tells whether an event has set the password of an instance. Its value is masked.
func set(e *events.Event, instance string) bool {
	return e != nil && e.Kind == events.KindActionTrail && e.Succeeded() && e.Params["Password"] != "" && e.Params["InstanceId"] == instance
}

// list names the Windows instances that are older than a password may be.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return wanted(pass, i) })
}
