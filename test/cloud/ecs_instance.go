package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// instance is a virtual machine. tokens and endpoint are what was asked for
// the metadata service; they stay empty when nothing was asked.
type instance struct {
	ecsResource
	status, image, kind, zone, vswitch, vpc, host, keyPair string
	tokens, endpoint                                       string
	hopLimit                                               int
	groups                                                 []string
	privateIP, publicIP, ramRole, charge, userData         string
	bandwidth                                              int // of the public address
	protected                                              bool
	fresh                                                  bool       // loaded as new
	listening                                              []openPort // in the guest
}

var onInstance = onEach("instance", named("InstanceId"))

const (
	diskFields = `Category Size:Integer=1..65536 KMSKeyId SnapshotId DiskName Description Device DeleteWithInstance:Boolean
		PerformanceLevel EncryptAlgorithm StorageClusterId`
	// What RunInstances and CreateInstance have in common.
	launchParams = `RegionId! ImageId ImageFamily InstanceName Description HostName ZoneId VSwitchId SecurityGroupId
		PrivateIpAddress KeyPairName Password PasswordInherit:Boolean RamRoleName UserData DryRun:Boolean ClientToken
		HttpTokens HttpEndpoint HttpPutResponseHopLimit:Integer DeletionProtection:Boolean
		InternetMaxBandwidthIn:Integer InternetMaxBandwidthOut:Integer=0..200 InternetChargeType
		InstanceChargeType Period:Integer PeriodUnit AutoRenew:Boolean AutoRenewPeriod:Integer
		SpotStrategy SpotPriceLimit:Float SpotDuration:Integer SpotInterruptionBehavior
		IoOptimized CreditSpecification SecurityEnhancementStrategy Tenancy Affinity DedicatedHostId ResourceGroupId
		DeploymentSetId DeploymentSetGroupNo:Integer HpcClusterId StorageSetId StorageSetPartitionNumber:Integer
		HibernationOptions.Configured:Boolean PrivatePoolOptions.Id PrivatePoolOptions.MatchCriteria
		Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn)
		SystemDisk.Category SystemDisk.DiskName SystemDisk.Description SystemDisk.PerformanceLevel
		SystemDisk:Struct(Encrypted KMSKeyId EncryptAlgorithm BurstingEnabled ProvisionedIops StorageClusterId) `
)

