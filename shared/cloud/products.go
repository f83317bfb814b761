package cloud

import (
	"fmt"
	"strings"
)

// A product is how one of Alibaba Cloud's APIs is addressed.
type product struct {
	version string
	ram     string // prefix of its RAM actions; IMS is authorised as ram
	host    func(region string) string
	paths   map[string]string // of a REST product's actions: [x] is the parameter x
}

// products are the APIs that practices may call. Hosts are given outright, so
// that no call waits for the location service.
var products = map[string]product{
	"ecs":         {"2014-05-26", "ecs", ecsHost, nil},
	"vpc":         {"2016-04-28", "vpc", regional("vpc"), nil},
	"slb":         {"2014-05-15", "slb", slbHost, nil},
	"alb":         {"2020-06-16", "alb", regional("alb"), nil},
	"nlb":         {"2022-04-30", "nlb", regional("nlb"), nil},
	"ram":         {"2015-05-01", "ram", central("ram"), nil},
	"ims":         {"2019-08-15", "ram", central("ims"), nil},
	"sts":         {"2015-04-01", "sts", regional("sts"), nil},
	"actiontrail": {"2020-07-06", "actiontrail", regional("actiontrail"), nil},
	"config":      {"2020-09-07", "config", central("config.cn-shanghai"), nil},
	"eventbridge": {"2020-04-01", "eventbridge", regional("eventbridge"), nil},
	"fc":          {"2023-03-30", "fc", regional("fcv3"), functionPaths},
	"sas":         {"2018-12-03", "yundun-sas", sasHost, nil},
}

// authorisedAs are actions that their product authorises under another prefix than its others:
// the list of published keys is older than Security Center's present name.
var authorisedAs = map[string]string{"yundun-sas:DescribeAccesskeyLeakList": "yundun-aegis:DescribeAccesskeyLeakList"}

// functionPaths are Function Compute's. What invokes a function does so in its own way.
var functionPaths = map[string]string{
	"GetFunction":   "/2023-03-30/functions/[functionName]",
	"ListFunctions": "/2023-03-30/functions",
	"ListTriggers":  "/2023-03-30/functions/[functionName]/triggers",
}

func regional(name string) func(string) string {
	return func(region string) string { return fmt.Sprintf("%s.%s.aliyuncs.com", name, region) }
}

func central(name string) func(string) string {
	return func(string) string { return name + ".aliyuncs.com" }
}

// ecsHost: Hangzhou's endpoint predates the naming scheme of the other regions.
func ecsHost(region string) string {
	if region == "cn-hangzhou" {
		return "ecs-cn-hangzhou.aliyuncs.com"
	}
	return regional("ecs")(region)
}

// slbHost: the older regions share one endpoint, to which the region is a parameter.
func slbHost(region string) string {
	switch region {
	case "cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-qingdao", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-west-1", "us-east-1",
		"cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-shenzhen-finance-1", "cn-north-2-gov-1":
		return "slb.aliyuncs.com"
	}
	return regional("slb")(region)
}

// sasHost: Security Center has one centre for the mainland and one for everywhere else.
func sasHost(region string) string {
	if strings.HasPrefix(region, "cn-") && region != "cn-hongkong" {
		return "tds.aliyuncs.com"
	}
	return "tds.ap-southeast-1.aliyuncs.com"
}

// regionless tells whether a product has one endpoint for all regions.
func regionless(name string) bool {
	p := products[name]
	return p.host("a") == p.host("b")
}

// pageCodes are how the pages of the APIs call the products of RAM actions. Those of ram are
// of two APIs.
var pageCodes = map[string]string{"ecs": "Ecs", "vpc": "Vpc", "slb": "Slb", "alb": "Alb", "nlb": "Nlb", "actiontrail": "Actiontrail", "config": "Config", "yundun-sas": "Sas"}

// PageOf is the page that documents the API of a RAM action; empty where it is not known.
func PageOf(action string) string {
	prefix, name, _ := strings.Cut(action, ":")
	for _, p := range products {
		if code := pageCodes[prefix]; code != "" && p.ram == prefix {
			return "https://api.alibabacloud.com/document/" + code + "/" + p.version + "/" + name
		}
	}
	return ""
}
