package kernel

import "strings"

// DescribeRegions lists the regions with the hosts of a product, as most products answer it.
func DescribeRegions[R interface{ Endpoint(region string) string }](q R) (any, error) {
	views := []any{}
	for _, r := range Regions {
		views = append(views, map[string]any{"RegionId": r, "LocalName": r, "RegionEndpoint": q.Endpoint(r)})
	}
	return map[string]any{"Regions": map[string]any{"Region": views}}, nil
}

// Endpoint is the host of the call's product in a region.
func (q *Request) Endpoint(region string) string { return q.Product.Endpoint(region) }

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