var instanceActions = []rpcAction{
	{
		name: "RunInstances", write: true, do: runInstances,
		params: launchParams + `InstanceType Amount:Integer=1..100 MinAmount:Integer=1..100 UniqueSuffix:Boolean
			HostNames:RepeatList SecurityGroupIds:RepeatList Ipv6Address:RepeatList Ipv6AddressCount:Integer Isp AutoPay:Boolean AutoReleaseTime
			LaunchTemplateId LaunchTemplateName LaunchTemplateVersion:Long NetworkInterfaceQueueNumber:Integer
			CpuOptions.Core:Integer CpuOptions.ThreadsPerCore:Integer CpuOptions.Numa CpuOptions.TopologyType
			ImageOptions:Struct(LoginAsNonRoot) ClockOptions:Struct NetworkOptions:Struct(EnableJumboFrame)
			PrivateDnsNameOptions:Struct(EnableInstanceIdDnsARecord EnableInstanceIdDnsAAAARecord EnableIpDnsARecord EnableIpDnsPtrRecord HostnameType)
			SchedulerOptions.DedicatedHostClusterId SecurityOptions.ConfidentialComputingMode SecurityOptions.TrustedSystemMode
			SystemDisk.Size SystemDisk.AutoSnapshotPolicyId Tag:RepeatList(Key Value)
			DataDisk:RepeatList(Encrypted ` + diskFields + ` AutoSnapshotPolicyId BurstingEnabled:Boolean ProvisionedIops:Long)
			NetworkInterface:RepeatList(VSwitchId SecurityGroupId SecurityGroupIds:RepeatList InstanceType PrimaryIpAddress NetworkInterfaceId
				NetworkInterfaceName Description NetworkInterfaceTrafficMode DeleteOnRelease:Boolean QueueNumber:Integer QueuePairNumber:Long
				Ipv6Address:RepeatList Ipv6AddressCount:Long NetworkCardIndex:Integer RxQueueSize:Integer TxQueueSize:Integer
				SecondaryPrivateIpAddressCount:Integer SourceDestCheck:Boolean)`,
	},
	{
		name: "CreateInstance", write: true, do: createInstance,
		params: launchParams + `InstanceType! ClusterId InnerIpAddress NodeControllerId UseAdditionalService:Boolean VlanId
			SystemDisk.Size:Integer Tag:RepeatList(Key Value key value)
			DataDisk:RepeatList(Encrypted:Boolean ` + diskFields + `)`,
	},
	{
		name: "DescribeInstances", do: describeInstances,
		params: `RegionId! InstanceIds InstanceName InstanceType InstanceTypeFamily InstanceChargeType InstanceNetworkType InternetChargeType
			ImageId KeyPairName LockReason Status VpcId VSwitchId ZoneId SecurityGroupId ResourceGroupId HpcClusterId
			HttpTokens HttpEndpoint HttpPutResponseHopLimit:Integer Tag:RepeatList(Key Value key value)
			Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Filter.3.Key Filter.3.Value Filter.4.Key Filter.4.Value
			EipAddresses InnerIpAddresses PrivateIpAddresses PublicIpAddresses RdmaIpAddresses Ipv6Address:RepeatList
			DeviceAvailable:Boolean IoOptimized:Boolean NeedSaleCycle:Boolean DryRun:Boolean AdditionalAttributes:RepeatList
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
		on: onEach("instance", namedIn("InstanceIds")),
	},
	{
		name: "StartInstance", write: true, on: onInstance, do: startInstance,
		params: "InstanceId! InitLocalDisk:Boolean DryRun:Boolean",
	},
	{
		name: "StopInstance", write: true, on: onInstance, do: stopInstance,
		params: "InstanceId! ForceStop:Boolean StoppedMode=StopCharging|KeepCharging|Not-applicable ConfirmStop:Boolean Hibernate:Boolean DryRun:Boolean",
	},
	{
		name: "DeleteInstance", write: true, on: onInstance, do: deleteInstance,
		params: "InstanceId! Force:Boolean ForceStop:Boolean TerminateSubscription:Boolean DryRun:Boolean",
	},
	{
		name: "ModifyInstanceMetadataOptions", write: true, on: onInstance, do: modifyInstanceMetadataOptions,
		params: "RegionId! InstanceId HttpEndpoint! HttpTokens HttpPutResponseHopLimit:Integer InstanceMetadataTags",
	},
	{name: "DescribeRegions", do: describeRegions, params: "AcceptLanguage InstanceChargeType ResourceType"},
}

// instance finds the instance of a call. One that is too young is not seen.
func (q *rpcRequest) instance() (*instance, error) {
	i, ok := find(q, q.c.ecs.instances, q.str("InstanceId"))
	if !ok || !q.c.visible(&i.ecsResource) {
		return nil, refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	}
	q.touch(instanceKind, i.id)
	return i, nil
}

func runInstances(q *rpcRequest) (any, error) {
	if q.has("LaunchTemplateId") || q.has("LaunchTemplateName") {
		sent := q.params
		merged, err := q.withTemplate()
		if err != nil {
			return nil, err
		}
		q.params = merged
		defer func() { q.params = sent }() // the event has what was sent
	}
	ids, err := q.launch(q.num("Amount", 1), "Running")
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceIdSets": map[string]any{"InstanceIdSet": ids}, "OrderId": "", "TradePrice": 0}, nil
}

// createInstance makes one instance and leaves it stopped, unlike RunInstances.
func createInstance(q *rpcRequest) (any, error) {
	ids, err := q.launch(1, "Stopped")
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceId": ids[0], "OrderId": "", "TradePrice": 0}, nil
}

// instanceStatus: one that is written as Pending runs as soon as nothing is Busy any more.
func (c *Cloud) instanceStatus(i *instance) string {
	if i.status == "Pending" && !c.busyUntil.IsZero() {
		return c.status(i.created, "Pending", "Running")
	}
	return i.status
}

func (q *rpcRequest) launch(amount int, status string) ([]string, error) {
	model, err := q.launchModel(status)
	if err != nil {
		return nil, err
	}
	specs, err := q.launchDisks()
	if err != nil {
		return nil, err
	}
	if v := q.c.vpc.switchOf(q.region, model.vswitch); v != nil && v.free(q.c) < amount {
		return nil, refuse(403, "InvalidVSwitchId.IpNotEnough", "The specified VSwitch has not enough IP addresses.")
	}
	var ids []string
	for n := range amount {
		i := *model
		i.ecsResource = q.newResource("i", q.str("InstanceName"))
		switch {
		case i.name == "":
			i.name = i.id
		case amount > 1:
			i.name = fmt.Sprintf("%s%03d", i.name, n+1)
		}
		i.groups = slices.Clone(model.groups)
		if i.privateIP, err = q.privateAddress(&i, amount); err != nil {
			return nil, err
		}
		if i.bandwidth > 0 && status == "Running" { // RunInstances; CreateInstance leaves it to AllocatePublicIpAddress
			i.publicIP = q.c.publicAddress()
		}
		q.c.ecs.instances = append(q.c.ecs.instances, &i)
		q.addPrimary(&i)
		q.touch(instanceKind, i.id)
		ids = append(ids, i.id)
		for _, spec := range specs {
			d := *spec
			d.ecsResource = q.newResource("d", spec.name)
			d.tags = map[string]string{}
			d.instance, d.status, d.zone = i.id, "In_use", i.zone
			q.c.ecs.disks = append(q.c.ecs.disks, &d)
		}
	}
	return ids, nil
}

// privateAddress is the instance's first address: of its vSwitch, or of nothing
// in particular in the classic network.
func (q *rpcRequest) privateAddress(i *instance, amount int) (string, error) {
	v := q.c.vpc.switchOf(q.region, i.vswitch)
	if v == nil {
		return fmt.Sprintf("10.0.%d.%d", len(q.c.ecs.instances)/250, len(q.c.ecs.instances)%250+1), nil
	}
	wanted := ""
	if amount == 1 {
		wanted = q.orElse("PrivateIpAddress", q.str("NetworkInterface.1.PrimaryIpAddress"))
	}
	return v.address(q.c, wanted)
}

// launchModel checks what a launch asks for, but for the disks.
func (q *rpcRequest) launchModel(status string) (*instance, error) {
	i := &instance{
		status: status, image: q.str("ImageId"), kind: q.str("InstanceType"), keyPair: q.str("KeyPairName"), host: q.str("HostName"),
		vswitch: q.orElse("VSwitchId", q.str("NetworkInterface.1.VSwitchId")), zone: q.orElse("ZoneId", q.region+"-h"),
		tokens: q.str("HttpTokens"), endpoint: q.str("HttpEndpoint"), hopLimit: q.num("HttpPutResponseHopLimit", 0),
		ramRole: q.str("RamRoleName"), userData: q.str("UserData"), protected: q.is("DeletionProtection"),
		bandwidth: q.num("InternetMaxBandwidthOut", 0), charge: q.orElse("InternetChargeType", "PayByTraffic"),
	}
	switch {
	case i.image == "" && !q.has("ImageFamily"):
		return nil, missingInECS("ImageId")
	case i.kind == "":
		return nil, missingInECS("InstanceType")
	}
	if err := cmp.Or(checkMetadata(i.tokens, i.endpoint), checkUserData(i.userData)); err != nil {
		return nil, err
	}
	if i.vswitch != "" {
		vsw := q.c.vpc.switchOf(q.region, i.vswitch)
		if vsw == nil {
			return nil, refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.")
		}
		i.vpc, i.zone = vsw.vpc, vsw.zone
	}
	i.groups = slices.Concat(named("SecurityGroupId", "NetworkInterface.1.SecurityGroupId")(q),
		q.list("SecurityGroupIds"), q.list("NetworkInterface.1.SecurityGroupIds"))
	if len(i.groups) == 0 {
		return nil, missingInECS("SecurityGroupId")
	}
	for _, id := range i.groups {
		g, ok := find(q, q.c.ecs.groups, id)
		if !ok {
			return nil, refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
		}
		if i.vpc == "" {
			i.vpc = g.vpc
		}
		if g.vpc != i.vpc {
			return nil, refuse(400, "InvalidSecurityGroupId.NotVPC", "The specified security group is not in the instance's VPC.")
		}
	}
	if i.vswitch == "" {
		i.vswitch = q.usualVSwitch(i)
	}
	return i, nil
}

// usualVSwitch is the one that an instance gets when the call names none.
func (q *rpcRequest) usualVSwitch(i *instance) string {
	for _, v := range q.c.vpc.switches {
		if v.vpc == i.vpc && v.zone == i.zone && v.region == q.region {
			return v.id
		}
	}
	return ""
}

// launchDisks reads the system disk and the data disks of a launch.
func (q *rpcRequest) launchDisks() ([]*disk, error) {
	system := fieldsOf{}
	for _, f := range []string{"Category", "Size", "DiskName", "Description", "Encrypted", "KMSKeyId", "PerformanceLevel"} {
		system[f] = q.str("SystemDisk." + f)
	}
	first, err := q.newDisk(system, "system", 40)
	if err != nil {
		return nil, err
	}
	first.device, first.withInstance = "/dev/xvda", true
	disks := []*disk{first}
	for n, item := range q.items("DataDisk") {
		if item["Size"] == "" && item["SnapshotId"] == "" {
			return nil, refuse(400, "InvalidDataDiskSize.ValueNotSupported", "The specified DataDisk.%d.Size beyond the permitted range.", n+1)
		}
		d, err := q.newDisk(item, "data", 40)
		if err != nil {
			return nil, err
		}
		d.device, d.withInstance = fmt.Sprintf("/dev/xvd%c", 'b'+n), item["DeleteWithInstance"] != "false"
		disks = append(disks, d)
	}
	return disks, nil
}

func checkMetadata(tokens, endpoint string) error {
	if endpoint != "" && endpoint != "enabled" && endpoint != "disabled" {
		return refuse(400, "InvalidHttpEndpoint.NotSupported", "The specified HttpEndpoint not supported, you can use enabled(default) or disabled.")
	}
	if tokens != "" && tokens != "optional" && tokens != "required" {
		return refuse(400, "InvalidHttpTokens.NotSupported", "The specified HttpTokens not supported, you can use optional(default) or required.")
	}
	return nil
}

// modifyInstanceMetadataOptions sets what is left out to its documented
// default, so a caller that names only one of the two changes the other.
func modifyInstanceMetadataOptions(q *rpcRequest) (any, error) {
	if !q.has("InstanceId") {
		return nil, missingInECS("InstanceId")
	}
	if err := checkMetadata(q.str("HttpTokens"), q.str("HttpEndpoint")); err != nil {
		return nil, err
	}
	if n := q.num("HttpPutResponseHopLimit", 1); n < 1 || n > 64 {
		return nil, refuse(400, "InvalidHttpPutResponseHopLimit.NotSupported",
			"The specified HttpPutResponseHopLimit not supported, more than 1 and less than 64 is reasonable.")
	}
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	i.endpoint, i.tokens = q.str("HttpEndpoint"), q.orElse("HttpTokens", "optional")
	i.hopLimit = q.num("HttpPutResponseHopLimit", i.hopLimit)
	return done()
}

func startInstance(q *rpcRequest) (any, error) { return q.changeStatus("Stopped", "Running") }

func stopInstance(q *rpcRequest) (any, error) { return q.changeStatus("Running", "Stopped") }

func (q *rpcRequest) changeStatus(from, to string) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if i.status != from {
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	i.status = to
	return done()
}

// deleteInstance releases the instance, and the disks that go with it.
func deleteInstance(q *rpcRequest) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if err := q.releasable(i); err != nil {
		return nil, err
	}
	q.releaseInstance(i)
	return done()
}

// releasable says why an instance cannot be released now.
func (q *rpcRequest) releasable(i *instance) error {
	switch {
	case i.protected:
		return refuse(403, "InvalidOperation.DeletionProtection", "The operation is not allowed because deletion protection is enabled for the instance.")
	case i.status != "Stopped" && !q.is("Force"):
		return refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return nil
}

// releaseInstance takes along what goes with the instance.
func (q *rpcRequest) releaseInstance(i *instance) {
	q.c.ecs.instances = without(q.c.ecs.instances, i.id)
	q.c.releaseEIPsOf(i.id)
	for _, n := range slices.Clone(q.c.ecs.nics) {
		switch {
		case n.instance != i.id:
		case n.primary || !n.keep:
			q.c.releaseEIPsOf(n.id)
			q.c.ecs.nics = without(q.c.ecs.nics, n.id)
		default:
			n.instance = ""
		}
	}
	for _, d := range slices.Clone(q.c.ecs.disks) {
		if d.instance != i.id {
			continue
		}
		if d.withInstance {
			q.c.ecs.disks = without(q.c.ecs.disks, d.id)
			continue
		}
		d.instance, d.device, d.status = "", "", "Available"
	}
}

func describeInstances(q *rpcRequest) (any, error) {
	ids, err := q.jsonList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	addresses := map[string][]string{}
	for _, name := range []string{"PrivateIpAddresses", "PublicIpAddresses", "EipAddresses"} {
		if addresses[name], err = q.jsonList(name, 100); err != nil {
			return nil, err
		}
	}
	kept := within(q, q.c.ecs.instances, func(i *instance) bool {
		return q.c.visible(&i.ecsResource) && (ids == nil || slices.Contains(ids, i.id)) && i.hasTags(q) &&
			q.matches("InstanceName", i.name) && q.matches("InstanceType", i.kind) && q.matches("ImageId", i.image) &&
			q.matches("InstanceNetworkType", i.network()) && q.matches("Status", q.c.instanceStatus(i)) && q.matches("ZoneId", i.zone) && q.matches("VpcId", i.vpc) && q.matches("VSwitchId", i.vswitch) &&
			q.matches("KeyPairName", i.keyPair) && q.matches("HttpTokens", i.tokens) && q.matches("HttpEndpoint", i.endpoint) &&
			(!q.has("SecurityGroupId") || slices.Contains(i.groups, q.str("SecurityGroupId"))) && q.hasAddress(i, addresses)
	})
	page, answer, err := anyPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, i := range page {
		views = append(views, q.instanceView(i))
	}
	answer["Instances"] = map[string]any{"Instance": views}
	return answer, nil
}

// hasAddress says whether an instance has one of each sort of addresses asked for.
func (q *rpcRequest) hasAddress(i *instance, asked map[string][]string) bool {
	elastic := ""
	if e := q.c.eipOn(i.id, ""); e != nil {
		elastic = e.address
	}
	have := map[string]string{"PrivateIpAddresses": i.privateIP, "PublicIpAddresses": i.publicIP, "EipAddresses": elastic}
	for name, addresses := range asked {
		if addresses != nil && !slices.Contains(addresses, have[name]) {
			return false
		}
	}
	return true
}

func (q *rpcRequest) instanceView(i *instance) map[string]any {
	public := []string{}
	if i.publicIP != "" {
		public = append(public, i.publicIP)
	}
	metadata := map[string]any{"HttpTokens": i.tokens, "HttpEndpoint": i.endpoint}
	if i.hopLimit > 0 {
		metadata["HttpPutResponseHopLimit"] = i.hopLimit
	}
	return map[string]any{
		"InstanceId": i.id, "InstanceName": i.name, "Description": i.description, "Status": q.c.instanceStatus(i), "RegionId": i.region, "ZoneId": i.zone,
		"ImageId": i.image, "InstanceType": i.kind, "HostName": i.host, "KeyPairName": i.keyPair, "ResourceGroupId": "",
		"CreationTime": minute(i.created), "StartTime": minute(i.created.Add(time.Second)), "InstanceTypeFamily": familyOf(i.kind),
		"InternetMaxBandwidthOut": i.bandwidth, "InternetMaxBandwidthIn": max(i.bandwidth, 10), "InternetChargeType": i.charge,
		"ExpiredTime": "2099-12-31T15:59Z", "InstanceChargeType": "PostPaid", "InstanceNetworkType": i.network(), "OSType": "linux",
		"Cpu": 2, "Memory": 4096, "IoOptimized": true, "DeletionProtection": i.protected, "StoppedMode": "Not-applicable",
		"SecurityGroupIds": map[string]any{"SecurityGroupId": i.groups},
		"PublicIpAddress":  map[string]any{"IpAddress": public},
		"InnerIpAddress":   map[string]any{"IpAddress": []string{}},
		"EipAddress":       q.eipOf(i),
		"VpcAttributes": map[string]any{
			"VpcId": i.vpc, "VSwitchId": i.vswitch, "NatIpAddress": "", "PrivateIpAddress": map[string]any{"IpAddress": []string{i.privateIP}},
		},
		"NetworkInterfaces": map[string]any{"NetworkInterface": q.nicViews(i)},
		"MetadataOptions":   metadata,
		"OperationLocks":    map[string]any{"LockReason": []any{}},
		"Tags":              map[string]any{"Tag": tagViews(i.tags, "TagKey", "TagValue")},
	}
}

func (i *instance) network() string {
	if i.vpc == "" {
		return "classic"
	}
	return "vpc"
}

func describeRegions(q *rpcRequest) (any, error) {
	views := []any{}
	for _, r := range regions {
		views = append(views, map[string]any{
			"RegionId": r, "LocalName": r, "RegionEndpoint": endpointOf("ecs", r), "Status": "available",
		})
	}
	return map[string]any{"Regions": map[string]any{"Region": views}}, nil
}
