package cloud

import (
	"slices"
	"strings"
)

// The location service tells clients which host serves a product in a region.
var locationActions = []rpcAction{{
	name: "DescribeEndpoints", open: true, do: describeEndpoints, params: "Id! ServiceCode! Type",
}}

func (c *Cloud) startLocation() {
	c.serveRPC(&rpcProduct{code: "Location", ram: "location", version: "2015-06-12", missing: missingAtGateway}, locationActions,
		"location-readonly.aliyuncs.com", "location.aliyuncs.com", "location-readonly.*.aliyuncs.com")
}

// endpointOf is the host of a product in a region; "" for one it does not know.
func endpointOf(code, region string) string {
	switch code = strings.ToLower(code); code {
	case "ecs":
		if region == "cn-hangzhou" {
			return "ecs-cn-hangzhou.aliyuncs.com" // hangzhou's name is older than the rule
		}
		return "ecs." + region + ".aliyuncs.com"
	case "vpc", "actiontrail", "sts":
		return code + "." + region + ".aliyuncs.com"
	case "ram", "ims":
		return code + ".aliyuncs.com"
	}
	return ""
}

func describeEndpoints(q *rpcRequest) (any, error) {
	endpoints := []any{}
	host := endpointOf(q.str("ServiceCode"), q.str("Id"))
	if host != "" && slices.Contains(regions, q.str("Id")) {
		endpoints = append(endpoints, map[string]any{
			"Endpoint": host, "Id": q.str("Id"), "Namespace": "26842", "Type": q.orElse("Type", "openAPI"),
			"SerivceCode": q.str("ServiceCode"), // sic: the real answer spells it so
			"Protocols":   map[string]any{"Protocols": []string{"HTTP", "HTTPS"}},
		})
	}
	return map[string]any{"Endpoints": map[string]any{"Endpoint": endpoints}, "Success": true}, nil
}
