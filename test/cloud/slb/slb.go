package slb

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// state is Classic Load Balancer: what a client needs to see and judge its
// HTTP and HTTPS listeners.
type state struct {
	Certificates kernel.Table[*classicCertificate] `yaml:"certificates,omitempty"`
	Balancers    kernel.Table[*classicBalancer]    `yaml:"load-balancers,omitempty"`
}

func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.Certificates, certificateRows), kernel.RowsOf(&c.Balancers, balancerRows)}
}

// Address is its own, public or private by AddressType. A balancer within a VPC is reached from
// outside only through an EIP. zone and slave are where it runs. IPv6, access control lists and
// instances that are paid for in advance are left out.
type classicBalancer struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	AddressType     string             `yaml:"address-type,omitempty"` // internet (default) or intranet
	Address         string             `yaml:"address"`
	Spec            string             `yaml:"spec,omitempty"`
	Charge          string             `yaml:"charge,omitempty"` // PayBySpec (default) or PayByCLCU
	VPC             string             `yaml:"vpc,omitempty"`    // default none: the classic network
	VSwitch         string             `yaml:"vswitch,omitempty"`
	Bandwidth       int                `yaml:"bandwidth,omitempty"`
	Protected       bool               `yaml:"deletion-protection,omitempty"`
	Servers         []string           `yaml:"backend-servers,omitempty" dump:"after tags"` // of the default group: instances and interfaces
	Groups          []*classicGroup    `yaml:"server-groups,omitempty" dump:"after tags"`
	Inactive        bool               `yaml:"inactive,omitempty" dump:"after tags"`
	Listeners       []*classicListener `yaml:"listeners,omitempty" dump:"after tags"`

	zone, slave string
	locked      string // why the console may not change it; empty: it may
}

var balancerRows = kernel.Kind{Key: "load-balancers", Prefix: "lb", Tagged: "loadbalancer", Type: classicKind}

// Defaults gives listeners the settings that a call would have given them, in a new map: a
// dump takes the settings away and asks what comes back.
func (b *classicBalancer) Defaults(*Service) {
	b.AddressType, b.Charge = cmp.Or(b.AddressType, "internet"), cmp.Or(b.Charge, "PayBySpec")
	for _, l := range b.Listeners {
		settings := usualSettings(l.Protocol)
		maps.Copy(settings, l.Settings)
		l.Settings = settings
	}
}

// One port has one listener here. The real service may let TCP and UDP share a number.
func (b *classicBalancer) Check(*Service) error {
	if b.AddressType != "internet" && b.AddressType != "intranet" {
		return fmt.Errorf("address-type is %q, not internet or intranet", b.AddressType)
	}
	ports := map[int]bool{}
	for _, l := range b.Listeners {
		switch {
		case !slices.Contains([]string{"http", "https", "tcp", "udp"}, l.Protocol):
			return fmt.Errorf("the protocol of a listener is %q, not http, https, tcp or udp", l.Protocol)
		case l.Port < 1 || l.Port > 65535:
			return fmt.Errorf("no port %d", l.Port)
		case ports[l.Port]:
			return fmt.Errorf("port %d has two listeners", l.Port)
		}
		ports[l.Port] = true
		if p := l.Settings["TLSCipherPolicy"]; p != "" && !slices.Contains(classicPolicies, p) {
			return fmt.Errorf("no TLSCipherPolicy %q", p)
		}
	}
	return nil
}

func (b *classicBalancer) Complete(l *kernel.Loader, _ *Service) error {
	for _, g := range b.Groups {
		if err := g.load(l, b.Region); err != nil {
			return err
		}
	}
	for _, listener := range b.Listeners {
		if listener.Tags == nil {
			listener.Tags = map[string]string{}
		}
	}
	return nil
}

