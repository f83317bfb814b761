package cloud

var vpcRegionActions = []rpcAction{
	{name: "DescribeRegions", do: describeRegionsOf[*rpcRequest]("vpc"), params: "AcceptLanguage ProductType"},
	{name: "DescribeZones", do: describeZonesOfVPC, params: "RegionId! AcceptLanguage ZoneType"},
	{
		name: "ListEnhanhcedNatGatewayAvailableZones", do: listNATZones, // sic
		params: "RegionId! AcceptLanguage Filter:Array",
	},
}

func describeZonesOfVPC(q *rpcRequest) (any, error) {
	views := []any{}
	if q.orElse("ZoneType", "AvailabilityZone") == "AvailabilityZone" { // there are no edge zones here
		for _, zone := range zonesOf(q.region) {
			views = append(views, map[string]any{"ZoneId": zone, "LocalName": zoneName(zone), "ZoneType": "AvailabilityZone"})
		}
	}
	return map[string]any{"Zones": map[string]any{"Zone": views}}, nil
}

func listNATZones(q *rpcRequest) (any, error) {
	views := []any{}
	for _, zone := range zonesOf(q.region) {
		views = append(views, map[string]any{"ZoneId": zone, "LocalName": zoneName(zone)})
	}
	return map[string]any{"Zones": views}, nil
}
