package slb

import (
	"cmp"
	"iter"
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
	classics     []*classicBalancer
	certificates []*classicCertificate
}

type classicBalancer struct {
	kernel.Resource
	addressType, address, spec, charge, vpc, vswitch string
	bandwidth                                        int
	protected, inactive                              bool
	zone, slave                                      string
	locked                                           string // why the console may not change it; empty: it may
	groups                                           []*classicGroup
	listeners                                        []*classicListener
	servers                                          []string // of the default group: instances and interfaces
}

// classicListener keeps its settings as they were given, by parameter.
type classicListener struct {
	port     int
	protocol string // http, https, tcp or udp
	running  bool
	started  time.Time
	managed  bool // by a cloud service
	settings map[string]string
	tags     map[string]string
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

var slbActions = []action{
	{
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
		Name: "DescribeHealthStatus", On: onClassic, Do: describeHealth,
		Params: "RegionId LoadBalancerId! ListenerPort:Integer=1..65535 ListenerProtocol",
	},
	{
		Name: "CreateLoadBalancerHTTPListener", Write: true, On: onClassic, Do: createClassicListener("http"),
		Params: classicListenerParams + "HealthCheck!=on|off BackendServerPort:Integer=1..65535 Bandwidth:Integer ListenerForward=on|off ForwardPort:Integer=1..65535 " + classicTag,
	},
	{
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
		Name: "DescribeLoadBalancerListeners", On: onClassic, Do: describeClassicListeners,
		Params: "RegionId LoadBalancerId:RepeatList ListenerProtocol ListenerPort:Integer Description NextToken MaxResults:Integer=1..100 " + classicTag,
	},
	{Name: "StartLoadBalancerListener", Write: true, On: onClassic, Do: switchClassicListener(true), Params: classicPortParams},
	{Name: "StopLoadBalancerListener", Write: true, On: onClassic, Do: switchClassicListener(false), Params: classicPortParams},
	{Name: "DeleteLoadBalancerListener", Write: true, On: onClassic, Do: deleteClassicListener, Params: classicPortParams},
}

func (c *Service) register() {
	c.vpc.HostsOf = append(c.vpc.HostsOf, func() iter.Seq[vpc.Host] {
		return func(yield func(vpc.Host) bool) {
			for _, b := range c.classics {
				h := vpc.Host{ID: b.ID, Region: b.Region, Kind: "SlbInstance", Touched: classicKind, VPC: b.vpc, IP: b.address, TakesNoEIP: b.addressType != "intranet"}
				if !yield(h) {
					return
				}
			}
		}
	})
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Slb", Ram: "slb", Version: "2014-05-15", Missing: kernel.MissingInECS},
		slices.Concat(slbActions, slbBalancerActions, slbRegionActions, tcpListenerActions, classicGroupActions, classicCertificateActions, slbTagActions),
		"slb.aliyuncs.com", "slb.*.aliyuncs.com", "slb-openapi-share.*.aliyuncs.com")
	c.Taggables = append(c.Taggables, func(add func(product, kind string, all []*kernel.Resource)) {
		add("slb", "loadbalancer", kernel.Bases(c.classics))
	})
	c.AddSection(kernel.SectionOf("slb", func(f *slbFile, _ map[string]any) (func(), error) {
		s, err := c.loadSLB(f)
		return func() { c.state = *s }, err
	}, func() (*slbFile, error) { return c.dumpSLB(), nil }))
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

func (q *request) classic() (*classicBalancer, error) {
	b, ok := kernel.Find(q.Request, q.c.classics, q.Str("LoadBalancerId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidLoadBalancerId.NotFound", "The specified LoadBalancerId does not exist.")
	}
	q.Touch(classicKind, b.ID)
	return b, nil
}

func createClassic(q *request) (any, error) {
	usual := "internet"
	if q.Has("VSwitchId") {
		usual = "intranet"
	}
	b := &classicBalancer{
		Resource: q.NewResource("lb", q.Str("LoadBalancerName")), addressType: q.OrElse("AddressType", usual), spec: q.Str("LoadBalancerSpec"), charge: q.OrElse("InstanceChargeType", "PayBySpec"),
		address: q.Str("Address"), vpc: q.Str("VpcId"), vswitch: q.Str("VSwitchId"), bandwidth: q.Num("Bandwidth", 0), protected: q.Str("DeleteProtection") == "on",
	}
	if b.Name == "" {
		b.Name = "auto_named_slb"
	}
	if b.vswitch != "" {
		v := q.c.vpc.SwitchOf(q.Region, b.vswitch)
		if v == nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified VSwitchId %s does not exist.", b.vswitch)
		}
		b.vpc, b.zone = v.VPC, v.Zone
	}
	b.zone, b.slave = q.OrElse("MasterZoneId", cmp.Or(b.zone, q.Region+"-h")), q.OrElse("SlaveZoneId", q.Region+"-i")
	if q.Str("ModificationProtectionStatus") == "ConsoleProtection" {
		b.locked = q.OrElse("ModificationProtectionReason", "-")
	}
	if b.address == "" {
		block := map[string]string{"internet": "198.51.100.", "intranet": "172.16.0."}[b.addressType]
		b.address = block + strconv.Itoa(1+len(q.c.classics)%250)
	}
	q.c.classics = append(q.c.classics, b)
	q.Touch(classicKind, b.ID)
	return map[string]any{
		"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "Address": b.address, "AddressIPVersion": "ipv4", "NetworkType": b.network(),
		"VpcId": b.vpc, "VSwitchId": b.vswitch, "ResourceGroupId": "", "OrderId": 0,
	}, nil
}

