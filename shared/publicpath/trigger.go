package publicpath

import "github.com/ecsguard/ecsguard/shared/practice"

// Triggers are what puts something in front of a machine: a load balancer, or a virtual
// address with an EIP. Find knows whom they lead to. An EIP is put on either by
// AssociateEipAddress, which those who ask have for machines as well.
var Triggers = []practice.Trigger{
	{Service: "Slb", Name: "AddBackendServers", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer", Type: "ACS::SLB::LoadBalancer"},
	{Service: "Slb", Name: "CreateVServerGroup", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer", Type: "ACS::SLB::LoadBalancer"},
	{Service: "Slb", Name: "StartLoadBalancerListener", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer", Type: "ACS::SLB::LoadBalancer"},
	{Service: "Alb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId|resources.ACS::ALB::LoadBalancer", Type: "ACS::ALB::LoadBalancer"},
	{Service: "Nlb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId|resources.ACS::NLB::LoadBalancer", Type: "ACS::NLB::LoadBalancer"},
	{Service: "Alb", Name: "AddServersToServerGroup", Resource: "params.Servers.*.ServerId", Type: "ACS::ECS::Instance", Maybe: true},
	{Service: "Nlb", Name: "AddServersToServerGroup", Resource: "params.Servers.*.ServerId", Type: "ACS::ECS::Instance", Maybe: true},
	{Service: "Vpc", Name: "AssociateHaVip", Resource: "params.InstanceId|params.HaVipId", Type: "ACS::ECS::Instance"},
}