// Abridged sorts the groups by id and the listeners by port, and leaves out of each what it
// has by default.
func (b *classicBalancer) Abridged(*Service) *classicBalancer {
	short := *b
	short.Groups, short.Listeners = nil, nil
	for _, g := range kernel.ByID(b.Groups) {
		short.Groups = append(short.Groups, g.abridged())
	}
	for _, l := range b.Listeners {
		listener, usual := *l, usualSettings(l.Protocol)
		listener.Settings = maps.Clone(l.Settings)
		maps.DeleteFunc(listener.Settings, func(k, v string) bool { return usual[k] == v })
		short.Listeners = append(short.Listeners, &listener)
	}
	slices.SortFunc(short.Listeners, func(a, b *classicListener) int { return cmp.Compare(a.Port, b.Port) })
	return &short
}

// classicListener keeps its settings as they were given, by parameter.
// started is when it was started last, for the status on the way.
type classicListener struct {
	Port     int               `yaml:"port"`
	Protocol string            `yaml:"protocol"` // http, https, tcp or udp
	Stopped  bool              `yaml:"stopped,omitempty"`
	Managed  bool              `yaml:"service-managed,omitempty"` // by a cloud service
	Settings map[string]string `yaml:"settings,omitempty"`        // by the names of the API
	Tags     map[string]string `yaml:"tags,omitempty"`

	started time.Time
}

// usualSettings are those of a listener that a call says nothing about.
// They are documented with the calls that make a listener. HealthCheck has no default here, since
// HTTP listeners have to say it. The TLS policy is the oldest one unless a call chooses, which is
// what a practice finds.
func usualSettings(protocol string) map[string]string {
	if protocol == "tcp" || protocol == "udp" {
		return layer4Settings(protocol)
	}
	settings := map[string]string{
		"Bandwidth": "-1", "Gzip": "on", "IdleTimeout": "15", "RequestTimeout": "60", "Scheduler": "wrr", "StickySession": "off", "AclStatus": "off",
		"XForwardedFor": "on",
	}
	if protocol == "https" {
		settings["TLSCipherPolicy"], settings["EnableHttp2"] = kernel.UsualTLSPolicy, "on"
	} else {
		settings["ListenerForward"] = "off"
	}
	return settings
}

const (
	classicKind = "ACS::SLB::LoadBalancer"
	// What all listeners of HTTP have in common, to make and to change.
	classicListenerParams = `RegionId LoadBalancerId! ListenerPort:Integer!=1..65535 AclId AclStatus=on|off AclType=white|black Cookie CookieTimeout:Integer=1..86400
		Description Gzip=on|off HealthCheckConnectPort:Integer HealthCheckDomain HealthCheckHttpCode HealthCheckInterval:Integer=1..50
		HealthCheckMethod=head|get HealthCheckTimeout:Integer=1..300 HealthCheckURI HealthyThreshold:Integer=2..10 IdleTimeout:Integer=1..60
		RequestTimeout:Integer=1..180 Scheduler=wrr|rr StickySession=on|off StickySessionType=insert|server UnhealthyThreshold:Integer=2..10
		VServerGroupId XForwardedFor=on|off XForwardedFor_ClientSrcPort=on|off XForwardedFor_SLBID=on|off XForwardedFor_SLBIP=on|off
		XForwardedFor_SLBPORT=on|off XForwardedFor_proto=on|off `
	classicTLSParams  = "CACertificateId EnableHttp2=on|off ServerCertificateId TLSCipherPolicy "
	classicPortParams = "RegionId LoadBalancerId! ListenerPort:Integer!=1..65535 ListenerProtocol=http|https|tcp|udp "
	classicTag        = "Tag:RepeatList(Key Value) "
)

