package slb

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// Terraform asks for zones before it makes a balancer.
var slbRegionActions = []action{
	{Name: "DescribeRegions", Do: kernel.DescribeRegions[*request], Params: "RegionId AcceptLanguage"},
	{Name: "DescribeZones", Do: describeZonesOfSLB, Params: "RegionId! AcceptLanguage"},
}

// describeZonesOfSLB: any zone can stand in for any other.
func describeZonesOfSLB(q *request) (any, error) {
	views := []any{}
	for _, zone := range kernel.ZonesOf(q.Region) {
		others := []any{}
		for _, other := range kernel.ZonesOf(q.Region) {
			if other != zone {
				others = append(others, map[string]any{"ZoneId": other, "LocalName": kernel.ZoneName(other)})
			}
		}
		views = append(views, map[string]any{"ZoneId": zone, "LocalName": kernel.ZoneName(zone), "SlaveZones": map[string]any{"SlaveZone": others}})
	}
	return map[string]any{"Zones": map[string]any{"Zone": views}}, nil
}
