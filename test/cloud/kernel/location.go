package kernel

import (
	"cmp"
	"slices"
	"strings"
)

// The location service tells clients which host serves a product in a region.
var locationActions = []operation{{
	Name: "DescribeEndpoints", Open: true, Do: describeEndpoints, Params: "Id! ServiceCode! Type",
}}

func (c *Cloud) StartLocation() {
	c.ServeRPC(&Product{Code: "Location", Ram: "location", Version: "2015-06-12", Missing: MissingAtGateway}, locationActions,
		"location-readonly.aliyuncs.com", "location.aliyuncs.com", "location-readonly.*.aliyuncs.com")
}

// endpointCodes are the names under which clients ask for a product, where that is not
// the one it is served by.
var endpointCodes = map[string]string{
	"log": "sls", "sas": "tds", "yundun-sas": "tds", "fc-open": "fc", "fcv3": "fc", "bss": "bssopenapi",
}

// endpoints are the hosts of every product that this cloud serves, {region} being the
// region's id. Those without it serve all regions.
var endpoints = map[string]string{
	"ecs": "ecs.{region}.aliyuncs.com", "vpc": "vpc.{region}.aliyuncs.com", "slb": "slb.{region}.aliyuncs.com", "alb": "alb.{region}.aliyuncs.com", "nlb": "nlb.{region}.aliyuncs.com",
	"actiontrail": "actiontrail.{region}.aliyuncs.com", "sts": "sts.{region}.aliyuncs.com", "tag": "tag.{region}.aliyuncs.com",
	"sls": "{region}.log.aliyuncs.com", "eventbridge": "eventbridge-console.{region}.aliyuncs.com", "fc": "fcv3.{region}.aliyuncs.com",
	"ram": "ram.aliyuncs.com", "ims": "ims.aliyuncs.com", "resourcemanager": "resourcemanager.aliyuncs.com", "bssopenapi": "business.aliyuncs.com",
	"location": "location-readonly.aliyuncs.com",
}

// EndpointOf is the host of a product in a region; "" for one it does not know.
func EndpointOf(code, region string) string {
	code = strings.ToLower(code)
	switch code = cmp.Or(endpointCodes[code], code); {
	case code == "ecs" && region == "cn-hangzhou":
		return "ecs-cn-hangzhou.aliyuncs.com" // hangzhou's name is older than the rule
	case code == "tds":
		return SasCentre(region)
	case code == "config": // two centres, as Security Center has
		if strings.HasPrefix(region, "cn-") {
			return "config.cn-shanghai.aliyuncs.com"
		}
		return "config.ap-southeast-1.aliyuncs.com"
	}
	return strings.ReplaceAll(endpoints[code], "{region}", region)
}

// describeEndpoints knows the public endpoints: clients that ask for those within the
// cloud's own network get none.
func describeEndpoints(q *Request) (any, error) {
	found := []any{}
	host := EndpointOf(q.Str("ServiceCode"), q.Str("Id"))
	if host != "" && slices.Contains(Regions, q.Str("Id")) && strings.EqualFold(q.OrElse("Type", "openAPI"), "openAPI") {
		found = append(found, map[string]any{
			"Endpoint": host, "Id": q.Str("Id"), "Namespace": "26842", "Type": "openAPI",
			"SerivceCode": q.Str("ServiceCode"), // sic: the real answer spells it so
			"Protocols":   map[string]any{"Protocols": []string{"HTTP", "HTTPS"}},
		})
	}
	return map[string]any{"Endpoints": map[string]any{"Endpoint": found}, "Success": true}, nil
}

// SasCentre is which of the two centres looks after a region: that of the
// mainland, or that of everywhere else.
func SasCentre(region string) string {
	if strings.HasPrefix(region, "cn-") && region != "cn-hongkong" {
		return "tds.aliyuncs.com"
	}
	return "tds.ap-southeast-1.aliyuncs.com"
}
