package cloud

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// A client that asks where a product is finds every one that is served, under the names
// that the official command line and Terraform's provider use.
func TestEveryProductHasAnEndpoint(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	codes := []string{"sls", "log", "fc", "tds", "bssopenapi", "config", "eventbridge"}
	for _, p := range c.RPC {
		codes = append(codes, strings.ToLower(p.Code))
	}
	for _, code := range codes {
		for _, region := range []string{"cn-hangzhou", "ap-southeast-1"} {
			a := r.call("location:DescribeEndpoints", "Id", region, "ServiceCode", code, "Type", "openAPI")
			host, _ := dig(t, a, "Endpoints.Endpoint.0.Endpoint").(string)
			if c.Route(host) == nil {
				t.Errorf("%s in %s is at %q, which is not served", code, region, host)
			}
		}
	}
	a := r.call("location:DescribeEndpoints", "Id", "cn-hangzhou", "ServiceCode", "ecs", "Type", "innerAPI")
	if inner := dig(t, a, "Endpoints.Endpoint").([]any); len(inner) != 0 {
		t.Errorf("inner endpoints: %v", inner)
	}
}

// What strangers' clients asked for and was not served: each is answered, if only that
// what it is about does not exist.
func TestNothingThatClientsAskedForIsUnknown(t *testing.T) {
	text, err := os.ReadFile("testdata/asked-for.txt")
	if err != nil {
		t.Fatal(err)
	}
	c := startCloud(t)
	actions := map[string]bool{}
	for _, p := range c.RPC {
		for name := range p.Actions {
			actions[p.Code+":"+name] = true
		}
	}
	asked := strings.Fields(string(text))
	if len(asked) < 50 {
		t.Errorf("only %d", len(asked))
	}
	for _, name := range asked {
		if !actions[name] {
			t.Errorf("%s is not served", name)
		}
	}
}

// Terraform's provider asks billing first which site the account is of, and has to hear
// neither NotApplicable nor nothing at all.
func TestTheAccountIsAskedForAtBilling(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	a := r.call("bss:QueryAvailableInstances", "PageSize", "50", "PageNum", "1", "ProductCode", "vipcloudfw", "ProductType", "vipcloudfw", "SubscriptionType", "Subscription")
	r.is(a, "Success", true)
	r.is(a, "Data.TotalCount", 0)
	r.is(r.call("bss:QueryAccountBalance"), "Data.Currency", "CNY")
	r.refused("InvalidParameter", "bss:QueryAvailableInstances", "SubscriptionType", "Barter")
}

const aNetwork = `{ecs: {security-groups: [{id: sg-1}], instances: [{id: i-1, security-groups: [sg-1], disks: [{id: d-s, type: system}]}, {id: i-2, security-groups: [sg-1], status: Stopped}], disks: [{id: d-1, size: 40}]}}`

func TestDefaultsAreTheRealOnes(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	r := rawFor(t, c, admin(c))
	eip := r.call("vpc:AllocateEipAddress")["AllocationId"].(string)
	r.call("vpc:AssociateEipAddress", "AllocationId", eip, "InstanceId", "i-1", "InstanceType", "EcsInstance")
	r.is(r.call("vpc:DescribeEipAddresses", "AllocationId", eip), "EipAddresses.EipAddress.0.PrivateIpAddress", "")
	nic := r.call("ecs:CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupId", "sg-1")["NetworkInterfaceId"].(string)
	a := r.call("ecs:DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", nic)
	r.is(a, "SourceDestCheck", false)
	r.is(a, "NetworkInterfaceId", nic)
	r.call("ecs:ModifyNetworkInterfaceAttribute", "NetworkInterfaceId", nic, "SourceDestCheck", "true")
	r.is(r.call("ecs:DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", nic), "SourceDestCheck", true)
	// An interface has several addresses, and the EIP on it says which.
	second := r.call("vpc:AllocateEipAddress")["AllocationId"].(string)
	r.call("vpc:AssociateEipAddress", "AllocationId", second, "InstanceId", nic, "InstanceType", "NetworkInterface")
	if ip := dig(t, r.call("vpc:DescribeEipAddresses", "AllocationId", second), "EipAddresses.EipAddress.0.PrivateIpAddress"); ip == "" {
		t.Error("the EIP of an interface does not say on which address it is")
	}
}

