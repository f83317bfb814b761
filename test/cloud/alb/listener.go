package alb

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const (
	listenerKind = "ACS::ALB::Listener"
	appActions   = `(Type ForwardGroupConfig:Struct(ServerGroupTuples:Array(ServerGroupId Weight:Integer)) Order:Integer
		RedirectConfig:Struct(Protocol Port HttpCode Host Path Query) FixedResponseConfig:Struct(Content ContentType HttpCode)) `
	appListenerParams = `CaCertificates:Array(CertificateId) CaEnabled:Boolean Certificates:Array(CertificateId) GzipEnabled:Boolean Http2Enabled:Boolean
		IdleTimeout:Integer=1..600 RequestTimeout:Integer=1..600 ListenerDescription SecurityPolicyId
		QuicConfig:Struct(QuicListenerId QuicUpgradeEnabled:Boolean) XForwardedForConfig:Struct(XForwardedForEnabled:Boolean XForwardedForProtoEnabled:Boolean
		XForwardedForSLBIdEnabled:Boolean XForwardedForSLBPortEnabled:Boolean XForwardedForClientSrcPortEnabled:Boolean) ` + kernel.AppOnce
)

// listener is one of a balancer, which holds it.
// Its actions and certificates are as a call sent them. Additional certificates
// (AssociateAdditionalCertificatesWithListener) are left out.
type listener struct {
	kernel.Resource `yaml:",inline" dump:"no name, no region"`
	Port            int    `yaml:"port"`
	Protocol        string `yaml:"protocol"`                  // HTTP, HTTPS or QUIC
	Policy          string `yaml:"tls-policy,omitempty"`      // default tls_cipher_policy_1_0, but for HTTP
	Idle            int    `yaml:"idle-timeout,omitempty"`    // seconds; default 15
	Timeout         int    `yaml:"request-timeout,omitempty"` // seconds; default 60
	Gzip            *bool  `yaml:"gzip,omitempty"`            // default true
	HTTP2           *bool  `yaml:"http2,omitempty"`           // default by the protocol
	Stopped         bool   `yaml:"stopped,omitempty"`
	Managed         bool   `yaml:"service-managed,omitempty"` // by a cloud service
	Actions         []any  `yaml:"default-actions,omitempty"`
	Certificates    []any  `yaml:"certificates,omitempty"`

	balancer string
	changed  time.Time // it is being configured for a while
}

// defaults are the documented ones of CreateListener, which a document may leave out, too.
func (l *listener) defaults() {
	l.Idle, l.Timeout = cmp.Or(l.Idle, 15), cmp.Or(l.Timeout, 60)
	if l.Protocol != "HTTP" {
		l.Policy = cmp.Or(l.Policy, kernel.UsualTLSPolicy)
	}
	l.Gzip = cmp.Or(l.Gzip, new(true))
	l.HTTP2 = cmp.Or(l.HTTP2, new(l.Protocol == "HTTPS"))
}

// Ports are not compared with those of other listeners here.
func (l *listener) check(c *Service) error {
	switch {
	case !slices.Contains([]string{"HTTP", "HTTPS", "QUIC"}, l.Protocol):
		return fmt.Errorf("protocol is %q, not HTTP, HTTPS or QUIC", l.Protocol)
	case l.Port < 1 || l.Port > 65535:
		return fmt.Errorf("no port %d", l.Port)
	case l.Policy != "" && systemTLSPolicies[l.Policy] == nil && !kernel.Has(c.kept.Policies, l.Policy):
		return fmt.Errorf("no security policy %q", l.Policy)
	}
	return nil
}

// listeners are those of all balancers.
func (c *Service) listeners() (all []*listener) {
	for _, b := range c.kept.Balancers {
		all = append(all, b.Listeners...)
	}
	return all
}

