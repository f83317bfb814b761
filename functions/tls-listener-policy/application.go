package tlslistenerpolicy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// readApplication reads the listener, if it is one of HTTPS, or all that are.
func readApplication(ctx context.Context, pass *practice.Pass, id string) ([]resource.ALBListener, error) {
	listeners, err := resource.ALBListeners(ctx, pass, pass.Resource.Region, id)
	if err != nil {
		return nil, fmt.Errorf("reading listener %s of Application Load Balancer: %w", id, practice.Gone(err))
	}
	if id != "" && len(listeners) == 0 {
		return nil, fmt.Errorf("reading listener %s: %w", id, practice.ErrGone)
	}
	return slices.DeleteFunc(listeners, func(l resource.ALBListener) bool { return l.ListenerProtocol != "HTTPS" }), nil
}

// applicationListeners are the weak ones: of one listener, or of all that use a policy.
func applicationListeners(ctx context.Context, pass *practice.Pass, policy string) (weak []listener, err error) {
	r := pass.Resource
	id := r.ID
	if r.Type == resource.TypeSecurityPolicy {
		id = ""
	}
	all, err := readApplication(ctx, pass, id)
	if err != nil {
		return nil, err
	}
	if r.Type == resource.TypeSecurityPolicy {
		all = slices.DeleteFunc(all, func(l resource.ALBListener) bool { return l.SecurityPolicyID != r.ID })
	}
	for _, l := range all {
		if l.ListenerStatus != "Running" && l.ListenerStatus != "Stopped" {
			return nil, fmt.Errorf("reading listener %s, which is %s: %w", l.ListenerID, l.ListenerStatus, practice.ErrNotYet)
		}
		takes, err := worst(ctx, pass, l.SecurityPolicyID)
		if err != nil {
			return nil, fmt.Errorf("reading listener %s: %w", l.ListenerID, err)
		}
		if takes == "" {
			continue
		}
		found := listener{
			Resource: pass.Named("", l.ListenerID, l.ListenerDescription),
			key:      "policy", takes: fmt.Sprintf("%s on port %d of %s", takes, l.ListenerPort, l.LoadBalancerID), policy: l.SecurityPolicyID,
			managed: l.Managed(), tags: l.Tags.Map(),
		}
		set := func(policy string) cloud.Call {
			return cloud.New("alb", "UpdateListenerAttribute", r.Region, "ListenerId", l.ListenerID, "SecurityPolicyId", policy)
		}
		found.changes = []practice.Change{{Why: "give listener " + l.ListenerID + " " + policy, Call: set(policy), Undo: new(set(l.SecurityPolicyID))}}
		weak = append(weak, found)
	}
	return weak, nil
}

// worst is the worst version of TLS that a policy takes; empty where that is good enough.
func worst(ctx context.Context, pass *practice.Pass, policy string) (string, error) {
	if takes, known := system[policy]; known {
		return takes, nil
	}
	if policy == "" {
		return "", fmt.Errorf("the answer does not say which policy it has")
	}
	versions, err := resource.TLSVersions(ctx, pass, pass.Resource.Region, policy)
	if err != nil {
		return "", err
	}
	for _, old := range []string{"TLSv1.0", "TLSv1.1"} {
		if slices.Contains(versions, old) {
			return strings.Replace(old, "v", " ", 1), nil
		}
	}
	return "", nil
}
