package alb

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Application Load Balancer: balancers, listeners and the policies
// that say which versions of TLS a listener takes.
type state struct {
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
	kernel.Resource
	addressType, edition, vpc string
	locked                    string // why the console may not change it; empty: it may
	allocated                 string // Fixed or Dynamic: whether its addresses stay
	address6                  string // whether its IPv6 address is of the Internet or the Intranet; empty: it has none
	zones                     []any
	protected                 bool
	changed                   time.Time // its type is being changed for a while
}

type appListener struct {
	kernel.Resource
	balancer, protocol, policy string
	port, idle, timeout        int
	gzip, http2, stopped       bool
	managed                    bool // by a cloud service
	actions, certificates      []any
	changed                    time.Time // it is being configured for a while
}

type tlsPolicy struct {
	kernel.Resource
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
		XForwardedForSLBIdEnabled:Boolean XForwardedForSLBPortEnabled:Boolean XForwardedForClientSrcPortEnabled:Boolean) ` + kernel.AppOnce
)

var albActions = []action{
	{
		Name: "CreateLoadBalancer", Write: true, On: onALB("loadbalancer", ""), Do: createAppBalancer,
		Params: `AddressType!=Internet|Intranet VpcId! LoadBalancerEdition!=Basic|Standard|StandardWithWaf LoadBalancerName AddressAllocatedMode=Fixed|Dynamic
			AddressIpVersion DeletionProtectionEnabled:Boolean ResourceGroupId ModificationProtectionConfig:Struct(Status Reason)
			LoadBalancerBillingConfig:Struct!(PayType InternetBandwidth InternetChargeType BandwidthPackageId)
			ZoneMappings:Array!(ZoneId VSwitchId AllocationId IntranetAddress EipType) ` + kernel.AppOnce + kernel.AppTag,
	},
	{
		Name: "ListLoadBalancers", On: onALB("loadbalancer", ""), Do: listAppBalancers,
		Params: `AddressIpVersion AddressType DNSName Ipv6AddressType LoadBalancerBussinessStatus LoadBalancerIds:Array LoadBalancerNames:Array LoadBalancerStatus
			MaxResults:Integer=1..100 NextToken PayType ResourceGroupId VpcIds:Array ZoneId ` + kernel.AppTag,
	},
	{Name: "GetLoadBalancerAttribute", On: onALB("loadbalancer", "LoadBalancerId"), Do: getAppBalancer, Params: "LoadBalancerId!"},
	{
		Name: "UpdateLoadBalancerAddressTypeConfig", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: updateAppAddressType,
		Params: "LoadBalancerId! AddressType!=Internet|Intranet ZoneMappings:Array(ZoneId VSwitchId AllocationId EipType) ClientToken DryRun",
	},
	{Name: "DeleteLoadBalancer", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: deleteAppBalancer, Params: "LoadBalancerId! " + kernel.AppOnce},
	{
		Name: "CreateListener", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: createAppListener,
		Params: "LoadBalancerId! ListenerPort:Integer!=1..65535 ListenerProtocol!=HTTP|HTTPS|QUIC DefaultActions:Array!" + appActions + appListenerParams + kernel.AppTag,
	},
	{
		Name: "ListListeners", On: onALB("listener", ""), Do: listAppListeners,
		Params: "ListenerIds:Array ListenerProtocol LoadBalancerIds:Array MaxResults:Integer=1..100 NextToken " + kernel.AppTag,
	},
	{Name: "GetListenerAttribute", On: onALB("listener", "ListenerId"), Do: getAppListener, Params: "ListenerId!"},
	{
		Name: "UpdateListenerAttribute", Write: true, On: onALB("listener", "ListenerId"), Do: updateAppListener,
		Params: "ListenerId! DefaultActions:Array" + appActions + appListenerParams,
	},
	{Name: "DeleteListener", Write: true, On: onALB("listener", "ListenerId"), Do: deleteAppListener, Params: "ListenerId! " + kernel.AppOnce},
	{Name: "StartListener", Write: true, On: onALB("listener", "ListenerId"), Do: switchAppListener(false), Params: "ListenerId! " + kernel.AppOnce},
	{Name: "StopListener", Write: true, On: onALB("listener", "ListenerId"), Do: switchAppListener(true), Params: "ListenerId! " + kernel.AppOnce},
	{
		Name: "CreateSecurityPolicy", Write: true, On: onALB("securitypolicy", ""), Do: createTLSPolicy,
		Params: "SecurityPolicyName! TLSVersions:Array! Ciphers:Array! ResourceGroupId " + kernel.AppOnce + kernel.AppTag,
	},
	{
		Name: "UpdateSecurityPolicyAttribute", Write: true, On: onALB("securitypolicy", "SecurityPolicyId"), Do: updateTLSPolicy,
		Params: "SecurityPolicyId! SecurityPolicyName TLSVersions:Array Ciphers:Array " + kernel.AppOnce,
	},
	{Name: "DeleteSecurityPolicy", Write: true, On: onALB("securitypolicy", "SecurityPolicyId"), Do: deleteTLSPolicy, Params: "SecurityPolicyId! " + kernel.AppOnce},
	{
		Name: "ListSecurityPolicies", On: onALB("securitypolicy", ""), Do: listTLSPolicies,
		Params: "MaxResults:Integer=1..100 NextToken ResourceGroupId SecurityPolicyIds:Array SecurityPolicyNames:Array " + kernel.AppTag,
	},
	{Name: "ListSystemSecurityPolicies", Open: true, Do: listSystemTLSPolicies, Params: ""}, // documented to need no permission
	{
		Name: "ListAsynJobs", Do: listALBJobs,
		Params: "ApiName BeginTime:Long EndTime:Long JobIds:Array MaxResults:Long NextToken ResourceIds:Array ResourceType",
	},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Alb", Ram: "alb", Version: "2020-06-16", Endpoint: kernel.Regional("alb"), ByHost: true, Missing: kernel.MissingInECS},
		slices.Concat(albActions, albBalancerActions, serverGroupActions, albRegionActions, albTagActions),
		"alb-openapi-share.*.aliyuncs.com")
	c.Taggables = append(c.Taggables, func(add func(product, kind string, all []*kernel.Resource)) {
		add("alb", "loadbalancer", kernel.Bases(c.balancers))
		add("alb", "servergroup", kernel.Bases(c.groups))
	})
	c.AddSection(kernel.SectionOf("alb", func(f *albFile, _ map[string]any) (func(), error) {
		s, err := c.loadALB(f)
		return func() { c.state = *s }, err
	}, func() (*albFile, error) { return c.dumpALB(), nil }))
}

func onALB(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string { return []string{q.ARN("alb", kind+"/"+q.OrElse(param, "*"))} }
}

// albDone notes a change and answers with its job.
func (q *request) albDone(kind, id string, answer map[string]any) (any, error) {
	j := albJob{id: strings.ToLower(q.c.Random.Uuid()), action: q.Action.Name, kind: kind, resource: id, created: q.c.Clock()}
	q.c.jobs = append(q.c.jobs, j)
	answer["JobId"] = j.id
	return answer, nil
}

// nestedList is a repeated structure with all that is in it.
func (q *request) nestedList(name string) []any {
	list := []any{}
	for _, item := range q.Items(name) {
		list = append(list, nested(item))
	}
	return list
}

func createAppBalancer(q *request) (any, error) {
	b := &appBalancer{
		Resource: q.NewResource("alb", q.Str("LoadBalancerName")), allocated: q.Str("AddressAllocatedMode"), addressType: q.Str("AddressType"), edition: q.Str("LoadBalancerEdition"),
		vpc: q.Str("VpcId"), address6: map[bool]string{true: "Intranet"}[q.Str("AddressIpVersion") == "DualStack"], zones: q.nestedList("ZoneMappings"), protected: q.Is("DeletionProtectionEnabled"),
	}
	q.c.balancers = append(q.c.balancers, b)
	q.Touch(appBalancerKind, b.ID)
	return map[string]any{"LoadBalancerId": b.ID}, nil
}

// updateAppAddressType opens a balancer to the internet or takes it from there.
func updateAppAddressType(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.balancers, "LoadBalancerId", appBalancerKind)
	switch {
	case err != nil:
		return nil, err
	case !q.c.Settled(b.changed):
		return nil, kernel.Refuse(400, "IncorrectStatus.LoadBalancer", "The status of loadbalancer [%s] is incorrect.", b.ID)
	case b.addressType == q.Str("AddressType"):
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
		b.zones = zones
	}
	b.addressType, b.changed = q.Str("AddressType"), q.c.Clock()
	return q.albDone("loadbalancer", b.ID, map[string]any{})
}

func (b *appBalancer) view(c *Service) map[string]any {
	family := "IPv4"
	if b.address6 != "" {
		family = "DualStack"
	}
	return map[string]any{
		"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "LoadBalancerStatus": b.status(c), "LoadBalancerBussinessStatus": "Normal", "LoadBalancerEdition": b.edition,
		"AddressType": b.addressType, "AddressAllocatedMode": cmp.Or(b.allocated, "Dynamic"), "AddressIpVersion": family, "Ipv6AddressType": b.address6, "VpcId": b.vpc, "ResourceGroupId": "",
		"DNSName": b.ID + "." + b.Region + ".alb.aliyuncs.com", "CreateTime": kernel.Stamp(b.Created), "Tags": kernel.TagViews(b.Tags, "Key", "Value"),
		"DeletionProtectionConfig": map[string]any{"Enabled": b.protected, "EnabledTime": ""},
		"RegionId":                 b.Region, "ModificationProtectionConfig": b.protectionView(),
		"LoadBalancerBillingConfig": map[string]any{"PayType": "PostPay"}, "LoadBalancerOperationLocks": []any{},
	}
}

func (b *appBalancer) status(c *Service) string {
	if c.Settled(b.changed) {
		return "Active"
	}
	return "Configuring"
}

func listAppBalancers(q *request) (any, error) {
	views := []any{}
	for _, b := range kernel.Within(q.Request, q.c.balancers, func(b *appBalancer) bool {
		return b.HasTags(q.Request) && q.ChosenBy("LoadBalancerIds", b.ID) && q.ChosenBy("LoadBalancerNames", b.Name) && q.ChosenBy("VpcIds", b.vpc) &&
			q.Matches("AddressType", b.addressType) && q.Matches("Ipv6AddressType", b.address6) && q.Matches("LoadBalancerStatus", b.status(q.c))
	}) {
		views = append(views, b.view(q.c))
	}
	return kernel.NamedPage(q.Request, "LoadBalancers", views)
}

func getAppBalancer(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.balancers, "LoadBalancerId", appBalancerKind)
	if err != nil {
		return nil, err
	}
	view := b.view(q.c)
	view["ZoneMappings"] = b.zones
	return view, nil
}

func deleteAppBalancer(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.balancers, "LoadBalancerId", appBalancerKind)
	switch {
	case err != nil:
		return nil, err
	case b.protected:
		return nil, kernel.Refuse(400, "OperationDenied.DeletionProtectionEnabled", "The operation is not allowed because of DeletionProtection.")
	}
	q.c.balancers = kernel.Without(q.c.balancers, b.ID)
	q.c.listeners = slices.DeleteFunc(q.c.listeners, func(l *appListener) bool { return l.balancer == b.ID })
	return q.albDone("loadbalancer", b.ID, map[string]any{})
}

func createAppListener(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.balancers, "LoadBalancerId", appBalancerKind)
	if err != nil {
		return nil, err
	}
	l := &appListener{
		Resource: q.NewResource("lsn", ""), balancer: b.ID, protocol: q.Str("ListenerProtocol"), port: q.Num("ListenerPort", 0),
		idle: 15, timeout: 60, gzip: true, http2: q.Str("ListenerProtocol") == "HTTPS",
	}
	if l.protocol != "HTTP" {
		l.policy = "tls_cipher_policy_1_0" // the documented default
	}
	switch {
	case slices.ContainsFunc(q.c.listeners, func(o *appListener) bool {
		return o.balancer == b.ID && o.port == l.port && (o.protocol == "QUIC") == (l.protocol == "QUIC")
	}):
		return nil, kernel.Refuse(400, "ResourceAlreadyExist.Listener", "The specified resource of listener %d already exists.", l.port)
	case l.protocol != "HTTP" && len(q.Items("Certificates")) == 0:
		return nil, q.Product.Missing("Certificates")
	}
	if err := l.fill(q); err != nil {
		return nil, err
	}
	q.c.listeners = append(q.c.listeners, l)
	q.Touch(appListenerKind, l.ID)
	return q.albDone("listener", l.ID, map[string]any{"ListenerId": l.ID})
}

// fill takes what a call says and leaves the rest.
func (l *appListener) fill(q *request) error {
	if id := q.Str("SecurityPolicyId"); id != "" {
		if _, custom := kernel.Find(q.Request, q.c.policies, id); !custom && systemTLSPolicies[id] == nil {
			return kernel.Refuse(404, "ResourceNotFound.SecurityPolicy", "The specified resource %s is not found.", id)
		}
		if l.protocol == "HTTP" {
			return kernel.Refuse(400, "InvalidParam.SecurityPolicyId", "The param of SecurityPolicyId is invalid: a listener of HTTP has none.")
		}
		l.policy = id
	}
	for name, into := range map[string]*bool{"GzipEnabled": &l.gzip, "Http2Enabled": &l.http2} {
		if q.Has(name) {
			*into = q.Is(name)
		}
	}
	l.idle, l.timeout = q.Num("IdleTimeout", l.idle), q.Num("RequestTimeout", l.timeout)
	l.Description = q.OrElse("ListenerDescription", l.Description)
	if actions := q.nestedList("DefaultActions"); len(actions) > 0 {
		for _, a := range actions {
			if kind := FirstOf(a.(map[string]any)["Type"], ""); kind != "ForwardGroup" && kind != "Redirect" && kind != "FixedResponse" {
				return kernel.Refuse(400, "InvalidParam.DefaultActions", "The param of DefaultActions is invalid: Type %q.", kind)
			}
		}
		l.actions = actions
	}
	if certificates := q.nestedList("Certificates"); len(certificates) > 0 {
		l.certificates = certificates
	}
	l.changed = q.c.Clock()
	return nil
}

func (l *appListener) view(c *Service) map[string]any {
	status := "Running"
	switch {
	case !c.Settled(l.changed):
		status = "Configuring"
	case l.stopped:
		status = "Stopped"
	}
	return map[string]any{
		"ListenerId": l.ID, "LoadBalancerId": l.balancer, "ListenerProtocol": l.protocol, "ListenerPort": l.port, "ListenerStatus": status,
		"ListenerDescription": l.Description, "SecurityPolicyId": l.policy, "DefaultActions": append([]any{}, l.actions...), "IdleTimeout": l.idle,
		"RequestTimeout": l.timeout, "GzipEnabled": l.gzip, "Http2Enabled": l.http2, "Tags": kernel.TagViews(l.Tags, "Key", "Value"),
		"ServiceManagedEnabled": l.managed, "ServiceManagedMode": map[bool]string{true: "Managed", false: "Unmanaged"}[l.managed],
	}
}

func listAppListeners(q *request) (any, error) {
	views := []any{}
	for _, l := range kernel.Within(q.Request, q.c.listeners, func(l *appListener) bool {
		return l.HasTags(q.Request) && q.ChosenBy("ListenerIds", l.ID) && q.ChosenBy("LoadBalancerIds", l.balancer) && q.Matches("ListenerProtocol", l.protocol)
	}) {
		views = append(views, l.view(q.c))
	}
	return kernel.NamedPage(q.Request, "Listeners", views)
}

func getAppListener(q *request) (any, error) {
	l, err := kernel.FindNamed(q.Request, q.c.listeners, "ListenerId", appListenerKind)
	if err != nil {
		return nil, err
	}
	view := l.view(q.c)
	view["Certificates"], view["CaCertificates"], view["CaEnabled"] = append([]any{}, l.certificates...), []any{}, false
	return view, nil
}

// ownListener finds a listener to be changed: one that is being configured
// cannot be.
func (q *request) ownListener() (*appListener, error) {
	l, err := kernel.FindNamed(q.Request, q.c.listeners, "ListenerId", appListenerKind)
	if err == nil && !q.c.Settled(l.changed) {
		return nil, kernel.Refuse(400, "IncorrectStatus.Listener", "The status of listener [%s] is incorrect.", l.ID)
	}
	return l, err
}

func updateAppListener(q *request) (any, error) {
	l, err := q.ownListener()
	if err == nil {
		err = l.fill(q)
	}
	if err != nil {
		return nil, err
	}
	return q.albDone("listener", l.ID, map[string]any{})
}

func deleteAppListener(q *request) (any, error) {
	l, err := q.ownListener()
	if err != nil {
		return nil, err
	}
	q.c.listeners = kernel.Without(q.c.listeners, l.ID)
	return q.albDone("listener", l.ID, map[string]any{})
}

func switchAppListener(off bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		l, err := q.ownListener()
		switch {
		case err != nil:
			return nil, err
		case l.stopped == off:
			return nil, kernel.Refuse(400, "IncorrectStatus.Listener", "The status of listener [%s] is incorrect.", l.ID)
		}
		l.stopped, l.changed = off, q.c.Clock()
		return q.albDone("listener", l.ID, map[string]any{})
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

func listSystemTLSPolicies(*request) (any, error) {
	views := []any{}
	for _, id := range kernel.SortedKeys(systemTLSPolicies) {
		views = append(views, map[string]any{"SecurityPolicyId": id, "TLSVersions": systemTLSPolicies[id], "Ciphers": []string{}})
	}
	return map[string]any{"SecurityPolicies": views}, nil
}

func (p *tlsPolicy) fill(q *request) error {
	for _, v := range q.List("TLSVersions") {
		if !slices.Contains([]string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}, v) {
			return kernel.Refuse(400, "InvalidParam.TLSVersions", "The param of TLSVersions is invalid: %s.", v)
		}
	}
	if v := q.List("TLSVersions"); len(v) > 0 {
		p.versions = v
	}
	if v := q.List("Ciphers"); len(v) > 0 {
		p.ciphers = v
	}
	p.Name = q.OrElse("SecurityPolicyName", p.Name)
	return nil
}

func createTLSPolicy(q *request) (any, error) {
	p := &tlsPolicy{Resource: q.NewResource("spy", "")}
	if err := p.fill(q); err != nil {
		return nil, err
	}
	q.c.policies = append(q.c.policies, p)
	q.Touch(tlsPolicyKind, p.ID)
	return map[string]any{"SecurityPolicyId": p.ID}, nil
}

func updateTLSPolicy(q *request) (any, error) {
	p, err := kernel.FindNamed(q.Request, q.c.policies, "SecurityPolicyId", tlsPolicyKind)
	if err == nil {
		err = p.fill(q)
	}
	if err != nil {
		return nil, err
	}
	return q.albDone("securitypolicy", p.ID, map[string]any{})
}

func deleteTLSPolicy(q *request) (any, error) {
	p, err := kernel.FindNamed(q.Request, q.c.policies, "SecurityPolicyId", tlsPolicyKind)
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(q.c.listeners, func(l *appListener) bool { return l.policy == p.ID }):
		return nil, kernel.Refuse(400, "ResourceInUse.SecurityPolicy", "The specified resource of security policy is in use.")
	}
	q.c.policies = kernel.Without(q.c.policies, p.ID)
	return kernel.Done()
}

func listTLSPolicies(q *request) (any, error) {
	views := []any{}
	for _, p := range kernel.Within(q.Request, q.c.policies, func(p *tlsPolicy) bool {
		return p.HasTags(q.Request) && q.ChosenBy("SecurityPolicyIds", p.ID) && q.ChosenBy("SecurityPolicyNames", p.Name)
	}) {
		views = append(views, map[string]any{
			"SecurityPolicyId": p.ID, "SecurityPolicyName": p.Name, "SecurityPolicyStatus": "Available", "TLSVersions": p.versions, "Ciphers": p.ciphers,
			"CreateTime": kernel.Stamp(p.Created), "ResourceGroupId": "", "Tags": kernel.TagViews(p.Tags, "Key", "Value"),
		})
	}
	return kernel.NamedPage(q.Request, "SecurityPolicies", views)
}

func listALBJobs(q *request) (any, error) {
	views := []any{}
	for _, j := range q.c.jobs {
		if !q.ChosenBy("JobIds", j.id) || !q.ChosenBy("ResourceIds", j.resource) || !q.Matches("ApiName", j.action) || !q.Matches("ResourceType", j.kind) {
			continue
		}
		status := "Succeeded"
		if !q.c.Settled(j.created) {
			status = "Processing"
		}
		views = append(views, map[string]any{
			"Id": j.id, "ApiName": j.action, "ResourceType": j.kind, "ResourceId": j.resource, "Status": status,
			"CreateTime": j.created.UnixMilli(), "ModifyTime": j.created.UnixMilli(), "OperateType": "", "ErrorCode": "", "ErrorMessage": "",
		})
	}
	return kernel.NamedPage(q.Request, "Jobs", views)
}

// nested makes of "ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId" and
// the like what they stand for.
func nested(fields kernel.FieldsOf) map[string]any {
	groups := map[string]kernel.FieldsOf{}
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
			groups[head] = kernel.FieldsOf{}
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

// FirstOf is the first that is not empty, of what may be nil.
func FirstOf(v any, fallback string) string {
	s, _ := v.(string)
	return cmp.Or(s, fallback)
}
