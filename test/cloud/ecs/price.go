package ecs

import (
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const priceDisk = "Category PerformanceLevel Size:Long ProvisionedIops:Long"

// Disks stand twice among the parameters: as the SDKs send them, and as the metadata writes them
// out up to four.
var priceActions = []action{{
	Name: "DescribePrice", Do: describePrice,
	Params: `RegionId! ResourceType Amount:Integer=1..1000 AssuranceTimes Capacity:Integer DedicatedHostType ImageId InstanceAmount:Integer
		InstanceCpuCoreCount:Integer InstanceNetworkType InstanceType InstanceTypeList:RepeatList InternetChargeType
		InternetMaxBandwidthOut:Integer=0..200 IoOptimized Isp OfferingType Period:Integer Platform PriceUnit=Hour|Day|Week|Month|Year
		RecurrenceRules:RepeatList(RecurrenceType RecurrenceValue StartHour:Integer EndHour:Integer) SchedulerOptions.DedicatedHostId
		SchedulerOptions.DeploymentSetStrategy Scope SpotDuration:Integer SpotStrategy StartTime ZoneId
		SystemDisk.Category SystemDisk.PerformanceLevel SystemDisk.Size:Integer
		DataDisk:RepeatList(` + priceDisk + `)
		DataDisk.1.Category DataDisk.1.PerformanceLevel DataDisk.1.Size:Integer DataDisk.2.Category DataDisk.2.PerformanceLevel DataDisk.2.Size:Integer
		DataDisk.3.Category DataDisk.3.PerformanceLevel DataDisk.3.Size:Integer DataDisk.4.Category DataDisk.4.PerformanceLevel DataDisk.4.Size:Integer`,
}}

// describePrice answers prices that nobody pays: they grow with what is asked for, and
// are otherwise made up.
func describePrice(q *request) (any, error) {
	hours := map[string]float64{"Hour": 1, "Day": 24, "Week": 168, "Month": 720, "Year": 8640}[q.OrElse("PriceUnit", "Hour")] * float64(q.Num("Period", 1))
	details := []any{}
	total := 0.0
	add := func(resource string, perHour float64) {
		price := perHour * hours * float64(q.Num("Amount", 1))
		total += price
		details = append(details, map[string]any{"Resource": resource, "OriginalPrice": price, "DiscountPrice": 0, "TradePrice": price, "SubRules": map[string]any{"Rule": []any{}}})
	}
	switch q.OrElse("ResourceType", "instance") {
	case "instance":
		if !q.Has("InstanceType") {
			return nil, kernel.MissingInECS("InstanceType")
		}
		at := slices.IndexFunc(instanceTypes, func(t instanceType) bool { return t.name == q.Str("InstanceType") })
		if at < 0 {
			return nil, kernel.Refuse(404, "InvalidInstanceType.NotFound", "The specified InstanceType does not exist.")
		}
		t := instanceTypes[at]
		add("instanceType", 0.08*float64(t.cpu)+0.02*t.memory)
		add("image", 0)
		add("systemDisk", 0.001*float64(q.Num("SystemDisk.Size", 40)))
		add("bandwidth", 0.06*float64(q.Num("InternetMaxBandwidthOut", 0)))
	case "disk":
		if !q.Has("DataDisk.1.Size") {
			return nil, kernel.MissingInECS("DataDisk.1.Size")
		}
	case "bandwidth":
		add("bandwidth", 0.06*float64(q.Num("InternetMaxBandwidthOut", 0)))
	default:
		return nil, kernel.Refuse(400, "InvalidResourceType.ValueNotSupported", "The specified parameter ResourceType is not valid. (The local cloud prices instances, disks and bandwidth.)")
	}
	for n := 1; q.Has(fmt.Sprintf("DataDisk.%d.Size", n)); n++ {
		add("dataDisk", 0.001*float64(q.Num(fmt.Sprintf("DataDisk.%d.Size", n), 0)))
	}
	return map[string]any{"PriceInfo": map[string]any{
		"Price": map[string]any{
			"Currency": "CNY", "OriginalPrice": total, "DiscountPrice": 0, "TradePrice": total, "DetailInfos": map[string]any{"DetailInfo": details},
		},
		"Rules": map[string]any{"Rule": []any{}},
	}}, nil
}
