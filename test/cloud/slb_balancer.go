package cloud

import (
	"slices"
	"strings"
)

// What is changed about a balancer that is there.
var slbBalancerActions = []rpcAction{
	{name: "SetLoadBalancerName", write: true, on: onClassic, do: nameClassic, params: "RegionId LoadBalancerId! LoadBalancerName!"},
	{name: "SetLoadBalancerStatus", write: true, on: onClassic, do: switchClassic, params: "RegionId LoadBalancerId! LoadBalancerStatus!=active|inactive"},
	{name: "SetLoadBalancerDeleteProtection", write: true, on: onClassic, do: protectClassic, params: "RegionId! LoadBalancerId! DeleteProtection!=on|off"},
	{
		name: "SetLoadBalancerModificationProtection", write: true, on: onClassic, do: lockClassic,
		params: "RegionId! LoadBalancerId! ModificationProtectionStatus!=ConsoleProtection|NonProtection ModificationProtectionReason",
	},
	{name: "ModifyLoadBalancerInstanceSpec", write: true, on: onClassic, do: respecClassic, params: "RegionId LoadBalancerId! LoadBalancerSpec! AutoPay:Boolean"},
	{name: "RemoveBackendServers", write: true, on: onClassic, do: removeBackends, params: "RegionId LoadBalancerId! BackendServers!"},
}

// changeClassic does something to the balancer of a call.
func changeClassic(q *rpcRequest, do func(b *classicBalancer)) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	do(b)
	return done()
}

func nameClassic(q *rpcRequest) (any, error) {
	if name := q.str("LoadBalancerName"); len([]rune(name)) > 80 || strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return nil, refuse(400, "InvalidParameter", "The specified LoadBalancerName is invalid.")
	}
	return changeClassic(q, func(b *classicBalancer) { b.name = q.str("LoadBalancerName") })
}

func switchClassic(q *rpcRequest) (any, error) {
	return changeClassic(q, func(b *classicBalancer) { b.inactive = q.str("LoadBalancerStatus") == "inactive" })
}

func protectClassic(q *rpcRequest) (any, error) {
	return changeClassic(q, func(b *classicBalancer) { b.protected = q.str("DeleteProtection") == "on" })
}

func lockClassic(q *rpcRequest) (any, error) {
	return changeClassic(q, func(b *classicBalancer) {
		b.locked = ""
		if q.str("ModificationProtectionStatus") == "ConsoleProtection" {
			b.locked = q.orElse("ModificationProtectionReason", "-")
		}
	})
}

func respecClassic(q *rpcRequest) (any, error) {
	b, err := q.classic()
	switch {
	case err != nil:
		return nil, err
	case b.charge == "PayByCLCU":
		return nil, refuse(400, "OperationUnsupported.ModifySpec", "A load balancer that is paid for by use has no spec.")
	}
	b.spec = q.str("LoadBalancerSpec")
	return map[string]any{"OrderId": 0}, nil
}

// removeBackends takes servers out of the default group; a list of names as well as a
// list of objects is taken.
func removeBackends(q *rpcRequest) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	var names []string
	var objects []struct{ ServerID string }
	if readLenient(q.str("BackendServers"), &names) != nil {
		if err := readLenient(q.str("BackendServers"), &objects); err != nil {
			return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid.")
		}
		for _, o := range objects {
			names = append(names, o.ServerID)
		}
	}
	b.servers = slices.DeleteFunc(b.servers, func(id string) bool { return slices.Contains(names, id) })
	return map[string]any{"LoadBalancerId": b.id, "BackendServers": map[string]any{"BackendServer": b.serverViews()}}, nil
}

// status is whether the balancer works.
func (b *classicBalancer) status() string {
	return map[bool]string{true: "inactive", false: "active"}[b.inactive]
}

func (b *classicBalancer) serverViews() []any {
	servers := []any{}
	for _, id := range b.servers {
		servers = append(servers, map[string]any{"ServerId": id, "Weight": 100, "Type": backendType(id), "Description": ""})
	}
	return servers
}
