package cloud

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// albState is Application Load Balancer: balancers, listeners and the policies
// that say which versions of TLS a listener takes.
type albState struct {
	balancers []*appBalancer
	listeners []*appListener
	policies  []*tlsPolicy
	groups    []*serverGroup
	jobs      []albJob
}

// albJob is an asynchronous change of Application Load Balancer.
type albJob struct {
	id, action, kind, resource string
	created                    time.Time
}

type appBalancer struct {
	ecsResource
	addressType, edition, vpc string
	locked                    string // why the console may not change it; empty: it may
	allocated                 string // Fixed or Dynamic: whether its addresses stay
	address6                  string // whether its IPv6 address is of the Internet or the Intranet; empty: it has none
	zones                     []any
	protected                 bool
	changed                   time.Time // its type is being changed for a while
}

type appListener struct {
	ecsResource
	balancer, protocol, policy string
	port, idle, timeout        int
	gzip, http2, stopped       bool
	managed                    bool // by a cloud service
	actions, certificates      []any
	changed                    time.Time // it is being configured for a while
}

type tlsPolicy struct {
	ecsResource
	versions, ciphers []string
}

const (
	appBalancerKind = "ACS::ALB::LoadBalancer"
	appListenerKind = "ACS::ALB::Listener"
	tlsPolicyKind   = "ACS::ALB::SecurityPolicy"
	appActions      = `(Type ForwardGroupConfig:Struct(ServerGroupTuples:Array(ServerGroupId Weight:Integer)) Order:Integer
		RedirectConfig:Struct(Protocol Port HttpCode Host Path Query) FixedResponseConfig:Struct(Content ContentType HttpCode)) `
	appListenerParams = `CaCertificates:Array(CertificateId) CaEnabled:Boolean Certificates:Array(CertificateId) GzipEnabled:Boolean Http2Enabled:Boolean
		IdleTimeout:Integer=1..600 RequestTimeout:Integer=1..600 ListenerDescription SecurityPolicyId
		QuicConfig:Struct(QuicListenerId QuicUpgradeEnabled:Boolean) XForwardedForConfig:Struct(XForwardedForEnabled:Boolean XForwardedForProtoEnabled:Boolean
		XForwardedForSLBIdEnabled:Boolean XForwardedForSLBPortEnabled:Boolean XForwardedForClientSrcPortEnabled:Boolean) ` + appOnce
)

