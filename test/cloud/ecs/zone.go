package ecs

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Every region has the same zones and every zone the same types. Terraform's data sources go
// through them before a launch, with whatever filters they know: those about GPUs, local disks and
// network speed are accepted and filter nothing.
var zoneActions = []action{
	{
		Name: "DescribeZones", Do: describeZones,
		Params: "RegionId! AcceptLanguage InstanceChargeType SpotStrategy Verbose:Boolean",
	},
	{
		Name: "DescribeInstanceTypes", Do: describeInstanceTypes,
		Params: `AdditionalAttributes:RepeatList CpuArchitecture CpuArchitectures:RepeatList GPUSpec GpuSpecs:RepeatList InstanceCategories:RepeatList
			InstanceCategory InstanceFamilyLevel InstanceTypeFamilies:RepeatList InstanceTypeFamily InstanceTypes:RepeatList
			LocalStorageCategories:RepeatList LocalStorageCategory MaxResults:Long MaximumCpuCoreCount:Integer MaximumCpuSpeedFrequency:Float
			MaximumCpuTurboFrequency:Float MaximumGPUAmount:Integer MaximumMemorySize:Float MinimumBaselineCredit:Integer
			MinimumCpuCoreCount:Integer MinimumCpuSpeedFrequency:Float MinimumCpuTurboFrequency:Float MinimumDiskQuantity:Integer
			MinimumEniIpv6AddressQuantity:Integer MinimumEniPrivateIpAddressQuantity:Integer MinimumEniQuantity:Integer MinimumEriQuantity:Integer
			MinimumGPUAmount:Integer MinimumInitialCredit:Integer MinimumInstanceBandwidthRx:Integer MinimumInstanceBandwidthTx:Integer
			MinimumInstancePpsRx:Long MinimumInstancePpsTx:Long MinimumLocalStorageAmount:Integer MinimumLocalStorageCapacity:Long
			MinimumMemorySize:Float MinimumPrimaryEniQueueNumber:Integer MinimumQueuePairNumber:Integer MinimumSecondaryEniQueueNumber:Integer
			NextToken NvmeSupport PhysicalProcessorModel PhysicalProcessorModels:RepeatList`,
	},
}

// instanceType is a size of machine. The cloud knows a few.
type instanceType struct {
	name   string
	cpu    int
	memory float64 // GiB
}

// Those that the tests and the demo use, with one of each family that clients pick by default.
// EniQuantity and the like are the same for all.
var instanceTypes = []instanceType{
	{"ecs.t6-c1m1.large", 2, 2}, {"ecs.e-c1m2.large", 2, 4}, {"ecs.c7.large", 2, 4}, {"ecs.g7.large", 2, 8}, {"ecs.g7.xlarge", 4, 16},
	{"ecs.g7t.large", 2, 8}, {"ecs.r7.large", 2, 16}, {"ecs.g8i.large", 2, 8},
}

// familyOf is "ecs.g7" of "ecs.g7.large".
func familyOf(kind string) string {
	if i := strings.LastIndex(kind, "."); i > 0 {
		family, _, _ := strings.Cut(kind[:i], "-")
		return family
	}
	return kind
}

// A page has up to 1600 types, which is also what the real call answers without MaxResults.
func describeInstanceTypes(q *request) (any, error) {
	names, families := q.List("InstanceTypes"), q.List("InstanceTypeFamilies")
	views := []any{}
	for _, t := range instanceTypes {
		family := familyOf(t.name)
		if names != nil && !slices.Contains(names, t.name) || families != nil && !slices.Contains(families, family) ||
			!q.Matches("InstanceTypeFamily", family) || t.cpu < q.Num("MinimumCpuCoreCount", 0) || t.cpu > q.Num("MaximumCpuCoreCount", t.cpu) {
			continue
		}
		views = append(views, map[string]any{
			"InstanceTypeId": t.name, "InstanceTypeFamily": family, "CpuCoreCount": t.cpu, "MemorySize": t.memory, "CpuArchitecture": "X86",
			"InstanceFamilyLevel": "EnterpriseLevel", "InstanceCategory": "General-purpose", "EniQuantity": 3, "EniTotalQuantity": 3,
			"EniPrivateIpAddressQuantity": 6, "EniIpv6AddressQuantity": 6, "DiskQuantity": 17, "LocalStorageCategory": "", "GPUAmount": 0, "GPUSpec": "",
		})
	}
	page, next, err := kernel.TokenPage(q.Request, views, 1600)
	return map[string]any{"NextToken": next, "InstanceTypes": map[string]any{"InstanceType": page}}, err
}

// The names of lists within are in small letters at some places: supportedSystemDiskCategory is
// written so.
func describeZones(q *request) (any, error) {
	types := []string{}
	for _, t := range instanceTypes {
		types = append(types, t.name)
	}
	disks := diskCategories
	views := []any{}
	for _, letter := range kernel.ZoneLetters {
		views = append(views, map[string]any{
			"ZoneId": q.Region + "-" + letter, "LocalName": q.Region + " " + strings.ToUpper(letter), "ZoneType": "AvailabilityZone",
			"AvailableInstanceTypes":    map[string]any{"InstanceTypes": types},
			"AvailableDiskCategories":   map[string]any{"DiskCategories": disks},
			"AvailableVolumeCategories": map[string]any{"VolumeCategories": []string{}},
			"AvailableResourceCreation": map[string]any{"ResourceTypes": []string{"VSwitch", "IoOptimized", "Instance", "DedicatedHost", "Disk"}},
			"DedicatedHostGenerations":  map[string]any{"DedicatedHostGeneration": []string{}},
			"AvailableResources": map[string]any{"ResourcesInfo": []any{map[string]any{
				"IoOptimized": true, "SystemDiskCategories": map[string]any{"supportedSystemDiskCategory": disks},
				"DataDiskCategories":   map[string]any{"supportedDataDiskCategory": disks},
				"InstanceTypes":        map[string]any{"supportedInstanceType": types},
				"InstanceTypeFamilies": map[string]any{"supportedInstanceTypeFamily": []string{"ecs.g7", "ecs.c7"}},
				"NetworkTypes":         map[string]any{"supportedNetworkCategory": []string{"vpc"}},
				"InstanceGenerations":  map[string]any{"supportedInstanceGeneration": []string{"ecs-5"}},
			}}},
		})
	}
	return map[string]any{"Zones": map[string]any{"Zone": views}}, nil
}
