package vpc

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// EIP is a public address that can be put on instances, interfaces, load
// balancers and NAT gateways.
// Charge is how traffic is paid for, Isp the kind of line, and Mode how it is on its holder: NAT
// (translated), MULTI_BINDED and BINDED (visible to the guest). Bandwidth is text, since the API
// has it so. Bandwidth packages, address pools and protection are left out. changed is when it was
// last bound or taken off.
type EIP struct {
	kernel.Resource `yaml:",inline"`
	Address         string `yaml:"address,omitempty"`       // default a free one
	Bandwidth       string `yaml:"bandwidth,omitempty"`     // default 5
	Instance        string `yaml:"instance,omitempty"`      // what it is on
	InstanceType    string `yaml:"instance-type,omitempty"` // default by the id
	PrivateIP       string `yaml:"private-ip,omitempty"`    // default the first of what it is on
	VPC             string `yaml:"vpc,omitempty"`           // in a document only with the type IpAddress
	Managed         bool   `yaml:"service-managed,omitempty"`
	Segment         string `yaml:"segment,omitempty"` // the block of addresses that it is one of, if any
	New             bool   `yaml:"new,omitempty"`     // allocated a minute ago; default a day

	Charge, Isp, Mode string
	changed           time.Time
}

var eipRows = kernel.Kind{Key: "eips", Prefix: "eip", Tagged: "eip", Type: EIPKind}

func (e *EIP) Defaults(*Service) {
	e.Bandwidth = cmp.Or(e.Bandwidth, "5")
	if e.Instance != "" {
		e.InstanceType = cmp.Or(e.InstanceType, targetOf(e.Instance))
	}
}

func (e *EIP) Check(*Service) error { return nil }

// Addresses that the document gives away are known by now, so a made-up one never takes them.
func (e *EIP) Complete(_ *kernel.Loader, c *Service) error {
	e.Charge, e.Isp = "PayByBandwidth", "BGP"
	if e.Instance != "" {
		e.Mode = "NAT"
	}
	if e.New {
		e.Created = c.Clock().Add(-time.Minute)
	}
	for l := c.loading; e.Address == ""; l.next = l.next.Next() {
		if !l.taken[l.next.String()] {
			e.Address = l.next.String()
		}
	}
	return nil
}

// targetOf is the type of what an id names, as EIPs say it.
// IpAddress is for an address in a VPC that is no resource of Alibaba's: it has no prefix.
func targetOf(id string) string {
	kinds := map[string]string{"i": "EcsInstance", "eni": "NetworkInterface", "ngw": "Nat", "lb": "SlbInstance", "havip": "HaVip"}
	prefix, _, _ := strings.Cut(id, "-")
	return cmp.Or(kinds[prefix], "IpAddress")
}

// fit finds what the EIP is on, once everything is loaded.
// It runs after all tables, since hosts may be of the other products' parts of the same document.
// Load balancers of slb are not looked for: their part may come later.
func (e *EIP) fit(c *Service) error {
	switch e.InstanceType {
	case "EcsInstance", "NetworkInterface":
		h, ok := c.loading.host(e.InstanceType, e.Instance)
		if !ok {
			words := map[string]string{"EcsInstance": "instance", "NetworkInterface": "network interface"}
			return fmt.Errorf("no %s %q", words[e.InstanceType], e.Instance)
		}
		e.PrivateIP, e.VPC = cmp.Or(e.PrivateIP, h.IP), h.VPC
	case "Nat":
		g, err := kernel.ByItsID(c.NATs, "NAT gateway", e.Instance)
		if err != nil {
			return err
		}
		e.VPC, e.Mode = g.VPC, g.bind
	case "HaVip":
		h, err := kernel.ByItsID(c.HaVips, "HaVip", e.Instance)
		if err != nil {
			return err
		}
		e.PrivateIP, e.VPC = h.IP, h.VPC
	case "IpAddress":
		e.PrivateIP = e.Instance
	}
	return nil
}

