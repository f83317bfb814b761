package tlslistenerpolicy

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// takesPolicies: a balancer of shared performance has no specification, unless it is
// paid for by use.
func takesPolicies(b resource.ClassicBalancer) bool {
	return b.LoadBalancerSpec != "" || b.InstanceChargeType == "PayByCLCU"
}

// readClassic reads the HTTPS listeners of one balancer, or of all.
func readClassic(ctx context.Context, pass *practice.Pass, balancer string) ([]resource.ClassicListener, error) {
	listeners, err := resource.ClassicListeners(ctx, pass, pass.Resource.Region, balancer, "ListenerProtocol", "https")
	if err != nil {
		return nil, fmt.Errorf("reading the HTTPS listeners of Classic Load Balancer %s: %w", balancer, practice.Gone(err))
	}
	return listeners, nil
}

// classicListeners are the weak listeners of a Classic Load Balancer.
func classicListeners(ctx context.Context, pass *practice.Pass, policy string) (weak []listener, err error) {
	r := pass.Resource
	balancer, all, err := practice.Both(ctx, pass,
		func(ctx context.Context) (b resource.ClassicBalancer, err error) {
			if b, err = resource.ClassicBalancerOf(ctx, pass, r.Region, r.ID); err != nil {
				err = fmt.Errorf("reading Classic Load Balancer %s: %w", r.ID, practice.Gone(err))
			}
			return b, err
		},
		func(ctx context.Context) ([]resource.ClassicListener, error) { return readClassic(ctx, pass, r.ID) })
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, fmt.Errorf("reading the HTTPS listeners of %s: there are none: %w", r.ID, practice.ErrGone)
	}
	r.Name = balancer.LoadBalancerName
	for _, l := range all {
		port, old := strconv.Itoa(l.ListenerPort), l.HTTPSListenerConfig.TLSCipherPolicy
		if old == "" && takesPolicies(balancer) {
			return nil, fmt.Errorf("reading listener %s of %s: the answer does not say which policy it has", port, r.ID)
		}
		takes := system[old] // what a custom policy takes is not known, and so not bad
		if takes == "" {
			continue
		}
		found := listener{Resource: r, key: port, takes: takes + " on port " + port, policy: old, managed: l.Managed(), tags: balancer.Tags.Map()}
		maps.Copy(found.tags, l.Tags.Map())
		set := func(policy string) cloud.Call {
			return cloud.New("slb", "SetLoadBalancerHTTPSListenerAttribute", r.Region, "LoadBalancerId", r.ID, "ListenerPort", port, "TLSCipherPolicy", policy)
		}
		if takesPolicies(balancer) {
			found.changes = []practice.Change{{Why: "give listener " + port + " of " + r.ID + " " + policy, Call: set(policy), Undo: new(set(old))}}
		} else {
			found.advice = "A load balancer of shared performance takes no TLS policy: give it a specification, or move the listener to an Application Load Balancer."
		}
		weak = append(weak, found)
	}
	return weak, nil
}
