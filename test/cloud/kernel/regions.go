package kernel

import "strings"

// DescribeRegionsOf lists the regions with the hosts of a product.
func DescribeRegionsOf[R any](code string) func(R) (any, error) {
	return func(R) (any, error) {
		views := []any{}
		for _, r := range Regions {
			views = append(views, map[string]any{"RegionId": r, "LocalName": r, "RegionEndpoint": EndpointOf(code, r)})
		}
		return map[string]any{"Regions": map[string]any{"Region": views}}, nil
	}
}

// ZoneName is what people see of a zone.
func ZoneName(zone string) string {
	region, letter := zone[:len(zone)-2], zone[len(zone)-1:]
	return region + " Zone " + strings.ToUpper(letter)
}

// ZonesOf are the zones of a region.
func ZonesOf(region string) []string {
	var zones []string
	for _, letter := range ZoneLetters {
		zones = append(zones, region+"-"+letter)
	}
	return zones
}

// ZoneLetters are the zones of every region.
var ZoneLetters = []string{"g", "h", "i", "j", "k"}
