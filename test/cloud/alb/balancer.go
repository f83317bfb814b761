package alb

import (
	"cmp"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const balancerKind = "ACS::ALB::LoadBalancer"

// Zones are as a call sent them. Its DNS name is made of its id; it has no address that clients
// would see, only that name.
type balancer struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	AddressType     string      `yaml:"address-type,omitempty"`      // Internet (default) or Intranet
	Address6        string      `yaml:"ipv6-address-type,omitempty"` // whether its IPv6 address is of the Internet or the Intranet; empty: it has none
	Edition         string      `yaml:"edition,omitempty"`           // default Standard
	VPC             string      `yaml:"vpc,omitempty"`               // default vpc-1
	Zones           []any       `yaml:"zone-mappings,omitempty"`
	Protected       bool        `yaml:"deletion-protection,omitempty"`
	Listeners       []*listener `yaml:"listeners,omitempty" dump:"after tags"`

	locked    string    // why the console may not change it; empty: it may
	allocated string    // Fixed or Dynamic: whether its addresses stay
	changed   time.Time // its type is being changed for a while
}

func (b *balancer) Defaults(*Service) {
	b.AddressType, b.Edition, b.VPC = cmp.Or(b.AddressType, "Internet"), cmp.Or(b.Edition, "Standard"), cmp.Or(b.VPC, "vpc-1")
	for _, l := range b.Listeners {
		l.defaults()
	}
}

// A balancer that names no zone is allowed in a document.
func (b *balancer) Check(*Service) error {
	if b.AddressType != "Internet" && b.AddressType != "Intranet" {
		return fmt.Errorf("address-type is %q, not Internet or Intranet", b.AddressType)
	}
	return nil
}

// Complete makes listeners of what the document says of them: they have ids, and belong to
// no other table.
func (b *balancer) Complete(load *kernel.Loader, c *Service) error {
	for i, l := range b.Listeners {
		made, err := load.Resource(l.ID, "", b.Region, "lsn", l.Tags)
		if err == nil {
			made.Description, l.balancer = l.Description, b.ID
			l.Resource = made
			err = l.check(c)
		}
		if err != nil {
			return kernel.At(err, ".listeners[%d]", i)
		}
	}
	return nil
}

// Abridged has the listeners in the order in which dumps can be compared.
func (b *balancer) Abridged(*Service) *balancer {
	short := *b
	short.Listeners = kernel.ByID(b.Listeners)
	return &short
}

// Version 2020-06-16. The address type of IPv6 is changed by calls that are left out
// (EnableLoadBalancerIpv6Internet).
var balancerActions = []action{
	{
		Name: "CreateLoadBalancer", Write: true, On: onALB("loadbalancer", ""), Do: createBalancer,
		Params: `AddressType!=Internet|Intranet VpcId! LoadBalancerEdition!=Basic|Standard|StandardWithWaf LoadBalancerName AddressAllocatedMode=Fixed|Dynamic
			AddressIpVersion DeletionProtectionEnabled:Boolean ResourceGroupId ModificationProtectionConfig:Struct(Status Reason)
			LoadBalancerBillingConfig:Struct!(PayType InternetBandwidth InternetChargeType BandwidthPackageId)
			ZoneMappings:Array!(ZoneId VSwitchId AllocationId IntranetAddress EipType) ` + kernel.AppOnce + kernel.AppTag,
	},
	{
		Name: "ListLoadBalancers", On: onALB("loadbalancer", ""), Do: listBalancers,
		Params: `AddressIpVersion AddressType DNSName Ipv6AddressType LoadBalancerBussinessStatus LoadBalancerIds:Array LoadBalancerNames:Array LoadBalancerStatus
			MaxResults:Integer=1..100 NextToken PayType ResourceGroupId VpcIds:Array ZoneId ` + kernel.AppTag,
	},
	{Name: "GetLoadBalancerAttribute", On: onALB("loadbalancer", "LoadBalancerId"), Do: getBalancer, Params: "LoadBalancerId!"},
	{
		Name: "UpdateLoadBalancerAddressTypeConfig", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: updateAddressType,
		Params: "LoadBalancerId! AddressType!=Internet|Intranet ZoneMappings:Array(ZoneId VSwitchId AllocationId EipType) ClientToken DryRun",
	},
	{Name: "DeleteLoadBalancer", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: deleteBalancer, Params: "LoadBalancerId! " + kernel.AppOnce},
	{
		Name: "UpdateLoadBalancerAttribute", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: updateBalancer,
		Params: "LoadBalancerId! LoadBalancerName ModificationProtectionConfig:Struct(Status Reason) " + kernel.AppOnce,
	},
	{Name: "EnableDeletionProtection", Write: true, On: onALB("loadbalancer", "ResourceId"), Do: protect(true), Params: "ResourceId! " + kernel.AppOnce},
	{Name: "DisableDeletionProtection", Write: true, On: onALB("loadbalancer", "ResourceId"), Do: protect(false), Params: "ResourceId! " + kernel.AppOnce},
}

// createBalancer answers at once, and with no job, unlike the changes: the balancer is Active.
// That it is in the internet by IPv6 as well is a second call, so one with both families begins
// with an IPv6 address of the Intranet.
func createBalancer(q *request) (any, error) {
	b := &balancer{
		Resource: q.NewResource("alb", q.Str("LoadBalancerName")), allocated: q.Str("AddressAllocatedMode"), AddressType: q.Str("AddressType"), Edition: q.Str("LoadBalancerEdition"),
		VPC: q.Str("VpcId"), Address6: map[bool]string{true: "Intranet"}[q.Str("AddressIpVersion") == "DualStack"], Zones: q.nestedList("ZoneMappings"), Protected: q.Is("DeletionProtectionEnabled"),
	}
	q.c.kept.Balancers = append(q.c.kept.Balancers, b)
	q.Touch(balancerKind, b.ID)
	return map[string]any{"LoadBalancerId": b.ID}, nil
}

