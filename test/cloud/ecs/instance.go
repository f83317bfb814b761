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
// hopLimit is 0 where none was asked for, and then it is not answered at all. Not kept: what
// cannot be read back through an API that ecsguard calls (passwords, spot prices, CPU options),
// and anything that runs in the guest, but for Listening.
type instance struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Zone            string     `yaml:"zone,omitempty"`
	VPC             string     `yaml:"vpc,omitempty"`               // default vpc-1; a document says classic for none
	VSwitch         string     `yaml:"vswitch,omitempty"`           // default vsw-1 in its VPC and zone; a document says none for none
	PrivateIP       string     `yaml:"private-ip,omitempty"`        // default a free one
	Interface       string     `yaml:"network-interface,omitempty"` // the primary one; default "eni-" and the id
	Status          string     `yaml:"status,omitempty"`            // default Running
	Image           string     `yaml:"image,omitempty"`
	Kind            string     `yaml:"type,omitempty"` // default ecs.g7.large
	OS              string     `yaml:"os,omitempty"`   // windows; default linux
	KeyPair         string     `yaml:"key-pair,omitempty"`
	NonRoot         bool       `yaml:"login-as-non-root,omitempty"`
	RAMRole         string     `yaml:"ram-role,omitempty"`
	Protected       bool       `yaml:"deletion-protection,omitempty"`
	HTTPTokens      string     `yaml:"http-tokens,omitempty"`
	HTTPEndpoint    string     `yaml:"http-endpoint,omitempty"`
	PublicIP        string     `yaml:"public-ip,omitempty"`
	UserData        string     `yaml:"user-data,omitempty"` // in Base64
	Bandwidth       int        `yaml:"bandwidth,omitempty"` // of the public address; default 5 where there is one
	SecurityGroups  []string   `yaml:"security-groups,omitempty"`
	New             bool       `yaml:"new,omitempty"`                         // made a minute ago; default a day
	Started         string     `yaml:"started,omitempty"`                     // the last time; default when it was made
	Listening       []openPort `yaml:"listening,omitempty" dump:"after tags"` // in the guest, as Security Center's agent found it
	DaysAgo         int        `yaml:"created-days-ago,omitempty"`            // when it was made; default one
	Agent           *agent     `yaml:"cloud-assistant,omitempty" dump:"after tags"`
	Disks           []*disk    `yaml:"disks,omitempty" dump:"after tags"` // of a document only: Complete moves them to the table

	host, charge string
	hopLimit     int
	started      time.Time // zero: when it was made
}

var instanceRows = kernel.Kind{Key: "instances", Prefix: "i", Tagged: "instance", Type: kernel.InstanceKind}

// What an instance is of when a document does not say.
const (
	usualImage = "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd"
	usualType  = "ecs.g7.large"
)

// The VPC's default has to come before usualVSwitch looks at it. HTTPTokens and HTTPEndpoint have
// none: an instance for which nobody chose answers empty text, and that is how one finds machines
// on which the old metadata service is still open.
func (i *instance) Defaults(c *Service) {
	i.Zone, i.VPC, i.Status = cmp.Or(i.Zone, i.Region+"-h"), cmp.Or(i.VPC, "vpc-1"), cmp.Or(i.Status, "Running")
	i.VSwitch = cmp.Or(i.VSwitch, c.usualVSwitch(i))
	i.Image, i.Kind = cmp.Or(i.Image, usualImage), cmp.Or(i.Kind, usualType)
	i.Interface = cmp.Or(i.Interface, "eni-"+i.ID)
	if i.PublicIP != "" {
		i.Bandwidth = cmp.Or(i.Bandwidth, 5)
	}
	for n := range i.Listening {
		p := &i.Listening[n]
		p.Bind, p.Protocol = cmp.Or(p.Bind, "0.0.0.0"), cmp.Or(p.Protocol, "tcp")
	}
}

// usualVSwitch is the default network's, for what is in its VPC and zone.
func (c *Service) usualVSwitch(i *instance) string {
	if i.VPC == "vpc-1" && i.Region == c.Region && i.Zone == c.Region+"-h" {
		return "vsw-1"
	}
	return ""
}