// Terraform's provider writes "<nil>" for a NicType that nobody has set.
func TestNicTypeOfAGroupInAVPC(t *testing.T) {
	c := startCloud(t)
	load(t, c, `{ecs: {security-groups: [{id: sg-1, rules: [{protocol: TCP, ports: 22/22, source: 10.0.0.0/8}]}, {id: sg-old, vpc: classic}]}}`)
	r := rawFor(t, c, admin(c))
	for nic, rules := range map[string]int{"<nil>": 1, "": 1, "intranet": 1, "internet": 0} {
		a := r.call("ecs:DescribeSecurityGroupAttribute", "SecurityGroupId", "sg-1", "Direction", "ingress", "NicType", nic)
		if got := len(dig(t, a, "Permissions.Permission").([]any)); got != rules {
			t.Errorf("NicType %q: %d rules, want %d", nic, got, rules)
		}
	}
	r.refused("InvalidNicType.ValueNotSupported", "ecs:DescribeSecurityGroupAttribute", "SecurityGroupId", "sg-old", "NicType", "<nil>")
}

func TestDisksAreChanged(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	r := rawFor(t, c, admin(c))
	disk := func(path string, want any) {
		t.Helper()
		r.is(r.call("ecs:DescribeDisks", "DiskIds", `["d-1"]`), "Disks.Disk.0."+path, want)
	}
	r.call("ecs:ResizeDisk", "DiskId", "d-1", "NewSize", "60", "Type", "online")
	disk("Size", 60)
	r.refused("InvalidDiskSize.TooSmall", "ecs:ResizeDisk", "DiskId", "d-1", "NewSize", "50")
	r.refused("InvalidDiskSize.NotSupported", "ecs:ResizeDisk", "DiskId", "d-1", "NewSize", "70000")
	r.refused("InvalidDiskId.NotFound", "ecs:ResizeDisk", "DiskId", "d-9", "NewSize", "60")
	r.call("ecs:ModifyDiskAttribute", "DiskIds.1", "d-1", "DiskName", "data", "Description", "", "DeleteWithInstance", "true")
	disk("DiskName", "data")
	disk("DeleteWithInstance", true)
	r.refused("InvalidDiskName.Malformed", "ecs:ModifyDiskAttribute", "DiskId", "d-1", "DiskName", "http://x")
	r.refused("MissingParameter", "ecs:ModifyDiskAttribute", "DiskName", "data")
	r.call("ecs:ModifyDiskSpec", "DiskId", "d-1", "PerformanceLevel", "PL2")
	disk("PerformanceLevel", "PL2")
	r.refused("InvalidPerformanceLevel.NotSupported", "ecs:ModifyDiskSpec", "DiskId", "d-1", "DiskCategory", "cloud_ssd", "PerformanceLevel", "PL2")
	r.call("ecs:ModifyDiskSpec", "DiskId", "d-1", "DiskCategory", "cloud_auto")
	disk("Category", "cloud_auto")
}