// Version 2014-05-15. A listener is made stopped, and StartLoadBalancerListener opens it. TCP and
// UDP listeners are in tcp.go.
var slbActions = []action{
	{
		// Nothing is required but the region. It begins without listeners, and so reachable by
		// nobody.
		Name: "CreateLoadBalancer", Write: true, On: onClassic, Do: createClassic,
		Params: `RegionId! Address AddressIPVersion AddressType=internet|intranet AutoPay:Boolean Bandwidth:Integer ClientToken DeleteProtection=on|off Duration:Integer
			InstanceChargeType InternetChargeType LoadBalancerName LoadBalancerSpec MasterZoneId ModificationProtectionReason ModificationProtectionStatus
			PayType PricingCycle ResourceGroupId SlaveZoneId VSwitchId VpcId ` + classicTag,
	},
	{Name: "DeleteLoadBalancer", Write: true, On: onClassic, Do: deleteClassic, Params: "RegionId LoadBalancerId!"},
	{Name: "DescribeLoadBalancerAttribute", On: onClassic, Do: describeClassic, Params: "RegionId LoadBalancerId!"},
	{
		Name: "DescribeLoadBalancers", On: onClassic, Do: describeClassics,
		Params: `RegionId! Address AddressIPVersion AddressType InternetChargeType LoadBalancerId LoadBalancerName LoadBalancerStatus MasterZoneId NetworkType
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100 PayType ResourceGroupId ServerId ServerIntranetAddress SlaveZoneId Tags VSwitchId VpcId ` + classicTag,
	},
	{Name: "AddBackendServers", Write: true, On: onClassic, Do: addBackends, Params: "RegionId LoadBalancerId! BackendServers"},
	{
		// Every server is normal where its listener runs.
		Name: "DescribeHealthStatus", On: onClassic, Do: describeHealth,
		Params: "RegionId LoadBalancerId! ListenerPort:Integer=1..65535 ListenerProtocol",
	},
	{
		// Required are the health check and either a port of the servers, a group, or a
		// redirection.
		Name: "CreateLoadBalancerHTTPListener", Write: true, On: onClassic, Do: createClassicListener("http"),
		Params: classicListenerParams + "HealthCheck!=on|off BackendServerPort:Integer=1..65535 Bandwidth:Integer ListenerForward=on|off ForwardPort:Integer=1..65535 " + classicTag,
	},
	{
		// TLSCipherPolicy is the oldest one unless said.
		Name: "CreateLoadBalancerHTTPSListener", Write: true, On: onClassic, Do: createClassicListener("https"),
		Params: classicListenerParams + classicTLSParams + "HealthCheck!=on|off BackendServerPort:Integer=1..65535 Bandwidth:Integer! " + classicTag,
	},
	{
		Name: "SetLoadBalancerHTTPListenerAttribute", Write: true, On: onClassic, Do: setClassicListener("http"),
		Params: classicListenerParams + "HealthCheck=on|off Bandwidth:Integer VServerGroup=on|off",
	},
	{
		Name: "SetLoadBalancerHTTPSListenerAttribute", Write: true, On: onClassic, Do: setClassicListener("https"),
		Params: classicListenerParams + classicTLSParams + "HealthCheck=on|off Bandwidth:Integer VServerGroup=on|off",
	},
	{
		Name: "DescribeLoadBalancerHTTPListenerAttribute", On: onClassic, Do: describeClassicListener("http"),
		Params: "RegionId LoadBalancerId! ListenerPort:Integer!=1..65535",
	},
	{
		Name: "DescribeLoadBalancerHTTPSListenerAttribute", On: onClassic, Do: describeClassicListener("https"),
		Params: "RegionId LoadBalancerId! ListenerPort:Integer!=1..65535",
	},
	{
		// The newer list over balancers. Its items have common settings at the top, and those of
		// the protocol in an object that is called after it.
		Name: "DescribeLoadBalancerListeners", On: onClassic, Do: describeClassicListeners,
		Params: "RegionId LoadBalancerId:RepeatList ListenerProtocol ListenerPort:Integer Description NextToken MaxResults:Integer=1..100 " + classicTag,
	},
	{Name: "StartLoadBalancerListener", Write: true, On: onClassic, Do: switchClassicListener(true), Params: classicPortParams},
	{Name: "StopLoadBalancerListener", Write: true, On: onClassic, Do: switchClassicListener(false), Params: classicPortParams},
	// A listener that runs can be deleted.
	{Name: "DeleteLoadBalancerListener", Write: true, On: onClassic, Do: deleteClassicListener, Params: classicPortParams},
}

