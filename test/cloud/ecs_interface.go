package cloud

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
)

// networkInterface is an elastic network interface. The security groups of a
// primary one are those of its instance: see groupsOf.
type networkInterface struct {
	ecsResource
	primary, keep              bool // keep: it outlives its instance
	instance, vpc, vswitch, ip string
	zone                       string
	more                       []string // further private addresses
	ip6                        []*address6
	groups                     []string
	check                      bool // of the addresses of packets; off unless asked for
}

var onNIC = onEach("eni", named("NetworkInterfaceId"))

var nicActions = []rpcAction{
	{
		name: "CreateNetworkInterface", write: true, do: createNIC,
		params: `RegionId! VSwitchId! SecurityGroupId SecurityGroupIds:RepeatList PrimaryIpAddress PrivateIpAddress:RepeatList
			SecondaryPrivateIpAddressCount:Integer=1..49 Ipv6Address:RepeatList Ipv6AddressCount:Integer=1..10 NetworkInterfaceName Description
			DeleteOnRelease:Boolean InstanceType=Secondary|Trunk NetworkInterfaceTrafficMode SourceDestCheck:Boolean Visible:Boolean BusinessType
			QueueNumber:Integer QueuePairNumber:Integer RxQueueSize:Integer TxQueueSize:Integer Ipv4Prefix:RepeatList Ipv4PrefixCount:Integer
			Ipv6Prefix:RepeatList Ipv6PrefixCount:Integer ConnectionTrackingConfiguration:Struct EnhancedNetwork:Struct
			NetworkInterfaceTrafficConfig:Struct ResourceGroupId ClientToken Tag:RepeatList(Key Value)`,
		on: both(onEach("eni", named()), func(q *rpcRequest) []string {
			arns := []string{q.arn("vpc", "vswitch/"+q.str("VSwitchId"))}
			for _, id := range slices.Concat(named("SecurityGroupId")(q), q.list("SecurityGroupIds")) {
				arns = append(arns, q.arn("ecs", "securitygroup/"+id))
			}
			return arns
		}),
	},
	{name: "DeleteNetworkInterface", write: true, on: onNIC, do: deleteNIC, params: "RegionId! NetworkInterfaceId!"},
	{
		name: "AttachNetworkInterface", write: true, on: both(onNIC, onInstance), do: attachNIC,
		params: `RegionId! NetworkInterfaceId! InstanceId! NetworkCardIndex:Integer TrunkNetworkInstanceId
			WaitForNetworkConfigurationReady:Boolean`,
	},
	{
		name: "DetachNetworkInterface", write: true, on: both(onNIC, onInstance), do: detachNIC,
		params: "RegionId! NetworkInterfaceId! InstanceId! TrunkNetworkInstanceId",
	},
	{
		name: "ModifyNetworkInterfaceAttribute", write: true, on: onNIC, do: modifyNIC,
		params: `RegionId! NetworkInterfaceId! SecurityGroupId:RepeatList NetworkInterfaceName Description DeleteOnRelease:Boolean SourceDestCheck:Boolean
			QueueNumber:Integer RxQueueSize:Integer TxQueueSize:Integer ConnectionTrackingConfiguration:Struct EnhancedNetwork:Struct
			NetworkInterfaceTrafficConfig:Struct`,
	},
	{
		name: "DescribeNetworkInterfaces", on: onEach("eni", repeated("NetworkInterfaceId")), do: describeNICs,
		params: `RegionId! NetworkInterfaceId:RepeatList NetworkInterfaceName InstanceId Type=Primary|Secondary|Trunk|Member Status VpcId VSwitchId
			SecurityGroupId PrimaryIpAddress PrivateIpAddress:RepeatList Ipv6Address:RepeatList ServiceManaged:Boolean ResourceGroupId
			Tag:RepeatList(Key Value) MaxResults:Integer=1..500 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..1000`,
	},
}