// Abridged leaves out what follows from what the EIP is on.
func (e *EIP) Abridged(c *Service) *EIP {
	short := *e
	short.VPC = ""
	switch e.InstanceType {
	case "IpAddress":
		short.VPC, short.PrivateIP = e.VPC, ""
	case "HaVip", "SlbInstance":
		short.PrivateIP = "" // it is theirs
	}
	if e.Instance == "" {
		short.InstanceType = ""
	}
	if h, ok := hostNamed(c.hosts(), e.InstanceType, e.Instance, ""); ok && h.Kind != "SlbInstance" {
		short.PrivateIP = kernel.Unless(e.PrivateIP, h.IP)
	}
	return &short
}

// The type has a prefix of its own, as NAT's has: ActionTrail does not count them among VPC.
const EIPKind = "ACS::EIP::EipAddress"

var onEIP = InVPC("eip", "AllocationId")

// onEIPAndInstance needs permission for the instance too, where it is one.
func onEIPAndInstance(q *kernel.Request) []string {
	arns := onEIP(q)
	if strings.HasPrefix(q.Str("InstanceId"), "i-") {
		arns = append(arns, q.ARN("ecs", "instance/"+q.Str("InstanceId")))
	}
	return arns
}

const eipTargets = "InstanceType=EcsInstance|SlbInstance|Nat|HaVip|NetworkInterface|IpAddress "