// To VPC a balancer is a host that takes an EIP where it is private.
func (c *Service) register() {
	c.vpc.HostsOf = append(c.vpc.HostsOf, func() iter.Seq[vpc.Host] {
		return func(yield func(vpc.Host) bool) {
			for _, b := range c.Balancers {
				h := vpc.Host{ID: b.ID, Region: b.Region, Kind: "SlbInstance", Touched: classicKind, VPC: b.VPC, IP: b.Address, TakesNoEIP: b.AddressType != "intranet"}
				if !yield(h) {
					return
				}
			}
		}
	})
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Slb", Ram: "slb", Version: "2014-05-15", Endpoint: kernel.Regional("slb"), Missing: kernel.MissingInECS},
		slices.Concat(slbActions, slbBalancerActions, slbRegionActions, tcpListenerActions, classicGroupActions, classicCertificateActions, slbTagActions),
		"slb.aliyuncs.com", "slb-openapi-share.*.aliyuncs.com")
	kernel.Keep(c.Cloud, c, "slb", func(c *Service) *state { return &c.state }, (*Service).tables)
}

// onClassic is the balancer of a call, or those that it lists.
func onClassic(q *kernel.Request) []string {
	ids := append(kernel.Named("LoadBalancerId")(q), q.List("LoadBalancerId")...)
	if len(ids) == 0 {
		ids = []string{"*"}
	}
	var arns []string
	for _, id := range ids {
		arns = append(arns, q.ARN("slb", "loadbalancer/"+id))
	}
	return arns
}

// Another region's balancer is not found.
func (q *request) classic() (*classicBalancer, error) {
	b, ok := kernel.Find(q.Request, q.c.Balancers, q.Str("LoadBalancerId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidLoadBalancerId.NotFound", "The specified LoadBalancerId does not exist.")
	}
	q.Touch(classicKind, b.ID)
	return b, nil
}

// AddressType is internet unless the call names a vSwitch. Made-up public addresses are of
// 198.51.100.0/24, which is for documentation. A private one is not taken in its vSwitch.
func createClassic(q *request) (any, error) {
	usual := "internet"
	if q.Has("VSwitchId") {
		usual = "intranet"
	}
	b := &classicBalancer{
		Resource: q.NewResource("lb", q.Str("LoadBalancerName")), AddressType: q.OrElse("AddressType", usual), Spec: q.Str("LoadBalancerSpec"), Charge: q.OrElse("InstanceChargeType", "PayBySpec"),
		Address: q.Str("Address"), VPC: q.Str("VpcId"), VSwitch: q.Str("VSwitchId"), Bandwidth: q.Num("Bandwidth", 0), Protected: q.Str("DeleteProtection") == "on",
	}
	if b.Name == "" {
		b.Name = "auto_named_slb"
	}
	if b.VSwitch != "" {
		v := q.c.vpc.SwitchOf(q.Region, b.VSwitch)
		if v == nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified VSwitchId %s does not exist.", b.VSwitch)
		}
		b.VPC, b.zone = v.VPC, v.Zone
	}
	b.zone, b.slave = q.OrElse("MasterZoneId", cmp.Or(b.zone, q.Region+"-h")), q.OrElse("SlaveZoneId", q.Region+"-i")
	if q.Str("ModificationProtectionStatus") == "ConsoleProtection" {
		b.locked = q.OrElse("ModificationProtectionReason", "-")
	}
	if b.Address == "" {
		block := map[string]string{"internet": "198.51.100.", "intranet": "172.16.0."}[b.AddressType]
		b.Address = block + strconv.Itoa(1+len(q.c.Balancers)%250)
	}
	q.c.Balancers = append(q.c.Balancers, b)
	q.Touch(classicKind, b.ID)
	return map[string]any{
		"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "Address": b.Address, "AddressIPVersion": "ipv4", "NetworkType": b.network(),
		"VpcId": b.VPC, "VSwitchId": b.VSwitch, "ResourceGroupId": "", "OrderId": 0,
	}, nil
}

func (b *classicBalancer) network() string {
	if b.VPC != "" {
		return "vpc"
	}
	return "classic"
}

// Listeners and groups go along; EIPs become free.
func deleteClassic(q *request) (any, error) {
	b, err := q.classic()
	switch {
	case err != nil:
		return nil, err
	case b.Protected:
		return nil, kernel.Refuse(403, "OperationDenied.DeleteProtection", "The operation is not allowed because the delete protection is on.")
	}
	q.c.vpc.ReleaseEIPsOf(b.ID)
	q.c.Balancers = kernel.Without(q.c.Balancers, b.ID)
	return kernel.Done()
}

