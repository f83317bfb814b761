package ecs

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// networkInterface is an elastic network interface. The security groups of a
// primary one are those of its instance: see groupsOf.
// The zone is the vSwitch's. Trunk interfaces, prefixes of addresses, queues and traffic modes are
// left out, so Type is Primary or Secondary only.
type networkInterface struct {
	kernel.Resource `yaml:",inline"`
	Primary         bool            `yaml:"primary,omitempty"` // a document writes only what its instance does not say
	Instance        string          `yaml:"instance,omitempty"`
	VPC             string          `yaml:"vpc,omitempty"`     // default vpc-1
	VSwitch         string          `yaml:"vswitch,omitempty"` // default vsw-1
	Zone            string          `yaml:"zone,omitempty"`
	IP              string          `yaml:"private-ip,omitempty"`       // default a free one
	More            []string        `yaml:"more-private-ips,omitempty"` // further private addresses
	IPv6            []*vpc.Address6 `yaml:"ipv6,omitempty"`
	SecurityGroups  []string        `yaml:"security-groups,omitempty"`
	Keep            bool            `yaml:"keep-on-release,omitempty"`   // it outlives its instance
	SourceDestCheck bool            `yaml:"source-dest-check,omitempty"` // of the addresses of packets; off unless asked for
}

var nicRows = kernel.Kind{Key: "network-interfaces", Prefix: "eni", Tagged: "eni", Type: kernel.NICKind}

func (n *networkInterface) Defaults(*Service) {
	if !n.Primary {
		n.VPC, n.VSwitch, n.Zone = cmp.Or(n.VPC, "vpc-1"), cmp.Or(n.VSwitch, "vsw-1"), cmp.Or(n.Zone, n.Region+"-h")
	}
}

// loadPrimary gives an instance its primary interface: the one that the document writes, or
// a new one. It is where the instance is.
// It runs while instances are loaded, before the table of interfaces is: a primary one that
// belongs to no instance is found by Check then.
func (i *instance) loadPrimary(l *kernel.Loader, c *Service) error {
	at := slices.IndexFunc(c.NICs, func(n *networkInterface) bool { return n.Primary && n.ID == i.Interface })
	n := &networkInterface{Primary: true}
	if at >= 0 {
		n = c.NICs[at]
	} else {
		var err error
		if n.Resource, err = l.Resource(i.Interface, "", i.Region, "eni", nil); err != nil {
			return err
		}
	}
	n.Region, n.Instance, n.VPC, n.VSwitch, n.Zone, n.IP, n.SecurityGroups = i.Region, i.ID, i.VPC, i.VSwitch, i.Zone, i.PrivateIP, nil
	c.loading.primaries = append(c.loading.primaries, n)
	return nil
}

// Ids of IPv6 addresses are made up where a document has none, as VPC names them by id.
func (n *networkInterface) Complete(_ *kernel.Loader, c *Service) error {
	if !n.Primary {
		n.IP = cmp.Or(n.IP, c.loading.freeIP())
	}
	for _, a := range n.IPv6 {
		if p, err := netip.ParseAddr(a.Address); err != nil || !p.Is6() {
			return fmt.Errorf("%q is not an IPv6 address", a.Address)
		}
		a.ID = cmp.Or(a.ID, c.ResourceID("ipv6", n.Region))
	}
	return nil
}

// An interface without a group would be one that nothing guards: the API has none.
func (n *networkInterface) Check(c *Service) error {
	if n.Primary && n.Instance == "" {
		return fmt.Errorf("no primary interface %q", n.ID)
	}
	for _, id := range n.SecurityGroups {
		if _, err := kernel.ByItsID(c.Groups, "security group", id); err != nil {
			return err
		}
	}
	if len(n.SecurityGroups) == 0 && !n.Primary {
		return errors.New("an interface needs a security group")
	}
	if n.Instance == "" {
		return nil
	}
	_, err := kernel.ByItsID(c.Instances, "instance", n.Instance)
	return err
}

// Implied says that an instance says all that there is.
func (n *networkInterface) Implied(*Service) bool {
	return n.Primary && n.Name == "" && n.Description == "" && len(n.More)+len(n.IPv6)+len(n.Tags) == 0
}

// Abridged leaves out of a primary interface what its instance says.
func (n *networkInterface) Abridged(*Service) *networkInterface {
	short := *n
	if n.Primary {
		short.Region, short.Instance, short.IP, short.VPC, short.VSwitch, short.Zone, short.SecurityGroups = "", "", "", "", "", "", nil
	}
	return &short
}

var onNIC = onEach("eni", kernel.Named("NetworkInterfaceId"))

