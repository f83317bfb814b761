package cloud

var slbRegionActions = []rpcAction{
	{name: "DescribeRegions", do: describeRegionsOf[*rpcRequest]("slb"), params: "RegionId AcceptLanguage"},
	{name: "DescribeZones", do: describeZonesOfSLB, params: "RegionId! AcceptLanguage"},
}

// describeZonesOfSLB: any zone can stand in for any other.
func describeZonesOfSLB(q *rpcRequest) (any, error) {
	views := []any{}
	for _, zone := range zonesOf(q.region) {
		others := []any{}
		for _, other := range zonesOf(q.region) {
			if other != zone {
				others = append(others, map[string]any{"ZoneId": other, "LocalName": zoneName(other)})
			}
		}
		views = append(views, map[string]any{"ZoneId": zone, "LocalName": zoneName(zone), "SlaveZones": map[string]any{"SlaveZone": others}})
	}
	return map[string]any{"Zones": map[string]any{"Zone": views}}, nil
}