// InstanceType is EcsInstance unless the call says otherwise, also for UnassociateEipAddress.
var eipActions = []action{
	{
		Name: "AllocateEipAddress", Write: true, Do: allocateEIP, On: InVPC("eip", ""),
		Params: `RegionId! Bandwidth InternetChargeType=PayByBandwidth|PayByTraffic InstanceChargeType ISP Name Description IpAddress InstanceId Netmode
			Period:Integer PricingCycle AutoPay:Boolean ActivityId:Long PublicIpAddressPoolId ResourceGroupId SecurityProtectionTypes:RepeatList
			Zone ClientToken Tag:RepeatList(Key Value)`,
	},
	{
		// It makes what it is put on reachable from the internet, within what security groups and
		// ACLs let through: ecsguard looks for it in events.
		Name: "AssociateEipAddress", Write: true, Do: associateEIP, On: onEIPAndInstance,
		Params: "RegionId AllocationId! InstanceId! InstanceRegionId Mode=NAT|MULTI_BINDED|BINDED PrivateIpAddress VpcId ClientToken " + eipTargets,
	},
	{
		// InstanceId is optional, and has to be right where it is said.
		Name: "UnassociateEipAddress", Write: true, Do: unassociateEIP, On: onEIPAndInstance,
		Params: "RegionId AllocationId! InstanceId PrivateIpAddress Force:Boolean ClientToken " + eipTargets,
	},
	{
		Name: "ModifyEipAddressAttribute", Write: true, Do: modifyEIP, On: onEIP,
		Params: "RegionId AllocationId! Bandwidth Name Description",
	},
	{
		// The code for one that is in use is that of its status.
		Name: "ReleaseEipAddress", Write: true, Do: releaseEIP, On: onEIP,
		Params: "RegionId AllocationId!",
	},
	{
		Name: "DescribeEipAddresses", Do: describeEIPs, On: onEIP,
		Params: `RegionId! AllocationId EipAddress EipName Status ChargeType ISP LockReason ResourceGroupId AssociatedInstanceId SegmentInstanceId
			AssociatedInstanceType=EcsInstance|SlbInstance|Nat|HaVip|NetworkInterface|IpAddress PublicIpAddressPoolId ServiceManaged:Boolean
			SecurityProtectionEnabled:Boolean IncludeReservationData:Boolean DryRun:Boolean Tag:RepeatList(Key Value)
			Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// eip finds the address of a call.
// The words are those of the older errors of VPC, without an article.
func (q *request) eip() (*EIP, error) {
	e, ok := kernel.Find(q.Request, q.c.EIPs, q.Str("AllocationId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidAllocationId.NotFound", "Specified allocation ID is not found.")
	}
	q.Touch(EIPKind, e.ID)
	return e, nil
}

// PublicAddress is one that nobody has, of a block that is nobody's in the
// real world. mu is held.
// It looks at the addresses of all products, since instances and load balancers have public ones
// that are no EIPs.
func (c *Service) PublicAddress() string {
	taken := map[string]bool{}
	for _, e := range c.EIPs {
		taken[e.Address] = true
	}
	for h := range c.hosts() {
		taken[h.Public] = true
	}
	a := netip.MustParseAddr("198.18.0.1") // of 198.18.0.0/15, which has 131,072
	for taken[a.String()] {
		a = a.Next()
	}
	return a.String()
}

// The API knows no state of its own for an EIP that has never been bound: it is Available.
func (c *Service) eipStatus(e *EIP) string {
	if e.Instance == "" {
		return c.Status(e.changed, "Unassociating", "Available")
	}
	return c.Status(e.changed, "Associating", "InUse")
}

// IpAddress asks for one address, which the real service gives back only to the account that had
// it last.
func allocateEIP(q *request) (any, error) {
	e := &EIP{
		Resource: q.NewResource("eip", q.Str("Name")), Address: q.OrElse("IpAddress", q.c.PublicAddress()),
		Bandwidth: q.OrElse("Bandwidth", "5"), Charge: q.OrElse("InternetChargeType", "PayByBandwidth"), Isp: q.OrElse("ISP", "BGP"),
	}
	if slices.ContainsFunc(q.c.EIPs, func(o *EIP) bool { return o.Address == e.Address }) {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter IpAddress is not valid: it is in use.")
	}
	q.c.EIPs = append(q.c.EIPs, e)
	q.Touch(EIPKind, e.ID)
	return map[string]any{"AllocationId": e.ID, "EipAddress": e.Address, "OrderId": 0, "ResourceGroupId": ""}, nil
}

// What an EIP can be on has codes of its own each. An instance that already has a public address
// of its own is refused; a primary interface takes none, because its instance does; only an
// interface has several private addresses to choose from; a NAT gateway takes many EIPs,
// everything else one for each private address.
func associateEIP(q *request) (any, error) {
	e, err := q.eip()
	if err != nil {
		return nil, err
	}
	if q.c.eipStatus(e) != "Available" {
		return nil, kernel.Refuse(400, "IncorrectEipStatus", "Current elastic IP status does not support this operation.")
	}
	id, kind := q.Str("InstanceId"), q.OrElse("InstanceType", "EcsInstance")
	mode, private, vpc := "NAT", "", ""
	switch kind {
	case "EcsInstance":
		h, ok := hostNamed(q.c.hosts(), kind, id, q.Region)
		switch {
		case !ok || h.Unseen:
			return nil, kernel.Refuse(400, "InvalidInstance.NotExist", "The instance is not exist.")
		case h.Status != "Running" && h.Status != "Stopped":
			return nil, kernel.Refuse(400, "IncorrectInstanceStatus", "The current status of instance does not support this operation.")
		case h.Public != "":
			return nil, kernel.Refuse(400, "EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP", "The instance already has a public IP address and cannot be associated with an EIP.")
		}
		private, vpc = h.IP, h.VPC
		q.Touch(h.Touched, h.ID)
	case "NetworkInterface":
		h, ok := hostNamed(q.c.hosts(), kind, id, q.Region)
		if !ok || h.TakesNoEIP {
			return nil, kernel.Refuse(400, "ResourceNotFound.NetworkInterface", "The specified resource of NetworkInterface is not found.")
		}
		private, vpc = q.OrElse("PrivateIpAddress", h.IP), h.VPC
		if private != h.IP && !slices.Contains(h.More, private) {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter PrivateIpAddress is not valid.")
		}
		q.Touch(h.Touched, h.ID)
	case "Nat":
		g, ok := kernel.Find(q.Request, q.c.NATs, id)
		if !ok || g.Network != "internet" {
			return nil, kernel.Refuse(400, "InvalidParams.NotFound", "The specified NAT gateway is not found.")
		}
		mode, vpc = g.bind, g.VPC
		q.Touch(natKind, g.ID)
	case "SlbInstance":
		h, ok := hostNamed(q.c.hosts(), kind, id, q.Region)
		if !ok || h.TakesNoEIP {
			return nil, kernel.Refuse(400, "InvalidInstance.NotExist", "The instance is not exist.")
		}
		private, vpc = h.IP, h.VPC
		q.Touch(h.Touched, h.ID)
	case "HaVip":
		h, ok := kernel.Find(q.Request, q.c.HaVips, id)
		if !ok {
			return nil, kernel.Refuse(400, "InvalidInstance.NotExist", "The instance is not exist.")
		}
		private, vpc = h.IP, h.VPC
		q.Touch(haVipKind, h.ID)
	case "IpAddress":
		if q.c.Of(q.Region, q.Str("VpcId")) == nil {
			return nil, kernel.Refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
		}
		private, vpc = id, q.Str("VpcId")
	}
	if kind != "Nat" && slices.ContainsFunc(q.c.EIPs, func(o *EIP) bool { return o.Instance == id && o.PrivateIP == private }) {
		return nil, kernel.Refuse(400, "InvalidAssociation.Duplicated", "Specified instance already is associated.")
	}
	e.Instance, e.InstanceType, e.PrivateIP, e.Mode, e.VPC, e.changed = id, kind, private, q.OrElse("Mode", mode), vpc, q.c.Clock()
	return kernel.Done()
}

// An EIP that entries of a NAT gateway use cannot be taken off without Force, which removes the
// entries, too. The event names what it was on.
func unassociateEIP(q *request) (any, error) {
	e, err := q.eip()
	switch {
	case err != nil:
		return nil, err
	case q.c.eipStatus(e) != "InUse":
		return nil, kernel.Refuse(400, "IncorrectEipStatus", "Current elastic IP status does not support this operation.")
	case q.Has("InstanceId") && q.Str("InstanceId") != e.Instance:
		return nil, kernel.Refuse(404, "InvalidBindInstance.NotFound", "The specified bind instance does not exist.")
	}
	if g, ok := kernel.Find(q.Request, q.c.NATs, e.Instance); ok {
		switch {
		case q.Is("Force"):
			g.dropUsesOf(e.Address)
		case slices.ContainsFunc(g.SNAT, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.Address) }):
			return nil, kernel.Refuse(400, "InvalidIpStatus.HasBeenUsedBySnatTable", "The removed ip address has been used by snat table.")
		case slices.ContainsFunc(g.DNAT, func(f *forwardEntry) bool { return f.ExternalIP == e.Address }):
			return nil, kernel.Refuse(400, "InvalidIpStatus.HasBeenUsedByForwardEntry", "The specified address has been used by forwardTable.")
		}
	}
	switch e.InstanceType {
	case "EcsInstance":
		q.Touch(kernel.InstanceKind, e.Instance)
	case "NetworkInterface":
		q.Touch(kernel.NICKind, e.Instance)
	case "Nat":
		q.Touch(natKind, e.Instance)
	}
	e.release(q.c.Clock())
	return kernel.Done()
}

// release takes the address off what it is on.
func (e *EIP) release(now time.Time) {
	e.Instance, e.InstanceType, e.PrivateIP, e.Mode, e.VPC, e.changed = "", "", "", "", "", now
}

// ReleaseEIPsOf does so for everything on a resource that ceases to be. mu is
// held.
func (c *Service) ReleaseEIPsOf(id string) {
	for _, e := range c.EIPs {
		if e.Instance == id {
			e.release(c.Clock())
		}
	}
}

// EIPOn is the address on a resource, or nil. mu is held.
// Without a private address it is the first one on the resource.
func (c *Service) EIPOn(id, privateIP string) *EIP {
	for _, e := range c.EIPs {
		if e.Instance == id && (privateIP == "" || e.PrivateIP == privateIP) {
			return e
		}
	}
	return nil
}

// A bandwidth is not checked against the quota of the charge type.
func modifyEIP(q *request) (any, error) {
	e, err := q.eip()
	if err != nil {
		return nil, err
	}
	e.Name, e.Description, e.Bandwidth = q.OrElse("Name", e.Name), q.OrElse("Description", e.Description), q.OrElse("Bandwidth", e.Bandwidth)
	return kernel.Done()
}

// It has to be off everything first. Another account may get the address then, which is why names
// that still point to it are dangerous.
func releaseEIP(q *request) (any, error) {
	e, err := q.eip()
	switch {
	case err != nil:
		return nil, err
	case q.c.eipStatus(e) != "Available":
		return nil, kernel.Refuse(400, "IncorrectEipStatus", "Current elastic IP status does not support this operation.")
	}
	q.c.EIPs = kernel.Without(q.c.EIPs, e.ID)
	return kernel.Done()
}

// Ids and addresses are lists with commas.
func describeEIPs(q *request) (any, error) {
	listed := func(name, value string) bool {
		return !q.Has(name) || slices.Contains(strings.Split(q.Str(name), ","), value)
	}
	kept := kernel.Within(q.Request, q.c.EIPs, func(e *EIP) bool {
		return listed("AllocationId", e.ID) && listed("EipAddress", e.Address) && q.Matches("EipName", e.Name) &&
			q.Matches("Status", q.c.eipStatus(e)) && q.Matches("ISP", e.Isp) && q.OneOf("ChargeType", "PostPaid") &&
			q.Matches("AssociatedInstanceId", e.Instance) && q.Matches("AssociatedInstanceType", e.InstanceType) &&
			q.MatchesBool("ServiceManaged", e.Managed) && e.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "EipAddresses", "EipAddress", q.eipView)
}

// Booleans, numbers and texts are mixed as in the real answer: HasReservationData is text,
// SecondLimited is not.
func (q *request) eipView(e *EIP) map[string]any {
	managed := 0
	if e.Managed {
		managed = 1
	}
	vpc := ""
	if e.InstanceType == "IpAddress" { // of what else an EIP is on, the answer does not name the network
		vpc = e.VPC
	}
	private := e.PrivateIP
	if e.InstanceType != "NetworkInterface" { // only an interface has several to choose from
		private = ""
	}
	return map[string]any{
		"AllocationId": e.ID, "Name": e.Name, "Description": e.Description, "Descritpion": e.Description, // sic: both are answered
		"IpAddress": e.Address, "Status": q.c.eipStatus(e), "RegionId": e.Region, "AllocationTime": kernel.Stamp(e.Created),
		"InstanceId": e.Instance, "InstanceType": e.InstanceType, "InstanceRegionId": map[bool]string{true: e.Region, false: ""}[e.Instance != ""],
		"PrivateIpAddress": private, "Mode": cmp.Or(e.Mode, "NAT"), "VpcId": vpc, "Bandwidth": e.Bandwidth, "EipBandwidth": e.Bandwidth,
		"InternetChargeType": e.Charge, "ChargeType": "PostPaid", "ISP": e.Isp, "Netmode": "public", "BusinessStatus": "Normal",
		"ServiceManaged": managed, "ResourceGroupId": "", "ExpiredTime": "", "DeletionProtection": false, "SegmentInstanceId": e.Segment,
		"BandwidthPackageId": "", "HDMonitorStatus": "OFF", "HasReservationData": "false", "SecondLimited": false,
		"OperationLocks": map[string]any{"LockReason": []any{}}, "AvailableRegions": map[string]any{"AvailableRegion": []string{e.Region}},
		"Tags": vpcTags(&e.Resource),
	}
}
