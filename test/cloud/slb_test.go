package cloud

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/alb"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func slbClient(t *testing.T, c *Cloud, k kernel.Credentials) *slb.Client {
	t.Helper()
	return must[*slb.Client](t)(slb.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
}

// classicWith is a balancer with an HTTPS listener on 443 that takes TLS 1.0.
func classicWith(t *testing.T, client *slb.Client) (id string) {
	t.Helper()
	create := slb.CreateCreateLoadBalancerRequest()
	create.LoadBalancerName, create.AddressType, create.LoadBalancerSpec = "web", "internet", "slb.s1.small"
	id = must[*slb.CreateLoadBalancerResponse](t)(client.CreateLoadBalancer(create)).LoadBalancerId
	listen := slb.CreateCreateLoadBalancerHTTPSListenerRequest()
	listen.LoadBalancerId, listen.ListenerPort, listen.BackendServerPort = id, requests.NewInteger(443), requests.NewInteger(8080)
	listen.Bandwidth, listen.HealthCheck, listen.ServerCertificateId, listen.Description = requests.NewInteger(-1), "off", "cert-1", "1234"
	must[*slb.CreateLoadBalancerHTTPSListenerResponse](t)(client.CreateLoadBalancerHTTPSListener(listen))
	return id
}

func TestPolicyOfAClassicListenerIsChangedAlone(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	client := slbClient(t, c, admin(c))
	id := classicWith(t, client)
	get := slb.CreateDescribeLoadBalancerHTTPSListenerAttributeRequest()
	get.LoadBalancerId, get.ListenerPort = id, requests.NewInteger(443)
	look := func() *slb.DescribeLoadBalancerHTTPSListenerAttributeResponse {
		return must[*slb.DescribeLoadBalancerHTTPSListenerAttributeResponse](t)(client.DescribeLoadBalancerHTTPSListenerAttribute(get))
	}
	if l := look(); l.TLSCipherPolicy != "tls_cipher_policy_1_0" || l.Status != "stopped" || l.ServerCertificateId != "cert-1" || l.BackendServerPort != 8080 || l.Description != "1234" {
		t.Errorf("%+v", l)
	}
	set := slb.CreateSetLoadBalancerHTTPSListenerAttributeRequest()
	set.LoadBalancerId, set.ListenerPort, set.TLSCipherPolicy = id, requests.NewInteger(443), "tls_cipher_policy_1_2"
	must[*slb.SetLoadBalancerHTTPSListenerAttributeResponse](t)(client.SetLoadBalancerHTTPSListenerAttribute(set))
	if l := look(); l.TLSCipherPolicy != "tls_cipher_policy_1_2" || l.ServerCertificateId != "cert-1" || l.BackendServerPort != 8080 {
		t.Errorf("%+v", l)
	}
	record := last(t, events)
	if record["serviceName"] != "Slb" || record["resourceName"] != id || record["requestParameters"].(map[string]any)["TLSCipherPolicy"] != "tls_cipher_policy_1_2" {
		t.Errorf("%v", record)
	}
	set.TLSCipherPolicy = "tls_cipher_policy_9"
	_, err := client.SetLoadBalancerHTTPSListenerAttribute(set)
	wantCode(t, err, "InvalidParameter")
	set.ListenerPort, set.TLSCipherPolicy = requests.NewInteger(444), ""
	_, err = client.SetLoadBalancerHTTPSListenerAttribute(set)
	wantCode(t, err, "InvalidParameter")
	set.LoadBalancerId = "lb-none"
	_, err = client.SetLoadBalancerHTTPSListenerAttribute(set)
	wantCode(t, err, "InvalidLoadBalancerId.NotFound")
}