// Complete gives the instance what it cannot be without, and takes out the disks that the
// document writes within it: a disk stands in one place.
// The words classic and none, which stand for no network, become empty here, and Abridged writes
// them again.
func (i *instance) Complete(l *kernel.Loader, c *Service) error {
	i.VPC, i.VSwitch = kernel.Unless(i.VPC, "classic"), kernel.Unless(i.VSwitch, "none")
	i.PrivateIP, i.charge = cmp.Or(i.PrivateIP, c.loading.freeIP()), "PayByTraffic"
	if i.Started != "" {
		at, err := time.Parse(time.RFC3339, i.Started)
		if err != nil {
			return err
		}
		i.started = at
	}
	if i.New {
		i.Created = c.Clock().Add(-time.Minute)
	}
	if i.DaysAgo > 0 {
		i.Created = c.Clock().AddDate(0, 0, -i.DaysAgo)
	}
	if err := i.loadPrimary(l, c); err != nil {
		return err
	}
	for n, d := range i.Disks {
		d.Instance = i.ID
		if err := kernel.LoadRow(l, c, diskRows, d); err != nil {
			return kernel.At(err, ".disks[%d]", n)
		}
	}
	c.loading.disks, i.Disks = append(c.loading.disks, i.Disks...), nil
	return nil
}

// Security groups are loaded before instances. That all of them are in the instance's VPC is not
// asked of a document.
func (i *instance) Check(c *Service) error {
	for _, p := range i.Listening {
		if p.Port < 1 || p.Port > 65535 {
			return fmt.Errorf("no port %d", p.Port)
		}
	}
	if !slices.Contains([]string{"Pending", "Starting", "Running", "Stopping", "Stopped"}, i.Status) {
		return fmt.Errorf("status %q does not exist", i.Status)
	}
	if i.OS != "" && i.OS != "linux" && i.OS != "windows" {
		return fmt.Errorf("os is %q, not linux or windows", i.OS)
	}
	for _, id := range i.SecurityGroups {
		if _, ok := kernel.FindIn(i.Region, c.Groups, id); !ok {
			return fmt.Errorf("no security group %q", id)
		}
	}
	return cmp.Or(checkMetadata(i.HTTPTokens, i.HTTPEndpoint), checkUserData(i.UserData))
}

// Abridged names the networks that have no id.
func (i *instance) Abridged(c *Service) *instance {
	short := *i
	if short.VPC = cmp.Or(i.VPC, "classic"); i.VSwitch == "" && c.usualVSwitch(i) != "" {
		short.VSwitch = "none"
	}
	return &short
}

var onInstance = onEach("instance", kernel.Named("InstanceId"))

const (
	// Of a data disk in either call. They differ in the type of Encrypted, which each adds.
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

// Version 2014-05-26. Parameters are those of the reference, with its types: what is sent and is
// not in the list is refused by name in tests, where the real gateway ignores it, so that a
// misspelled parameter is found here. Those that change nothing that is kept are accepted
// (passwords, spot and subscription terms); DryRun is the kernel's.
var instanceActions = []action{
	{
		// Amount and MinAmount are 1 to 100. Instances run at once, and a public address comes
		// with InternetMaxBandwidthOut above 0.
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
		// The older call: one instance, stopped, with tags also under the names of the first
		// version (key, value in small letters).
		Name: "CreateInstance", Write: true, Do: createInstance,
		Params: launchParams + `InstanceType! ClusterId InnerIpAddress NodeControllerId UseAdditionalService:Boolean VlanId
			SystemDisk.Size:Integer Tag:RepeatList(Key Value key value)
			DataDisk:RepeatList(Encrypted:Boolean ` + diskFields + `)`,
	},
	{
		// Ids and addresses come as a JSON array in text, at most 100 of each.
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
		// StoppedMode is taken and not kept: the answer has Not-applicable always.
		Name: "StopInstance", Write: true, On: onInstance, Do: stopInstance,
		Params: "InstanceId! ForceStop:Boolean StoppedMode=StopCharging|KeepCharging|Not-applicable ConfirmStop:Boolean Hibernate:Boolean DryRun:Boolean",
	},
	{
		// Force releases one that runs. Instances that are paid for in advance
		// (TerminateSubscription) do not exist here.
		Name: "DeleteInstance", Write: true, On: onInstance, Do: deleteInstance,
		Params: "InstanceId! Force:Boolean ForceStop:Boolean TerminateSubscription:Boolean DryRun:Boolean",
	},
	{
		// It works on instances that run, without a restart; what uses the old service within the
		// guest fails from then on.
		Name: "ModifyInstanceMetadataOptions", Write: true, On: onInstance, Do: modifyInstanceMetadataOptions,
		Params: "RegionId! InstanceId HttpEndpoint! HttpTokens HttpPutResponseHopLimit:Integer InstanceMetadataTags",
	},
	{Name: "DescribeRegions", Do: describeRegions, Params: "AcceptLanguage InstanceChargeType ResourceType"},
}

// instance finds the instance of a call. One that is too young is not seen.
// InvalidInstanceId.NotFound is the code for an id that is malformed, of another region, or gone.
func (q *request) instance() (*instance, error) {
	i, ok := kernel.Find(q.Request, q.c.Instances, q.Str("InstanceId"))
	if !ok || !q.c.Visible(&i.Resource) {
		return nil, kernel.Refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	}
	q.Touch(kernel.InstanceKind, i.ID)
	return i, nil
}

// instanceStatus: one that is written as Pending runs as soon as nothing is Busy any more.
// BusyUntil is a fault that a test asks for; without it a Pending of a document stays Pending.
func (c *Service) instanceStatus(i *instance) string {
	if i.Status == "Pending" && !c.BusyUntil.IsZero() {
		return c.Status(i.Created, "Pending", "Running")
	}
	return i.Status
}

// Both are optional: empty is not checked and means that nothing was asked. The texts are the
// reference's.
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
// HttpEndpoint is required for the same reason. InstanceId is checked by hand: the reference has
// it as optional, and the real call fails without it.
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
	i.HTTPEndpoint, i.HTTPTokens = q.Str("HttpEndpoint"), q.OrElse("HttpTokens", "optional")
	i.hopLimit = q.Num("HttpPutResponseHopLimit", i.hopLimit)
	return kernel.Done()
}