// InternetChargeType is written in small letters here, and in capitals by other products.
func (b *classicBalancer) view() map[string]any {
	return map[string]any{
		"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "LoadBalancerStatus": b.status(), "RegionId": b.Region, "RegionIdAlias": b.Region,
		"Address": b.Address, "AddressType": b.AddressType, "AddressIPVersion": "ipv4", "NetworkType": b.network(), "VpcId": b.VPC, "VSwitchId": b.VSwitch,
		"LoadBalancerSpec": b.Spec, "InstanceChargeType": b.Charge, "Bandwidth": b.Bandwidth, "InternetChargeType": "paybytraffic", "PayType": "PayOnDemand",
		"DeleteProtection": map[bool]string{true: "on", false: "off"}[b.Protected], "ServiceManagedMode": "Unmanaged", "ResourceGroupId": "",
		"MasterZoneId": b.zone, "SlaveZoneId": b.slave, "ModificationProtectionReason": strings.Trim(b.locked, "-"),
		"ModificationProtectionStatus": map[bool]string{true: "NonProtection", false: "ConsoleProtection"}[b.locked == ""],
		"CreateTime":                   kernel.Stamp(b.Created), "CreateTimeStamp": b.Created.UnixMilli(), "Tags": map[string]any{"Tag": kernel.TagViews(b.Tags, "TagKey", "TagValue")},
	}
}

// Both spellings of the list are answered, as the real one does for old clients.
func describeClassic(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	view := b.view()
	ports, listeners := []any{}, []any{}
	for _, l := range b.Listeners {
		ports = append(ports, l.Port)
		listeners = append(listeners, map[string]any{
			"ListenerPort": l.Port, "ListenerProtocol": l.Protocol, "ListenerForward": l.Settings["ListenerForward"],
			"ForwardPort": l.number("ForwardPort"), "Description": l.Settings["Description"],
		})
	}
	view["ListenerPorts"] = map[string]any{"ListenerPort": ports}
	view["ListenerPortsAndProtocol"] = map[string]any{"ListenerPortAndProtocol": listeners}
	view["ListenerPortsAndProtocal"] = map[string]any{"ListenerPortAndProtocal": listeners} // as the API has it
	view["BackendServers"] = map[string]any{"BackendServer": b.serverViews()}
	return view, nil
}

func backendType(id string) string {
	if strings.HasPrefix(id, "eni-") {
		return "eni"
	}
	return "ecs"
}

// addBackends puts instances and interfaces into the default server group.
// The list is JSON, some with single quotes. Servers that are there stay; weights of the default
// group are not kept.
func addBackends(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	var servers []struct{ ServerID string }
	if err := kernel.ReadLenient(q.Str("BackendServers"), &servers); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid.")
	}
	for _, s := range servers {
		_, isInstance := kernel.Find(q.Request, q.c.ecs.Instances, s.ServerID)
		_, isInterface := kernel.Find(q.Request, q.c.ecs.NICs, s.ServerID)
		if !isInstance && !isInterface {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: no server %q.", s.ServerID)
		}
		if !slices.Contains(b.Servers, s.ServerID) {
			b.Servers = append(b.Servers, s.ServerID)
		}
	}
	return map[string]any{"LoadBalancerId": b.ID}, nil
}

// describeHealth has a line for each server of each listener: without a listener a
// server is not reached.
func describeHealth(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, l := range b.Listeners {
		if q.Has("ListenerPort") && q.Num("ListenerPort", 0) != l.Port || !q.Matches("ListenerProtocol", l.Protocol) {
			continue
		}
		for _, s := range b.serversOf(l) {
			views = append(views, map[string]any{
				"ListenerPort": l.Port, "Protocol": l.Protocol, "ServerId": s.ID, "Type": s.kind, "Port": s.Port,
				"ServerHealthStatus": map[bool]string{true: "normal", false: "unavailable"}[!l.Stopped],
			})
		}
	}
	return map[string]any{"BackendServers": map[string]any{"BackendServer": views}}, nil
}

