package vpccriticalisolation

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is vpc-critical-isolation.
var Practice = &practice.Practice{
	ID:       "vpc-critical-isolation",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeVPC,
	Guide:    []string{"組織内の異なるセキュリティレベルのサービスを分離するようにセキュリティドメインを構成する"},
	Cites:    []string{"CIS Alibaba Cloud 3.4", "MLPS 8.1.3.1"},
	Triggers: []practice.Trigger{ // what is no VPC is looked up: see publicpath.VPCOf
		{Service: "Vpc", Name: "AssociateEipAddress", Resource: "params.VpcId|params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Vpc", Name: "AssociateEipAddressBatch", Resource: "params.BindedInstanceId"},
		{Service: "Vpc", Name: "CreateNatGateway", Resource: "response.NatGatewayId|resources.ACS::NAT::NatGateway", New: true},
		{Service: "Vpc", Name: "CreateSnatEntry", Resource: "params.SnatTableId"},
		{Service: "Vpc", Name: "CreateForwardEntry", Resource: "params.ForwardTableId"},
		{Service: "Vpc", Name: "AllocateIpv6InternetBandwidth", Resource: "params.Ipv6AddressId"},
		{Service: "Vpc", Name: "TagResources", Resource: "params.ResourceId.*"}, // of anything
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "AllocatePublicIpAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Ecs", Name: "ModifyInstanceNetworkSpec", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Ecs", Name: "ModifyInstanceVpcAttribute", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Slb", Name: "CreateLoadBalancer", Resource: "response.LoadBalancerId|resources.ACS::SLB::LoadBalancer", New: true},
		{Service: "Slb", Name: "AddBackendServers", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer"},
		{Service: "Slb", Name: "CreateVServerGroup", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer"},
		{Service: "Slb", Name: "StartLoadBalancerListener", Resource: "params.LoadBalancerId|resources.ACS::SLB::LoadBalancer"},
		{Service: "Alb", Name: "CreateLoadBalancer", Resource: "response.LoadBalancerId|resources.ACS::ALB::LoadBalancer", New: true},
		{Service: "Alb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId|resources.ACS::ALB::LoadBalancer"},
		{Service: "Alb", Name: "EnableLoadBalancerIpv6Internet", Resource: "params.LoadBalancerId|resources.ACS::ALB::LoadBalancer"},
		{Service: "Nlb", Name: "CreateLoadBalancer", Resource: "response.LoadbalancerId|response.LoadBalancerId|resources.ACS::NLB::LoadBalancer", New: true},
		{Service: "Nlb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId|resources.ACS::NLB::LoadBalancer"},
		{Service: "Nlb", Name: "EnableLoadBalancerIpv6Internet", Resource: "params.LoadBalancerId|resources.ACS::NLB::LoadBalancer"},
		{Service: "Config", Name: "ACS::VPC::VPC", Resource: "resource"},
	},
	Sweep: practice.Daily(list, "vpc:DescribeVpcs"),
	Reads: []string{
		"vpc:DescribeVpcs", "vpc:DescribeNatGateways", "vpc:DescribeEipAddresses", "vpc:DescribeHaVips", "vpc:DescribeIpv6Addresses",
		"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces", "slb:DescribeLoadBalancers", "slb:DescribeHealthStatus", "alb:ListLoadBalancers", "nlb:ListLoadBalancers",
	},
	Writes: []string{"vpc:UnassociateEipAddress"},
	Params: []practice.Param{
		{Name: "critical-tags", Default: []string{"critical=true"}, Doc: "tags (key=value, or a key for any value), any of which says that a VPC holds critical data"},
	},
	Touches:    true,
	Disruptive: "whoever has begun to use an address that was put on minutes ago no longer reaches it",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	named := pass.Resource.ID
	id, err := publicpath.VPCOf(ctx, pass, named)
	if err != nil || id == "" && !strings.HasPrefix(named, "lb-") {
		return err
	}
	networks, err := criticalVPCs(ctx, pass, id) // all, for a load balancer in no VPC: its servers may be in any
	if err != nil {
		return err
	}
	for _, v := range networks {
		parts, eips, err := publicpath.Inside(ctx, pass, v.VpcID)
		if err != nil {
			return err
		}
		if id == "" && !slices.ContainsFunc(parts, func(p publicpath.Part) bool { return p.ID == named }) {
			continue
		}
		judge(pass, v, parts, eips)
	}
	return nil
}

// judge reports the ways between the VPC and the internet.
func judge(pass *practice.Pass, v resource.VPC, parts []publicpath.Part, eips []resource.EIP) {
	r, tags := pass.Named("", v.VpcID, v.VpcName), v.Tags.Map()
	fixed := map[string]bool{} // EIPs that cannot be taken off
	owner, machine, made := map[string]string{}, map[string]string{}, map[string]time.Time{}
	for _, p := range parts {
		owner[p.ID], machine[p.ID], made[p.ID] = p.Owner, p.Machine, p.Made
		fixed[p.Fixed] = true
		if !p.Public {
			continue
		}
		f := practice.Finding{Key: p.ID, Resource: r, Tags: tags}
		f.Title, f.Advice = way(p)
		if p.Managed {
			f.Managed = "the cloud service that made it"
		}
		pass.Report(f)
	}
	for _, e := range eips {
		f := finding(pass, e, r, place{made[e.InstanceID], fixed[e.AllocationID]})
		f.Tags, f.Managed = tags, cmp.Or(f.Managed, owner[e.InstanceID], owner[machine[e.InstanceID]])
		pass.Report(f)
	}
}