func TestClassicListenersRedirectFromTheStartOrNever(t *testing.T) {
	c := startCloud(t)
	client := slbClient(t, c, admin(c))
	id := classicWith(t, client)
	listen := func(port int, edit func(*slb.CreateLoadBalancerHTTPListenerRequest)) error {
		r := slb.CreateCreateLoadBalancerHTTPListenerRequest()
		r.LoadBalancerId, r.ListenerPort, r.HealthCheck = id, requests.NewInteger(port), "off"
		edit(r)
		_, err := client.CreateLoadBalancerHTTPListener(r)
		return err
	}
	if err := listen(80, func(r *slb.CreateLoadBalancerHTTPListenerRequest) {
		r.ListenerForward, r.ForwardPort = "on", requests.NewInteger(443)
	}); err != nil {
		t.Fatal(err)
	}
	if err := listen(8080, func(r *slb.CreateLoadBalancerHTTPListenerRequest) { r.BackendServerPort = requests.NewInteger(80) }); err != nil {
		t.Fatal(err)
	}
	wantCode(t, listen(8081, func(r *slb.CreateLoadBalancerHTTPListenerRequest) { r.ListenerForward = "on" }), "MissingParameter")
	wantCode(t, listen(443, func(r *slb.CreateLoadBalancerHTTPListenerRequest) { r.BackendServerPort = requests.NewInteger(80) }), "ListenerAlreadyExists")
	start := slb.CreateStartLoadBalancerListenerRequest()
	start.LoadBalancerId, start.ListenerPort, start.ListenerProtocol = id, requests.NewInteger(8080), "http"
	must[*slb.StartLoadBalancerListenerResponse](t)(client.StartLoadBalancerListener(start))

	get := slb.CreateDescribeLoadBalancerHTTPListenerAttributeRequest()
	get.LoadBalancerId = id
	for port, want := range map[int]string{80: "on stopped", 8080: "off running"} {
		get.ListenerPort = requests.NewInteger(port)
		l := must[*slb.DescribeLoadBalancerHTTPListenerAttributeResponse](t)(client.DescribeLoadBalancerHTTPListenerAttribute(get))
		if got := l.ListenerForward + " " + l.Status; got != want {
			t.Errorf("%d: %s", port, got)
		}
	}
	list := slb.CreateDescribeLoadBalancerListenersRequest()
	list.LoadBalancerId = &[]string{id}
	list.MaxResults = requests.NewInteger(2)
	page := must[*slb.DescribeLoadBalancerListenersResponse](t)(client.DescribeLoadBalancerListeners(list))
	list.NextToken = page.NextToken
	all := append(page.Listeners, must[*slb.DescribeLoadBalancerListenersResponse](t)(client.DescribeLoadBalancerListeners(list)).Listeners...)
	if len(page.Listeners) != 2 || len(all) != 3 || all[0].HTTPSListenerConfig.TLSCipherPolicy != "tls_cipher_policy_1_0" || all[1].HTTPListenerConfig.ListenerForward != "on" ||
		all[1].HTTPListenerConfig.ForwardPort != 443 || all[2].Status != "running" {
		t.Errorf("%+v", all)
	}
	attribute := slb.CreateDescribeLoadBalancerAttributeRequest()
	attribute.LoadBalancerId = id
	if b := must[*slb.DescribeLoadBalancerAttributeResponse](t)(client.DescribeLoadBalancerAttribute(attribute)); b.AddressType != "internet" ||
		len(b.ListenerPortsAndProtocol.ListenerPortAndProtocol) != 3 || b.ListenerPortsAndProtocol.ListenerPortAndProtocol[1].ForwardPort != 443 {
		t.Errorf("%+v", b)
	}
	for _, port := range []int{80, 8080, 443} {
		remove := slb.CreateDeleteLoadBalancerListenerRequest()
		remove.LoadBalancerId, remove.ListenerPort = id, requests.NewInteger(port)
		must[*slb.DeleteLoadBalancerListenerResponse](t)(client.DeleteLoadBalancerListener(remove))
	}
	remove := slb.CreateDeleteLoadBalancerRequest()
	remove.LoadBalancerId = id
	must[*slb.DeleteLoadBalancerResponse](t)(client.DeleteLoadBalancer(remove))
	if left := must[*slb.DescribeLoadBalancersResponse](t)(client.DescribeLoadBalancers(slb.CreateDescribeLoadBalancersRequest())); left.TotalCount != 0 {
		t.Errorf("%+v", left)
	}
}