// nic finds the interface of a call.
func (q *rpcRequest) nic() (*networkInterface, error) {
	n, ok := find(q, q.c.ecs.nics, q.str("NetworkInterfaceId"))
	if !ok {
		return nil, refuse(404, "InvalidEniId.NotFound", "The specified EniId %q is not found.", q.str("NetworkInterfaceId"))
	}
	q.touch(nicKind, n.id)
	return n, nil
}

// secondary is nic for what cannot be done to a primary one.
func (q *rpcRequest) secondary() (*networkInterface, error) {
	n, err := q.nic()
	if err == nil && n.primary {
		return nil, refuse(403, "InvalidOperation.InvalidEniType", "The operation is not allowed in the current ENI type.")
	}
	return n, err
}

// groupsOf are the security groups that an interface is in. mu is held.
func (c *Cloud) groupsOf(n *networkInterface) []string {
	if n.primary {
		for _, i := range c.ecs.instances {
			if i.id == n.instance {
				return i.groups
			}
		}
	}
	return n.groups
}

// primaryOf is the primary interface of an instance. mu is held.
func (c *Cloud) primaryOf(instance string) *networkInterface {
	for _, n := range c.ecs.nics {
		if n.primary && n.instance == instance {
			return n
		}
	}
	return nil
}

// addPrimary gives an instance the interface that it cannot be without.
func (q *rpcRequest) addPrimary(i *instance) {
	n := &networkInterface{
		ecsResource: ecsResource{id: q.c.resourceID("eni", i.region), region: i.region, tags: map[string]string{}, created: i.created},
		primary:     true, instance: i.id, vpc: i.vpc, vswitch: i.vswitch, zone: i.zone, ip: i.privateIP,
	}
	q.c.ecs.nics = append(q.c.ecs.nics, n)
}

// mostGroups is how many security groups an instance or interface may be in.
const mostGroups = 5

// joinable checks the groups that something is to be in.
func (q *rpcRequest) joinable(ids []string, vpc string) error {
	var kind string
	for i, id := range ids {
		g, ok := find(q, q.c.ecs.groups, id)
		switch {
		case !ok:
			return refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
		case slices.Contains(ids[:i], id):
			return refuse(404, "InvalidParameter.SecurityGroupIdRepeated", "The specified security group ids has repeated.")
		case g.managed:
			return refuse(403, "InvalidOperation.ResourceManagedByCloudProduct", "You cannot modify security groups managed by cloud services. (SecurityGroupId: %s)", id)
		case g.vpc != vpc:
			return refuse(403, "InvalidOperation.VpcMismatch", "The security group is not in the same VPC.")
		case kind != "" && g.kind != kind:
			return refuse(403, "InvalidOperation.MultiGroupType", "The specified instance can't join different types of security group.")
		}
		kind = g.kind
		q.touch(groupKind, id)
	}
	if len(ids) > mostGroups {
		return refuse(403, "InstanceSecurityGroupLimitExceeded", "Exceeding the allowed amount of security groups that an instance can be in.")
	}
	return nil
}

func createNIC(q *rpcRequest) (any, error) {
	v := q.c.vpc.switchOf(q.region, q.str("VSwitchId"))
	if v == nil {
		return nil, refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId %q is not found.", q.str("VSwitchId"))
	}
	groups := slices.Concat(named("SecurityGroupId")(q), q.list("SecurityGroupIds"))
	if len(groups) == 0 {
		return nil, missingInECS("SecurityGroupId")
	}
	q.touch(vswitchKind, v.id)
	if err := q.joinable(groups, v.vpc); err != nil {
		return nil, err
	}
	ip, err := v.address(q.c, q.str("PrimaryIpAddress"))
	if err != nil {
		return nil, err
	}
	n := &networkInterface{
		ecsResource: q.newResource("eni", q.str("NetworkInterfaceName")), vpc: v.vpc, vswitch: v.id, zone: v.zone, ip: ip, groups: groups,
		keep: q.has("DeleteOnRelease") && !q.is("DeleteOnRelease"), check: q.is("SourceDestCheck"),
	}
	q.c.ecs.nics = append(q.c.ecs.nics, n)
	if err := q.addAddresses(n); err != nil {
		q.c.ecs.nics = without(q.c.ecs.nics, n.id)
		return nil, err
	}
	q.touch(nicKind, n.id)
	return q.nicView(n), nil
}