var albActions = []rpcAction{
	{
		name: "CreateLoadBalancer", write: true, on: onALB("loadbalancer", ""), do: createAppBalancer,
		params: `AddressType!=Internet|Intranet VpcId! LoadBalancerEdition!=Basic|Standard|StandardWithWaf LoadBalancerName AddressAllocatedMode=Fixed|Dynamic
			AddressIpVersion DeletionProtectionEnabled:Boolean ResourceGroupId ModificationProtectionConfig:Struct(Status Reason)
			LoadBalancerBillingConfig:Struct!(PayType InternetBandwidth InternetChargeType BandwidthPackageId)
			ZoneMappings:Array!(ZoneId VSwitchId AllocationId IntranetAddress EipType) ` + appOnce + appTag,
	},
	{
		name: "ListLoadBalancers", on: onALB("loadbalancer", ""), do: listAppBalancers,
		params: `AddressIpVersion AddressType DNSName Ipv6AddressType LoadBalancerBussinessStatus LoadBalancerIds:Array LoadBalancerNames:Array LoadBalancerStatus
			MaxResults:Integer=1..100 NextToken PayType ResourceGroupId VpcIds:Array ZoneId ` + appTag,
	},
	{name: "GetLoadBalancerAttribute", on: onALB("loadbalancer", "LoadBalancerId"), do: getAppBalancer, params: "LoadBalancerId!"},
	{
		name: "UpdateLoadBalancerAddressTypeConfig", write: true, on: onALB("loadbalancer", "LoadBalancerId"), do: updateAppAddressType,
		params: "LoadBalancerId! AddressType!=Internet|Intranet ZoneMappings:Array(ZoneId VSwitchId AllocationId EipType) ClientToken DryRun",
	},
	{name: "DeleteLoadBalancer", write: true, on: onALB("loadbalancer", "LoadBalancerId"), do: deleteAppBalancer, params: "LoadBalancerId! " + appOnce},
	{
		name: "CreateListener", write: true, on: onALB("loadbalancer", "LoadBalancerId"), do: createAppListener,
		params: "LoadBalancerId! ListenerPort:Integer!=1..65535 ListenerProtocol!=HTTP|HTTPS|QUIC DefaultActions:Array!" + appActions + appListenerParams + appTag,
	},
	{
		name: "ListListeners", on: onALB("listener", ""), do: listAppListeners,
		params: "ListenerIds:Array ListenerProtocol LoadBalancerIds:Array MaxResults:Integer=1..100 NextToken " + appTag,
	},
	{name: "GetListenerAttribute", on: onALB("listener", "ListenerId"), do: getAppListener, params: "ListenerId!"},
	{
		name: "UpdateListenerAttribute", write: true, on: onALB("listener", "ListenerId"), do: updateAppListener,
		params: "ListenerId! DefaultActions:Array" + appActions + appListenerParams,
	},
	{name: "DeleteListener", write: true, on: onALB("listener", "ListenerId"), do: deleteAppListener, params: "ListenerId! " + appOnce},
	{name: "StartListener", write: true, on: onALB("listener", "ListenerId"), do: switchAppListener(false), params: "ListenerId! " + appOnce},
	{name: "StopListener", write: true, on: onALB("listener", "ListenerId"), do: switchAppListener(true), params: "ListenerId! " + appOnce},
	{
		name: "CreateSecurityPolicy", write: true, on: onALB("securitypolicy", ""), do: createTLSPolicy,
		params: "SecurityPolicyName! TLSVersions:Array! Ciphers:Array! ResourceGroupId " + appOnce + appTag,
	},
	{
		name: "UpdateSecurityPolicyAttribute", write: true, on: onALB("securitypolicy", "SecurityPolicyId"), do: updateTLSPolicy,
		params: "SecurityPolicyId! SecurityPolicyName TLSVersions:Array Ciphers:Array " + appOnce,
	},
	{name: "DeleteSecurityPolicy", write: true, on: onALB("securitypolicy", "SecurityPolicyId"), do: deleteTLSPolicy, params: "SecurityPolicyId! " + appOnce},
	{
		name: "ListSecurityPolicies", on: onALB("securitypolicy", ""), do: listTLSPolicies,
		params: "MaxResults:Integer=1..100 NextToken ResourceGroupId SecurityPolicyIds:Array SecurityPolicyNames:Array " + appTag,
	},
	{name: "ListSystemSecurityPolicies", open: true, do: listSystemTLSPolicies, params: ""}, // documented to need no permission
	{
		name: "ListAsynJobs", do: listALBJobs,
		params: "ApiName BeginTime:Long EndTime:Long JobIds:Array MaxResults:Long NextToken ResourceIds:Array ResourceType",
	},
}

func (c *Cloud) startALB() {
	c.serveRPC(&rpcProduct{code: "Alb", ram: "alb", version: "2020-06-16", byHost: true, missing: missingInECS},
		slices.Concat(albActions, albBalancerActions, serverGroupActions, albRegionActions, albTagActions),
		"alb.*.aliyuncs.com", "alb-openapi-share.*.aliyuncs.com")
	c.taggables = append(c.taggables, func(add func(product, kind string, all []*ecsResource)) {
		add("alb", "loadbalancer", bases(c.alb.balancers))
		add("alb", "servergroup", bases(c.alb.groups))
	})
	c.addSection(sectionOf("alb", func(f *albFile, _ map[string]any) (func(), error) {
		s, err := c.loadALB(f)
		return func() { c.alb = *s }, err
	}, func() (*albFile, error) { return c.dumpALB(), nil }))
}

func onALB(kind, param string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string { return []string{q.arn("alb", kind+"/"+q.orElse(param, "*"))} }
}

// albDone notes a change and answers with its job.
func (q *rpcRequest) albDone(kind, id string, answer map[string]any) (any, error) {
	j := albJob{id: strings.ToLower(q.c.random.uuid()), action: q.action.name, kind: kind, resource: id, created: q.c.clock()}
	q.c.alb.jobs = append(q.c.alb.jobs, j)
	answer["JobId"] = j.id
	return answer, nil
}