// An interface is how something gets into a security group without being an instance, so groups
// count interfaces and not machines. Creating one needs permission for the vSwitch and for every
// group, too.
var nicActions = []action{
	{
		// Up to 49 further IPv4 and 10 IPv6 addresses come with it.
		Name: "CreateNetworkInterface", Write: true, Do: createNIC,
		Params: `RegionId! VSwitchId! SecurityGroupId SecurityGroupIds:RepeatList PrimaryIpAddress PrivateIpAddress:RepeatList
			SecondaryPrivateIpAddressCount:Integer=1..49 Ipv6Address:RepeatList Ipv6AddressCount:Integer=1..10 NetworkInterfaceName Description
			DeleteOnRelease:Boolean InstanceType=Secondary|Trunk NetworkInterfaceTrafficMode SourceDestCheck:Boolean Visible:Boolean BusinessType
			QueueNumber:Integer QueuePairNumber:Integer RxQueueSize:Integer TxQueueSize:Integer Ipv4Prefix:RepeatList Ipv4PrefixCount:Integer
			Ipv6Prefix:RepeatList Ipv6PrefixCount:Integer ConnectionTrackingConfiguration:Struct EnhancedNetwork:Struct
			NetworkInterfaceTrafficConfig:Struct ResourceGroupId ClientToken Tag:RepeatList(Key Value)`,
		On: kernel.Both(onEach("eni", kernel.Named()), func(q *kernel.Request) []string {
			arns := []string{q.ARN("vpc", "vswitch/"+q.Str("VSwitchId"))}
			for _, id := range slices.Concat(kernel.Named("SecurityGroupId")(q), q.List("SecurityGroupIds")) {
				arns = append(arns, q.ARN("ecs", "securitygroup/"+id))
			}
			return arns
		}),
	},
	{Name: "DeleteNetworkInterface", Write: true, On: onNIC, Do: deleteNIC, Params: "RegionId! NetworkInterfaceId!"},
	{
		Name: "AttachNetworkInterface", Write: true, On: kernel.Both(onNIC, onInstance), Do: attachNIC,
		Params: `RegionId! NetworkInterfaceId! InstanceId! NetworkCardIndex:Integer TrunkNetworkInstanceId
			WaitForNetworkConfigurationReady:Boolean`,
	},
	{
		Name: "DetachNetworkInterface", Write: true, On: kernel.Both(onNIC, onInstance), Do: detachNIC,
		Params: "RegionId! NetworkInterfaceId! InstanceId! TrunkNetworkInstanceId",
	},
	{
		Name: "ModifyNetworkInterfaceAttribute", Write: true, On: onNIC, Do: modifyNIC,
		Params: `RegionId! NetworkInterfaceId! SecurityGroupId:RepeatList NetworkInterfaceName Description DeleteOnRelease:Boolean SourceDestCheck:Boolean
			QueueNumber:Integer RxQueueSize:Integer TxQueueSize:Integer ConnectionTrackingConfiguration:Struct EnhancedNetwork:Struct
			NetworkInterfaceTrafficConfig:Struct`,
	},
	{
		// Pages by number or token; the answer's lists are called Sets.
		Name: "DescribeNetworkInterfaces", On: onEach("eni", kernel.Repeated("NetworkInterfaceId")), Do: describeNICs,
		Params: `RegionId! NetworkInterfaceId:RepeatList NetworkInterfaceName InstanceId Type=Primary|Secondary|Trunk|Member Status VpcId VSwitchId
			SecurityGroupId PrimaryIpAddress PrivateIpAddress:RepeatList Ipv6Address:RepeatList ServiceManaged:Boolean ResourceGroupId
			Tag:RepeatList(Key Value) MaxResults:Integer=1..500 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..1000`,
	},
}

// nic finds the interface of a call.
// The code says Eni, and the message has the id in it.
func (q *request) nic() (*networkInterface, error) {
	n, ok := kernel.Find(q.Request, q.c.NICs, q.Str("NetworkInterfaceId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidEniId.NotFound", "The specified EniId %q is not found.", q.Str("NetworkInterfaceId"))
	}
	q.Touch(kernel.NICKind, n.ID)
	return n, nil
}

// secondary is nic for what cannot be done to a primary one.
func (q *request) secondary() (*networkInterface, error) {
	n, err := q.nic()
	if err == nil && n.Primary {
		return nil, kernel.Refuse(403, "InvalidOperation.InvalidEniType", "The operation is not allowed in the current ENI type.")
	}
	return n, err
}

