package cloud

// What is changed about a balancer that is there.
var albBalancerActions = []rpcAction{
	{
		name: "UpdateLoadBalancerAttribute", write: true, on: onALB("loadbalancer", "LoadBalancerId"), do: updateAppBalancer,
		params: "LoadBalancerId! LoadBalancerName ModificationProtectionConfig:Struct(Status Reason) " + appOnce,
	},
	{name: "EnableDeletionProtection", write: true, on: onALB("loadbalancer", "ResourceId"), do: protectApp(true), params: "ResourceId! " + appOnce},
	{name: "DisableDeletionProtection", write: true, on: onALB("loadbalancer", "ResourceId"), do: protectApp(false), params: "ResourceId! " + appOnce},
}

func updateAppBalancer(q *rpcRequest) (any, error) {
	b, err := findNamed(q, q.c.alb.balancers, "LoadBalancerId", appBalancerKind)
	switch {
	case err != nil:
		return nil, err
	case !q.c.settled(b.changed):
		return nil, refuse(400, "IncorrectStatus.LoadBalancer", "The status of loadbalancer [%s] is incorrect.", b.id)
	}
	b.name = q.orElse("LoadBalancerName", b.name)
	if q.has("ModificationProtectionConfig.Status") {
		b.locked = ""
		if q.str("ModificationProtectionConfig.Status") == "ConsoleProtection" {
			b.locked = q.orElse("ModificationProtectionConfig.Reason", "-")
		}
	}
	return q.albDone("loadbalancer", b.id, map[string]any{})
}

func protectApp(on bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		b, err := findNamed(q, q.c.alb.balancers, "ResourceId", appBalancerKind)
		if err != nil {
			return nil, err
		}
		b.protected = on
		return done()
	}
}

// protectionView is whether people may change a balancer in the console.
func (b *appBalancer) protectionView() map[string]any {
	switch b.locked {
	case "":
		return map[string]any{"Status": "NonProtection", "Reason": ""}
	case "-":
		return map[string]any{"Status": "ConsoleProtection", "Reason": ""}
	}
	return map[string]any{"Status": "ConsoleProtection", "Reason": b.locked}
}
