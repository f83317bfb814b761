package ecs

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// instance is a virtual machine. tokens and endpoint are what was asked for
// the metadata service; they stay empty when nothing was asked.
type instance struct {
	kernel.Resource
	status, image, Kind, zone, vswitch, vpc, host, keyPair string
	tokens, endpoint                                       string
	hopLimit                                               int
	groups                                                 []string
	PrivateIP, PublicIP, ramRole, charge, userData         string
	bandwidth                                              int // of the public address
	protected                                              bool
	fresh                                                  bool       // loaded as new
	Listening                                              []openPort // in the guest
}

var onInstance = onEach("instance", kernel.Named("InstanceId"))

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

var instanceActions = []action{
	{
		Name: "RunInstances", Write: true, Do: runInstances,
		Params: launchParams + `InstanceType Amount:Integer=1..100 MinAmount:Integer=1..100 UniqueSuffix:Boolean
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
		Name: "CreateInstance", Write: true, Do: createInstance,
		Params: launchParams + `InstanceType! ClusterId InnerIpAddress NodeControllerId UseAdditionalService:Boolean VlanId
			SystemDisk.Size:Integer Tag:RepeatList(Key Value key value)
			DataDisk:RepeatList(Encrypted:Boolean ` + diskFields + `)`,
	},
	{
		Name: "DescribeInstances", Do: describeInstances,
		Params: `RegionId! InstanceIds InstanceName InstanceType InstanceTypeFamily InstanceChargeType InstanceNetworkType InternetChargeType
			ImageId KeyPairName LockReason Status VpcId VSwitchId ZoneId SecurityGroupId ResourceGroupId HpcClusterId
			HttpTokens HttpEndpoint HttpPutResponseHopLimit:Integer Tag:RepeatList(Key Value key value)
			Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Filter.3.Key Filter.3.Value Filter.4.Key Filter.4.Value
			EipAddresses InnerIpAddresses PrivateIpAddresses PublicIpAddresses RdmaIpAddresses Ipv6Address:RepeatList
			DeviceAvailable:Boolean IoOptimized:Boolean NeedSaleCycle:Boolean DryRun:Boolean AdditionalAttributes:RepeatList
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
		On: onEach("instance", kernel.NamedIn("InstanceIds")),
	},
	{
		Name: "StartInstance", Write: true, On: onInstance, Do: startInstance,
		Params: "InstanceId! InitLocalDisk:Boolean DryRun:Boolean",
	},
	{
		Name: "StopInstance", Write: true, On: onInstance, Do: stopInstance,
		Params: "InstanceId! ForceStop:Boolean StoppedMode=StopCharging|KeepCharging|Not-applicable ConfirmStop:Boolean Hibernate:Boolean DryRun:Boolean",
	},
	{
		Name: "DeleteInstance", Write: true, On: onInstance, Do: deleteInstance,
		Params: "InstanceId! Force:Boolean ForceStop:Boolean TerminateSubscription:Boolean DryRun:Boolean",
	},
	{
		Name: "ModifyInstanceMetadataOptions", Write: true, On: onInstance, Do: modifyInstanceMetadataOptions,
		Params: "RegionId! InstanceId HttpEndpoint! HttpTokens HttpPutResponseHopLimit:Integer InstanceMetadataTags",
	},
	{Name: "DescribeRegions", Do: describeRegions, Params: "AcceptLanguage InstanceChargeType ResourceType"},
}

// instance finds the instance of a call. One that is too young is not seen.
func (q *request) instance() (*instance, error) {
	i, ok := kernel.Find(q.Request, q.c.Instances, q.Str("InstanceId"))
	if !ok || !q.c.Visible(&i.Resource) {
		return nil, kernel.Refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	}
	q.Touch(kernel.InstanceKind, i.ID)
	return i, nil
}

func runInstances(q *request) (any, error) {
	if q.Has("LaunchTemplateId") || q.Has("LaunchTemplateName") {
		sent := q.Params
		merged, err := q.withTemplate()
		if err != nil {
			return nil, err
		}
		q.Params = merged
		defer func() { q.Params = sent }() // the event has what was sent
	}
	ids, err := q.launch(q.Num("Amount", 1), "Running")
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceIdSets": map[string]any{"InstanceIdSet": ids}, "OrderId": "", "TradePrice": 0}, nil
}

// createInstance makes one instance and leaves it stopped, unlike RunInstances.
func createInstance(q *request) (any, error) {
	ids, err := q.launch(1, "Stopped")
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceId": ids[0], "OrderId": "", "TradePrice": 0}, nil
}

