package slb

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// What is changed about a balancer that is there.
// Permission is for the balancer in each case. What these set can be read again with
// DescribeLoadBalancerAttribute.
var slbBalancerActions = []action{
	{Name: "SetLoadBalancerName", Write: true, On: onClassic, Do: nameClassic, Params: "RegionId LoadBalancerId! LoadBalancerName!"},
	{Name: "SetLoadBalancerStatus", Write: true, On: onClassic, Do: switchClassic, Params: "RegionId LoadBalancerId! LoadBalancerStatus!=active|inactive"},
	{Name: "SetLoadBalancerDeleteProtection", Write: true, On: onClassic, Do: protectClassic, Params: "RegionId! LoadBalancerId! DeleteProtection!=on|off"},
	{
		Name: "SetLoadBalancerModificationProtection", Write: true, On: onClassic, Do: lockClassic,
		Params: "RegionId! LoadBalancerId! ModificationProtectionStatus!=ConsoleProtection|NonProtection ModificationProtectionReason",
	},
	{Name: "ModifyLoadBalancerInstanceSpec", Write: true, On: onClassic, Do: respecClassic, Params: "RegionId LoadBalancerId! LoadBalancerSpec! AutoPay:Boolean"},
	{Name: "RemoveBackendServers", Write: true, On: onClassic, Do: removeBackends, Params: "RegionId LoadBalancerId! BackendServers!"},
}

// changeClassic does something to the balancer of a call.
func changeClassic(q *request, do func(b *classicBalancer)) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	do(b)
	return kernel.Done()
}

// The length is counted in characters, and a name may not look like an address.
func nameClassic(q *request) (any, error) {
	if name := q.Str("LoadBalancerName"); len([]rune(name)) > 80 || strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified LoadBalancerName is invalid.")
	}
	return changeClassic(q, func(b *classicBalancer) { b.Name = q.Str("LoadBalancerName") })
}

// An inactive balancer passes nothing on, whatever its listeners say.
func switchClassic(q *request) (any, error) {
	return changeClassic(q, func(b *classicBalancer) { b.Inactive = q.Str("LoadBalancerStatus") == "inactive" })
}

// It is against DeleteLoadBalancer only.
func protectClassic(q *request) (any, error) {
	return changeClassic(q, func(b *classicBalancer) { b.Protected = q.Str("DeleteProtection") == "on" })
}

// It keeps the console from changing the balancer; the API changes it all the same, here as there.
// Without a reason a dash is kept, so that it shows as locked.
func lockClassic(q *request) (any, error) {
	return changeClassic(q, func(b *classicBalancer) {
		b.locked = ""
		if q.Str("ModificationProtectionStatus") == "ConsoleProtection" {
			b.locked = q.OrElse("ModificationProtectionReason", "-")
		}
	})
}

// An OrderId of 0 says that nothing has to be paid.
func respecClassic(q *request) (any, error) {
	b, err := q.classic()
	switch {
	case err != nil:
		return nil, err
	case b.Charge == "PayByCLCU":
		return nil, kernel.Refuse(400, "OperationUnsupported.ModifySpec", "A load balancer that is paid for by use has no spec.")
	}
	b.Spec = q.Str("LoadBalancerSpec")
	return map[string]any{"OrderId": 0}, nil
}

// removeBackends takes servers out of the default group; a list of names as well as a
// list of objects is taken.
func removeBackends(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	var names []string
	var objects []struct{ ServerID string }
	if kernel.ReadLenient(q.Str("BackendServers"), &names) != nil {
		if err := kernel.ReadLenient(q.Str("BackendServers"), &objects); err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid.")
		}
		for _, o := range objects {
			names = append(names, o.ServerID)
		}
	}
	b.Servers = slices.DeleteFunc(b.Servers, func(id string) bool { return slices.Contains(names, id) })
	return map[string]any{"LoadBalancerId": b.ID, "BackendServers": map[string]any{"BackendServer": b.serverViews()}}, nil
}

// status is whether the balancer works.
func (b *classicBalancer) status() string {
	return map[bool]string{true: "inactive", false: "active"}[b.Inactive]
}

func (b *classicBalancer) serverViews() []any {
	servers := []any{}
	for _, id := range b.Servers {
		servers = append(servers, map[string]any{"ServerId": id, "Weight": 100, "Type": backendType(id), "Description": ""})
	}
	return servers
}
