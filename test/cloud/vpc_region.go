package cloud

import "strings"

var vpcRegionActions = []rpcAction{
	{name: "DescribeRegions", do: describeRegionsOf("vpc"), params: "AcceptLanguage ProductType"},
	{name: "DescribeZones", do: describeZonesOfVPC, params: "RegionId! AcceptLanguage ZoneType"},
	{
		name: "ListEnhanhcedNatGatewayAvailableZones", do: listNATZones, // sic
		params: "RegionId! AcceptLanguage Filter:Array",
	},
}

// describeRegionsOf lists the regions with the hosts of a product.
func describeRegionsOf(code string) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		views := []any{}
		for _, r := range regions {
			views = append(views, map[string]any{"RegionId": r, "LocalName": r, "RegionEndpoint": endpointOf(code, r)})
		}
		return map[string]any{"Regions": map[string]any{"Region": views}}, nil
	}
}

// zoneName is what people see of a zone.
func zoneName(zone string) string {
	region, letter := zone[:len(zone)-2], zone[len(zone)-1:]
	return region + " Zone " + strings.ToUpper(letter)
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
