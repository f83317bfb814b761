package kernel

import (
	"slices"
	"strings"
)

// The location service tells clients which host serves a product in a region.
var locationActions = []operation{{
	Name: "DescribeEndpoints", Open: true, Do: describeEndpoints, Params: "Id! ServiceCode! Type",
}}

// It needs no permission, as in the real cloud: SDKs ask it before they make their first call.
func (c *Cloud) startLocation() {
	c.ServeRPC(&Product{Code: "Location", Ram: "location", Version: "2015-06-12", Endpoint: Host("location-readonly.aliyuncs.com")}, locationActions,
		"location.aliyuncs.com", "location-readonly.*.aliyuncs.com")
}

// endpointOf is the host of a product in a region; "" for one that nobody serves.
func (c *Cloud) endpointOf(name, region string) string {
	host := c.endpoints[strings.ToLower(name)]
	if host == nil {
		return ""
	}
	return host(region)
}

// describeEndpoints knows the public endpoints: clients that ask for those within the
// cloud's own network get none.
func describeEndpoints(q *Request) (any, error) {
	found := []any{}
	host := q.C.endpointOf(q.Str("ServiceCode"), q.Str("Id"))
	if host != "" && slices.Contains(Regions, q.Str("Id")) && strings.EqualFold(q.OrElse("Type", "openAPI"), "openAPI") {
		found = append(found, map[string]any{
			"Endpoint": host, "Id": q.Str("Id"), "Namespace": "26842", "Type": "openAPI",
			"SerivceCode": q.Str("ServiceCode"), // sic: the real answer spells it so
			"Protocols":   map[string]any{"Protocols": []string{"HTTP", "HTTPS"}},
		})
	}
	return map[string]any{"Endpoints": map[string]any{"Endpoint": found}, "Success": true}, nil
}