// instanceStatus: one that is written as Pending runs as soon as nothing is Busy any more.
func (c *Service) instanceStatus(i *instance) string {
	if i.status == "Pending" && !c.BusyUntil.IsZero() {
		return c.Status(i.Created, "Pending", "Running")
	}
	return i.status
}

func (q *request) launch(amount int, status string) ([]string, error) {
	model, err := q.launchModel(status)
	if err != nil {
		return nil, err
	}
	specs, err := q.launchDisks()
	if err != nil {
		return nil, err
	}
	if v := q.c.vpc.SwitchOf(q.Region, model.vswitch); v != nil && v.Free(q.c.vpc) < amount {
		return nil, kernel.Refuse(403, "InvalidVSwitchId.IpNotEnough", "The specified VSwitch has not enough IP addresses.")
	}
	var ids []string
	for n := range amount {
		i := *model
		i.Resource = q.NewResource("i", q.Str("InstanceName"))
		switch {
		case i.Name == "":
			i.Name = i.ID
		case amount > 1:
			i.Name = fmt.Sprintf("%s%03d", i.Name, n+1)
		}
		i.groups = slices.Clone(model.groups)
		if i.PrivateIP, err = q.privateAddress(&i, amount); err != nil {
			return nil, err
		}
		if i.bandwidth > 0 && status == "Running" { // RunInstances; CreateInstance leaves it to AllocatePublicIpAddress
			i.PublicIP = q.c.vpc.PublicAddress()
		}
		q.c.Instances = append(q.c.Instances, &i)
		q.addPrimary(&i)
		q.Touch(kernel.InstanceKind, i.ID)
		ids = append(ids, i.ID)
		for _, spec := range specs {
			d := *spec
			d.Resource = q.NewResource("d", spec.Name)
			d.Tags = map[string]string{}
			d.instance, d.status, d.zone = i.ID, "In_use", i.zone
			q.c.disks = append(q.c.disks, &d)
		}
	}
	return ids, nil
}

// privateAddress is the instance's first address: of its vSwitch, or of nothing
// in particular in the classic network.
func (q *request) privateAddress(i *instance, amount int) (string, error) {
	v := q.c.vpc.SwitchOf(q.Region, i.vswitch)
	if v == nil {
		return fmt.Sprintf("10.0.%d.%d", len(q.c.Instances)/250, len(q.c.Instances)%250+1), nil
	}
	wanted := ""
	if amount == 1 {
		wanted = q.OrElse("PrivateIpAddress", q.Str("NetworkInterface.1.PrimaryIpAddress"))
	}
	return v.Address(q.c.vpc, wanted)
}

// launchModel checks what a launch asks for, but for the disks.
func (q *request) launchModel(status string) (*instance, error) {
	i := &instance{
		status: status, image: q.Str("ImageId"), Kind: q.Str("InstanceType"), keyPair: q.Str("KeyPairName"), host: q.Str("HostName"),
		vswitch: q.OrElse("VSwitchId", q.Str("NetworkInterface.1.VSwitchId")), zone: q.OrElse("ZoneId", q.Region+"-h"),
		tokens: q.Str("HttpTokens"), endpoint: q.Str("HttpEndpoint"), hopLimit: q.Num("HttpPutResponseHopLimit", 0),
		ramRole: q.Str("RamRoleName"), userData: q.Str("UserData"), protected: q.Is("DeletionProtection"),
		bandwidth: q.Num("InternetMaxBandwidthOut", 0), charge: q.OrElse("InternetChargeType", "PayByTraffic"),
	}
	switch {
	case i.image == "" && !q.Has("ImageFamily"):
		return nil, kernel.MissingInECS("ImageId")
	case i.Kind == "":
		return nil, kernel.MissingInECS("InstanceType")
	}
	if err := cmp.Or(checkMetadata(i.tokens, i.endpoint), checkUserData(i.userData)); err != nil {
		return nil, err
	}
	if i.vswitch != "" {
		vsw := q.c.vpc.SwitchOf(q.Region, i.vswitch)
		if vsw == nil {
			return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.")
		}
		i.vpc, i.zone = vsw.VPC, vsw.Zone
	}
	i.groups = slices.Concat(kernel.Named("SecurityGroupId", "NetworkInterface.1.SecurityGroupId")(q.Request),
		q.List("SecurityGroupIds"), q.List("NetworkInterface.1.SecurityGroupIds"))
	if len(i.groups) == 0 {
		return nil, kernel.MissingInECS("SecurityGroupId")
	}
	for _, id := range i.groups {
		g, ok := kernel.Find(q.Request, q.c.Groups, id)
		if !ok {
			return nil, kernel.Refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
		}
		if i.vpc == "" {
			i.vpc = g.vpc
		}
		if g.vpc != i.vpc {
			return nil, kernel.Refuse(400, "InvalidSecurityGroupId.NotVPC", "The specified security group is not in the instance's VPC.")
		}
	}
	if i.vswitch == "" {
		i.vswitch = q.usualVSwitch(i)
	}
	return i, nil
}

