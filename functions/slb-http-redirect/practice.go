package slbhttpredirect

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is slb-http-redirect.
var Practice = &practice.Practice{
	ID:       "slb-http-redirect",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeLoadBalancer,
	Guide:    []string{"転送中のデータの暗号化"},
	Cites:    []string{"CIS Alibaba Cloud 5.4", "MLPS 8.1.2.2", "Cloud Config: slb-all-listener-http-redirect-https"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeLoadBalancer, "Slb", "CreateLoadBalancerHTTPListener", "StartLoadBalancerListener"),
		[]practice.Trigger{{Service: "Vpc", Name: "AssociateEipAddress", Resource: "params.InstanceId", Maybe: true}}, // or what else it is on
		practice.Configured(resource.TypeLoadBalancer)),
	Sweep:      practice.Daily(list, "slb:DescribeLoadBalancerListeners"),
	Reads:      append([]string{"slb:DescribeLoadBalancerAttribute", "slb:DescribeLoadBalancerListeners"}, publicpath.BalancerReads...),
	Writes:     []string{"slb:StopLoadBalancerListener"},
	Disruptive: "whoever comes by http:// gets no answer any more",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if !pass.Kin() {
		return nil // an EIP was put on something else
	}
	b, all, err := practice.Both(ctx, pass,
		func(ctx context.Context) (resource.ClassicBalancer, error) {
			return resource.ClassicBalancerOf(ctx, pass, r.Region, r.ID)
		},
		func(ctx context.Context) ([]resource.ClassicListener, error) {
			return resource.ClassicListeners(ctx, pass, r.Region, r.ID)
		})
	if err != nil {
		return fmt.Errorf("reading load balancer %s: %w", r.ID, practice.Gone(err))
	}
	if public, err := publicpath.Public(ctx, pass, b); err != nil || !public {
		return err
	}
	if i := slices.IndexFunc(all, func(l resource.ClassicListener) bool { return !l.Settled() }); i >= 0 {
		return fmt.Errorf("the listener on port %d of %s is %q: %w", all[i].ListenerPort, r.ID, all[i].Status, practice.ErrNotYet)
	}
	secure := slices.ContainsFunc(all, func(l resource.ClassicListener) bool { return l.Runs("https") })
	for _, l := range all {
		switch forward := l.HTTPListenerConfig.ListenerForward; {
		case !l.Runs("http") || forward == "on":
		case forward != "off":
			return fmt.Errorf("reading listener %d of %s: the answer does not say whether it redirects", l.ListenerPort, r.ID)
		default:
			pass.Report(finding(pass, b, l, secure))
		}
	}
	return nil
}

func finding(pass *practice.Pass, b resource.ClassicBalancer, l resource.ClassicListener, secure bool) practice.Finding {
	port, id := fmt.Sprint(l.ListenerPort), b.LoadBalancerID
	f := pass.Finding(b.With(l), port, "The listener on port "+port+" answers HTTP instead of redirecting it to HTTPS")
	f.Advice = "Have an HTTPS listener, then delete this one and make it again with ListenerForward=on and ForwardPort."
	if secure { // without, stopping it would end the service
		call := func(action string) cloud.Call {
			return cloud.New("slb", action, f.Resource.Region, "LoadBalancerId", id, "ListenerPort", port, "ListenerProtocol", "http")
		}
		f.Changes = practice.Reversible("stop the HTTP listener on port "+port+" of "+id+"; HTTPS goes on",
			call("StopLoadBalancerListener"), call("StartLoadBalancerListener"))
	}
	return f
}

// list names the load balancers with a listener that answers HTTP.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.ClassicListeners(ctx, pass, pass.Resource.Region, "")
	return practice.Listed(pass, all, err, func(l resource.ClassicListener) bool {
		return l.ListenerProtocol == "http" && l.Status != "stopped" && l.HTTPListenerConfig.ListenerForward != "on"
	})
}