// groupsOf are the security groups that an interface is in. mu is held.
func (c *Service) groupsOf(n *networkInterface) []string {
	if n.Primary {
		for _, i := range c.Instances {
			if i.ID == n.Instance {
				return i.SecurityGroups
			}
		}
	}
	return n.SecurityGroups
}

// primaryOf is the primary interface of an instance. mu is held.
func (c *Service) primaryOf(instance string) *networkInterface {
	for _, n := range c.NICs {
		if n.Primary && n.Instance == instance {
			return n
		}
	}
	return nil
}

// addPrimary gives an instance the interface that it cannot be without.
// The real service makes it in the same call, without an event of its own.
func (q *request) addPrimary(i *instance) {
	n := &networkInterface{
		Resource: kernel.Resource{ID: q.c.ResourceID("eni", i.Region), Region: i.Region, Tags: map[string]string{}, Created: i.Created},
		Primary:  true, Instance: i.ID, VPC: i.VPC, VSwitch: i.VSwitch, Zone: i.Zone, IP: i.PrivateIP,
	}
	i.Interface = n.ID
	q.c.NICs = append(q.c.NICs, n)
}

// mostGroups is how many security groups an instance or interface may be in.
// It is the default quota, which the real service raises on request.
const mostGroups = 5

// joinable checks the groups that something is to be in.
// The checks stop at the first group that fails. The codes are those of ModifyInstanceAttribute
// and of the calls about interfaces, which have 403 where JoinSecurityGroup has 400. The number is
// checked last.
func (q *request) joinable(ids []string, vpc string) error {
	var kind string
	for i, id := range ids {
		g, ok := kernel.Find(q.Request, q.c.Groups, id)
		switch {
		case !ok:
			return kernel.Refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
		case slices.Contains(ids[:i], id):
			return kernel.Refuse(404, "InvalidParameter.SecurityGroupIdRepeated", "The specified security group ids has repeated.")
		case g.ServiceManaged:
			return kernel.Refuse(403, "InvalidOperation.ResourceManagedByCloudProduct", "You cannot modify security groups managed by cloud services. (SecurityGroupId: %s)", id)
		case g.VPC != vpc:
			return kernel.Refuse(403, "InvalidOperation.VpcMismatch", "The security group is not in the same VPC.")
		case kind != "" && g.Kind != kind:
			return kernel.Refuse(403, "InvalidOperation.MultiGroupType", "The specified instance can't join different types of security group.")
		}
		kind = g.Kind
		q.Touch(kernel.GroupKind, id)
	}
	if len(ids) > mostGroups {
		return kernel.Refuse(403, "InstanceSecurityGroupLimitExceeded", "Exceeding the allowed amount of security groups that an instance can be in.")
	}
	return nil
}

// It is deleted with the instance that it is on unless DeleteOnRelease is false. The address is
// taken before further ones, and if one of those fails nothing is left behind.
func createNIC(q *request) (any, error) {
	v := q.c.vpc.SwitchOf(q.Region, q.Str("VSwitchId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId %q is not found.", q.Str("VSwitchId"))
	}
	groups := slices.Concat(kernel.Named("SecurityGroupId")(q.Request), q.List("SecurityGroupIds"))
	if len(groups) == 0 {
		return nil, kernel.MissingInECS("SecurityGroupId")
	}
	q.Touch(vpc.VswitchKind, v.ID)
	if err := q.joinable(groups, v.VPC); err != nil {
		return nil, err
	}
	ip, err := v.Address(q.c.vpc, q.Str("PrimaryIpAddress"))
	if err != nil {
		return nil, err
	}
	n := &networkInterface{
		Resource: q.NewResource("eni", q.Str("NetworkInterfaceName")), VPC: v.VPC, VSwitch: v.ID, Zone: v.Zone, IP: ip, SecurityGroups: groups,
		Keep: q.Has("DeleteOnRelease") && !q.Is("DeleteOnRelease"), SourceDestCheck: q.Is("SourceDestCheck"),
	}
	q.c.NICs = append(q.c.NICs, n)
	if err := q.addAddresses(n); err != nil {
		q.c.NICs = kernel.Without(q.c.NICs, n.ID)
		return nil, err
	}
	q.Touch(kernel.NICKind, n.ID)
	return q.nicView(n), nil
}

// It has to be detached first. Flow logs on it go with it, and EIPs become free.
func deleteNIC(q *request) (any, error) {
	n, err := q.secondary()
	switch {
	case err != nil:
		return nil, err
	case n.Instance != "":
		return nil, kernel.Refuse(400, "InvalidOperation.InvalidEniState", "The operation is not allowed in the current ENI state.")
	}
	q.c.vpc.ReleaseEIPsOf(n.ID)
	q.c.vpc.FlowLogs = slices.DeleteFunc(q.c.vpc.FlowLogs, func(l *vpc.FlowLog) bool { return l.On == n.ID })
	q.c.NICs = kernel.Without(q.c.NICs, n.ID)
	return kernel.Done()
}