func TestClassicBalancersAreGrantedOneByOne(t *testing.T) {
	c := startCloud(t)
	id := classicWith(t, slbClient(t, c, admin(c)))
	stop := slb.CreateStopLoadBalancerListenerRequest()
	stop.LoadBalancerId, stop.ListenerPort = id, requests.NewInteger(443)
	for name, test := range map[string]struct {
		resource string
		ok       bool
	}{"it": {"acs:slb:*:*:loadbalancer/" + id, true}, "another": {"acs:slb:*:*:loadbalancer/lb-other", false}} {
		_, err := slbClient(t, c, c.AddUser(name, allow("slb:StopLoadBalancerListener", test.resource))).StopLoadBalancerListener(stop)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func albClient(t *testing.T, c *Cloud, k kernel.Credentials) *alb.Client {
	t.Helper()
	client := must[*alb.Client](t)(alb.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
	client.Domain = "alb.cn-hangzhou.aliyuncs.com"
	return client
}

func appBalancerOf(t *testing.T, client *alb.Client) (id string) {
	t.Helper()
	create := alb.CreateCreateLoadBalancerRequest()
	create.LoadBalancerName, create.AddressType, create.LoadBalancerEdition, create.VpcId = "web", "Internet", "Standard", "vpc-1"
	create.LoadBalancerBillingConfig.PayType = "PostPay"
	create.ZoneMappings = &[]alb.CreateLoadBalancerZoneMappings{{ZoneId: "cn-hangzhou-h", VSwitchId: "vsw-1"}, {ZoneId: "cn-hangzhou-i", VSwitchId: "vsw-2"}}
	return must[*alb.CreateLoadBalancerResponse](t)(client.CreateLoadBalancer(create)).LoadBalancerId
}

func httpsListener(balancer string) *alb.CreateListenerRequest {
	r := alb.CreateCreateListenerRequest()
	r.LoadBalancerId, r.ListenerProtocol, r.ListenerPort = balancer, "HTTPS", requests.NewInteger(443)
	r.Certificates = &[]alb.CreateListenerCertificates{{CertificateId: "1-cn-hangzhou"}}
	r.DefaultActions = &[]alb.CreateListenerDefaultActions{{Type: "ForwardGroup", ForwardGroupConfig: alb.CreateListenerDefaultActionsForwardGroupConfig{
		ServerGroupTuples: &[]alb.CreateListenerDefaultActionsForwardGroupConfigServerGroupTuplesItem{{ServerGroupId: "sgp-1"}},
	}}}
	return r
}

func TestPolicyOfAnAppListener(t *testing.T) {
	c := startCloud(t)
	client := albClient(t, c, admin(c))
	made := must[*alb.CreateListenerResponse](t)(client.CreateListener(httpsListener(appBalancerOf(t, client))))
	get := alb.CreateGetListenerAttributeRequest()
	get.ListenerId = made.ListenerId
	look := func() *alb.GetListenerAttributeResponse {
		return must[*alb.GetListenerAttributeResponse](t)(client.GetListenerAttribute(get))
	}
	if l := look(); l.SecurityPolicyId != "tls_cipher_policy_1_0" || l.ListenerStatus != "Running" || len(l.DefaultActions) != 1 ||
		l.DefaultActions[0].ForwardGroupConfig.ServerGroupTuples[0].ServerGroupId != "sgp-1" || l.Certificates[0].CertificateId != "1-cn-hangzhou" {
		t.Errorf("%+v", l)
	}
	create := alb.CreateCreateSecurityPolicyRequest()
	create.SecurityPolicyName, create.TLSVersions, create.Ciphers = "old", &[]string{"TLSv1.1", "TLSv1.2"}, &[]string{"AES128-SHA"}
	custom := must[*alb.CreateSecurityPolicyResponse](t)(client.CreateSecurityPolicy(create)).SecurityPolicyId
	update := alb.CreateUpdateListenerAttributeRequest()
	update.ListenerId = made.ListenerId
	for _, policy := range []string{custom, "tls_cipher_policy_1_2"} {
		update.SecurityPolicyId = policy
		if must[*alb.UpdateListenerAttributeResponse](t)(client.UpdateListenerAttribute(update)).JobId == "" {
			t.Error("no job")
		}
		if l := look(); l.SecurityPolicyId != policy || len(l.DefaultActions) != 1 {
			t.Errorf("%+v", l)
		}
	}
	update.SecurityPolicyId = "spy-none"
	_, err := client.UpdateListenerAttribute(update)
	wantCode(t, err, "ResourceNotFound.SecurityPolicy")
	list := alb.CreateListSecurityPoliciesRequest()
	list.SecurityPolicyIds = &[]string{custom}
	if p := must[*alb.ListSecurityPoliciesResponse](t)(client.ListSecurityPolicies(list)).SecurityPolicies; len(p) != 1 || len(p[0].TLSVersions) != 2 || p[0].TLSVersions[0] != "TLSv1.1" {
		t.Errorf("%+v", p)
	}
	system := must[*alb.ListSystemSecurityPoliciesResponse](t)(client.ListSystemSecurityPolicies(alb.CreateListSystemSecurityPoliciesRequest())).SecurityPolicies
	for _, p := range system {
		if old := p.TLSVersions[0] == "TLSv1.0" || p.TLSVersions[0] == "TLSv1.1"; old != (p.SecurityPolicyId < "tls_cipher_policy_1_2") {
			t.Errorf("%+v", p)
		}
	}
	if len(system) != 5 {
		t.Errorf("%+v", system)
	}
}

func TestAppListenersRedirect(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	client := albClient(t, c, k)
	id := appBalancerOf(t, client)
	p := generic(t, c, k, "Alb", "2020-06-16", "alb.cn-hangzhou.aliyuncs.com")
	listen := []string{"LoadBalancerId", id, "ListenerProtocol", "HTTP", "ListenerPort", "80",
		"DefaultActions.1.Type", "Redirect", "DefaultActions.1.RedirectConfig.Protocol", "HTTPS", "DefaultActions.1.RedirectConfig.Port", "443"}
	if _, err := p.call("CreateListener", listen...); err != nil {
		t.Fatal(err)
	}
	_, err := p.call("CreateListener", listen...)
	wantCode(t, err, "ResourceAlreadyExist.Listener")
	_, err = p.call("CreateListener", "LoadBalancerId", id, "ListenerProtocol", "HTTPS", "ListenerPort", "443", "DefaultActions.1.Type", "ForwardGroup")
	wantCode(t, err, "MissingParameter")
	_, err = p.call("CreateListener", "LoadBalancerId", id, "ListenerProtocol", "HTTP", "ListenerPort", "81", "DefaultActions.1.Type", "Vanish")
	wantCode(t, err, "InvalidParam.DefaultActions")
	_, err = p.call("CreateListener", "LoadBalancerId", "alb-none", "ListenerProtocol", "HTTP", "ListenerPort", "81", "DefaultActions.1.Type", "Redirect")
	wantCode(t, err, "ResourceNotFound.LoadBalancer")
	// The SDK's own type has no RedirectConfig.
	answer, err := p.call("ListListeners", "LoadBalancerIds.1", id, "ListenerProtocol", "HTTP")
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Listeners []struct {
			SecurityPolicyId string
			DefaultActions   []struct {
				Type           string
				RedirectConfig struct{ Protocol, Port string }
			}
		}
	}
	if err := json.Unmarshal(answer.GetHttpContentBytes(), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Listeners) != 1 || found.Listeners[0].SecurityPolicyId != "" || found.Listeners[0].DefaultActions[0].Type != "Redirect" ||
		found.Listeners[0].DefaultActions[0].RedirectConfig != (struct{ Protocol, Port string }{"HTTPS", "443"}) {
		t.Errorf("%s", answer.GetHttpContentString())
	}
}

// Changes of Application Load Balancer take their time, and one at a time.
func TestAppListenerIsConfiguredForAWhile(t *testing.T) {
	clock := &movable{}
	c := must[*Cloud](t)(New(kernel.Options{Clock: clock.now}))
	t.Cleanup(c.Close)
	c.Lag = time.Minute
	client := albClient(t, c, admin(c))
	made := must[*alb.CreateListenerResponse](t)(client.CreateListener(httpsListener(appBalancerOf(t, client))))
	remove := alb.CreateDeleteListenerRequest()
	remove.ListenerId = made.ListenerId
	_, err := client.DeleteListener(remove)
	wantCode(t, err, "IncorrectStatus.Listener")
	jobs := alb.CreateListAsynJobsRequest()
	jobs.JobIds = &[]string{made.JobId}
	for _, want := range []string{"Processing", "Succeeded"} {
		got := must[*alb.ListAsynJobsResponse](t)(client.ListAsynJobs(jobs)).Jobs
		if len(got) != 1 || got[0].Status != want {
			t.Errorf("%+v", got)
		}
		clock.forward(2 * time.Minute)
	}
	must[*alb.DeleteListenerResponse](t)(client.DeleteListener(remove))
}

// A server of a load balancer is reached through a listener, and by no other way.
func TestServersBehindAClassicBalancer(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance+`
slb:
  load-balancers:
    - {id: lb-1, address: 198.51.100.9, listeners: [{port: 80, protocol: http, settings: {BackendServerPort: "8080"}}]}
    - {id: lb-2, address: 172.16.0.9, address-type: intranet, vpc: vpc-1, backend-servers: [i-1]}
vpc: {eips: [{id: eip-1}, {id: eip-2, instance: lb-2}]}`)
	isReadBack(t, c)
	client := slbClient(t, c, admin(c))
	health := slb.CreateDescribeHealthStatusRequest()
	look := func(id string) []slb.BackendServer {
		health.LoadBalancerId = id
		return must[*slb.DescribeHealthStatusResponse](t)(client.DescribeHealthStatus(health)).BackendServers.BackendServer
	}
	if got := append(look("lb-1"), look("lb-2")...); len(got) != 0 {
		t.Errorf("%v", got)
	}
	add := slb.CreateAddBackendServersRequest()
	add.LoadBalancerId, add.BackendServers = "lb-1", `[{"ServerId":"i-9","Weight":"100"}]`
	_, err := client.AddBackendServers(add)
	wantCode(t, err, "InvalidParameter")
	add.BackendServers = `[{"ServerId":"i-1","Weight":"100"}]`
	must[*slb.AddBackendServersResponse](t)(client.AddBackendServers(add))
	if got := look("lb-1"); len(got) != 1 || got[0].ServerId != "i-1" || got[0].ListenerPort != 80 || got[0].Port != 8080 || got[0].ServerHealthStatus != "normal" {
		t.Errorf("%v", got)
	}
	health.LoadBalancerId = "lb-9"
	_, err = client.DescribeHealthStatus(health)
	wantCode(t, err, "InvalidLoadBalancerId.NotFound")

	n := networkOf(t, c)
	n.refused("InvalidInstance.NotExist", "vpc:AssociateEipAddress", "AllocationId", "eip-1", "InstanceId", "lb-1", "InstanceType", "SlbInstance")
	remove := slb.CreateDeleteLoadBalancerRequest()
	remove.LoadBalancerId = "lb-2"
	must[*slb.DeleteLoadBalancerResponse](t)(client.DeleteLoadBalancer(remove))
	if e := n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses", "AllocationId", "eip-2"); e["Status"] != "Available" {
		t.Errorf("the EIP of a balancer that is gone: %v", e)
	}
}