func deleteNIC(q *rpcRequest) (any, error) {
	n, err := q.secondary()
	switch {
	case err != nil:
		return nil, err
	case n.instance != "":
		return nil, refuse(400, "InvalidOperation.InvalidEniState", "The operation is not allowed in the current ENI state.")
	}
	q.c.releaseEIPsOf(n.id)
	q.c.vpc.flowLogs = slices.DeleteFunc(q.c.vpc.flowLogs, func(l *flowLog) bool { return l.resource == n.id })
	q.c.ecs.nics = without(q.c.ecs.nics, n.id)
	return done()
}

func attachNIC(q *rpcRequest) (any, error) {
	n, err := q.secondary()
	if err != nil {
		return nil, err
	}
	i, ok := find(q, q.c.ecs.instances, q.str("InstanceId"))
	switch {
	case !ok:
		return nil, refuse(404, "InvalidEcsId.NotFound", "The specified EcsId %q is not found.", q.str("InstanceId"))
	case n.instance != "":
		return nil, refuse(400, "InvalidOperation.InvalidEniState", "The operation is not allowed in the current ENI state.")
	case i.status != "Running" && i.status != "Stopped":
		return nil, refuse(400, "InvalidOperation.InvalidEcsState", "The operation is not allowed in the current ECS state.")
	case i.vpc != n.vpc:
		return nil, refuse(403, "InvalidOperation.VpcMismatch", "The interface and the instance are not in the same VPC.")
	case i.zone != n.zone:
		return nil, refuse(403, "InvalidOperation.AvailabilityZoneMismatch", "The interface and the instance are not in the same zone.")
	}
	q.touch(instanceKind, i.id)
	n.instance = i.id
	return done()
}

func detachNIC(q *rpcRequest) (any, error) {
	n, err := q.nic()
	switch {
	case err != nil:
		return nil, err
	case n.primary:
		return nil, refuse(400, "InvalidOperation.DetachPrimaryEniNotAllowed", "Detaching primary ENI from ECS instance is not allowed.")
	case !has(q.c.ecs.instances, q.str("InstanceId")):
		return nil, refuse(404, "InvalidEcsId.NotFound", "The specified EcsId %q is not found.", q.str("InstanceId"))
	case n.instance != q.str("InstanceId"):
		return nil, refuse(400, "InvalidOperation.InvalidEniState", "The operation is not allowed in the current ENI state.")
	}
	q.touch(instanceKind, n.instance)
	n.instance = ""
	return done()
}

// modifyNIC replaces the security groups, where it names any.
func modifyNIC(q *rpcRequest) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	groups := q.list("SecurityGroupId")
	if n.primary && (len(groups) > 0 || q.has("DeleteOnRelease") || q.has("SourceDestCheck")) {
		return nil, refuse(404, "InvalidOperation.PrimaryEniOnlySupportModifyNameAndDesc", "Primary NetworkInterface is only allowed to modify name and description.")
	}
	if len(groups) > 0 {
		if err := q.joinable(groups, n.vpc); err != nil {
			return nil, err
		}
		n.groups = groups
	}
	if q.has("DeleteOnRelease") {
		n.keep = !q.is("DeleteOnRelease")
	}
	if q.has("SourceDestCheck") {
		n.check = q.is("SourceDestCheck")
	}
	n.name, n.description = q.orElse("NetworkInterfaceName", n.name), q.orElse("Description", n.description)
	return done()
}

func (n *networkInterface) kind() string {
	if n.primary {
		return "Primary"
	}
	return "Secondary"
}

func (n *networkInterface) status() string {
	if n.instance == "" {
		return "Available"
	}
	return "InUse"
}