// The real service attaches in the background; here the interface is in use at once. How many
// interfaces a type allows is not asked.
func attachNIC(q *request) (any, error) {
	n, err := q.secondary()
	if err != nil {
		return nil, err
	}
	i, ok := kernel.Find(q.Request, q.c.Instances, q.Str("InstanceId"))
	switch {
	case !ok:
		return nil, kernel.Refuse(404, "InvalidEcsId.NotFound", "The specified EcsId %q is not found.", q.Str("InstanceId"))
	case n.Instance != "":
		return nil, kernel.Refuse(400, "InvalidOperation.InvalidEniState", "The operation is not allowed in the current ENI state.")
	case i.Status != "Running" && i.Status != "Stopped":
		return nil, kernel.Refuse(400, "InvalidOperation.InvalidEcsState", "The operation is not allowed in the current ECS state.")
	case i.VPC != n.VPC:
		return nil, kernel.Refuse(403, "InvalidOperation.VpcMismatch", "The interface and the instance are not in the same VPC.")
	case i.Zone != n.Zone:
		return nil, kernel.Refuse(403, "InvalidOperation.AvailabilityZoneMismatch", "The interface and the instance are not in the same zone.")
	}
	q.Touch(kernel.InstanceKind, i.ID)
	n.Instance = i.ID
	return kernel.Done()
}

// A primary interface has a code of its own here, where the other calls say InvalidEniType.
func detachNIC(q *request) (any, error) {
	n, err := q.nic()
	switch {
	case err != nil:
		return nil, err
	case n.Primary:
		return nil, kernel.Refuse(400, "InvalidOperation.DetachPrimaryEniNotAllowed", "Detaching primary ENI from ECS instance is not allowed.")
	case !kernel.Has(q.c.Instances, q.Str("InstanceId")):
		return nil, kernel.Refuse(404, "InvalidEcsId.NotFound", "The specified EcsId %q is not found.", q.Str("InstanceId"))
	case n.Instance != q.Str("InstanceId"):
		return nil, kernel.Refuse(400, "InvalidOperation.InvalidEniState", "The operation is not allowed in the current ENI state.")
	}
	q.Touch(kernel.InstanceKind, n.Instance)
	n.Instance = ""
	return kernel.Done()
}

// modifyNIC replaces the security groups, where it names any.
// The groups of a primary one are changed through its instance, with ModifyInstanceAttribute.
func modifyNIC(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	groups := q.List("SecurityGroupId")
	if n.Primary && (len(groups) > 0 || q.Has("DeleteOnRelease") || q.Has("SourceDestCheck")) {
		return nil, kernel.Refuse(404, "InvalidOperation.PrimaryEniOnlySupportModifyNameAndDesc", "Primary NetworkInterface is only allowed to modify name and description.")
	}
	if len(groups) > 0 {
		if err := q.joinable(groups, n.VPC); err != nil {
			return nil, err
		}
		n.SecurityGroups = groups
	}
	if q.Has("DeleteOnRelease") {
		n.Keep = !q.Is("DeleteOnRelease")
	}
	if q.Has("SourceDestCheck") {
		n.SourceDestCheck = q.Is("SourceDestCheck")
	}
	n.Name, n.Description = q.OrElse("NetworkInterfaceName", n.Name), q.OrElse("Description", n.Description)
	return kernel.Done()
}

func (n *networkInterface) kind() string {
	if n.Primary {
		return "Primary"
	}
	return "Secondary"
}

func (n *networkInterface) status() string {
	if n.Instance == "" {
		return "Available"
	}
	return "InUse"
}

