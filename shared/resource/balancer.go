package resource

import (
	"context"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The types of load balancers that have server groups, and of the listeners of one.
const (
	TypeALB         = "ACS::ALB::LoadBalancer"
	TypeNLB         = "ACS::NLB::LoadBalancer"
	TypeALBListener = "ACS::ALB::Listener"
)

var _ = add(
	Kind{Type: TypeALB, Words: "load balancer", Param: "LoadBalancerId", Prefix: "alb-", ARN: "acs:alb:%s:%s:loadbalancer/%s", Untags: "alb"},
	Kind{Type: TypeNLB, Words: "load balancer", Param: "LoadBalancerId", Prefix: "nlb-", ARN: "acs:nlb:%s:%s:loadbalancer/%s", Untags: "nlb"},
	Kind{Type: TypeALBListener, Words: "listener", Param: "ListenerId", Prefix: "lsn-", ARN: "acs:alb:%s:%s:listener/%s", Untags: "alb"},
)

// A Balancer is an Application or Network Load Balancer. It can be in the internet by IPv4,
// by IPv6, or by both.
type Balancer struct {
	LoadBalancerID, LoadBalancerName, VpcID, AddressType, IPv6AddressType, ServiceManagedMode, CreateTime string

	Tags cloud.TagList
}

// About says which load balancer it is, and of which of the two types.
func (b Balancer) About() About {
	kind := TypeALB
	if KindOf(TypeNLB).Holds(b.LoadBalancerID) {
		kind = TypeNLB
	}
	return About{Type: kind, ID: b.LoadBalancerID, Name: b.LoadBalancerName, Tags: b.Tags.Map(), Managed: b.Managed(), Created: cloud.Time(b.CreateTime)}
}

// Public tells by what it is in the internet; unknown is not private.
func (b Balancer) Public() (four, six bool, err error) {
	four, six = b.AddressType == "Internet", b.IPv6AddressType == "Internet"
	if !four && b.AddressType != "Intranet" {
		err = fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
	}
	return four, six, err
}

// Managed is who alone may change it, if not its owner.
func (b Balancer) Managed() string { return managedBalancer(b.ServiceManagedMode) }

type balancerPage struct {
	cloud.Page
	LoadBalancers []Balancer
}

func (p balancerPage) Items() []Balancer { return p.LoadBalancers }

// Balancers reads those of a product, alb or nlb, that the parameters choose.
func Balancers(ctx context.Context, r cloud.Reader, product, region string, params ...string) ([]Balancer, error) {
	return cloud.ReadList[balancerPage](ctx, r, cloud.New(product, "ListLoadBalancers", region, append([]string{"MaxResults", "100"}, params...)...))
}

// A ServerGroup is servers that listeners lead to.
type ServerGroup struct {
	ServerGroupID, VpcID   string
	RelatedLoadBalancerIDs []string
}

type serverGroupPage struct {
	cloud.Page
	ServerGroups []ServerGroup
}

func (p serverGroupPage) Items() []ServerGroup { return p.ServerGroups }

// ServerGroups reads those of a product that the parameters choose, or all.
func ServerGroups(ctx context.Context, r cloud.Reader, product, region string, params ...string) ([]ServerGroup, error) {
	params = append([]string{"MaxResults", "100"}, params...)
	if product == "alb" { // which does not tell of its own accord
		params = append(params, "ShowRelationEnabled", "true")
	}
	return cloud.ReadList[serverGroupPage](ctx, r, cloud.New(product, "ListServerGroups", region, params...))
}

type serverPage struct {
	cloud.Page
	Servers []Server
}

func (p serverPage) Items() []Server { return p.Servers }

// Servers reads those of a group; none where it was deleted since it was listed.
func Servers(ctx context.Context, r cloud.Reader, product, region, group string) ([]Server, error) {
	servers, err := cloud.ReadList[serverPage](ctx, r, cloud.New(product, "ListServerGroupServers", region, "ServerGroupId", group, "MaxResults", "100"))
	if cloud.NotFound(err) || strings.HasPrefix(cloud.Code(err), "ResourceNotFound.") {
		return nil, nil
	}
	return servers, err
}

// An ALBListener is a listener of an Application Load Balancer.
type ALBListener struct {
	ListenerID, ListenerStatus, ListenerDescription string

	LoadBalancerID, ListenerProtocol, SecurityPolicyID, ServiceManagedMode string

	ListenerPort int
	Tags         cloud.TagList
}

// About says which listener it is.
func (l ALBListener) About() About {
	return About{Type: TypeALBListener, ID: l.ListenerID, Name: l.ListenerDescription, Tags: l.Tags.Map(), Managed: l.Managed()}
}

// Managed is who alone may change it, if not its owner.
func (l ALBListener) Managed() string { return managedBalancer(l.ServiceManagedMode) }

type albListenerPage struct {
	cloud.Page
	Listeners []ALBListener
}

func (p albListenerPage) Items() []ALBListener { return p.Listeners }

// ALBListeners reads one listener, or all where id is empty.
func ALBListeners(ctx context.Context, r cloud.Reader, region, id string) ([]ALBListener, error) {
	return cloud.ReadList[albListenerPage](ctx, r, cloud.New("alb", "ListListeners", region, "ListenerIds.1", id, "MaxResults", "100"))
}

type listenerCertificatePage struct {
	cloud.Page
	Certificates []struct{ CertificateID string }
}

func (p listenerCertificatePage) Items() []struct{ CertificateID string } { return p.Certificates }

// ALBCertificates reads which certificates a listener shows; none where it was deleted since it was
// listed. They are CAS's, with the region behind the number.
func ALBCertificates(ctx context.Context, r cloud.Reader, region, listener string) (ids []string, err error) {
	all, err := cloud.ReadList[listenerCertificatePage](ctx, r, cloud.New("alb", "ListListenerCertificates", region, "ListenerId", listener, "MaxResults", "100"))
	if strings.HasPrefix(cloud.Code(err), "ResourceNotFound.") {
		return nil, nil
	}
	for _, c := range all {
		ids = append(ids, c.CertificateID)
	}
	return ids, err
}
