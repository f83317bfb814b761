package cloud

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// slbState is Classic Load Balancer: what a client needs to see and judge its
// HTTP and HTTPS listeners.
type slbState struct {
	classics     []*classicBalancer
	certificates []*classicCertificate
}

type classicBalancer struct {
	ecsResource
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

var slbActions = []rpcAction{
	{
		name: "CreateLoadBalancer", write: true, on: onClassic, do: createClassic,
		params: `RegionId! Address AddressIPVersion AddressType=internet|intranet AutoPay:Boolean Bandwidth:Integer ClientToken DeleteProtection=on|off Duration:Integer
			InstanceChargeType InternetChargeType LoadBalancerName LoadBalancerSpec MasterZoneId ModificationProtectionReason ModificationProtectionStatus
			PayType PricingCycle ResourceGroupId SlaveZoneId VSwitchId VpcId ` + classicTag,
	},
	{name: "DeleteLoadBalancer", write: true, on: onClassic, do: deleteClassic, params: "RegionId LoadBalancerId!"},
	{name: "DescribeLoadBalancerAttribute", on: onClassic, do: describeClassic, params: "RegionId LoadBalancerId!"},
	{
		name: "DescribeLoadBalancers", on: onClassic, do: describeClassics,
		params: `RegionId! Address AddressIPVersion AddressType InternetChargeType LoadBalancerId LoadBalancerName LoadBalancerStatus MasterZoneId NetworkType
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100 PayType ResourceGroupId ServerId ServerIntranetAddress SlaveZoneId Tags VSwitchId VpcId ` + classicTag,
	},
	{name: "AddBackendServers", write: true, on: onClassic, do: addBackends, params: "RegionId LoadBalancerId! BackendServers"},
	{
		name: "DescribeHealthStatus", on: onClassic, do: describeHealth,
		params: "RegionId LoadBalancerId! ListenerPort:Integer=1..65535 ListenerProtocol",
	},
	{
		name: "CreateLoadBalancerHTTPListener", write: true, on: onClassic, do: createClassicListener("http"),
		params: classicListenerParams + "HealthCheck!=on|off BackendServerPort:Integer=1..65535 Bandwidth:Integer ListenerForward=on|off ForwardPort:Integer=1..65535 " + classicTag,
	},
	{
		name: "CreateLoadBalancerHTTPSListener", write: true, on: onClassic, do: createClassicListener("https"),
		params: classicListenerParams + classicTLSParams + "HealthCheck!=on|off BackendServerPort:Integer=1..65535 Bandwidth:Integer! " + classicTag,
	},
	{
		name: "SetLoadBalancerHTTPListenerAttribute", write: true, on: onClassic, do: setClassicListener("http"),
		params: classicListenerParams + "HealthCheck=on|off Bandwidth:Integer VServerGroup=on|off",
	},
	{
		name: "SetLoadBalancerHTTPSListenerAttribute", write: true, on: onClassic, do: setClassicListener("https"),
		params: classicListenerParams + classicTLSParams + "HealthCheck=on|off Bandwidth:Integer VServerGroup=on|off",
	},
	{
		name: "DescribeLoadBalancerHTTPListenerAttribute", on: onClassic, do: describeClassicListener("http"),
		params: "RegionId LoadBalancerId! ListenerPort:Integer!=1..65535",
	},
	{
		name: "DescribeLoadBalancerHTTPSListenerAttribute", on: onClassic, do: describeClassicListener("https"),
		params: "RegionId LoadBalancerId! ListenerPort:Integer!=1..65535",
	},
	{
		name: "DescribeLoadBalancerListeners", on: onClassic, do: describeClassicListeners,
		params: "RegionId LoadBalancerId:RepeatList ListenerProtocol ListenerPort:Integer Description NextToken MaxResults:Integer=1..100 " + classicTag,
	},
	{name: "StartLoadBalancerListener", write: true, on: onClassic, do: switchClassicListener(true), params: classicPortParams},
	{name: "StopLoadBalancerListener", write: true, on: onClassic, do: switchClassicListener(false), params: classicPortParams},
	{name: "DeleteLoadBalancerListener", write: true, on: onClassic, do: deleteClassicListener, params: classicPortParams},
}

func (c *Cloud) startSLB() {
	c.hostsOf = append(c.hostsOf, func() iter.Seq[host] {
		return func(yield func(host) bool) {
			for _, b := range c.slb.classics {
				h := host{id: b.id, region: b.region, kind: "SlbInstance", touched: classicKind, vpc: b.vpc, ip: b.address, takesNoEIP: b.addressType != "intranet"}
				if !yield(h) {
					return
				}
			}
		}
	})
	c.serveRPC(&rpcProduct{code: "Slb", ram: "slb", version: "2014-05-15", missing: missingInECS},
		slices.Concat(slbActions, slbBalancerActions, slbRegionActions, tcpListenerActions, classicGroupActions, classicCertificateActions, slbTagActions),
		"slb.aliyuncs.com", "slb.*.aliyuncs.com", "slb-openapi-share.*.aliyuncs.com")
	c.taggables = append(c.taggables, func(add func(product, kind string, all []*ecsResource)) {
		add("slb", "loadbalancer", bases(c.slb.classics))
	})
	c.addSection(sectionOf("slb", func(f *slbFile, _ map[string]any) (func(), error) {
		s, err := c.loadSLB(f)
		return func() { c.slb = *s }, err
	}, func() (*slbFile, error) { return c.dumpSLB(), nil }))
}

// onClassic is the balancer of a call, or those that it lists.
func onClassic(q *rpcRequest) []string {
	ids := append(named("LoadBalancerId")(q), q.list("LoadBalancerId")...)
	if len(ids) == 0 {
		ids = []string{"*"}
	}
	var arns []string
	for _, id := range ids {
		arns = append(arns, q.arn("slb", "loadbalancer/"+id))
	}
	return arns
}

func (q *rpcRequest) classic() (*classicBalancer, error) {
	b, ok := find(q, q.c.slb.classics, q.str("LoadBalancerId"))
	if !ok {
		return nil, refuse(404, "InvalidLoadBalancerId.NotFound", "The specified LoadBalancerId does not exist.")
	}
	q.touch(classicKind, b.id)
	return b, nil
}

func createClassic(q *rpcRequest) (any, error) {
	usual := "internet"
	if q.has("VSwitchId") {
		usual = "intranet"
	}
	b := &classicBalancer{
		ecsResource: q.newResource("lb", q.str("LoadBalancerName")), addressType: q.orElse("AddressType", usual), spec: q.str("LoadBalancerSpec"), charge: q.orElse("InstanceChargeType", "PayBySpec"),
		address: q.str("Address"), vpc: q.str("VpcId"), vswitch: q.str("VSwitchId"), bandwidth: q.num("Bandwidth", 0), protected: q.str("DeleteProtection") == "on",
	}
	if b.name == "" {
		b.name = "auto_named_slb"
	}
	if b.vswitch != "" {
		v := q.c.vpc.switchOf(q.region, b.vswitch)
		if v == nil {
			return nil, refuse(400, "InvalidParameter", "The specified VSwitchId %s does not exist.", b.vswitch)
		}
		b.vpc, b.zone = v.vpc, v.zone
	}
	b.zone, b.slave = q.orElse("MasterZoneId", cmp.Or(b.zone, q.region+"-h")), q.orElse("SlaveZoneId", q.region+"-i")
	if q.str("ModificationProtectionStatus") == "ConsoleProtection" {
		b.locked = q.orElse("ModificationProtectionReason", "-")
	}
	if b.address == "" {
		block := map[string]string{"internet": "198.51.100.", "intranet": "172.16.0."}[b.addressType]
		b.address = block + strconv.Itoa(1+len(q.c.slb.classics)%250)
	}
	q.c.slb.classics = append(q.c.slb.classics, b)
	q.touch(classicKind, b.id)
	return map[string]any{
		"LoadBalancerId": b.id, "LoadBalancerName": b.name, "Address": b.address, "AddressIPVersion": "ipv4", "NetworkType": b.network(),
		"VpcId": b.vpc, "VSwitchId": b.vswitch, "ResourceGroupId": "", "OrderId": 0,
	}, nil
}

func (b *classicBalancer) network() string {
	if b.vpc != "" {
		return "vpc"
	}
	return "classic"
}

func deleteClassic(q *rpcRequest) (any, error) {
	b, err := q.classic()
	switch {
	case err != nil:
		return nil, err
	case b.protected:
		return nil, refuse(403, "OperationDenied.DeleteProtection", "The operation is not allowed because the delete protection is on.")
	}
	q.c.releaseEIPsOf(b.id)
	q.c.slb.classics = without(q.c.slb.classics, b.id)
	return done()
}

func (b *classicBalancer) view() map[string]any {
	return map[string]any{
		"LoadBalancerId": b.id, "LoadBalancerName": b.name, "LoadBalancerStatus": b.status(), "RegionId": b.region, "RegionIdAlias": b.region,
		"Address": b.address, "AddressType": b.addressType, "AddressIPVersion": "ipv4", "NetworkType": b.network(), "VpcId": b.vpc, "VSwitchId": b.vswitch,
		"LoadBalancerSpec": b.spec, "InstanceChargeType": b.charge, "Bandwidth": b.bandwidth, "InternetChargeType": "paybytraffic", "PayType": "PayOnDemand",
		"DeleteProtection": map[bool]string{true: "on", false: "off"}[b.protected], "ServiceManagedMode": "Unmanaged", "ResourceGroupId": "",
		"MasterZoneId": b.zone, "SlaveZoneId": b.slave, "ModificationProtectionReason": strings.Trim(b.locked, "-"),
		"ModificationProtectionStatus": map[bool]string{true: "NonProtection", false: "ConsoleProtection"}[b.locked == ""],
		"CreateTime":                   stamp(b.created), "CreateTimeStamp": b.created.UnixMilli(), "Tags": map[string]any{"Tag": tagViews(b.tags, "TagKey", "TagValue")},
	}
}

func describeClassic(q *rpcRequest) (any, error) {
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
func addBackends(q *rpcRequest) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	var servers []struct{ ServerID string }
	if err := readLenient(q.str("BackendServers"), &servers); err != nil {
		return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid.")
	}
	for _, s := range servers {
		_, isInstance := find(q, q.c.ecs.instances, s.ServerID)
		_, isInterface := find(q, q.c.ecs.nics, s.ServerID)
		if !isInstance && !isInterface {
			return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: no server %q.", s.ServerID)
		}
		if !slices.Contains(b.servers, s.ServerID) {
			b.servers = append(b.servers, s.ServerID)
		}
	}
	return map[string]any{"LoadBalancerId": b.id}, nil
}

// describeHealth has a line for each server of each listener: without a listener a
// server is not reached.
func describeHealth(q *rpcRequest) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, l := range b.listeners {
		if q.has("ListenerPort") && q.num("ListenerPort", 0) != l.port || !q.matches("ListenerProtocol", l.protocol) {
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

func describeClassics(q *rpcRequest) (any, error) {
	kept := within(q, q.c.slb.classics, func(b *classicBalancer) bool {
		return b.hasTags(q) && inList(q.str("LoadBalancerId"), b.id) && q.matches("LoadBalancerName", b.name) && q.matches("AddressType", b.addressType) &&
			q.matches("Address", b.address) && q.matches("VpcId", b.vpc) && q.matches("VSwitchId", b.vswitch) && q.matches("NetworkType", b.network()) &&
			q.matches("LoadBalancerStatus", b.status())
	})
	page, answer, err := anyPage(q, kept, 50)
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
func (q *rpcRequest) classicListener(protocol string) (*classicBalancer, *classicListener, error) {
	b, err := q.classic()
	if err != nil {
		return nil, nil, err
	}
	for _, l := range b.listeners {
		if l.port == q.num("ListenerPort", 0) && (protocol == "" || l.protocol == protocol) {
			return b, l, nil
		}
	}
	return nil, nil, refuse(400, "InvalidParameter", "The specified resource does not exist.")
}

// classicPolicies are the cipher policies of Classic Load Balancer's own.
var classicPolicies = []string{
	"tls_cipher_policy_1_0", "tls_cipher_policy_1_1", "tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2_strict_with_1_3",
}

// fill takes the settings that a call gives and leaves the others.
func (l *classicListener) fill(q *rpcRequest) error {
	if p := q.str("TLSCipherPolicy"); p != "" && !slices.Contains(classicPolicies, p) {
		return refuse(400, "InvalidParameter", "The specified TLSCipherPolicy %s is invalid. (The local cloud has those of the system only.)", p)
	}
	if n := q.num("Bandwidth", -1); n != -1 && (n < 1 || n > 5120) {
		return refuse(400, "InvalidParameter", "The specified Bandwidth is invalid.")
	}
	for k, v := range q.params {
		if k != "RegionId" && k != "LoadBalancerId" && k != "ListenerPort" && !strings.Contains(k, ".") && !ownerParams[k] {
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

func createClassicListener(protocol string) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		b, err := q.classic()
		if err != nil {
			return nil, err
		}
		l := &classicListener{port: q.num("ListenerPort", 0), protocol: protocol, tags: q.tags(), settings: usualSettings(protocol)}
		forward := q.str("ListenerForward") == "on"
		switch {
		case slices.ContainsFunc(b.listeners, func(o *classicListener) bool { return o.port == l.port }):
			return nil, refuse(400, "ListenerAlreadyExists", "A listener that uses the port already exists.")
		case protocol == "https" && !q.has("ServerCertificateId"):
			return nil, q.product.missing("ServerCertificateId")
		case forward && !q.has("ForwardPort"):
			return nil, q.product.missing("ForwardPort")
		case !forward && !q.has("BackendServerPort") && !q.has("VServerGroupId"):
			return nil, q.product.missing("BackendServerPort")
		}
		if err := l.fill(q); err != nil {
			return nil, err
		}
		b.listeners = append(b.listeners, l)
		return done()
	}
}

// setClassicListener changes what a call names. Whether an HTTP listener
// redirects is not among it: that is settled when it is made.
func setClassicListener(protocol string) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		_, l, err := q.classicListener(protocol)
		if err == nil {
			err = l.fill(q)
		}
		if err != nil {
			return nil, err
		}
		return done()
	}
}

func (l *classicListener) number(name string) int {
	n, _ := strconv.Atoi(l.settings[name])
	return n
}

func (l *classicListener) status(c *Cloud) string {
	if l.running {
		return c.status(l.started, "starting", "running")
	}
	return "stopped"
}

// view has the settings in their types.
func (l *classicListener) view(c *Cloud) map[string]any {
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
	view["Tags"] = map[string]any{"Tag": tagViews(l.tags, "TagKey", "TagValue")}
	return view
}

func describeClassicListener(protocol string) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		b, l, err := q.classicListener(protocol)
		if err != nil {
			return nil, err
		}
		view := l.view(q.c)
		view["LoadBalancerId"] = b.id
		return view, nil
	}
}

// describeClassicListeners lists the listeners of all balancers, or of some,
// with what is particular to their protocol apart.
func describeClassicListeners(q *rpcRequest) (any, error) {
	ids := q.list("LoadBalancerId")
	views := []any{}
	for _, b := range q.c.slb.classics {
		if b.region != q.region || len(ids) > 0 && !slices.Contains(ids, b.id) {
			continue
		}
		for _, l := range b.listeners {
			tagged := &ecsResource{tags: l.tags}
			if !q.matches("ListenerProtocol", l.protocol) || q.has("ListenerPort") && q.num("ListenerPort", 0) != l.port ||
				!q.matches("Description", l.settings["Description"]) || !tagged.hasTags(q) {
				continue
			}
			all := l.view(q.c)
			view := map[string]any{"LoadBalancerId": b.id, "ListenerProtocol": l.protocol, "Tags": tagViews(l.tags, "TagKey", "TagValue")}
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
	page, next, err := tokenPage(q, views, 100)
	return map[string]any{"Listeners": page, "NextToken": next, "MaxResults": q.num("MaxResults", 100), "TotalCount": len(views)}, err
}

func switchClassicListener(on bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		_, l, err := q.classicListener(q.str("ListenerProtocol"))
		if err != nil {
			return nil, err
		}
		if on && !l.running {
			l.started = q.c.clock()
		}
		l.running = on
		return done()
	}
}

func deleteClassicListener(q *rpcRequest) (any, error) {
	b, l, err := q.classicListener(q.str("ListenerProtocol"))
	if err != nil {
		return nil, err
	}
	b.listeners = slices.DeleteFunc(b.listeners, func(o *classicListener) bool { return o == l })
	return done()
}