// nestedList is a repeated structure with all that is in it.
func (q *rpcRequest) nestedList(name string) []any {
	list := []any{}
	for _, item := range q.items(name) {
		list = append(list, nested(item))
	}
	return list
}

func createAppBalancer(q *rpcRequest) (any, error) {
	b := &appBalancer{
		ecsResource: q.newResource("alb", q.str("LoadBalancerName")), allocated: q.str("AddressAllocatedMode"), addressType: q.str("AddressType"), edition: q.str("LoadBalancerEdition"),
		vpc: q.str("VpcId"), address6: map[bool]string{true: "Intranet"}[q.str("AddressIpVersion") == "DualStack"], zones: q.nestedList("ZoneMappings"), protected: q.is("DeletionProtectionEnabled"),
	}
	q.c.alb.balancers = append(q.c.alb.balancers, b)
	q.touch(appBalancerKind, b.id)
	return map[string]any{"LoadBalancerId": b.id}, nil
}

// updateAppAddressType opens a balancer to the internet or takes it from there.
func updateAppAddressType(q *rpcRequest) (any, error) {
	b, err := findNamed(q, q.c.alb.balancers, "LoadBalancerId", appBalancerKind)
	switch {
	case err != nil:
		return nil, err
	case !q.c.settled(b.changed):
		return nil, refuse(400, "IncorrectStatus.LoadBalancer", "The status of loadbalancer [%s] is incorrect.", b.id)
	case b.addressType == q.str("AddressType"):
		return nil, refuse(400, "OperationDenied.AddressTypeNotChanged", "The operation is not allowed because the AddressType is not changed.")
	}
	zones := q.nestedList("ZoneMappings")
	for _, zone := range zones {
		id := firstOf(zone.(map[string]any)["AllocationId"], "")
		if _, ok := find(q, q.c.vpc.eips, id); id != "" && !ok {
			return nil, refuse(404, "ResourceNotFound.EipAddress", "The specified resource %s is not found.", id)
		}
	}
	if len(zones) > 0 {
		b.zones = zones
	}
	b.addressType, b.changed = q.str("AddressType"), q.c.clock()
	return q.albDone("loadbalancer", b.id, map[string]any{})
}

func (b *appBalancer) view(c *Cloud) map[string]any {
	family := "IPv4"
	if b.address6 != "" {
		family = "DualStack"
	}
	return map[string]any{
		"LoadBalancerId": b.id, "LoadBalancerName": b.name, "LoadBalancerStatus": b.status(c), "LoadBalancerBussinessStatus": "Normal", "LoadBalancerEdition": b.edition,
		"AddressType": b.addressType, "AddressAllocatedMode": cmp.Or(b.allocated, "Dynamic"), "AddressIpVersion": family, "Ipv6AddressType": b.address6, "VpcId": b.vpc, "ResourceGroupId": "",
		"DNSName": b.id + "." + b.region + ".alb.aliyuncs.com", "CreateTime": stamp(b.created), "Tags": tagViews(b.tags, "Key", "Value"),
		"DeletionProtectionConfig": map[string]any{"Enabled": b.protected, "EnabledTime": ""},
		"RegionId":                 b.region, "ModificationProtectionConfig": b.protectionView(),
		"LoadBalancerBillingConfig": map[string]any{"PayType": "PostPay"}, "LoadBalancerOperationLocks": []any{},
	}
}

func (b *appBalancer) status(c *Cloud) string {
	if c.settled(b.changed) {
		return "Active"
	}
	return "Configuring"
}

func listAppBalancers(q *rpcRequest) (any, error) {
	views := []any{}
	for _, b := range within(q, q.c.alb.balancers, func(b *appBalancer) bool {
		return b.hasTags(q) && q.chosenBy("LoadBalancerIds", b.id) && q.chosenBy("LoadBalancerNames", b.name) && q.chosenBy("VpcIds", b.vpc) &&
			q.matches("AddressType", b.addressType) && q.matches("Ipv6AddressType", b.address6) && q.matches("LoadBalancerStatus", b.status(q.c))
	}) {
		views = append(views, b.view(q.c))
	}
	return namedPage(q, "LoadBalancers", views)
}