func TestFactsOfInstances(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	k := admin(c)
	r := rawFor(t, c, k)
	made := r.call("ecs:RunInstances", "ImageId", "aliyun_3_x64", "InstanceType", "ecs.g7.large", "VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "UserData", "aGVsbG8=")
	id := dig(t, made, "InstanceIdSets.InstanceIdSet.0").(string)
	r.is(r.call("ecs:DescribeUserData", "InstanceId", id), "UserData", "aGVsbG8=")
	r.is(r.call("ecs:DescribeUserData", "InstanceId", "i-1"), "UserData", "")
	r.refused("InvalidUserData.Base64FormatInvalid", "ecs:ModifyInstanceAttribute", "InstanceId", "i-1", "UserData", "not base64")
	r.is(r.call("ecs:DescribeInstanceAutoRenewAttribute", "InstanceId", "i-1,i-2"), "InstanceRenewAttributes.InstanceRenewAttribute.1.RenewalStatus", "Normal")
	r.is(r.call("ecs:DescribeInstanceMaintenanceAttributes", "InstanceId.1", "i-1"), "MaintenanceAttributes.MaintenanceAttribute.0.ActionOnMaintenance.Value", "AutoRecover")
	r.is(r.call("ecs:DescribeInstanceAttachmentAttributes", "InstanceIds", `["i-1"]`), "Instances.Instance.0.PrivatePoolOptionsMatchCriteria", "None")
	r.refused("IncorrectInstanceStatus", "ecs:DescribeInstanceVncUrl", "InstanceId", "i-2")
	if url := r.call("ecs:DescribeInstanceVncUrl", "InstanceId", "i-1")["VncUrl"].(string); !strings.HasPrefix(url, "wss://") {
		t.Error(url)
	}
	// A role of an instance has to be one that ECS may take.
	r.refused("InvalidRamRole.NotFound", "ecs:AttachInstanceRamRole", "InstanceIds", `["i-1"]`, "RamRoleName", "web")
	r.call("ram:CreateRole", "RoleName", "people", "AssumeRolePolicyDocument", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::`+c.Account+`:root"]}}]}`)
	r.refused("InvalidRamRole.NotEcsRole", "ecs:AttachInstanceRamRole", "InstanceIds", `["i-1"]`, "RamRoleName", "people")
	r.call("ram:CreateRole", "RoleName", "web", "AssumeRolePolicyDocument", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}}]}`)
	r.call("ecs:AttachInstanceRamRole", "InstanceIds", `["i-1"]`, "RamRoleName", "web")
	r.is(r.call("ecs:DescribeInstanceRamRole", "InstanceIds", `["i-1"]`), "InstanceRamRoleSets.InstanceRamRoleSet.0.RamRoleName", "web")
	r.is(r.call("ecs:AttachInstanceRamRole", "InstanceIds", `["i-1"]`, "RamRoleName", "web"), "FailCount", 1)
	r.call("ecs:DetachInstanceRamRole", "InstanceIds", `["i-1"]`, "RamRoleName", "web")
	r.is(r.call("ecs:DescribeInstanceRamRole", "InstanceIds", `["i-1"]`), "InstanceRamRoleSets.InstanceRamRoleSet.0.RamRoleName", "")
	// All go or none.
	r.refused("IncorrectInstanceStatus", "ecs:DeleteInstances", "InstanceId.1", "i-2", "InstanceId.2", "i-1")
	r.refused("InvalidInstanceId.NotFound", "ecs:DeleteInstances", "InstanceId.1", "i-2", "InstanceId.2", "i-9", "Force", "true")
	r.is(r.call("ecs:DescribeInstances", "InstanceIds", `["i-1","i-2"]`), "TotalCount", 2)
	r.call("ecs:DeleteInstances", "InstanceId.1", "i-2", "InstanceId.2", "i-1", "Force", "true")
	r.is(r.call("ecs:DescribeInstances", "InstanceIds", `["i-1","i-2"]`), "TotalCount", 0)
}

func TestWhatIsForSale(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	a := r.call("ecs:DescribeAvailableResource", "DestinationResource", "InstanceType", "ZoneId", "cn-hangzhou-h", "InstanceType", "ecs.g7.large", "IoOptimized", "optimized")
	r.is(a, "AvailableZones.AvailableZone.0.AvailableResources.AvailableResource.0.SupportedResources.SupportedResource.0.Value", "ecs.g7.large")
	r.is(r.call("ecs:DescribeAvailableResource", "DestinationResource", "Zone"), "AvailableZones.AvailableZone.0.Status", "Available")
	r.refused("InvalidParameter", "ecs:DescribeAvailableResource", "DestinationResource", "Moon")
	r.is(r.call("ecs:DescribeInstanceTypeFamilies", "Generation", "ecs-3"), "InstanceTypeFamilies.InstanceTypeFamily.0.InstanceTypeFamilyId", "ecs.t6")
	r.is(r.call("ecs:DescribeAccountAttributes", "AttributeName.1", "max-security-groups"), "AccountAttributeItems.AccountAttributeItem.0.AttributeValues.ValueItem.0.Value", "100")
	r.refused("InvalidParameter.InvalidAttributeName", "ecs:DescribeAccountAttributes", "AttributeName.1", "luck")
	price := func(form ...string) float64 {
		t.Helper()
		return dig(t, r.call("ecs:DescribePrice", form...), "PriceInfo.Price.TradePrice").(float64)
	}
	small, large := price("InstanceType", "ecs.g7.large"), price("InstanceType", "ecs.g7.xlarge", "PriceUnit", "Month", "Period", "1")
	if small <= 0 || large <= small {
		t.Errorf("prices: %v and %v", small, large)
	}
	r.refused("InvalidInstanceType.NotFound", "ecs:DescribePrice", "InstanceType", "ecs.none.large")
}

func TestAKeyPairIsImported(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGGh5nQDAqL4Y5cO9oAqI0YxXm7R7S0nqn0bL2hM0y0 me"
	a := r.call("ecs:ImportKeyPair", "KeyPairName", "mine", "PublicKeyBody", key)
	if print := a["KeyPairFingerPrint"].(string); len(print) != 32 {
		t.Error(print)
	}
	r.is(r.call("ecs:DescribeKeyPairs", "KeyPairName", "mine", "IncludePublicKey", "true"), "KeyPairs.KeyPair.0.PublicKey", key)
	r.refused("KeyPair.AlreadyExist", "ecs:ImportKeyPair", "KeyPairName", "mine", "PublicKeyBody", key)
	r.refused("InvalidPublicKeyBody.Malformed", "ecs:ImportKeyPair", "KeyPairName", "other", "PublicKeyBody", "ssh-rsa AAAA")
}

func TestRoutersZonesAndGateways(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	r.is(r.call("vpc:DescribeVRouters", "VRouterId", "vrt-1"), "VRouters.VRouter.0.RouteTableIds.RouteTableId.0", "vtb-1")
	a := r.call("vpc:DescribeRouteTables", "VRouterId", "vrt-1")
	r.is(a, "RouteTables.RouteTable.0.RouteTableType", "System")
	r.is(a, "RouteTables.RouteTable.0.RouteEntrys.RouteEntry.0.DestinationCidrBlock", "172.16.0.0/16")
	for _, product := range []string{"vpc", "slb", "alb", "actiontrail", "tag"} {
		host := dig(t, r.call(product+":DescribeRegions"), "Regions.Region.5.RegionEndpoint").(string)
		if c.Route(host) == nil {
			t.Errorf("%s: %q is not served", product, host)
		}
	}
	r.is(r.call("vpc:DescribeZones"), "Zones.Zone.1.ZoneId", "cn-hangzhou-h")
	r.is(r.call("slb:DescribeZones"), "Zones.Zone.0.SlaveZones.SlaveZone.0.ZoneId", "cn-hangzhou-h")
	r.is(r.call("alb:DescribeZones"), "Zones.1.ZoneId", "cn-hangzhou-h")
	r.is(r.call("vpc:ListEnhanhcedNatGatewayAvailableZones"), "Zones.1.ZoneId", "cn-hangzhou-h")
	id := r.call("vpc:CreateNatGateway", "VpcId", "vpc-1", "VSwitchId", "vsw-1", "NatType", "Enhanced", "Name", "one")["NatGatewayId"].(string)
	r.call("vpc:ModifyNatGatewayAttribute", "NatGatewayId", id, "Name", "two", "EipBindMode", "NAT")
	a = r.call("vpc:GetNatGatewayAttribute", "NatGatewayId", id)
	r.is(a, "Name", "two")
	r.is(a, "PrivateInfo.VswitchId", "vsw-1")
	r.is(a, "SnatTable.SnatEntryCount", 0)
	r.refused("OperationUnsupported.EipNatBWPCheck", "vpc:ModifyNatGatewayAttribute", "NatGatewayId", id, "EipBindMode", "MULTI_BINDED")
	r.refused("InvalidNatGatewayId.NotFound", "vpc:GetNatGatewayAttribute", "NatGatewayId", "ngw-none")
}

func TestEditionOfSecurityCentre(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	r.is(r.call("sas:DescribeVersionConfig"), "Version", 3)
	load(t, c, "{sas: {edition: free}}")
	r.is(r.call("sas:DescribeVersionConfig"), "Version", 1)
}

func TestDataEventsOfATrail(t *testing.T) {
	c := startCloud(t)
	load(t, c, `{actiontrail: {trails: [{name: main, logging: true, oss-bucket: b}]}}`)
	r := rawFor(t, c, admin(c))
	a := r.call("actiontrail:GetDataEventSelector", "TrailName", "main")
	if _, there := a["DataEventSelectors"]; there {
		t.Error(a)
	}
	r.call("actiontrail:PutDataEventSelector", "TrailName", "main", "EventSelectors", `[{"ServiceName":"Oss"}]`, "IsTrailAllRegion", "true")
	r.is(r.call("actiontrail:GetDataEventSelector", "TrailName", "main"), "DataEventSelectors", `[{"ServiceName":"Oss"}]`)
	r.refused("TrailNotFoundException", "actiontrail:GetDataEventSelector", "TrailName", "none")
}

func TestServicesMakeTheirRoles(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	const service = "source-actiontrail.eventbridge.aliyuncs.com"
	r.is(r.call("resourcemanager:CheckServiceLinkedRoleExistence", "ServiceName", service), "Exists", false)
	r.is(r.call("resourcemanager:CreateServiceLinkedRole", "ServiceName", service), "Role.RoleName", "AliyunServiceRoleForEventBridgeSourceActionTrail")
	r.is(r.call("resourcemanager:CheckServiceLinkedRoleExistence", "ServiceName", service), "Exists", true)
	r.refused("EntityAlreadyExists.Role", "resourcemanager:CreateServiceLinkedRole", "ServiceName", service)
	r.refused("EntityNotExist.Service", "resourcemanager:CheckServiceLinkedRoleExistence", "ServiceName", "nobody.aliyuncs.com")
	r.is(r.call("resourcemanager:ListResourceGroups"), "TotalCount", 1)
	r.refused("ResourceDirectoryNotInUse", "resourcemanager:GetResourceDirectory")
}

// The product Tag names resources of all products by their ARNs.
func TestTagsByARN(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	r := rawFor(t, c, admin(c))
	arn := "acs:ecs:cn-hangzhou:" + c.Account + ":instance/i-1"
	vpc := "acs:vpc:cn-hangzhou:*:vpc/vpc-1"
	a := r.call("tag:TagResources", "ResourceARN.1", arn, "ResourceARN.2", vpc, "ResourceARN.3", "acs:ecs:cn-hangzhou:*:instance/i-9", "Tags", `{"team":"a"}`)
	r.is(a, "FailedResources.FailedResource.0.ResourceARN", "acs:ecs:cn-hangzhou:*:instance/i-9")
	if failed := dig(t, a, "FailedResources.FailedResource").([]any); len(failed) != 1 {
		t.Error(failed)
	}
	r.is(r.call("ecs:ListTagResources", "ResourceType", "instance", "ResourceId.1", "i-1"), "TagResources.TagResource.0.TagValue", "a")
	a = r.call("tag:ListTagResources", "ResourceARN.1", arn)
	r.is(a, "TagResources.0.Tags.0.Key", "team")
	r.is(r.call("tag:ListTagKeys"), "Keys.Key.0.Key", "team")
	r.is(r.call("tag:ListTagValues", "Key", "team", "ResourceType", "ALIYUN::VPC::VPC"), "Values.Value.0", "a")
	r.call("tag:UntagResources", "ResourceARN.1", arn, "TagKey.1", "team")
	if left := dig(t, r.call("tag:ListTagResources", "Tags", `{"team":"a"}`), "TagResources").([]any); len(left) != 1 {
		t.Error(left)
	}
	r.refused("InvalidTagKey.Malformed", "tag:TagResources", "ResourceARN.1", arn, "Tags", `{"acs:x":"y"}`)
	r.refused("InvalidParameter.Tags", "tag:TagResources", "ResourceARN.1", arn, "Tags", `["a"]`)
	narrow := rawFor(t, c, c.AddUser("alice", allow("tag:*", arn)))
	narrow.call("tag:TagResources", "ResourceARN.1", arn, "Tags", `{"x":"y"}`)
	narrow.refused("NoPermission", "tag:TagResources", "ResourceARN.1", vpc, "Tags", `{"x":"y"}`)
	if !slices.Contains(c.Writes(), "Tag TagResources") {
		t.Error("tagging is no write")
	}
}