// There is no Starting or Stopping on the way, as a test would only wait for it; clients that poll
// see the end at once.
// What has started writes on its disks.
func startInstance(q *request) (any, error) {
	answer, err := q.changeStatus("Stopped", "Running")
	if err != nil {
		return nil, err
	}
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	i.started, i.Started = q.c.Clock(), ""
	for _, d := range q.c.Disks {
		if d.Instance == i.ID {
			d.write()
		}
	}
	return answer, nil
}

func stopInstance(q *request) (any, error) { return q.changeStatus("Running", "Stopped") }

// To start what runs is an error, as it is in the real service, and not an empty success.
func (q *request) changeStatus(from, to string) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if q.c.instanceStatus(i) != from {
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	if i.Status = to; to == "Running" {
		i.restarted()
	}
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
// Protection goes before status, and Force does not help against it. The real service protects
// from DeleteInstance only, not from the release of an unpaid instance.
func (q *request) releasable(i *instance) error {
	switch {
	case i.Protected:
		return kernel.Refuse(403, "InvalidOperation.DeletionProtection", "The operation is not allowed because deletion protection is enabled for the instance.")
	case i.Status != "Stopped" && !q.Is("Force"):
		return kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return nil
}

// releaseInstance takes along what goes with the instance.
// EIPs are unbound and stay, and so does a secondary interface that was to be kept. A disk without
// DeleteWithInstance becomes an available one: that is where forgotten disks come from. Snapshots
// stay in any case. The clones are needed since the tables shrink in the loop.
func (q *request) releaseInstance(i *instance) {
	q.c.Instances = kernel.Without(q.c.Instances, i.ID)
	q.c.vpc.ReleaseEIPsOf(i.ID)
	for _, n := range slices.Clone(q.c.NICs) {
		switch {
		case n.Instance != i.ID:
		case n.Primary || !n.Keep:
			q.c.vpc.ReleaseEIPsOf(n.ID)
			q.c.NICs = kernel.Without(q.c.NICs, n.ID)
		default:
			n.Instance = ""
		}
	}
	for _, d := range slices.Clone(q.c.Disks) {
		if d.Instance != i.ID {
			continue
		}
		if d.withInstance {
			q.c.Disks = kernel.Without(q.c.Disks, d.ID)
			continue
		}
		d.Instance, d.device, d.Status = "", "", "Available"
	}
}

// An id that does not exist is left out of the answer without an error. Filters are joined by and.
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
			q.Matches("InstanceName", i.Name) && q.Matches("InstanceType", i.Kind) && q.Matches("ImageId", i.Image) &&
			q.Matches("InstanceNetworkType", i.network()) && q.Matches("Status", q.c.instanceStatus(i)) && q.Matches("ZoneId", i.Zone) && q.Matches("VpcId", i.VPC) && q.Matches("VSwitchId", i.VSwitch) &&
			q.Matches("KeyPairName", i.KeyPair) && q.Matches("HttpTokens", i.HTTPTokens) && q.Matches("HttpEndpoint", i.HTTPEndpoint) &&
			(!q.Has("SecurityGroupId") || slices.Contains(i.SecurityGroups, q.Str("SecurityGroupId"))) && q.hasAddress(i, addresses)
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
// Sorts that were not asked about are nil, and do not count.
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

// Cpu and Memory are the same for each type; DescribeInstanceTypes has the right ones. ExpiredTime
// is what the real service answers for instances that are paid for by use. Lists stand within an
// object with a singular name, as in all older answers of ECS.
func (q *request) instanceView(i *instance) map[string]any {
	public := []string{}
	if i.PublicIP != "" {
		public = append(public, i.PublicIP)
	}
	metadata := map[string]any{"HttpTokens": i.HTTPTokens, "HttpEndpoint": i.HTTPEndpoint}
	if i.hopLimit > 0 {
		metadata["HttpPutResponseHopLimit"] = i.hopLimit
	}
	return map[string]any{
		"InstanceId": i.ID, "InstanceName": i.Name, "Description": i.Description, "Status": q.c.instanceStatus(i), "RegionId": i.Region, "ZoneId": i.Zone,
		"ImageId": i.Image, "InstanceType": i.Kind, "HostName": i.host, "KeyPairName": i.KeyPair, "ImageOptions": map[string]any{"LoginAsNonRoot": i.NonRoot}, "ResourceGroupId": "",
		"CreationTime": minute(i.Created), "StartTime": minute(cmp.Or(i.started, i.Created.Add(time.Second))), "InstanceTypeFamily": familyOf(i.Kind),
		"InternetMaxBandwidthOut": i.Bandwidth, "InternetMaxBandwidthIn": max(i.Bandwidth, 10), "InternetChargeType": i.charge,
		"ExpiredTime": "2099-12-31T15:59Z", "InstanceChargeType": "PostPaid", "InstanceNetworkType": i.network(), "OSType": i.osType(),
		"Cpu": 2, "Memory": 4096, "IoOptimized": true, "DeletionProtection": i.Protected, "StoppedMode": "Not-applicable",
		"SecurityGroupIds": map[string]any{"SecurityGroupId": i.SecurityGroups},
		"PublicIpAddress":  map[string]any{"IpAddress": public},
		"InnerIpAddress":   map[string]any{"IpAddress": []string{}},
		"EipAddress":       q.eipOf(i),
		"VpcAttributes": map[string]any{
			"VpcId": i.VPC, "VSwitchId": i.VSwitch, "NatIpAddress": "", "PrivateIpAddress": map[string]any{"IpAddress": []string{i.PrivateIP}},
		},
		"NetworkInterfaces": map[string]any{"NetworkInterface": q.nicViews(i)},
		"MetadataOptions":   metadata,
		"OperationLocks":    map[string]any{"LockReason": []any{}},
		"Tags":              map[string]any{"Tag": kernel.TagViews(i.Tags, "TagKey", "TagValue")},
	}
}

func (i *instance) network() string {
	if i.VPC == "" {
		return "classic"
	}
	return "vpc"
}

// LocalName is the id: the real one is in the language that AcceptLanguage names.
func describeRegions(q *request) (any, error) {
	views := []any{}
	for _, r := range kernel.Regions {
		views = append(views, map[string]any{
			"RegionId": r, "LocalName": r, "RegionEndpoint": q.Endpoint(r), "Status": "available",
		})
	}
	return map[string]any{"Regions": map[string]any{"Region": views}}, nil
}

// openPort is a port that a process of an instance listens on, as the agent of
// Security Center found it.
// ECS has no call that answers it. It is here since it belongs to a machine, and Security Center
// (sas) reads it.
type openPort struct {
	Port     int    `yaml:"port"`
	Process  string `yaml:"process"`
	Bind     string `yaml:"bind,omitempty"`     // default 0.0.0.0
	Protocol string `yaml:"protocol,omitempty"` // default tcp
}

// Configuration has an empty text where nothing was set, and not "optional".
// That is what Cloud Config recorded for instances older than the option, and a rule that compares
// with "optional" misses them.
func (i *instance) Configuration(c *Service) map[string]any {
	view := c.ecsRequest(i.Region, nil).instanceView(i)
	view["MetadataOptions"] = map[string]any{"HttpTokens": i.HTTPTokens, "HttpEndpoint": i.HTTPEndpoint}
	return view
}