func (b *classicBalancer) network() string {
	if b.vpc != "" {
		return "vpc"
	}
	return "classic"
}

func deleteClassic(q *request) (any, error) {
	b, err := q.classic()
	switch {
	case err != nil:
		return nil, err
	case b.protected:
		return nil, kernel.Refuse(403, "OperationDenied.DeleteProtection", "The operation is not allowed because the delete protection is on.")
	}
	q.c.vpc.ReleaseEIPsOf(b.ID)
	q.c.classics = kernel.Without(q.c.classics, b.ID)
	return kernel.Done()
}

func (b *classicBalancer) view() map[string]any {
	return map[string]any{
		"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "LoadBalancerStatus": b.status(), "RegionId": b.Region, "RegionIdAlias": b.Region,
		"Address": b.address, "AddressType": b.addressType, "AddressIPVersion": "ipv4", "NetworkType": b.network(), "VpcId": b.vpc, "VSwitchId": b.vswitch,
		"LoadBalancerSpec": b.spec, "InstanceChargeType": b.charge, "Bandwidth": b.bandwidth, "InternetChargeType": "paybytraffic", "PayType": "PayOnDemand",
		"DeleteProtection": map[bool]string{true: "on", false: "off"}[b.protected], "ServiceManagedMode": "Unmanaged", "ResourceGroupId": "",
		"MasterZoneId": b.zone, "SlaveZoneId": b.slave, "ModificationProtectionReason": strings.Trim(b.locked, "-"),
		"ModificationProtectionStatus": map[bool]string{true: "NonProtection", false: "ConsoleProtection"}[b.locked == ""],
		"CreateTime":                   kernel.Stamp(b.Created), "CreateTimeStamp": b.Created.UnixMilli(), "Tags": map[string]any{"Tag": kernel.TagViews(b.Tags, "TagKey", "TagValue")},
	}
}

