package alb

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// What is changed about a balancer that is there.
var albBalancerActions = []action{
	{
		Name: "UpdateLoadBalancerAttribute", Write: true, On: onALB("loadbalancer", "LoadBalancerId"), Do: updateAppBalancer,
		Params: "LoadBalancerId! LoadBalancerName ModificationProtectionConfig:Struct(Status Reason) " + kernel.AppOnce,
	},
	{Name: "EnableDeletionProtection", Write: true, On: onALB("loadbalancer", "ResourceId"), Do: protectApp(true), Params: "ResourceId! " + kernel.AppOnce},
	{Name: "DisableDeletionProtection", Write: true, On: onALB("loadbalancer", "ResourceId"), Do: protectApp(false), Params: "ResourceId! " + kernel.AppOnce},
}

func updateAppBalancer(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.balancers, "LoadBalancerId", appBalancerKind)
	switch {
	case err != nil:
		return nil, err
	case !q.c.Settled(b.changed):
		return nil, kernel.Refuse(400, "IncorrectStatus.LoadBalancer", "The status of loadbalancer [%s] is incorrect.", b.ID)
	}
	b.Name = q.OrElse("LoadBalancerName", b.Name)
	if q.Has("ModificationProtectionConfig.Status") {
		b.locked = ""
		if q.Str("ModificationProtectionConfig.Status") == "ConsoleProtection" {
			b.locked = q.OrElse("ModificationProtectionConfig.Reason", "-")
		}
	}
	return q.albDone("loadbalancer", b.ID, map[string]any{})
}

func protectApp(on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		b, err := kernel.FindNamed(q.Request, q.c.balancers, "ResourceId", appBalancerKind)
		if err != nil {
			return nil, err
		}
		b.protected = on
		return kernel.Done()
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
