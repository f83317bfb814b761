package cloud

var albRegionActions = []rpcAction{
	{name: "DescribeRegions", do: describeRegionsOf[*rpcRequest]("alb"), params: "AcceptLanguage"},
	{name: "DescribeZones", do: describeZonesOfALB, params: "AcceptLanguage"},
}

func describeZonesOfALB(q *rpcRequest) (any, error) {
	views := []any{}
	for _, zone := range zonesOf(q.region) {
		views = append(views, map[string]any{"ZoneId": zone, "LocalName": zoneName(zone)})
	}
	return map[string]any{"Zones": views}, nil
}