func describeClassic(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	view := b.view()
	ports, listeners := []any{}, []any{}
	for _, l := range b.listeners {
		ports = append(ports, l.port)
		listeners = append(listeners, map[string]any{
			"ListenerPort": l.port, "ListenerProtocol": l.protocol, "ListenerForward": l.settings["ListenerForward"],
			"ForwardPort": l.number("ForwardPort"), "Description": l.settings["Description"],
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
		if !slices.Contains(b.servers, s.ServerID) {
			b.servers = append(b.servers, s.ServerID)
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
	for _, l := range b.listeners {
		if q.Has("ListenerPort") && q.Num("ListenerPort", 0) != l.port || !q.Matches("ListenerProtocol", l.protocol) {
			continue
		}
		for _, s := range b.serversOf(l) {
			views = append(views, map[string]any{
				"ListenerPort": l.port, "Protocol": l.protocol, "ServerId": s.id, "Type": s.kind, "Port": s.port,
				"ServerHealthStatus": map[bool]string{true: "normal", false: "unavailable"}[l.running],
			})
		}
	}
	return map[string]any{"BackendServers": map[string]any{"BackendServer": views}}, nil
}

func describeClassics(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.classics, func(b *classicBalancer) bool {
		return b.HasTags(q.Request) && kernel.InList(q.Str("LoadBalancerId"), b.ID) && q.Matches("LoadBalancerName", b.Name) && q.Matches("AddressType", b.addressType) &&
			q.Matches("Address", b.address) && q.Matches("VpcId", b.vpc) && q.Matches("VSwitchId", b.vswitch) && q.Matches("NetworkType", b.network()) &&
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
func (q *request) classicListener(protocol string) (*classicBalancer, *classicListener, error) {
	b, err := q.classic()
	if err != nil {
		return nil, nil, err
	}
	for _, l := range b.listeners {
		if l.port == q.Num("ListenerPort", 0) && (protocol == "" || l.protocol == protocol) {
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
func (l *classicListener) fill(q *request) error {
	if p := q.Str("TLSCipherPolicy"); p != "" && !slices.Contains(classicPolicies, p) {
		return kernel.Refuse(400, "InvalidParameter", "The specified TLSCipherPolicy %s is invalid. (The local cloud has those of the system only.)", p)
	}
	if n := q.Num("Bandwidth", -1); n != -1 && (n < 1 || n > 5120) {
		return kernel.Refuse(400, "InvalidParameter", "The specified Bandwidth is invalid.")
	}
	for k, v := range q.Params {
		if k != "RegionId" && k != "LoadBalancerId" && k != "ListenerPort" && !strings.Contains(k, ".") && !kernel.OwnerParams[k] {
			l.settings[settingOf(k)] = v
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

func createClassicListener(protocol string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		b, err := q.classic()
		if err != nil {
			return nil, err
		}
		l := &classicListener{port: q.Num("ListenerPort", 0), protocol: protocol, tags: q.Tags(), settings: usualSettings(protocol)}
		forward := q.Str("ListenerForward") == "on"
		switch {
		case slices.ContainsFunc(b.listeners, func(o *classicListener) bool { return o.port == l.port }):
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
		b.listeners = append(b.listeners, l)
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
	n, _ := strconv.Atoi(l.settings[name])
	return n
}

func (l *classicListener) status(c *Service) string {
	if l.running {
		return c.Status(l.started, "starting", "running")
	}
	return "stopped"
}

// view has the settings in their types.
func (l *classicListener) view(c *Service) map[string]any {
	view := map[string]any{}
	for k, v := range l.settings {
		view[k] = v
		if n, err := strconv.Atoi(v); err == nil {
			view[k] = n
		}
	}
	for _, text := range []string{"Description", "HealthCheckDomain", "HealthCheckURI", "HealthCheckHttpCode", "Cookie", "ServerCertificateId", "AclId", "VServerGroupId"} {
		if v, ok := l.settings[text]; ok {
			view[text] = v
		}
	}
	delete(view, "VServerGroup")
	view["ListenerPort"], view["Status"], view["SecurityStatus"] = l.port, l.status(c), "on"
	view["ServiceManagedMode"] = map[bool]string{true: "Managed", false: "Unmanaged"}[l.managed]
	view["Tags"] = map[string]any{"Tag": kernel.TagViews(l.tags, "TagKey", "TagValue")}
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
	for _, b := range q.c.classics {
		if b.Region != q.Region || len(ids) > 0 && !slices.Contains(ids, b.ID) {
			continue
		}
		for _, l := range b.listeners {
			tagged := &kernel.Resource{Tags: l.tags}
			if !q.Matches("ListenerProtocol", l.protocol) || q.Has("ListenerPort") && q.Num("ListenerPort", 0) != l.port ||
				!q.Matches("Description", l.settings["Description"]) || !tagged.HasTags(q.Request) {
				continue
			}
			all := l.view(q.c)
			view := map[string]any{"LoadBalancerId": b.ID, "ListenerProtocol": l.protocol, "Tags": kernel.TagViews(l.tags, "TagKey", "TagValue")}
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
			view[strings.ToUpper(l.protocol)+"ListenerConfig"] = particular
			views = append(views, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, views, 100)
	return map[string]any{"Listeners": page, "NextToken": next, "MaxResults": q.Num("MaxResults", 100), "TotalCount": len(views)}, err
}

func switchClassicListener(on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		_, l, err := q.classicListener(q.Str("ListenerProtocol"))
		if err != nil {
			return nil, err
		}
		if on && !l.running {
			l.started = q.c.Clock()
		}
		l.running = on
		return kernel.Done()
	}
}

func deleteClassicListener(q *request) (any, error) {
	b, l, err := q.classicListener(q.Str("ListenerProtocol"))
	if err != nil {
		return nil, err
	}
	b.listeners = slices.DeleteFunc(b.listeners, func(o *classicListener) bool { return o == l })
	return kernel.Done()
}