// LoadBalancerId may be several ids with commas.
func describeClassics(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.Balancers, func(b *classicBalancer) bool {
		return b.HasTags(q.Request) && kernel.InList(q.Str("LoadBalancerId"), b.ID) && q.Matches("LoadBalancerName", b.Name) && q.Matches("AddressType", b.AddressType) &&
			q.Matches("Address", b.Address) && q.Matches("VpcId", b.VPC) && q.Matches("VSwitchId", b.VSwitch) && q.Matches("NetworkType", b.network()) &&
			q.Matches("LoadBalancerStatus", b.status())
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 50)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, b := range page {
		views = append(views, b.view())
	}
	answer["LoadBalancers"] = map[string]any{"LoadBalancer": views}
	return answer, nil
}

// listener finds a listener of a call; protocol may be empty.
// A listener that does not exist is InvalidParameter in this API.
func (q *request) classicListener(protocol string) (*classicBalancer, *classicListener, error) {
	b, err := q.classic()
	if err != nil {
		return nil, nil, err
	}
	for _, l := range b.Listeners {
		if l.Port == q.Num("ListenerPort", 0) && (protocol == "" || l.Protocol == protocol) {
			return b, l, nil
		}
	}
	return nil, nil, kernel.Refuse(400, "InvalidParameter", "The specified resource does not exist.")
}

// classicPolicies are the cipher policies of Classic Load Balancer's own.
var classicPolicies = []string{
	"tls_cipher_policy_1_0", "tls_cipher_policy_1_1", "tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2_strict_with_1_3",
}

// fill takes the settings that a call gives and leaves the others.
// A bandwidth of -1 is without a limit. Policies that the account made itself are not known here.
func (l *classicListener) fill(q *request) error {
	if p := q.Str("TLSCipherPolicy"); p != "" && !slices.Contains(classicPolicies, p) {
		return kernel.Refuse(400, "InvalidParameter", "The specified TLSCipherPolicy %s is invalid. (The local cloud has those of the system only.)", p)
	}
	if n := q.Num("Bandwidth", -1); n != -1 && (n < 1 || n > 5120) {
		return kernel.Refuse(400, "InvalidParameter", "The specified Bandwidth is invalid.")
	}
	for k, v := range q.Params {
		if k != "RegionId" && k != "LoadBalancerId" && k != "ListenerPort" && !strings.Contains(k, ".") && !kernel.OwnerParams[k] {
			l.Settings[settingOf(k)] = v
		}
	}
	return nil
}

// settingOf is the name of a setting: some calls begin it with a small letter, and a
// switch of health checks is called otherwise where it is set.
func settingOf(param string) string {
	if param == "HealthCheckSwitch" {
		return "HealthCheck"
	}
	return strings.ToUpper(param[:1]) + param[1:]
}

// A listener that forwards (ListenerForward) needs the port to redirect to and no servers; every
// other needs a port of the servers, or a group. HTTPS needs a certificate.
func createClassicListener(protocol string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		b, err := q.classic()
		if err != nil {
			return nil, err
		}
		l := &classicListener{Port: q.Num("ListenerPort", 0), Protocol: protocol, Stopped: true, Tags: q.Tags(), Settings: usualSettings(protocol)}
		forward := q.Str("ListenerForward") == "on"
		switch {
		case slices.ContainsFunc(b.Listeners, func(o *classicListener) bool { return o.Port == l.Port }):
			return nil, kernel.Refuse(400, "ListenerAlreadyExists", "A listener that uses the port already exists.")
		case protocol == "https" && !q.Has("ServerCertificateId"):
			return nil, q.Product.Missing("ServerCertificateId")
		case forward && !q.Has("ForwardPort"):
			return nil, q.Product.Missing("ForwardPort")
		case !forward && !q.Has("BackendServerPort") && !q.Has("VServerGroupId"):
			return nil, q.Product.Missing("BackendServerPort")
		}
		if err := l.fill(q); err != nil {
			return nil, err
		}
		b.Listeners = append(b.Listeners, l)
		return kernel.Done()
	}
}