func getAppBalancer(q *rpcRequest) (any, error) {
	b, err := findNamed(q, q.c.alb.balancers, "LoadBalancerId", appBalancerKind)
	if err != nil {
		return nil, err
	}
	view := b.view(q.c)
	view["ZoneMappings"] = b.zones
	return view, nil
}

func deleteAppBalancer(q *rpcRequest) (any, error) {
	b, err := findNamed(q, q.c.alb.balancers, "LoadBalancerId", appBalancerKind)
	switch {
	case err != nil:
		return nil, err
	case b.protected:
		return nil, refuse(400, "OperationDenied.DeletionProtectionEnabled", "The operation is not allowed because of DeletionProtection.")
	}
	q.c.alb.balancers = without(q.c.alb.balancers, b.id)
	q.c.alb.listeners = slices.DeleteFunc(q.c.alb.listeners, func(l *appListener) bool { return l.balancer == b.id })
	return q.albDone("loadbalancer", b.id, map[string]any{})
}

func createAppListener(q *rpcRequest) (any, error) {
	b, err := findNamed(q, q.c.alb.balancers, "LoadBalancerId", appBalancerKind)
	if err != nil {
		return nil, err
	}
	l := &appListener{
		ecsResource: q.newResource("lsn", ""), balancer: b.id, protocol: q.str("ListenerProtocol"), port: q.num("ListenerPort", 0),
		idle: 15, timeout: 60, gzip: true, http2: q.str("ListenerProtocol") == "HTTPS",
	}
	if l.protocol != "HTTP" {
		l.policy = "tls_cipher_policy_1_0" // the documented default
	}
	switch {
	case slices.ContainsFunc(q.c.alb.listeners, func(o *appListener) bool {
		return o.balancer == b.id && o.port == l.port && (o.protocol == "QUIC") == (l.protocol == "QUIC")
	}):
		return nil, refuse(400, "ResourceAlreadyExist.Listener", "The specified resource of listener %d already exists.", l.port)
	case l.protocol != "HTTP" && len(q.items("Certificates")) == 0:
		return nil, q.product.missing("Certificates")
	}
	if err := l.fill(q); err != nil {
		return nil, err
	}
	q.c.alb.listeners = append(q.c.alb.listeners, l)
	q.touch(appListenerKind, l.id)
	return q.albDone("listener", l.id, map[string]any{"ListenerId": l.id})
}

// fill takes what a call says and leaves the rest.
func (l *appListener) fill(q *rpcRequest) error {
	if id := q.str("SecurityPolicyId"); id != "" {
		if _, custom := find(q, q.c.alb.policies, id); !custom && systemTLSPolicies[id] == nil {
			return refuse(404, "ResourceNotFound.SecurityPolicy", "The specified resource %s is not found.", id)
		}
		if l.protocol == "HTTP" {
			return refuse(400, "InvalidParam.SecurityPolicyId", "The param of SecurityPolicyId is invalid: a listener of HTTP has none.")
		}
		l.policy = id
	}
	for name, into := range map[string]*bool{"GzipEnabled": &l.gzip, "Http2Enabled": &l.http2} {
		if q.has(name) {
			*into = q.is(name)
		}
	}
	l.idle, l.timeout = q.num("IdleTimeout", l.idle), q.num("RequestTimeout", l.timeout)
	l.description = q.orElse("ListenerDescription", l.description)
	if actions := q.nestedList("DefaultActions"); len(actions) > 0 {
		for _, a := range actions {
			if kind := firstOf(a.(map[string]any)["Type"], ""); kind != "ForwardGroup" && kind != "Redirect" && kind != "FixedResponse" {
				return refuse(400, "InvalidParam.DefaultActions", "The param of DefaultActions is invalid: Type %q.", kind)
			}
		}
		l.actions = actions
	}
	if certificates := q.nestedList("Certificates"); len(certificates) > 0 {
		l.certificates = certificates
	}
	l.changed = q.c.clock()
	return nil
}

