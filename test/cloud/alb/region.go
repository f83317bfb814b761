package alb

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

var regionActions = []action{
	{Name: "DescribeRegions", Do: kernel.DescribeRegions[*request], Params: "AcceptLanguage"},
	{Name: "DescribeZones", Do: describeZonesOfALB, Params: "AcceptLanguage"},
}

func describeZonesOfALB(q *request) (any, error) {
	views := []any{}
	for _, zone := range kernel.ZonesOf(q.Region) {
		views = append(views, map[string]any{"ZoneId": zone, "LocalName": kernel.ZoneName(zone)})
	}
	return map[string]any{"Zones": views}, nil
}