// One that is made with a vSwitch is private unless the call says otherwise.
func TestClassicBalancerWithAVSwitchIsPrivate(t *testing.T) {
	c := startCloud(t)
	client := slbClient(t, c, admin(c))
	create := slb.CreateCreateLoadBalancerRequest()
	create.VpcId, create.VSwitchId = "vpc-1", "vsw-1"
	must[*slb.CreateLoadBalancerResponse](t)(client.CreateLoadBalancer(create))
	create = slb.CreateCreateLoadBalancerRequest()
	must[*slb.CreateLoadBalancerResponse](t)(client.CreateLoadBalancer(create))
	list := slb.CreateDescribeLoadBalancersRequest()
	list.AddressType = "internet"
	if got := must[*slb.DescribeLoadBalancersResponse](t)(client.DescribeLoadBalancers(list)).LoadBalancers.LoadBalancer; len(got) != 1 || got[0].VpcId != "" || got[0].NetworkType != "classic" {
		t.Errorf("%+v", got)
	}
}

// A dual-stack balancer can be private by IPv4 and face the internet by IPv6.
func TestApplicationBalancerSaysWhereItsIPv6AddressIs(t *testing.T) {
	c := startCloud(t)
	load(t, c, "alb: {load-balancers: [{id: alb-1}, {id: alb-2, address-type: Intranet, ipv6-address-type: Internet}]}")
	isReadBack(t, c)
	client := must[*alb.Client](t)(alb.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(admin(c))))
	list := alb.CreateListLoadBalancersRequest()
	list.Ipv6AddressType = "Internet"
	got := must[*alb.ListLoadBalancersResponse](t)(client.ListLoadBalancers(list)).LoadBalancers
	if len(got) != 1 || got[0].LoadBalancerId != "alb-2" || got[0].AddressIpVersion != "DualStack" || got[0].AddressType != "Intranet" || got[0].Ipv6AddressType != "Internet" {
		t.Errorf("%+v", got)
	}
}