// updateAddressType opens a balancer to the internet or takes it from there.
func updateAddressType(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "LoadBalancerId", balancerKind)
	switch {
	case err != nil:
		return nil, err
	case !q.c.Settled(b.changed):
		return nil, kernel.Refuse(400, "IncorrectStatus.LoadBalancer", "The status of loadbalancer [%s] is incorrect.", b.ID)
	case b.AddressType == q.Str("AddressType"):
		return nil, kernel.Refuse(400, "OperationDenied.AddressTypeNotChanged", "The operation is not allowed because the AddressType is not changed.")
	}
	zones := q.nestedList("ZoneMappings")
	for _, zone := range zones {
		id := FirstOf(zone.(map[string]any)["AllocationId"], "")
		if _, ok := kernel.Find(q.Request, q.c.vpc.EIPs, id); id != "" && !ok {
			return nil, kernel.Refuse(404, "ResourceNotFound.EipAddress", "The specified resource %s is not found.", id)
		}
	}
	if len(zones) > 0 {
		b.Zones = zones
	}
	b.AddressType, b.changed = q.Str("AddressType"), q.c.Clock()
	return q.done("loadbalancer", b.ID, map[string]any{})
}

// view is a balancer as lists show it. LoadBalancerBussinessStatus is spelt so in the API; the
// one of Network Load Balancer is spelt right.
func (b *balancer) view(c *Service) map[string]any {
	family := "IPv4"
	if b.Address6 != "" {
		family = "DualStack"
	}
	return map[string]any{
		"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "LoadBalancerStatus": b.status(c), "LoadBalancerBussinessStatus": "Normal", "LoadBalancerEdition": b.Edition,
		"AddressType": b.AddressType, "AddressAllocatedMode": cmp.Or(b.allocated, "Dynamic"), "AddressIpVersion": family, "Ipv6AddressType": b.Address6, "VpcId": b.VPC, "ResourceGroupId": "",
		"DNSName": b.ID + "." + b.Region + ".alb.aliyuncs.com", "CreateTime": kernel.Stamp(b.Created), "Tags": kernel.TagViews(b.Tags, "Key", "Value"),
		"DeletionProtectionConfig": map[string]any{"Enabled": b.Protected, "EnabledTime": ""},
		"RegionId":                 b.Region, "ModificationProtectionConfig": b.protectionView(),
		"LoadBalancerBillingConfig": map[string]any{"PayType": "PostPay"}, "LoadBalancerOperationLocks": []any{},
	}
}

// A document's balancer is Active.
func (b *balancer) status(c *Service) string {
	if c.Settled(b.changed) {
		return "Active"
	}
	return "Configuring"
}

func listBalancers(q *request) (any, error) {
	views := []any{}
	for _, b := range kernel.Within(q.Request, q.c.kept.Balancers, func(b *balancer) bool {
		return b.HasTags(q.Request) && q.ChosenBy("LoadBalancerIds", b.ID) && q.ChosenBy("LoadBalancerNames", b.Name) && q.ChosenBy("VpcIds", b.VPC) &&
			q.Matches("AddressType", b.AddressType) && q.Matches("Ipv6AddressType", b.Address6) && q.Matches("LoadBalancerStatus", b.status(q.c))
	}) {
		views = append(views, b.view(q.c))
	}
	return kernel.NamedPage(q.Request, "LoadBalancers", views)
}

// getBalancer has the zones besides, which the list leaves out.
func getBalancer(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "LoadBalancerId", balancerKind)
	if err != nil {
		return nil, err
	}
	view := b.view(q.c)
	view["ZoneMappings"] = b.Zones
	return view, nil
}

// deleteBalancer takes the listeners along. The server groups stay: they belong to nobody.
func deleteBalancer(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "LoadBalancerId", balancerKind)
	switch {
	case err != nil:
		return nil, err
	case b.Protected:
		return nil, kernel.Refuse(400, "OperationDenied.DeletionProtectionEnabled", "The operation is not allowed because of DeletionProtection.")
	}
	q.c.kept.Balancers = kernel.Without(q.c.kept.Balancers, b.ID)
	return q.done("loadbalancer", b.ID, map[string]any{})
}

// A dash stands for a lock without a reason.
func updateBalancer(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "LoadBalancerId", balancerKind)
	switch {
	case err != nil:
		return nil, err
	case !q.c.Settled(b.changed):
		return nil, kernel.Refuse(400, "IncorrectStatus.LoadBalancer", "The status of loadbalancer [%s] is incorrect.", b.ID)
	}
	b.Name = q.OrElse("LoadBalancerName", b.Name)
	if q.Has("ModificationProtectionConfig.Status") {
		b.locked = ""
		if q.Str("ModificationProtectionConfig.Status") == "ConsoleProtection" {
			b.locked = q.OrElse("ModificationProtectionConfig.Reason", "-")
		}
	}
	return q.done("loadbalancer", b.ID, map[string]any{})
}

// protect takes ResourceId, and not LoadBalancerId as all others do, and answers with no job.
func protect(on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "ResourceId", balancerKind)
		if err != nil {
			return nil, err
		}
		b.Protected = on
		return kernel.Done()
	}
}

// protectionView is whether people may change a balancer in the console.
func (b *balancer) protectionView() map[string]any {
	switch b.locked {
	case "":
		return map[string]any{"Status": "NonProtection", "Reason": ""}
	case "-":
		return map[string]any{"Status": "ConsoleProtection", "Reason": ""}
	}
	return map[string]any{"Status": "ConsoleProtection", "Reason": b.locked}
}
