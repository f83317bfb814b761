package ecs

import (
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// The categories that one may buy today. cloud (basic) and the local ones, which the real answer
// still has for old families, are left out.
var diskCategories = []string{"cloud_essd", "cloud_efficiency", "cloud_ssd", "cloud_auto"}

// What one can buy. Launch wizards and Terraform ask here before they make an instance, and give
// up when the answer has no zone, so everything is always in stock: there is no code for stock
// that runs out.
var availableActions = []action{
	{
		Name: "DescribeAvailableResource", Do: describeAvailableResource,
		Params: `RegionId! DestinationResource!=Zone|IoOptimized|InstanceType|Network|ddh|SystemDisk|DataDisk ZoneId InstanceType
			InstanceChargeType=PrePaid|PostPaid IoOptimized=none|optimized SystemDiskCategory DataDiskCategory NetworkCategory=vpc|classic
			ResourceType=instance|disk|reservedinstance|ddh Scope SpotStrategy SpotDuration:Integer DedicatedHostId Cores:Integer Memory:Float`,
	},
	{Name: "DescribeInstanceTypeFamilies", Do: describeTypeFamilies, Params: "RegionId! Generation"},
	{
		Name: "DescribeAccountAttributes", Do: describeAccountAttributes,
		Params: "RegionId! ZoneId AttributeName:RepeatList",
	},
}

// describeAvailableResource has every type and every disk in every zone.
// DestinationResource is what is listed. Zone has no AvailableResources in its answer, and an
// unknown InstanceType gives zones without anything in them instead of an error.
func describeAvailableResource(q *request) (any, error) {
	var kind string
	var values []string
	switch q.Str("DestinationResource") {
	case "Zone":
	case "IoOptimized":
		kind, values = "IoOptimized", []string{"optimized"}
	case "Network":
		kind, values = "Network", []string{"vpc"}
	case "InstanceType":
		kind = "InstanceType"
		for _, t := range instanceTypes {
			if q.Matches("InstanceType", t.name) && (!q.Has("Cores") || q.Num("Cores", 0) == t.cpu) {
				values = append(values, t.name)
			}
		}
	case "SystemDisk", "DataDisk":
		kind, values = q.Str("DestinationResource"), diskCategories
	case "ddh":
		kind = "ddh"
	}
	if q.Has("InstanceType") && !slices.ContainsFunc(instanceTypes, func(t instanceType) bool { return t.name == q.Str("InstanceType") }) {
		values = nil
	}
	views := []any{}
	for _, zone := range kernel.ZonesOf(q.Region) {
		if !q.Matches("ZoneId", zone) {
			continue
		}
		view := map[string]any{"RegionId": q.Region, "ZoneId": zone, "Status": "Available", "StatusCategory": "WithStock"}
		if kind != "" {
			supported := []any{}
			for _, value := range values {
				one := map[string]any{"Value": value, "Status": "Available", "StatusCategory": "WithStock"}
				if kind == "SystemDisk" || kind == "DataDisk" {
					one["Min"], one["Max"], one["Unit"] = 20, 32768, "GiB"
				}
				supported = append(supported, one)
			}
			view["AvailableResources"] = map[string]any{"AvailableResource": []any{map[string]any{
				"Type": kind, "SupportedResources": map[string]any{"SupportedResource": supported},
			}}}
		}
		views = append(views, view)
	}
	return map[string]any{"AvailableZones": map[string]any{"AvailableZone": views}}, nil
}

// The API has no paging here: the answer is the whole list, a family once, in the order of the
// types.
func describeTypeFamilies(q *request) (any, error) {
	views := []any{}
	var seen []string
	for _, t := range instanceTypes {
		family := familyOf(t.name)
		if slices.Contains(seen, family) || !q.Matches("Generation", generationOf(family)) {
			continue
		}
		seen = append(seen, family)
		views = append(views, map[string]any{"InstanceTypeFamilyId": family, "Generation": generationOf(family)})
	}
	return map[string]any{"InstanceTypeFamilies": map[string]any{"InstanceTypeFamily": views}}, nil
}

// generationOf is the third generation for shared machines of the sixth kind, and the
// fifth for the others that this cloud has.
func generationOf(family string) string {
	if family == "ecs.t6" {
		return "ecs-3"
	}
	return "ecs-5"
}

// accountAttributes are the quotas of the account, in the order of the documentation.
// What is used is counted in the region of the call, as the quotas are the region's; the other
// values are those of a new account and never change.
func (q *request) accountAttributes() (names []string, values map[string][]string) {
	values = map[string][]string{
		"instance-network-type": {"vpc"}, "max-security-groups": {"100"}, "max-elastic-network-interfaces": {"100"},
		"max-postpaid-instance-vcpu-count": {"500"}, "max-spot-instance-vcpu-count": {"800"}, "used-postpaid-instance-vcpu-count": nil,
		"used-spot-instance-vcpu-count": {"0"}, "max-postpaid-yundisk-capacity": {"30720"}, "used-postpaid-yundisk-capacity": nil,
		"real-name-authentication": {"yes"}, "max-dedicated-hosts": {"2"}, "supported-postpaid-instance-types": nil, "max-axt-command-count": {"50000"},
	}
	cores, size := 0, 0
	for _, i := range q.c.Instances {
		if i.Region == q.Region {
			cores += CoresOf(i.Kind)
		}
	}
	for _, d := range q.c.Disks {
		if d.Region == q.Region {
			size += d.Size
		}
	}
	values["used-postpaid-instance-vcpu-count"] = []string{strconv.Itoa(cores)}
	values["used-postpaid-yundisk-capacity"] = []string{strconv.Itoa(size)}
	for _, t := range instanceTypes {
		values["supported-postpaid-instance-types"] = append(values["supported-postpaid-instance-types"], t.name)
	}
	return kernel.SortedKeys(values), values
}

// CoresOf is how many vCPUs a type has; two where this cloud does not know it.
// The two are for types that a document may name freely: quotas then count something instead of
// nothing.
func CoresOf(kind string) int {
	for _, t := range instanceTypes {
		if t.name == kind {
			return t.cpu
		}
	}
	return 2
}

// Without AttributeName the answer has all of them; a name that does not exist fails the whole
// call.
func describeAccountAttributes(q *request) (any, error) {
	names, values := q.accountAttributes()
	wanted := q.List("AttributeName")
	for _, name := range wanted {
		if values[name] == nil {
			return nil, kernel.Refuse(400, "InvalidParameter.InvalidAttributeName", "The specified AttributeName %q is not valid.", name)
		}
	}
	views := []any{}
	for _, name := range names {
		if wanted != nil && !slices.Contains(wanted, name) {
			continue
		}
		items := []any{}
		for _, value := range values[name] {
			items = append(items, map[string]any{"Value": value})
		}
		views = append(views, map[string]any{"AttributeName": name, "AttributeValues": map[string]any{"ValueItem": items}})
	}
	return map[string]any{"AccountAttributeItems": map[string]any{"AccountAttributeItem": views}}, nil
}