// usualVSwitch is the one that an instance gets when the call names none.
func (q *request) usualVSwitch(i *instance) string {
	for _, v := range q.c.vpc.Switches {
		if v.VPC == i.vpc && v.Zone == i.zone && v.Region == q.Region {
			return v.ID
		}
	}
	return ""
}

// launchDisks reads the system disk and the data disks of a launch.
func (q *request) launchDisks() ([]*disk, error) {
	system := kernel.FieldsOf{}
	for _, f := range []string{"Category", "Size", "DiskName", "Description", "Encrypted", "KMSKeyId", "PerformanceLevel"} {
		system[f] = q.Str("SystemDisk." + f)
	}
	first, err := q.newDisk(system, "system", 40)
	if err != nil {
		return nil, err
	}
	first.device, first.withInstance = "/dev/xvda", true
	disks := []*disk{first}
	for n, item := range q.Items("DataDisk") {
		if item["Size"] == "" && item["SnapshotId"] == "" {
			return nil, kernel.Refuse(400, "InvalidDataDiskSize.ValueNotSupported", "The specified DataDisk.%d.Size beyond the permitted range.", n+1)
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
		return kernel.Refuse(400, "InvalidHttpEndpoint.NotSupported", "The specified HttpEndpoint not supported, you can use enabled(default) or disabled.")
	}
	if tokens != "" && tokens != "optional" && tokens != "required" {
		return kernel.Refuse(400, "InvalidHttpTokens.NotSupported", "The specified HttpTokens not supported, you can use optional(default) or required.")
	}
	return nil
}

// modifyInstanceMetadataOptions sets what is left out to its documented
// default, so a caller that names only one of the two changes the other.
func modifyInstanceMetadataOptions(q *request) (any, error) {
	if !q.Has("InstanceId") {
		return nil, kernel.MissingInECS("InstanceId")
	}
	if err := checkMetadata(q.Str("HttpTokens"), q.Str("HttpEndpoint")); err != nil {
		return nil, err
	}
	if n := q.Num("HttpPutResponseHopLimit", 1); n < 1 || n > 64 {
		return nil, kernel.Refuse(400, "InvalidHttpPutResponseHopLimit.NotSupported",
			"The specified HttpPutResponseHopLimit not supported, more than 1 and less than 64 is reasonable.")
	}
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	i.endpoint, i.tokens = q.Str("HttpEndpoint"), q.OrElse("HttpTokens", "optional")
	i.hopLimit = q.Num("HttpPutResponseHopLimit", i.hopLimit)
	return kernel.Done()
}

func startInstance(q *request) (any, error) { return q.changeStatus("Stopped", "Running") }

func stopInstance(q *request) (any, error) { return q.changeStatus("Running", "Stopped") }

func (q *request) changeStatus(from, to string) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if i.status != from {
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	i.status = to
	return kernel.Done()
}

// deleteInstance releases the instance, and the disks that go with it.
func deleteInstance(q *request) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if err := q.releasable(i); err != nil {
		return nil, err
	}
	q.releaseInstance(i)
	return kernel.Done()
}

