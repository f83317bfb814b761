package resource

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeLoadBalancer is the type of a Classic Load Balancer.
const TypeLoadBalancer = "ACS::SLB::LoadBalancer"

var _ = add(Kind{Type: TypeLoadBalancer, Words: "load balancer", Param: "LoadBalancerId", Prefix: "lb-", ARN: "acs:slb:%s:%s:loadbalancer/%s", Untags: "slb", TagsAs: "instance"})

// A ClassicBalancer is a Classic Load Balancer. One in the internet names no VPC: its servers
// may be in any.
type ClassicBalancer struct {
	LoadBalancerID, LoadBalancerName, VpcID, AddressType, ServiceManagedMode string

	LoadBalancerSpec, InstanceChargeType, CreateTime string

	Tags cloud.Tags
}

// About says which load balancer it is.
func (b ClassicBalancer) About() About {
	return About{Type: TypeLoadBalancer, ID: b.LoadBalancerID, Name: b.LoadBalancerName, Tags: b.Tags.Map(), Managed: b.Managed(), Created: cloud.Time(b.CreateTime)}
}

// Public tells whether it is in the internet by itself; unknown is not private.
func (b ClassicBalancer) Public() (bool, error) {
	switch b.AddressType {
	case "internet":
		return true, nil
	case "intranet":
		return false, nil
	}
	return false, fmt.Errorf("load balancer %s: the answer does not say whether it is in the internet", b.LoadBalancerID)
}

// With is the balancer with what one of its listeners has besides: its tags, and who alone may
// change it.
func (b ClassicBalancer) With(l ClassicListener) Described { return withListener{b, l} }

type withListener struct {
	ClassicBalancer
	listener ClassicListener
}

// About says which load balancer it is.
func (w withListener) About() About {
	a := w.ClassicBalancer.About()
	maps.Copy(a.Tags, w.listener.Tags.Map())
	a.Managed = w.listener.Managed()
	return a
}

type classicPage struct {
	LoadBalancers struct{ LoadBalancer []ClassicBalancer }
}

func (p classicPage) Items() []ClassicBalancer { return p.LoadBalancers.LoadBalancer }

// ClassicBalancers reads those of a region that the parameters choose, or all. They come
// without what only ClassicBalancer tells: the way of paying.
func ClassicBalancers(ctx context.Context, r cloud.Reader, region string, params ...string) ([]ClassicBalancer, error) {
	return cloud.ReadNumbered[classicPage](ctx, r, cloud.New("slb", "DescribeLoadBalancers", region, params...))
}

// ClassicBalancerOf reads one by its id.
func ClassicBalancerOf(ctx context.Context, r cloud.Reader, region, id string) (b ClassicBalancer, err error) {
	err = r.Read(ctx, cloud.New("slb", "DescribeLoadBalancerAttribute", region, "LoadBalancerId", id), &b)
	b.LoadBalancerID = id
	return b, err
}

// A ClassicListener is a listener of a Classic Load Balancer.
type ClassicListener struct {
	LoadBalancerID, ListenerProtocol, Status, ServiceManagedMode string

	ListenerPort        int
	HTTPListenerConfig  struct{ ListenerForward string }
	HTTPSListenerConfig struct{ TLSCipherPolicy, ServerCertificateID string }
	Tags                cloud.TagList
}

// About says which load balancer it is of: a listener has no id of its own.
func (l ClassicListener) About() About {
	return About{Type: TypeLoadBalancer, ID: l.LoadBalancerID, Tags: l.Tags.Map(), Managed: l.Managed()}
}

// Settled tells whether it is not about to run or to stop.
func (l ClassicListener) Settled() bool { return l.Status == "running" || l.Status == "stopped" }

// Runs tells whether it runs and is of a protocol.
func (l ClassicListener) Runs(protocol string) bool {
	return l.ListenerProtocol == protocol && l.Status == "running"
}

// Managed is who alone may change it, if not its owner.
func (l ClassicListener) Managed() string { return managedBalancer(l.ServiceManagedMode) }

// Managed is who alone may change it, if not its owner.
func (b ClassicBalancer) Managed() string { return managedBalancer(b.ServiceManagedMode) }

// managedBalancer is what load balancers and their listeners say of who runs them.
func managedBalancer(mode string) string {
	if mode == "Managed" {
		return "the cloud service that made the load balancer"
	}
	return ""
}

// TypeClassicCertificate is the type of a certificate that listeners of Classic Load Balancers show.
const TypeClassicCertificate = "ACS::SLB::Certificate"

var _ = add(Kind{Type: TypeClassicCertificate, Words: "certificate of load balancers", Param: "ServerCertificateId", ARN: "acs:slb:%s:%s:certificate/%s"})

// A ClassicCertificate is one of these, uploaded or made from one of CAS.
type ClassicCertificate struct {
	ServerCertificateID, ServerCertificateName, CommonName, AliCloudCertificateID string

	ExpireTimeStamp int64
	Tags            cloud.Tags
}

// About says which certificate it is.
func (c ClassicCertificate) About() About {
	return About{Type: TypeClassicCertificate, ID: c.ServerCertificateID, Name: c.ServerCertificateName, Tags: c.Tags.Map()}
}

// Ends is when it expires; zero: the answer does not say.
func (c ClassicCertificate) Ends() time.Time { return Moment(c.ExpireTimeStamp) }

// ClassicCertificates reads those of a region. The answer has no pages.
func ClassicCertificates(ctx context.Context, r cloud.Reader, region string) ([]ClassicCertificate, error) {
	var answer struct {
		ServerCertificates *struct{ ServerCertificate []ClassicCertificate }
	}
	call := cloud.New("slb", "DescribeServerCertificates", region)
	if err := r.Read(ctx, call, &answer); err != nil {
		return nil, err
	}
	if answer.ServerCertificates == nil || answer.ServerCertificates.ServerCertificate == nil {
		return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	return answer.ServerCertificates.ServerCertificate, nil
}

type classicListenerPage struct {
	cloud.Page
	Listeners []ClassicListener
}

func (p classicListenerPage) Items() []ClassicListener { return p.Listeners }

// ClassicListeners reads those of one load balancer, or of all where it is empty.
func ClassicListeners(ctx context.Context, r cloud.Reader, region, balancer string, params ...string) ([]ClassicListener, error) {
	return cloud.ReadList[classicListenerPage](ctx, r, cloud.New("slb", "DescribeLoadBalancerListeners", region,
		append([]string{"MaxResults", "100", "LoadBalancerId.1", balancer}, params...)...))
}

// A Server is what a load balancer leads to, and at which port; 0: at any, or none is told.
type Server struct {
	ServerID, ServerIP string

	Port int
}

// ClassicServers reads which servers the listeners of a Classic Load Balancer lead to, those
// of server groups and of forwarding rules among them; none where it was deleted since it was
// listed.
func ClassicServers(ctx context.Context, r cloud.Reader, region, balancer string) ([]Server, error) {
	var answer struct {
		BackendServers struct{ BackendServer []Server }
	}
	call := cloud.New("slb", "DescribeHealthStatus", region, "LoadBalancerId", balancer)
	err := r.Read(ctx, call, &answer)
	if cloud.NotFound(err) {
		return nil, nil
	}
	if err == nil && answer.BackendServers.BackendServer == nil {
		err = fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the servers of load balancer %s: %w", balancer, err)
	}
	return answer.BackendServers.BackendServer, nil
}
