package cloud

import (
	"fmt"
	"strings"
)

// A Product is how one of Alibaba Cloud's APIs is addressed.
type Product struct {
	Version string
	RAM     string // prefix of its RAM actions; IMS is authorised as ram
	Host    func(region string) string
	Page    string            // what the addresses of its pages call it; empty where none is known
	Paths   map[string]string // of a REST product's actions: [x] is the parameter x
}

// products are the APIs that practices may call. Hosts are given outright, so
// that no call waits for the location service. Whoever reads one more product adds it
// where it is read.
var products = map[string]Product{
	"ecs":         {"2014-05-26", "ecs", ecsHost, "Ecs", nil},
	"vpc":         {"2016-04-28", "vpc", Regional("vpc"), "Vpc", nil},
	"slb":         {"2014-05-15", "slb", slbHost, "Slb", nil},
	"alb":         {"2020-06-16", "alb", Regional("alb"), "Alb", nil},
	"nlb":         {"2022-04-30", "nlb", Regional("nlb"), "Nlb", nil},
	"ram":         {"2015-05-01", "ram", Central("ram"), "", nil}, // its actions are of two APIs
	"ims":         {"2019-08-15", "ram", Central("ims"), "", nil},
	"sts":         {"2015-04-01", "sts", Regional("sts"), "", nil},
	"actiontrail": {"2020-07-06", "actiontrail", Regional("actiontrail"), "Actiontrail", nil},
	"config":      {"2020-09-07", "config", Central("config.cn-shanghai"), "Config", nil},
	"eventbridge": {"2020-04-01", "eventbridge", Regional("eventbridge"), "", nil},
	"fc":          {"2023-03-30", "fc", Regional("fcv3"), "", functionPaths},
	"sas":         {"2018-12-03", "yundun-sas", sasHost, "Sas", nil},
	"tag":         {"2018-08-28", "tag", Regional("tag"), "", nil},
}

// Add makes an API one that practices may call. It is called where a package begins, beside
// the reading of that API, and panics on what no request could be made of: the rows are
// part of the program. The codes are those of refusals that pass by themselves.
func Add(name string, p Product, passes ...string) struct{} {
	if _, twice := products[name]; twice {
		panic("two rows for the product " + name)
	}
	if p.Version == "" || p.RAM == "" || p.Host == nil {
		panic("the product " + name + " needs a version, the prefix of its RAM actions, and a host")
	}
	products[name] = p
	passing[p.RAM] = append(passing[p.RAM], passes...)
	return struct{}{}
}

// authorisedAs are actions that their product authorises under another prefix than its others:
// the list of published keys is older than Security Center's present name, and what reads a metric than its API's.
var authorisedAs = map[string]string{
	"yundun-sas:DescribeAccesskeyLeakList": "yundun-aegis:DescribeAccesskeyLeakList",
	"cms:DescribeMetricList":               "cms:QueryMetricList",
}

// functionPaths are Function Compute's. What invokes a function does so in its own way.
var functionPaths = map[string]string{
	"GetFunction":   "/2023-03-30/functions/[functionName]",
	"ListFunctions": "/2023-03-30/functions",
	"ListTriggers":  "/2023-03-30/functions/[functionName]/triggers",
}

// Regional is the host of an API that has one in each region.
func Regional(name string) func(region string) string {
	return func(region string) string { return fmt.Sprintf("%s.%s.aliyuncs.com", name, region) }
}

// Central is the host of an API that has one for all regions.
func Central(name string) func(region string) string {
	return func(string) string { return name + ".aliyuncs.com" }
}

// ecsHost: Hangzhou's endpoint predates the naming scheme of the other regions.
func ecsHost(region string) string {
	if region == "cn-hangzhou" {
		return "ecs-cn-hangzhou.aliyuncs.com"
	}
	return Regional("ecs")(region)
}

// slbHost: the older regions share one endpoint, to which the region is a parameter.
func slbHost(region string) string {
	switch region {
	case "cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-qingdao", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-west-1", "us-east-1",
		"cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-shenzhen-finance-1", "cn-north-2-gov-1":
		return "slb.aliyuncs.com"
	}
	return Regional("slb")(region)
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
	return p.Host("a") == p.Host("b")
}

// PageOf is the page that documents the API of a RAM action; empty where it is not known.
func PageOf(action string) string {
	prefix, name, _ := strings.Cut(action, ":")
	for _, p := range products {
		if p.Page != "" && p.RAM == prefix {
			return "https://api.alibabacloud.com/document/" + p.Page + "/" + p.Version + "/" + name
		}
	}
	return ""
}