// CreateListener is granted on the balancer, and what changes a listener on the listener.
var listenerActions = []action{
	{
		Name: "CreateListener", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: createListener,
		Params: "LoadBalancerId! ListenerPort:Integer!=1..65535 ListenerProtocol!=HTTP|HTTPS|QUIC DefaultActions:Array!" + appActions + appListenerParams + kernel.AppTag,
	},
	{
		Name: "ListListeners", On: onALB("listener", ""), Do: listListeners,
		Params: "ListenerIds:Array ListenerProtocol LoadBalancerIds:Array MaxResults:Integer=1..100 NextToken " + kernel.AppTag,
	},
	{Name: "GetListenerAttribute", On: onALB("listener", "ListenerId"), Do: getListener, Params: "ListenerId!"},
	{
		Name: "ListListenerCertificates", On: onALB("listener", "ListenerId"), Do: listCertificates,
		Params: "ListenerId! CertificateType=Server|Ca CertificateIds:Array MaxResults:Integer=1..100 NextToken",
	},
	{
		Name: "UpdateListenerAttribute", Write: true, On: onALB("listener", "ListenerId"), Do: updateListener,
		Params: "ListenerId! DefaultActions:Array" + appActions + appListenerParams,
	},
	{Name: "DeleteListener", Write: true, On: onALB("listener", "ListenerId"), Do: deleteListener, Params: "ListenerId! " + kernel.AppOnce},
	{Name: "StartListener", Write: true, On: onALB("listener", "ListenerId"), Do: switchListener(false), Params: "ListenerId! " + kernel.AppOnce},
	{Name: "StopListener", Write: true, On: onALB("listener", "ListenerId"), Do: switchListener(true), Params: "ListenerId! " + kernel.AppOnce},
}

// createListener: a listener of QUIC may have the port of another, as it is the only one over UDP.
// One with TLS needs a certificate, which the metadata does not say.
func createListener(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "LoadBalancerId", balancerKind)
	if err != nil {
		return nil, err
	}
	l := &listener{Resource: q.NewResource("lsn", ""), balancer: b.ID, Protocol: q.Str("ListenerProtocol"), Port: q.Num("ListenerPort", 0)}
	l.defaults()
	switch {
	case slices.ContainsFunc(b.Listeners, func(o *listener) bool {
		return o.Port == l.Port && (o.Protocol == "QUIC") == (l.Protocol == "QUIC")
	}):
		return nil, kernel.Refuse(400, "ResourceAlreadyExist.Listener", "The specified resource of listener %d already exists.", l.Port)
	case l.Protocol != "HTTP" && len(q.Items("Certificates")) == 0:
		return nil, q.Product.Missing("Certificates")
	}
	if err := l.fill(q); err != nil {
		return nil, err
	}
	b.Listeners = append(b.Listeners, l)
	q.Touch(listenerKind, l.ID)
	return q.done("listener", l.ID, map[string]any{"ListenerId": l.ID})
}

// fill takes what a call says and leaves the rest.
// What is wrong is told before anything is set, but for a bad action after the settings: callers
// throw the listener away then, or have changed it.
func (l *listener) fill(q *request) error {
	if id := q.Str("SecurityPolicyId"); id != "" {
		if _, custom := kernel.Find(q.Request, q.c.kept.Policies, id); !custom && systemTLSPolicies[id] == nil {
			return kernel.Refuse(404, "ResourceNotFound.SecurityPolicy", "The specified resource %s is not found.", id)
		}
		if l.Protocol == "HTTP" {
			return kernel.Refuse(400, "InvalidParam.SecurityPolicyId", "The param of SecurityPolicyId is invalid: a listener of HTTP has none.")
		}
		l.Policy = id
	}
	for name, into := range map[string]*bool{"GzipEnabled": l.Gzip, "Http2Enabled": l.HTTP2} {
		if q.Has(name) {
			*into = q.Is(name)
		}
	}
	l.Idle, l.Timeout = q.Num("IdleTimeout", l.Idle), q.Num("RequestTimeout", l.Timeout)
	l.Description = q.OrElse("ListenerDescription", l.Description)
	if actions := q.nestedList("DefaultActions"); len(actions) > 0 {
		for _, a := range actions {
			if kind := FirstOf(a.(map[string]any)["Type"], ""); kind != "ForwardGroup" && kind != "Redirect" && kind != "FixedResponse" {
				return kernel.Refuse(400, "InvalidParam.DefaultActions", "The param of DefaultActions is invalid: Type %q.", kind)
			}
		}
		l.Actions = actions
	}
	if certificates := q.nestedList("Certificates"); len(certificates) > 0 {
		l.Certificates = certificates
	}
	l.changed = q.c.Clock()
	return nil
}

