package resource

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// Lookback is how far back ActionTrail lets events be looked up, whether or not there is a trail.
const Lookback = 90 * 24 * time.Hour

// A TrailEvent is one that ActionTrail has kept. Values that are secret are masked in it, and their names are there.
type TrailEvent struct {
	EventName, EventTime, ErrorCode string

	RequestParameters map[string]any
}

// Gave tells whether a call that was made gave a parameter a value.
func (e TrailEvent) Gave(name string) bool {
	value, there := e.RequestParameters[name]
	return e.ErrorCode == "" && there && value != "" && value != nil
}

type eventPage struct {
	cloud.Page
	Events []TrailEvent
}

func (p eventPage) Items() []TrailEvent { return p.Events }

// TrailEvents looks up the calls of one name about one resource, from a time until now.
func TrailEvents(ctx context.Context, r cloud.Reader, region, name, resource string, from, now time.Time) ([]TrailEvent, error) {
	stamp := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	return cloud.ReadList[eventPage](ctx, r, cloud.New("actiontrail", "LookupEvents", region, "StartTime", stamp(from), "EndTime", stamp(now), "MaxResults", "50",
		"LookupAttribute.1.Key", "ResourceName", "LookupAttribute.1.Value", resource, "LookupAttribute.2.Key", "EventName", "LookupAttribute.2.Value", name))
}
