package cloud

import "strings"

// describeRegionsOf lists the regions with the hosts of a product.
func describeRegionsOf[R any](code string) func(R) (any, error) {
	return func(R) (any, error) {
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

// zonesOf are the zones of a region.
func zonesOf(region string) []string {
	var zones []string
	for _, letter := range zoneLetters {
		zones = append(zones, region+"-"+letter)
	}
	return zones
}

// zoneLetters are the zones of every region.
var zoneLetters = []string{"g", "h", "i", "j", "k"}