// setClassicListener changes what a call names. Whether an HTTP listener
// redirects is not among it: that is settled when it is made.
func setClassicListener(protocol string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		_, l, err := q.classicListener(protocol)
		if err == nil {
			err = l.fill(q)
		}
		if err != nil {
			return nil, err
		}
		return kernel.Done()
	}
}

func (l *classicListener) number(name string) int {
	n, _ := strconv.Atoi(l.Settings[name])
	return n
}

func (l *classicListener) status(c *Service) string {
	if !l.Stopped {
		return c.Status(l.started, "starting", "running")
	}
	return "stopped"
}

// view has the settings in their types.
// What looks like a number is one in the answer, but for settings that are text by nature.
func (l *classicListener) view(c *Service) map[string]any {
	view := map[string]any{}
	for k, v := range l.Settings {
		view[k] = v
		if n, err := strconv.Atoi(v); err == nil {
			view[k] = n
		}
	}
	for _, text := range []string{"Description", "HealthCheckDomain", "HealthCheckURI", "HealthCheckHttpCode", "Cookie", "ServerCertificateId", "AclId", "VServerGroupId"} {
		if v, ok := l.Settings[text]; ok {
			view[text] = v
		}
	}
	delete(view, "VServerGroup")
	view["ListenerPort"], view["Status"], view["SecurityStatus"] = l.Port, l.status(c), "on"
	view["ServiceManagedMode"] = map[bool]string{true: "Managed", false: "Unmanaged"}[l.Managed]
	view["Tags"] = map[string]any{"Tag": kernel.TagViews(l.Tags, "TagKey", "TagValue")}
	return view
}

func describeClassicListener(protocol string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		b, l, err := q.classicListener(protocol)
		if err != nil {
			return nil, err
		}
		view := l.view(q.c)
		view["LoadBalancerId"] = b.ID
		return view, nil
	}
}

// describeClassicListeners lists the listeners of all balancers, or of some,
// with what is particular to their protocol apart.
func describeClassicListeners(q *request) (any, error) {
	ids := q.List("LoadBalancerId")
	views := []any{}
	for _, b := range q.c.Balancers {
		if b.Region != q.Region || len(ids) > 0 && !slices.Contains(ids, b.ID) {
			continue
		}
		for _, l := range b.Listeners {
			tagged := &kernel.Resource{Tags: l.Tags}
			if !q.Matches("ListenerProtocol", l.Protocol) || q.Has("ListenerPort") && q.Num("ListenerPort", 0) != l.Port ||
				!q.Matches("Description", l.Settings["Description"]) || !tagged.HasTags(q.Request) {
				continue
			}
			all := l.view(q.c)
			view := map[string]any{"LoadBalancerId": b.ID, "ListenerProtocol": l.Protocol, "Tags": kernel.TagViews(l.Tags, "TagKey", "TagValue")}
			particular := map[string]any{}
			for k, v := range all {
				switch k {
				case "ListenerPort", "Status", "Description", "Bandwidth", "Scheduler", "AclId", "AclStatus", "AclType", "VServerGroupId", "BackendServerPort", "ServiceManagedMode":
					view[k] = v
				case "Tags":
				default:
					particular[k] = v
				}
			}
			view[strings.ToUpper(l.Protocol)+"ListenerConfig"] = particular
			views = append(views, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, views, 100)
	return map[string]any{"Listeners": page, "NextToken": next, "MaxResults": q.Num("MaxResults", 100), "TotalCount": len(views)}, err
}

// To start what runs is no error.
func switchClassicListener(on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		_, l, err := q.classicListener(q.Str("ListenerProtocol"))
		if err != nil {
			return nil, err
		}
		if on && l.Stopped {
			l.started = q.c.Clock()
		}
		l.Stopped = !on
		return kernel.Done()
	}
}

func deleteClassicListener(q *request) (any, error) {
	b, l, err := q.classicListener(q.Str("ListenerProtocol"))
	if err != nil {
		return nil, err
	}
	b.Listeners = slices.DeleteFunc(b.Listeners, func(o *classicListener) bool { return o == l })
	return kernel.Done()
}