// describeNICs finds secondary interfaces only by a group: a primary one is in
// the groups of its instance, and DescribeInstances finds it.
func describeNICs(q *request) (any, error) {
	ids, ips, ip6s := q.List("NetworkInterfaceId"), q.List("PrivateIpAddress"), q.List("Ipv6Address")
	kept := kernel.Within(q.Request, q.c.NICs, func(n *networkInterface) bool {
		return q.c.Visible(&n.Resource) && (ids == nil || slices.Contains(ids, n.ID)) && q.Matches("NetworkInterfaceName", n.Name) &&
			q.Matches("InstanceId", n.Instance) && q.Matches("Type", n.kind()) && q.Matches("Status", n.status()) && q.Matches("VpcId", n.VPC) &&
			q.Matches("VSwitchId", n.VSwitch) && q.Matches("PrimaryIpAddress", n.IP) && !q.Is("ServiceManaged") && n.HasTags(q.Request) &&
			(!q.Has("SecurityGroupId") || !n.Primary && slices.Contains(n.SecurityGroups, q.Str("SecurityGroupId"))) &&
			(ips == nil || slices.ContainsFunc(append(n.More, n.IP), func(ip string) bool { return slices.Contains(ips, ip) })) &&
			(ip6s == nil || slices.ContainsFunc(n.IPv6, func(a *vpc.Address6) bool { return slices.Contains(ip6s, a.Address) }))
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, n := range page {
		views = append(views, q.nicView(n))
	}
	answer["NetworkInterfaceSets"] = map[string]any{"NetworkInterfaceSet": views}
	return answer, nil
}

// publicOf is the public address of a private one of an interface.
// The EIP of a primary interface is bound to the instance, and its own public address, which is no
// EIP, is on the first private one only.
func (q *request) publicOf(n *networkInterface, ip string) map[string]any {
	holder, primary := n.ID, false
	if n.Primary {
		holder, primary = n.Instance, ip == n.IP
	}
	if e := q.c.vpc.EIPOn(holder, ip); e != nil {
		return map[string]any{"PublicIpAddress": e.Address, "AllocationId": e.ID}
	}
	if i, ok := kernel.Find(q.Request, q.c.Instances, n.Instance); ok && primary && i.PublicIP != "" {
		return map[string]any{"PublicIpAddress": i.PublicIP}
	}
	return map[string]any{}
}

// DeviceIndex and the times of attaching are made up. Type, Status and the groups follow from the
// instance.
func (q *request) nicView(n *networkInterface) map[string]any {
	ips, ip6s := []any{}, []any{}
	for _, ip := range append([]string{n.IP}, n.More...) {
		ips = append(ips, map[string]any{"PrivateIpAddress": ip, "Primary": ip == n.IP, "AssociatedPublicIp": q.publicOf(n, ip)})
	}
	for _, a := range n.IPv6 {
		ip6s = append(ip6s, map[string]any{"Ipv6Address": a.Address})
	}
	attachment := map[string]any{}
	if n.Instance != "" {
		attachment = map[string]any{"InstanceId": n.Instance, "NetworkCardIndex": 0, "DeviceIndex": 0, "AttachedTime": kernel.Stamp(n.Created)}
	}
	return map[string]any{
		"NetworkInterfaceId": n.ID, "NetworkInterfaceName": n.Name, "Description": n.Description, "Type": n.kind(), "Status": n.status(),
		"InstanceId": n.Instance, "VpcId": n.VPC, "VSwitchId": n.VSwitch, "ZoneId": n.Zone, "PrivateIpAddress": n.IP, "MacAddress": n.mac(),
		"CreationTime": kernel.Stamp(n.Created), "OwnerId": q.c.Account, "ServiceManaged": false, "ResourceGroupId": "", "QueueNumber": 2,
		"DeleteOnRelease": !n.Keep, "SourceDestCheck": n.SourceDestCheck, "NetworkInterfaceTrafficMode": "Standard",
		"SecurityGroupIds":   map[string]any{"SecurityGroupId": kernel.ListOf(q.c.groupsOf(n))},
		"AssociatedPublicIp": q.publicOf(n, n.IP), "Attachment": attachment,
		"PrivateIpSets":  map[string]any{"PrivateIpSet": ips},
		"Ipv6Sets":       map[string]any{"Ipv6Set": ip6s},
		"Ipv4PrefixSets": map[string]any{"Ipv4PrefixSet": []any{}}, "Ipv6PrefixSets": map[string]any{"Ipv6PrefixSet": []any{}},
		"Tags": map[string]any{"Tag": kernel.TagViews(n.Tags, "TagKey", "TagValue")},
	}
}

// mac is made of the id, so that it need not be kept.
func (n *networkInterface) mac() string {
	h := fnv.New32a()
	h.Write([]byte(cmp.Or(n.ID, "-")))
	s := h.Sum32()
	return fmt.Sprintf("00:16:3e:%02x:%02x:%02x", byte(s>>16), byte(s>>8), byte(s))
}

var nicAttributeActions = []action{{
	Name: "DescribeNetworkInterfaceAttribute", On: onEach("eni", kernel.Named("NetworkInterfaceId")), Do: describeNIC,
	Params: "RegionId! NetworkInterfaceId! Attribute Tag:RepeatList(Key Value)",
}}

// describeNIC answers what DescribeNetworkInterfaces has for each.
func describeNIC(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	return q.nicView(n), nil
}
