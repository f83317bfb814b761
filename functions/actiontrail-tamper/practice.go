package actiontrailtamper

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is actiontrail-tamper.
var Practice = &practice.Practice{
	ID:       "actiontrail-tamper",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypeTrail,
	Guide:    []string{"ログの例外の監視と監査"},
	Cites:    []string{"CIS Alibaba Cloud 2.1", "MLPS 8.1.4.3, 8.1.5.2", "Cloud Config: actiontrail-enabled, actiontrail-trail-intact-enabled"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeTrail, "Actiontrail", "StopLogging", "UpdateTrail", "DeleteTrail"),
		practice.Configured(resource.TypeTrail)),
	Sweep:  practice.Hourly(list, "actiontrail:DescribeTrails"),
	Reads:  []string{"actiontrail:DescribeTrails", "actiontrail:GetTrailStatus"},
	Writes: []string{"actiontrail:StartLogging", "actiontrail:UpdateTrail"},
	Check:  check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	trails, err := resource.Trails(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading trail %s: %w", r.ID, err)
	}
	if len(trails) == 0 {
		return deleted(pass)
	}
	t := trails[0]
	logs, err := resource.TrailLogs(ctx, pass, pass.Of(t).Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading the status of trail %s: %w", r.ID, practice.Gone(err))
	}
	if !logs {
		pass.Report(stopped(pass, t))
	}
	if part := narrowed(pass, t); part != "" {
		pass.Report(widen(pass, t, part))
	}
	return nil
}

// deleted reports a trail that the event removed. One that was missing before has
// nothing to do with the event.
func deleted(pass *practice.Pass) error {
	if pass.Event.Name != "DeleteTrail" {
		return fmt.Errorf("reading trail %s: %w", pass.Resource.ID, practice.ErrGone)
	}
	pass.Report(practice.Finding{
		Key:    "deleted",
		Title:  fmt.Sprintf("The trail %s was deleted", pass.Resource.ID),
		Facts:  map[string]string{"deleted by": pass.Event.Key()}, // again is news
		Advice: "Make the trail again with the same delivery, and find out what the one who deleted it did before and after: the event history keeps 90 days without any trail.",
	})
	return nil
}

func stopped(pass *practice.Pass, t resource.Trail) practice.Finding {
	f := pass.Finding(t, "stopped", fmt.Sprintf("The trail %s does not log", t.Name))
	f.Changes = practice.Reversible("start logging again",
		cloud.New("actiontrail", "StartLogging", f.Resource.Region, "Name", t.Name),
		cloud.New("actiontrail", "StopLogging", f.Resource.Region, "Name", t.Name))
	return f
}

// narrowed says to what the event narrowed the trail, if the trail still is. A trail
// that never had more is a matter of coverage, not of tampering.
func narrowed(pass *practice.Pass, t resource.Trail) string {
	if pass.Event.Name != "UpdateTrail" {
		return ""
	}
	switch {
	case pass.Event.Params["EventRW"] != "" && t.EventRW != "All":
		return t.EventRW + " events"
	case pass.Event.Params["TrailRegion"] != "" && t.TrailRegion != "All":
		return "region " + t.TrailRegion
	}
	return ""
}

func widen(pass *practice.Pass, t resource.Trail, part string) practice.Finding {
	f := pass.Finding(t, "narrowed", fmt.Sprintf("The trail %s was narrowed to %s", t.Name, part))
	f.Facts = map[string]string{"EventRW": t.EventRW, "TrailRegion": t.TrailRegion}
	set := func(events, region string) cloud.Call {
		return cloud.New("actiontrail", "UpdateTrail", f.Resource.Region, "Name", t.Name, "EventRW", events, "TrailRegion", region)
	}
	f.Changes = practice.Reversible("log all events of all regions", set("All", "All"), set(t.EventRW, t.TrailRegion))
	return f
}

// list names the account's trails.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	trails, err := resource.Trails(ctx, pass, pass.Resource.Region, "")
	if err != nil {
		return nil, fmt.Errorf("listing trails: %w", err)
	}
	return practice.Listed(pass, trails, nil, nil)
}