// describeNICs finds secondary interfaces only by a group: a primary one is in
// the groups of its instance, and DescribeInstances finds it.
func describeNICs(q *rpcRequest) (any, error) {
	ids, ips, ip6s := q.list("NetworkInterfaceId"), q.list("PrivateIpAddress"), q.list("Ipv6Address")
	kept := within(q, q.c.ecs.nics, func(n *networkInterface) bool {
		return q.c.visible(&n.ecsResource) && (ids == nil || slices.Contains(ids, n.id)) && q.matches("NetworkInterfaceName", n.name) &&
			q.matches("InstanceId", n.instance) && q.matches("Type", n.kind()) && q.matches("Status", n.status()) && q.matches("VpcId", n.vpc) &&
			q.matches("VSwitchId", n.vswitch) && q.matches("PrimaryIpAddress", n.ip) && !q.is("ServiceManaged") && n.hasTags(q) &&
			(!q.has("SecurityGroupId") || !n.primary && slices.Contains(n.groups, q.str("SecurityGroupId"))) &&
			(ips == nil || slices.ContainsFunc(append(n.more, n.ip), func(ip string) bool { return slices.Contains(ips, ip) })) &&
			(ip6s == nil || slices.ContainsFunc(n.ip6, func(a *address6) bool { return slices.Contains(ip6s, a.address) }))
	})
	page, answer, err := anyPage(q, kept, 10)
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
func (q *rpcRequest) publicOf(n *networkInterface, ip string) map[string]any {
	holder, primary := n.id, false
	if n.primary {
		holder, primary = n.instance, ip == n.ip
	}
	if e := q.c.eipOn(holder, ip); e != nil {
		return map[string]any{"PublicIpAddress": e.address, "AllocationId": e.id}
	}
	if i, ok := find(q, q.c.ecs.instances, n.instance); ok && primary && i.publicIP != "" {
		return map[string]any{"PublicIpAddress": i.publicIP}
	}
	return map[string]any{}
}

func (q *rpcRequest) nicView(n *networkInterface) map[string]any {
	ips, ip6s := []any{}, []any{}
	for _, ip := range append([]string{n.ip}, n.more...) {
		ips = append(ips, map[string]any{"PrivateIpAddress": ip, "Primary": ip == n.ip, "AssociatedPublicIp": q.publicOf(n, ip)})
	}
	for _, a := range n.ip6 {
		ip6s = append(ip6s, map[string]any{"Ipv6Address": a.address})
	}
	attachment := map[string]any{}
	if n.instance != "" {
		attachment = map[string]any{"InstanceId": n.instance, "NetworkCardIndex": 0, "DeviceIndex": 0, "AttachedTime": stamp(n.created)}
	}
	return map[string]any{
		"NetworkInterfaceId": n.id, "NetworkInterfaceName": n.name, "Description": n.description, "Type": n.kind(), "Status": n.status(),
		"InstanceId": n.instance, "VpcId": n.vpc, "VSwitchId": n.vswitch, "ZoneId": n.zone, "PrivateIpAddress": n.ip, "MacAddress": n.mac(),
		"CreationTime": stamp(n.created), "OwnerId": q.c.Account, "ServiceManaged": false, "ResourceGroupId": "", "QueueNumber": 2,
		"DeleteOnRelease": !n.keep, "SourceDestCheck": n.check, "NetworkInterfaceTrafficMode": "Standard",
		"SecurityGroupIds":   map[string]any{"SecurityGroupId": listOf(q.c.groupsOf(n))},
		"AssociatedPublicIp": q.publicOf(n, n.ip), "Attachment": attachment,
		"PrivateIpSets":  map[string]any{"PrivateIpSet": ips},
		"Ipv6Sets":       map[string]any{"Ipv6Set": ip6s},
		"Ipv4PrefixSets": map[string]any{"Ipv4PrefixSet": []any{}}, "Ipv6PrefixSets": map[string]any{"Ipv6PrefixSet": []any{}},
		"Tags": map[string]any{"Tag": tagViews(n.tags, "TagKey", "TagValue")},
	}
}

// mac is made of the id, so that it need not be kept.
func (n *networkInterface) mac() string {
	h := fnv.New32a()
	h.Write([]byte(cmp.Or(n.id, "-")))
	s := h.Sum32()
	return fmt.Sprintf("00:16:3e:%02x:%02x:%02x", byte(s>>16), byte(s>>8), byte(s))
}