// releasable says why an instance cannot be released now.
func (q *request) releasable(i *instance) error {
	switch {
	case i.protected:
		return kernel.Refuse(403, "InvalidOperation.DeletionProtection", "The operation is not allowed because deletion protection is enabled for the instance.")
	case i.status != "Stopped" && !q.Is("Force"):
		return kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return nil
}

// releaseInstance takes along what goes with the instance.
func (q *request) releaseInstance(i *instance) {
	q.c.Instances = kernel.Without(q.c.Instances, i.ID)
	q.c.vpc.ReleaseEIPsOf(i.ID)
	for _, n := range slices.Clone(q.c.NICs) {
		switch {
		case n.instance != i.ID:
		case n.primary || !n.keep:
			q.c.vpc.ReleaseEIPsOf(n.ID)
			q.c.NICs = kernel.Without(q.c.NICs, n.ID)
		default:
			n.instance = ""
		}
	}
	for _, d := range slices.Clone(q.c.disks) {
		if d.instance != i.ID {
			continue
		}
		if d.withInstance {
			q.c.disks = kernel.Without(q.c.disks, d.ID)
			continue
		}
		d.instance, d.device, d.status = "", "", "Available"
	}
}

func describeInstances(q *request) (any, error) {
	ids, err := q.JSONList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	addresses := map[string][]string{}
	for _, name := range []string{"PrivateIpAddresses", "PublicIpAddresses", "EipAddresses"} {
		if addresses[name], err = q.JSONList(name, 100); err != nil {
			return nil, err
		}
	}
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool {
		return q.c.Visible(&i.Resource) && (ids == nil || slices.Contains(ids, i.ID)) && i.HasTags(q.Request) &&
			q.Matches("InstanceName", i.Name) && q.Matches("InstanceType", i.Kind) && q.Matches("ImageId", i.image) &&
			q.Matches("InstanceNetworkType", i.network()) && q.Matches("Status", q.c.instanceStatus(i)) && q.Matches("ZoneId", i.zone) && q.Matches("VpcId", i.vpc) && q.Matches("VSwitchId", i.vswitch) &&
			q.Matches("KeyPairName", i.keyPair) && q.Matches("HttpTokens", i.tokens) && q.Matches("HttpEndpoint", i.endpoint) &&
			(!q.Has("SecurityGroupId") || slices.Contains(i.groups, q.Str("SecurityGroupId"))) && q.hasAddress(i, addresses)
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
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
func (q *request) hasAddress(i *instance, asked map[string][]string) bool {
	elastic := ""
	if e := q.c.vpc.EIPOn(i.ID, ""); e != nil {
		elastic = e.Address
	}
	have := map[string]string{"PrivateIpAddresses": i.PrivateIP, "PublicIpAddresses": i.PublicIP, "EipAddresses": elastic}
	for name, addresses := range asked {
		if addresses != nil && !slices.Contains(addresses, have[name]) {
			return false
		}
	}
	return true
}

func (q *request) instanceView(i *instance) map[string]any {
	public := []string{}
	if i.PublicIP != "" {
		public = append(public, i.PublicIP)
	}
	metadata := map[string]any{"HttpTokens": i.tokens, "HttpEndpoint": i.endpoint}
	if i.hopLimit > 0 {
		metadata["HttpPutResponseHopLimit"] = i.hopLimit
	}
	return map[string]any{
		"InstanceId": i.ID, "InstanceName": i.Name, "Description": i.Description, "Status": q.c.instanceStatus(i), "RegionId": i.Region, "ZoneId": i.zone,
		"ImageId": i.image, "InstanceType": i.Kind, "HostName": i.host, "KeyPairName": i.keyPair, "ResourceGroupId": "",
		"CreationTime": minute(i.Created), "StartTime": minute(i.Created.Add(time.Second)), "InstanceTypeFamily": familyOf(i.Kind),
		"InternetMaxBandwidthOut": i.bandwidth, "InternetMaxBandwidthIn": max(i.bandwidth, 10), "InternetChargeType": i.charge,
		"ExpiredTime": "2099-12-31T15:59Z", "InstanceChargeType": "PostPaid", "InstanceNetworkType": i.network(), "OSType": "linux",
		"Cpu": 2, "Memory": 4096, "IoOptimized": true, "DeletionProtection": i.protected, "StoppedMode": "Not-applicable",
		"SecurityGroupIds": map[string]any{"SecurityGroupId": i.groups},
		"PublicIpAddress":  map[string]any{"IpAddress": public},
		"InnerIpAddress":   map[string]any{"IpAddress": []string{}},
		"EipAddress":       q.eipOf(i),
		"VpcAttributes": map[string]any{
			"VpcId": i.vpc, "VSwitchId": i.vswitch, "NatIpAddress": "", "PrivateIpAddress": map[string]any{"IpAddress": []string{i.PrivateIP}},
		},
		"NetworkInterfaces": map[string]any{"NetworkInterface": q.nicViews(i)},
		"MetadataOptions":   metadata,
		"OperationLocks":    map[string]any{"LockReason": []any{}},
		"Tags":              map[string]any{"Tag": kernel.TagViews(i.Tags, "TagKey", "TagValue")},
	}
}

func (i *instance) network() string {
	if i.vpc == "" {
		return "classic"
	}
	return "vpc"
}

func describeRegions(q *request) (any, error) {
	views := []any{}
	for _, r := range kernel.Regions {
		views = append(views, map[string]any{
			"RegionId": r, "LocalName": r, "RegionEndpoint": kernel.EndpointOf("ecs", r), "Status": "available",
		})
	}
	return map[string]any{"Regions": map[string]any{"Region": views}}, nil
}
