package publicpath

import (
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Triggers are what puts something in front of a machine: a load balancer, or a virtual
// address with an EIP. Find knows whom they lead to. An EIP is put on either by
// AssociateEipAddress, which those who ask have for machines as well.
var Triggers = []practice.Trigger{
	{Service: "Slb", Name: "AddBackendServers", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer", Type: resource.TypeLoadBalancer},
	{Service: "Slb", Name: "CreateVServerGroup", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer", Type: resource.TypeLoadBalancer},
	{Service: "Slb", Name: "StartLoadBalancerListener", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer", Type: resource.TypeLoadBalancer},
	{Service: "Alb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId|resources.ACS::ALB::LoadBalancer", Type: resource.TypeALB},
	{Service: "Nlb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId|resources.ACS::NLB::LoadBalancer", Type: resource.TypeNLB},
	{Service: "Alb", Name: "AddServersToServerGroup", Resource: "params.Servers.*.ServerId", Type: resource.TypeInstance, Maybe: true},
	{Service: "Nlb", Name: "AddServersToServerGroup", Resource: "params.Servers.*.ServerId", Type: resource.TypeInstance, Maybe: true},
	{Service: "Vpc", Name: "AssociateHaVip", Resource: "params.InstanceId|params.HaVipId", Type: resource.TypeInstance},
}

// Own are what gives a machine an address in the internet, or a port of one.
var Own = []practice.Trigger{
	{Service: "Ecs", Name: "AllocatePublicIpAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance", Type: resource.TypeInstance},
	{Service: "Ecs", Name: "ModifyInstanceNetworkSpec", Resource: "params.InstanceId|resources.ACS::ECS::Instance", Type: resource.TypeInstance},
	{Service: "Vpc", Name: "AssociateEipAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance", Type: resource.TypeInstance}, // or what else it is on
	{Service: "Vpc", Name: "AssociateEipAddressBatch", Resource: "params.BindedInstanceId", Type: resource.TypeInstance},
	{Service: "Vpc", Name: "CreateForwardEntry", Resource: "params.ForwardTableId", Type: resource.TypeForwardTable},
	{Service: "Vpc", Name: "ModifyForwardEntry", Resource: "params.ForwardTableId", Type: resource.TypeForwardTable},
	{Service: "Vpc", Name: "AllocateIpv6InternetBandwidth", Resource: "params.Ipv6AddressId", Type: resource.TypeIPv6Address},
}

// Paths are what gives a machine a path to the internet, by an address of its own or by what
// Triggers tell of.
var Paths = practice.Triggers(Own, Triggers)
