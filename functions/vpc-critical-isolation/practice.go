package vpccriticalisolation

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed doc.go
var doc string

// fresh is how long an EIP counts as just put on: after that somebody may rely on it.
const fresh = 10 * time.Minute

// Practice is vpc-critical-isolation.
var Practice = &practice.Practice{
	ID:       "vpc-critical-isolation",
	Doc:      doc,
	Severity: practice.High,
	Resource: "ACS::VPC::VPC",
	Guide:    []string{"組織内の異なるセキュリティレベルのサービスを分離するようにセキュリティドメインを構成する"},
	Cites:    []string{"CIS Alibaba Cloud 3.4", "MLPS 8.1.3.1"},
	Triggers: []practice.Trigger{ // what is no VPC is looked up: see vpcOf
		{Service: "Vpc", Name: "AssociateEipAddress", Resource: "params.VpcId|params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Vpc", Name: "CreateNatGateway", Resource: "params.VpcId|resources.ACS::VPC::VPC"},
		{Service: "Vpc", Name: "AllocateIpv6InternetBandwidth", Resource: "params.Ipv6AddressId"},
		{Service: "Vpc", Name: "TagResources", Resource: "params.ResourceId.*"}, // of anything
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "AllocatePublicIpAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Ecs", Name: "ModifyInstanceNetworkSpec", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Slb", Name: "CreateLoadBalancer", Resource: "params.VpcId|response.VpcId", Maybe: true},
		{Service: "Alb", Name: "CreateLoadBalancer", Resource: "params.VpcId"},
		{Service: "Alb", Name: "UpdateLoadBalancerAddressTypeConfig", Resource: "params.LoadBalancerId"},
		{Service: "Config", Name: "ACS::VPC::VPC", Resource: "resource"},
	},
	Sweep: practice.Sweep{Every: 24 * time.Hour, List: list},
	Reads: []string{
		"vpc:DescribeVpcs", "vpc:DescribeNatGateways", "vpc:DescribeEipAddresses", "vpc:DescribeIpv6Addresses",
		"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces", "slb:DescribeLoadBalancers", "alb:ListLoadBalancers",
	},
	Writes: []string{"vpc:UnassociateEipAddress"},
	Params: []practice.Param{
		{Name: "critical-tags", Default: []string{"critical=true"}, Doc: "tags (key=value, or a key for any value), any of which says that a VPC holds critical data"},
	},
	Disruptive: "whoever has begun to use an address that was put on minutes ago no longer reaches it",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	id, err := vpcOf(ctx, pass, r.ID)
	if err != nil || id == "" {
		return err
	}
	networks, err := criticalVPCs(ctx, pass, id)
	if err != nil || len(networks) == 0 {
		return err // most VPCs hold nothing critical, and cost one call
	}
	parts, eips, err := inside(ctx, pass, id)
	if err != nil {
		return err
	}
	r.Type, r.ID, r.Name = pass.Practice.Resource, id, networks[0].VpcName
	tags := networks[0].tags()
	fixed := map[string]bool{} // EIPs that cannot be taken off
	for _, p := range parts {
		fixed[p.fixedEIP] = true
		if p.title != "" {
			pass.Report(practice.Finding{Key: p.id, Resource: r, Title: p.title, Tags: tags, Advice: p.advice})
		}
	}
	for _, e := range eips {
		f := practice.Finding{
			Key: e.AllocationID, Resource: r, Tags: tags,
			Title:  fmt.Sprintf("The EIP %s is on %s in a VPC with critical data", e.IPAddress, e.InstanceID),
			Advice: "Take it off when nobody relies on it; it stays in the account. Or exempt the VPC.",
		}
		if e.ServiceManaged != 0 {
			f.Managed = "the cloud service that made the EIP"
		}
		if justPutOn(pass, e) && !fixed[e.AllocationID] {
			f.Changes = []practice.Change{{
				Why:  fmt.Sprintf("take the EIP %s, just put on, off %s; it is not released", e.IPAddress, e.InstanceID),
				Call: cloud.New("vpc", "UnassociateEipAddress", r.Region, e.binding()...),
				Undo: new(cloud.New("vpc", "AssociateEipAddress", r.Region, append(e.binding(), e.place()...)...)),
			}}
		}
		pass.Report(f)
	}
	return nil
}

// justPutOn tells whether this very event put the EIP where it is, on an instance or
// an interface, so lately that nobody can rely on it yet.
func justPutOn(pass *practice.Pass, e eip) bool {
	event := pass.Event
	return strings.EqualFold(event.Service, "vpc") && event.Name == "AssociateEipAddress" &&
		event.Params["AllocationId"] == e.AllocationID && event.Params["InstanceId"] == e.InstanceID &&
		(e.InstanceType == "EcsInstance" || e.InstanceType == "NetworkInterface") && pass.Now.Sub(event.Time) < fresh
}

// list names the VPCs that hold critical data.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	networks, err := criticalVPCs(ctx, pass, "")
	var found []practice.Resource
	for _, v := range networks {
		r := pass.Resource
		r.ID, r.Name = v.VpcID, v.VpcName
		found = append(found, r)
	}
	return found, err
}