func (l *appListener) view(c *Cloud) map[string]any {
	status := "Running"
	switch {
	case !c.settled(l.changed):
		status = "Configuring"
	case l.stopped:
		status = "Stopped"
	}
	return map[string]any{
		"ListenerId": l.id, "LoadBalancerId": l.balancer, "ListenerProtocol": l.protocol, "ListenerPort": l.port, "ListenerStatus": status,
		"ListenerDescription": l.description, "SecurityPolicyId": l.policy, "DefaultActions": append([]any{}, l.actions...), "IdleTimeout": l.idle,
		"RequestTimeout": l.timeout, "GzipEnabled": l.gzip, "Http2Enabled": l.http2, "Tags": tagViews(l.tags, "Key", "Value"),
		"ServiceManagedEnabled": l.managed, "ServiceManagedMode": map[bool]string{true: "Managed", false: "Unmanaged"}[l.managed],
	}
}

func listAppListeners(q *rpcRequest) (any, error) {
	views := []any{}
	for _, l := range within(q, q.c.alb.listeners, func(l *appListener) bool {
		return l.hasTags(q) && q.chosenBy("ListenerIds", l.id) && q.chosenBy("LoadBalancerIds", l.balancer) && q.matches("ListenerProtocol", l.protocol)
	}) {
		views = append(views, l.view(q.c))
	}
	return namedPage(q, "Listeners", views)
}

func getAppListener(q *rpcRequest) (any, error) {
	l, err := findNamed(q, q.c.alb.listeners, "ListenerId", appListenerKind)
	if err != nil {
		return nil, err
	}
	view := l.view(q.c)
	view["Certificates"], view["CaCertificates"], view["CaEnabled"] = append([]any{}, l.certificates...), []any{}, false
	return view, nil
}

// ownListener finds a listener to be changed: one that is being configured
// cannot be.
func (q *rpcRequest) ownListener() (*appListener, error) {
	l, err := findNamed(q, q.c.alb.listeners, "ListenerId", appListenerKind)
	if err == nil && !q.c.settled(l.changed) {
		return nil, refuse(400, "IncorrectStatus.Listener", "The status of listener [%s] is incorrect.", l.id)
	}
	return l, err
}

func updateAppListener(q *rpcRequest) (any, error) {
	l, err := q.ownListener()
	if err == nil {
		err = l.fill(q)
	}
	if err != nil {
		return nil, err
	}
	return q.albDone("listener", l.id, map[string]any{})
}

func deleteAppListener(q *rpcRequest) (any, error) {
	l, err := q.ownListener()
	if err != nil {
		return nil, err
	}
	q.c.alb.listeners = without(q.c.alb.listeners, l.id)
	return q.albDone("listener", l.id, map[string]any{})
}

func switchAppListener(off bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		l, err := q.ownListener()
		switch {
		case err != nil:
			return nil, err
		case l.stopped == off:
			return nil, refuse(400, "IncorrectStatus.Listener", "The status of listener [%s] is incorrect.", l.id)
		}
		l.stopped, l.changed = off, q.c.clock()
		return q.albDone("listener", l.id, map[string]any{})
	}
}

// systemTLSPolicies are the versions of TLS that the product's own policies
// take. Their ciphers are left out.
var systemTLSPolicies = map[string][]string{
	"tls_cipher_policy_1_0":                 {"TLSv1.0", "TLSv1.1", "TLSv1.2"},
	"tls_cipher_policy_1_1":                 {"TLSv1.1", "TLSv1.2"},
	"tls_cipher_policy_1_2":                 {"TLSv1.2"},
	"tls_cipher_policy_1_2_strict":          {"TLSv1.2"},
	"tls_cipher_policy_1_2_strict_with_1_3": {"TLSv1.2", "TLSv1.3"},
}

func listSystemTLSPolicies(*rpcRequest) (any, error) {
	views := []any{}
	for _, id := range sortedKeys(systemTLSPolicies) {
		views = append(views, map[string]any{"SecurityPolicyId": id, "TLSVersions": systemTLSPolicies[id], "Ciphers": []string{}})
	}
	return map[string]any{"SecurityPolicies": views}, nil
}

func (p *tlsPolicy) fill(q *rpcRequest) error {
	for _, v := range q.list("TLSVersions") {
		if !slices.Contains([]string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}, v) {
			return refuse(400, "InvalidParam.TLSVersions", "The param of TLSVersions is invalid: %s.", v)
		}
	}
	if v := q.list("TLSVersions"); len(v) > 0 {
		p.versions = v
	}
	if v := q.list("Ciphers"); len(v) > 0 {
		p.ciphers = v
	}
	p.name = q.orElse("SecurityPolicyName", p.name)
	return nil
}

