package vpc

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

var vpcRegionActions = []action{
	{Name: "DescribeRegions", Do: kernel.DescribeRegions[*request], Params: "AcceptLanguage ProductType"},
	{Name: "DescribeZones", Do: describeZonesOfVPC, Params: "RegionId! AcceptLanguage ZoneType"},
	{
		Name: "ListEnhanhcedNatGatewayAvailableZones", Do: listNATZones, // sic
		Params: "RegionId! AcceptLanguage Filter:Array",
	},
}

// Each region has the same zones here.
func describeZonesOfVPC(q *request) (any, error) {
	views := []any{}
	if q.OrElse("ZoneType", "AvailabilityZone") == "AvailabilityZone" { // there are no edge zones here
		for _, zone := range kernel.ZonesOf(q.Region) {
			views = append(views, map[string]any{"ZoneId": zone, "LocalName": kernel.ZoneName(zone), "ZoneType": "AvailabilityZone"})
		}
	}
	return map[string]any{"Zones": map[string]any{"Zone": views}}, nil
}

// Its zones stand in a plain list, where the other answers of VPC have an inner name.
func listNATZones(q *request) (any, error) {
	views := []any{}
	for _, zone := range kernel.ZonesOf(q.Region) {
		views = append(views, map[string]any{"ZoneId": zone, "LocalName": kernel.ZoneName(zone)})
	}
	return map[string]any{"Zones": views}, nil
}
