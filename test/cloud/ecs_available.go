package cloud

import (
	"slices"
	"strconv"
)

var diskCategories = []string{"cloud_essd", "cloud_efficiency", "cloud_ssd", "cloud_auto"}

var availableActions = []rpcAction{
	{
		name: "DescribeAvailableResource", do: describeAvailableResource,
		params: `RegionId! DestinationResource!=Zone|IoOptimized|InstanceType|Network|ddh|SystemDisk|DataDisk ZoneId InstanceType
			InstanceChargeType=PrePaid|PostPaid IoOptimized=none|optimized SystemDiskCategory DataDiskCategory NetworkCategory=vpc|classic
			ResourceType=instance|disk|reservedinstance|ddh Scope SpotStrategy SpotDuration:Integer DedicatedHostId Cores:Integer Memory:Float`,
	},
	{name: "DescribeInstanceTypeFamilies", do: describeTypeFamilies, params: "RegionId! Generation"},
	{
		name: "DescribeAccountAttributes", do: describeAccountAttributes,
		params: "RegionId! ZoneId AttributeName:RepeatList",
	},
}

// describeAvailableResource has every type and every disk in every zone.
func describeAvailableResource(q *rpcRequest) (any, error) {
	var kind string
	var values []string
	switch q.str("DestinationResource") {
	case "Zone":
	case "IoOptimized":
		kind, values = "IoOptimized", []string{"optimized"}
	case "Network":
		kind, values = "Network", []string{"vpc"}
	case "InstanceType":
		kind = "InstanceType"
		for _, t := range instanceTypes {
			if q.matches("InstanceType", t.name) && (!q.has("Cores") || q.num("Cores", 0) == t.cpu) {
				values = append(values, t.name)
			}
		}
	case "SystemDisk", "DataDisk":
		kind, values = q.str("DestinationResource"), diskCategories
	case "ddh":
		kind = "ddh"
	}
	if q.has("InstanceType") && !slices.ContainsFunc(instanceTypes, func(t instanceType) bool { return t.name == q.str("InstanceType") }) {
		values = nil
	}
	views := []any{}
	for _, zone := range zonesOf(q.region) {
		if !q.matches("ZoneId", zone) {
			continue
		}
		view := map[string]any{"RegionId": q.region, "ZoneId": zone, "Status": "Available", "StatusCategory": "WithStock"}
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

func describeTypeFamilies(q *rpcRequest) (any, error) {
	views := []any{}
	var seen []string
	for _, t := range instanceTypes {
		family := familyOf(t.name)
		if slices.Contains(seen, family) || !q.matches("Generation", generationOf(family)) {
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
func (q *rpcRequest) accountAttributes() (names []string, values map[string][]string) {
	values = map[string][]string{
		"instance-network-type": {"vpc"}, "max-security-groups": {"100"}, "max-elastic-network-interfaces": {"100"},
		"max-postpaid-instance-vcpu-count": {"500"}, "max-spot-instance-vcpu-count": {"800"}, "used-postpaid-instance-vcpu-count": nil,
		"used-spot-instance-vcpu-count": {"0"}, "max-postpaid-yundisk-capacity": {"30720"}, "used-postpaid-yundisk-capacity": nil,
		"real-name-authentication": {"yes"}, "max-dedicated-hosts": {"2"}, "supported-postpaid-instance-types": nil, "max-axt-command-count": {"50000"},
	}
	cores, size := 0, 0
	for _, i := range q.c.ecs.instances {
		if i.region == q.region {
			cores += coresOf(i.kind)
		}
	}
	for _, d := range q.c.ecs.disks {
		if d.region == q.region {
			size += d.size
		}
	}
	values["used-postpaid-instance-vcpu-count"] = []string{strconv.Itoa(cores)}
	values["used-postpaid-yundisk-capacity"] = []string{strconv.Itoa(size)}
	for _, t := range instanceTypes {
		values["supported-postpaid-instance-types"] = append(values["supported-postpaid-instance-types"], t.name)
	}
	return sortedKeys(values), values
}

// coresOf is how many vCPUs a type has; two where this cloud does not know it.
func coresOf(kind string) int {
	for _, t := range instanceTypes {
		if t.name == kind {
			return t.cpu
		}
	}
	return 2
}

func describeAccountAttributes(q *rpcRequest) (any, error) {
	names, values := q.accountAttributes()
	wanted := q.list("AttributeName")
	for _, name := range wanted {
		if values[name] == nil {
			return nil, refuse(400, "InvalidParameter.InvalidAttributeName", "The specified AttributeName %q is not valid.", name)
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