func createTLSPolicy(q *rpcRequest) (any, error) {
	p := &tlsPolicy{ecsResource: q.newResource("spy", "")}
	if err := p.fill(q); err != nil {
		return nil, err
	}
	q.c.alb.policies = append(q.c.alb.policies, p)
	q.touch(tlsPolicyKind, p.id)
	return map[string]any{"SecurityPolicyId": p.id}, nil
}

func updateTLSPolicy(q *rpcRequest) (any, error) {
	p, err := findNamed(q, q.c.alb.policies, "SecurityPolicyId", tlsPolicyKind)
	if err == nil {
		err = p.fill(q)
	}
	if err != nil {
		return nil, err
	}
	return q.albDone("securitypolicy", p.id, map[string]any{})
}

func deleteTLSPolicy(q *rpcRequest) (any, error) {
	p, err := findNamed(q, q.c.alb.policies, "SecurityPolicyId", tlsPolicyKind)
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(q.c.alb.listeners, func(l *appListener) bool { return l.policy == p.id }):
		return nil, refuse(400, "ResourceInUse.SecurityPolicy", "The specified resource of security policy is in use.")
	}
	q.c.alb.policies = without(q.c.alb.policies, p.id)
	return done()
}

func listTLSPolicies(q *rpcRequest) (any, error) {
	views := []any{}
	for _, p := range within(q, q.c.alb.policies, func(p *tlsPolicy) bool {
		return p.hasTags(q) && q.chosenBy("SecurityPolicyIds", p.id) && q.chosenBy("SecurityPolicyNames", p.name)
	}) {
		views = append(views, map[string]any{
			"SecurityPolicyId": p.id, "SecurityPolicyName": p.name, "SecurityPolicyStatus": "Available", "TLSVersions": p.versions, "Ciphers": p.ciphers,
			"CreateTime": stamp(p.created), "ResourceGroupId": "", "Tags": tagViews(p.tags, "Key", "Value"),
		})
	}
	return namedPage(q, "SecurityPolicies", views)
}

func listALBJobs(q *rpcRequest) (any, error) {
	views := []any{}
	for _, j := range q.c.alb.jobs {
		if !q.chosenBy("JobIds", j.id) || !q.chosenBy("ResourceIds", j.resource) || !q.matches("ApiName", j.action) || !q.matches("ResourceType", j.kind) {
			continue
		}
		status := "Succeeded"
		if !q.c.settled(j.created) {
			status = "Processing"
		}
		views = append(views, map[string]any{
			"Id": j.id, "ApiName": j.action, "ResourceType": j.kind, "ResourceId": j.resource, "Status": status,
			"CreateTime": j.created.UnixMilli(), "ModifyTime": j.created.UnixMilli(), "OperateType": "", "ErrorCode": "", "ErrorMessage": "",
		})
	}
	return namedPage(q, "Jobs", views)
}

// nested makes of "ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId" and
// the like what they stand for.
func nested(fields fieldsOf) map[string]any {
	groups := map[string]fieldsOf{}
	object := map[string]any{}
	for k, v := range fields {
		head, rest, deeper := strings.Cut(k, ".")
		if !deeper {
			object[head] = v
			if n, err := strconv.Atoi(v); err == nil && head != "Port" && head != "HttpCode" {
				object[head] = n
			}
			if strings.HasSuffix(head, "Enabled") {
				object[head] = strings.EqualFold(v, "true")
			}
			continue
		}
		if groups[head] == nil {
			groups[head] = fieldsOf{}
		}
		groups[head][rest] = v
	}
	for head, group := range groups {
		inner := nested(group)
		var list []any
		for i := 1; inner[strconv.Itoa(i)] != nil; i++ {
			list = append(list, inner[strconv.Itoa(i)])
		}
		if object[head] = inner; list != nil {
			object[head] = list
		}
	}
	return object
}

// firstOf is the first that is not empty, of what may be nil.
func firstOf(v any, fallback string) string {
	s, _ := v.(string)
	return cmp.Or(s, fallback)
}
