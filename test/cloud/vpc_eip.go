package cloud

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// eip is a public address that can be put on instances, interfaces, load
// balancers and NAT gateways.
type eip struct {
	ecsResource
	address, bandwidth, charge, isp              string
	instance, instanceType, privateIP, mode, vpc string
	managed                                      bool   // by a cloud service
	segment                                      string // the block of addresses that it is one of, if any
	fresh                                        bool   // loaded as new
	changed                                      time.Time
}

const eipKind = "ACS::EIP::EipAddress"

var onEIP = inVPC("eip", "AllocationId")

// onEIPAndInstance needs permission for the instance too, where it is one.
func onEIPAndInstance(q *rpcRequest) []string {
	arns := onEIP(q)
	if strings.HasPrefix(q.str("InstanceId"), "i-") {
		arns = append(arns, q.arn("ecs", "instance/"+q.str("InstanceId")))
	}
	return arns
}

const eipTargets = "InstanceType=EcsInstance|SlbInstance|Nat|HaVip|NetworkInterface|IpAddress "

var eipActions = []rpcAction{
	{
		name: "AllocateEipAddress", write: true, do: allocateEIP, on: inVPC("eip", ""),
		params: `RegionId! Bandwidth InternetChargeType=PayByBandwidth|PayByTraffic InstanceChargeType ISP Name Description IpAddress InstanceId Netmode
			Period:Integer PricingCycle AutoPay:Boolean ActivityId:Long PublicIpAddressPoolId ResourceGroupId SecurityProtectionTypes:RepeatList
			Zone ClientToken Tag:RepeatList(Key Value)`,
	},
	{
		name: "AssociateEipAddress", write: true, do: associateEIP, on: onEIPAndInstance,
		params: "RegionId AllocationId! InstanceId! InstanceRegionId Mode=NAT|MULTI_BINDED|BINDED PrivateIpAddress VpcId ClientToken " + eipTargets,
	},
	{
		name: "UnassociateEipAddress", write: true, do: unassociateEIP, on: onEIPAndInstance,
		params: "RegionId AllocationId! InstanceId PrivateIpAddress Force:Boolean ClientToken " + eipTargets,
	},
	{
		name: "ModifyEipAddressAttribute", write: true, do: modifyEIP, on: onEIP,
		params: "RegionId AllocationId! Bandwidth Name Description",
	},
	{
		name: "ReleaseEipAddress", write: true, do: releaseEIP, on: onEIP,
		params: "RegionId AllocationId!",
	},
	{
		name: "DescribeEipAddresses", do: describeEIPs, on: onEIP,
		params: `RegionId! AllocationId EipAddress EipName Status ChargeType ISP LockReason ResourceGroupId AssociatedInstanceId SegmentInstanceId
			AssociatedInstanceType=EcsInstance|SlbInstance|Nat|HaVip|NetworkInterface|IpAddress PublicIpAddressPoolId ServiceManaged:Boolean
			SecurityProtectionEnabled:Boolean IncludeReservationData:Boolean DryRun:Boolean Tag:RepeatList(Key Value)
			Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// eip finds the address of a call.
func (q *rpcRequest) eip() (*eip, error) {
	e, ok := find(q, q.c.vpc.eips, q.str("AllocationId"))
	if !ok {
		return nil, refuse(404, "InvalidAllocationId.NotFound", "Specified allocation ID is not found.")
	}
	q.touch(eipKind, e.id)
	return e, nil
}

// publicAddress is one that nobody has, of a block that is nobody's in the
// real world. mu is held.
func (c *Cloud) publicAddress() string {
	taken := map[string]bool{}
	for _, e := range c.vpc.eips {
		taken[e.address] = true
	}
	for h := range c.vpcHosts() {
		taken[h.public] = true
	}
	a := netip.MustParseAddr("198.18.0.1") // of 198.18.0.0/15, which has 131,072
	for taken[a.String()] {
		a = a.Next()
	}
	return a.String()
}

func (c *Cloud) eipStatus(e *eip) string {
	if e.instance == "" {
		return c.status(e.changed, "Unassociating", "Available")
	}
	return c.status(e.changed, "Associating", "InUse")
}

func allocateEIP(q *rpcRequest) (any, error) {
	e := &eip{
		ecsResource: q.newResource("eip", q.str("Name")), address: q.orElse("IpAddress", q.c.publicAddress()),
		bandwidth: q.orElse("Bandwidth", "5"), charge: q.orElse("InternetChargeType", "PayByBandwidth"), isp: q.orElse("ISP", "BGP"),
	}
	if slices.ContainsFunc(q.c.vpc.eips, func(o *eip) bool { return o.address == e.address }) {
		return nil, refuse(400, "InvalidParameter", "The specified parameter IpAddress is not valid: it is in use.")
	}
	q.c.vpc.eips = append(q.c.vpc.eips, e)
	q.touch(eipKind, e.id)
	return map[string]any{"AllocationId": e.id, "EipAddress": e.address, "OrderId": 0, "ResourceGroupId": ""}, nil
}

func associateEIP(q *rpcRequest) (any, error) {
	e, err := q.eip()
	if err != nil {
		return nil, err
	}
	if q.c.eipStatus(e) != "Available" {
		return nil, refuse(400, "IncorrectEipStatus", "Current elastic IP status does not support this operation.")
	}
	id, kind := q.str("InstanceId"), q.orElse("InstanceType", "EcsInstance")
	mode, private, vpc := "NAT", "", ""
	switch kind {
	case "EcsInstance":
		h, ok := hostNamed(q.c.vpcHosts(), kind, id, q.region)
		switch {
		case !ok || h.unseen:
			return nil, refuse(400, "InvalidInstance.NotExist", "The instance is not exist.")
		case h.status != "Running" && h.status != "Stopped":
			return nil, refuse(400, "IncorrectInstanceStatus", "The current status of instance does not support this operation.")
		case h.public != "":
			return nil, refuse(400, "EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP", "The instance already has a public IP address and cannot be associated with an EIP.")
		}
		private, vpc = h.ip, h.vpc
		q.touch(h.touched, h.id)
	case "NetworkInterface":
		h, ok := hostNamed(q.c.vpcHosts(), kind, id, q.region)
		if !ok || h.takesNoEIP {
			return nil, refuse(400, "ResourceNotFound.NetworkInterface", "The specified resource of NetworkInterface is not found.")
		}
		private, vpc = q.orElse("PrivateIpAddress", h.ip), h.vpc
		if private != h.ip && !slices.Contains(h.more, private) {
			return nil, refuse(400, "InvalidParameter", "The specified parameter PrivateIpAddress is not valid.")
		}
		q.touch(h.touched, h.id)
	case "Nat":
		g, ok := find(q, q.c.vpc.nats, id)
		if !ok || g.network != "internet" {
			return nil, refuse(400, "InvalidParams.NotFound", "The specified NAT gateway is not found.")
		}
		mode, vpc = g.bind, g.vpc
		q.touch(natKind, g.id)
	case "SlbInstance":
		h, ok := hostNamed(q.c.vpcHosts(), kind, id, q.region)
		if !ok || h.takesNoEIP {
			return nil, refuse(400, "InvalidInstance.NotExist", "The instance is not exist.")
		}
		private, vpc = h.ip, h.vpc
		q.touch(h.touched, h.id)
	case "HaVip":
		h, ok := find(q, q.c.vpc.havips, id)
		if !ok {
			return nil, refuse(400, "InvalidInstance.NotExist", "The instance is not exist.")
		}
		private, vpc = h.ip, h.vpc
		q.touch(haVipKind, h.id)
	case "IpAddress":
		if q.c.vpc.of(q.region, q.str("VpcId")) == nil {
			return nil, refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
		}
		private, vpc = id, q.str("VpcId")
	}
	if kind != "Nat" && slices.ContainsFunc(q.c.vpc.eips, func(o *eip) bool { return o.instance == id && o.privateIP == private }) {
		return nil, refuse(400, "InvalidAssociation.Duplicated", "Specified instance already is associated.")
	}
	e.instance, e.instanceType, e.privateIP, e.mode, e.vpc, e.changed = id, kind, private, q.orElse("Mode", mode), vpc, q.c.clock()
	return done()
}

func unassociateEIP(q *rpcRequest) (any, error) {
	e, err := q.eip()
	switch {
	case err != nil:
		return nil, err
	case q.c.eipStatus(e) != "InUse":
		return nil, refuse(400, "IncorrectEipStatus", "Current elastic IP status does not support this operation.")
	case q.has("InstanceId") && q.str("InstanceId") != e.instance:
		return nil, refuse(404, "InvalidBindInstance.NotFound", "The specified bind instance does not exist.")
	}
	if g, ok := find(q, q.c.vpc.nats, e.instance); ok {
		switch {
		case q.is("Force"):
			g.dropUsesOf(e.address)
		case slices.ContainsFunc(g.snat, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.address) }):
			return nil, refuse(400, "InvalidIpStatus.HasBeenUsedBySnatTable", "The removed ip address has been used by snat table.")
		case slices.ContainsFunc(g.dnat, func(f *forwardEntry) bool { return f.externalIP == e.address }):
			return nil, refuse(400, "InvalidIpStatus.HasBeenUsedByForwardEntry", "The specified address has been used by forwardTable.")
		}
	}
	switch e.instanceType {
	case "EcsInstance":
		q.touch(instanceKind, e.instance)
	case "NetworkInterface":
		q.touch(nicKind, e.instance)
	case "Nat":
		q.touch(natKind, e.instance)
	}
	e.release(q.c.clock())
	return done()
}

// release takes the address off what it is on.
func (e *eip) release(now time.Time) {
	e.instance, e.instanceType, e.privateIP, e.mode, e.vpc, e.changed = "", "", "", "", "", now
}

// releaseEIPsOf does so for everything on a resource that ceases to be. mu is
// held.
func (c *Cloud) releaseEIPsOf(id string) {
	for _, e := range c.vpc.eips {
		if e.instance == id {
			e.release(c.clock())
		}
	}
}

// eipOn is the address on a resource, or nil. mu is held.
func (c *Cloud) eipOn(id, privateIP string) *eip {
	for _, e := range c.vpc.eips {
		if e.instance == id && (privateIP == "" || e.privateIP == privateIP) {
			return e
		}
	}
	return nil
}

func modifyEIP(q *rpcRequest) (any, error) {
	e, err := q.eip()
	if err != nil {
		return nil, err
	}
	e.name, e.description, e.bandwidth = q.orElse("Name", e.name), q.orElse("Description", e.description), q.orElse("Bandwidth", e.bandwidth)
	return done()
}

func releaseEIP(q *rpcRequest) (any, error) {
	e, err := q.eip()
	switch {
	case err != nil:
		return nil, err
	case q.c.eipStatus(e) != "Available":
		return nil, refuse(400, "IncorrectEipStatus", "Current elastic IP status does not support this operation.")
	}
	q.c.vpc.eips = without(q.c.vpc.eips, e.id)
	return done()
}

func describeEIPs(q *rpcRequest) (any, error) {
	listed := func(name, value string) bool {
		return !q.has(name) || slices.Contains(strings.Split(q.str(name), ","), value)
	}
	kept := within(q, q.c.vpc.eips, func(e *eip) bool {
		return listed("AllocationId", e.id) && listed("EipAddress", e.address) && q.matches("EipName", e.name) &&
			q.matches("Status", q.c.eipStatus(e)) && q.matches("ISP", e.isp) && q.oneOf("ChargeType", "PostPaid") &&
			q.matches("AssociatedInstanceId", e.instance) && q.matches("AssociatedInstanceType", e.instanceType) &&
			q.matchesBool("ServiceManaged", e.managed) && e.hasTags(q)
	})
	return numbered(q, kept, 10, "EipAddresses", "EipAddress", q.eipView)
}

func (q *rpcRequest) eipView(e *eip) map[string]any {
	managed := 0
	if e.managed {
		managed = 1
	}
	vpc := ""
	if e.instanceType == "IpAddress" { // of what else an EIP is on, the answer does not name the network
		vpc = e.vpc
	}
	private := e.privateIP
	if e.instanceType != "NetworkInterface" { // only an interface has several to choose from
		private = ""
	}
	return map[string]any{
		"AllocationId": e.id, "Name": e.name, "Description": e.description, "Descritpion": e.description, // sic: both are answered
		"IpAddress": e.address, "Status": q.c.eipStatus(e), "RegionId": e.region, "AllocationTime": stamp(e.created),
		"InstanceId": e.instance, "InstanceType": e.instanceType, "InstanceRegionId": map[bool]string{true: e.region, false: ""}[e.instance != ""],
		"PrivateIpAddress": private, "Mode": cmp.Or(e.mode, "NAT"), "VpcId": vpc, "Bandwidth": e.bandwidth, "EipBandwidth": e.bandwidth,
		"InternetChargeType": e.charge, "ChargeType": "PostPaid", "ISP": e.isp, "Netmode": "public", "BusinessStatus": "Normal",
		"ServiceManaged": managed, "ResourceGroupId": "", "ExpiredTime": "", "DeletionProtection": false, "SegmentInstanceId": e.segment,
		"BandwidthPackageId": "", "HDMonitorStatus": "OFF", "HasReservationData": "false", "SecondLimited": false,
		"OperationLocks": map[string]any{"LockReason": []any{}}, "AvailableRegions": map[string]any{"AvailableRegion": []string{e.region}},
		"Tags": vpcTags(&e.ecsResource),
	}
}