// view is a listener as lists show it. One that a cloud service manages says so, and must not be
// changed by anybody else.
func (l *listener) view(c *Service) map[string]any {
	status := "Running"
	switch {
	case !c.Settled(l.changed):
		status = "Configuring"
	case l.Stopped:
		status = "Stopped"
	}
	return map[string]any{
		"ListenerId": l.ID, "LoadBalancerId": l.balancer, "ListenerProtocol": l.Protocol, "ListenerPort": l.Port, "ListenerStatus": status,
		"ListenerDescription": l.Description, "SecurityPolicyId": l.Policy, "DefaultActions": append([]any{}, l.Actions...), "IdleTimeout": l.Idle,
		"RequestTimeout": l.Timeout, "GzipEnabled": *l.Gzip, "Http2Enabled": *l.HTTP2, "Tags": kernel.TagViews(l.Tags, "Key", "Value"),
		"ServiceManagedEnabled": l.Managed, "ServiceManagedMode": map[bool]string{true: "Managed", false: "Unmanaged"}[l.Managed],
	}
}

func listListeners(q *request) (any, error) {
	views := []any{}
	for _, l := range kernel.Within(q.Request, q.c.listeners(), func(l *listener) bool {
		return l.HasTags(q.Request) && q.ChosenBy("ListenerIds", l.ID) && q.ChosenBy("LoadBalancerIds", l.balancer) && q.Matches("ListenerProtocol", l.Protocol)
	}) {
		views = append(views, l.view(q.c))
	}
	return kernel.NamedPage(q.Request, "Listeners", views)
}

// getListener has the certificates besides, which the list leaves out: who wants to know which
// certificate a listener shows asks for each.
func getListener(q *request) (any, error) {
	l, err := kernel.FindNamed(q.Request, q.c.listeners(), "ListenerId", listenerKind)
	if err != nil {
		return nil, err
	}
	view := l.view(q.c)
	view["Certificates"], view["CaCertificates"], view["CaEnabled"] = append([]any{}, l.Certificates...), []any{}, false
	return view, nil
}

// listCertificates are those that a listener shows, the first of which is for whoever names no host.
func listCertificates(q *request) (any, error) {
	l, err := kernel.FindNamed(q.Request, q.c.listeners(), "ListenerId", listenerKind)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for i, c := range l.Certificates {
		if fields, ok := c.(map[string]any); ok && q.Str("CertificateType") != "Ca" && q.ChosenBy("CertificateIds", fmt.Sprint(fields["CertificateId"])) {
			views = append(views, map[string]any{"CertificateId": fields["CertificateId"], "IsDefault": i == 0, "Status": "Associated", "CertificateType": "Server"})
		}
	}
	return kernel.NamedPage(q.Request, "Certificates", views)
}

// ownListener finds a listener to be changed: one that is being configured
// cannot be.
func (q *request) ownListener() (*listener, error) {
	l, err := kernel.FindNamed(q.Request, q.c.listeners(), "ListenerId", listenerKind)
	if err == nil && !q.c.Settled(l.changed) {
		return nil, kernel.Refuse(400, "IncorrectStatus.Listener", "The status of listener [%s] is incorrect.", l.ID)
	}
	return l, err
}

func updateListener(q *request) (any, error) {
	l, err := q.ownListener()
	if err == nil {
		err = l.fill(q)
	}
	if err != nil {
		return nil, err
	}
	return q.done("listener", l.ID, map[string]any{})
}

// A listener that is being configured cannot be deleted, either.
func deleteListener(q *request) (any, error) {
	l, err := q.ownListener()
	if err != nil {
		return nil, err
	}
	for _, b := range q.c.kept.Balancers {
		b.Listeners = kernel.Without(b.Listeners, l.ID)
	}
	return q.done("listener", l.ID, map[string]any{})
}

// switchListener starts or stops a listener, and refuses to do what is done already.
func switchListener(off bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		l, err := q.ownListener()
		switch {
		case err != nil:
			return nil, err
		case l.Stopped == off:
			return nil, kernel.Refuse(400, "IncorrectStatus.Listener", "The status of listener [%s] is incorrect.", l.ID)
		}
		l.Stopped, l.changed = off, q.c.Clock()
		return q.done("listener", l.ID, map[string]any{})
	}
}
