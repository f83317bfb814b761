package slbhttpredirect

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

type balancer struct {
	LoadBalancerName, AddressType string

	Tags cloud.Tags
}

type listener struct {
	LoadBalancerID, ListenerProtocol, Status, ServiceManagedMode string

	ListenerPort       int
	HTTPListenerConfig struct{ ListenerForward string }
	Tags               cloud.TagList
}

// settled: one that is starting runs in a moment, and is judged then.
func (l listener) settled() bool { return l.Status == "running" || l.Status == "stopped" }

func (l listener) runs(protocol string) bool {
	return l.ListenerProtocol == protocol && l.Status == "running"
}

// listeners reads those of one load balancer, or of all.
func listeners(ctx context.Context, pass *practice.Pass, id string) (all []listener, err error) {
	type page struct {
		cloud.Page
		Listeners []listener
	}
	call := cloud.New("slb", "DescribeLoadBalancerListeners", pass.Resource.Region, "LoadBalancerId.1", id, "MaxResults", "100")
	err = cloud.ReadAll(ctx, pass, call, func(p page) { all = append(all, p.Listeners...) })
	return all, err
}
