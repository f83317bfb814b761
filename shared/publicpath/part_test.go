package publicpath_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// edges is a VPC with a part of each kind, public and not, and another with as many as could
// be mixed up with them.
const edges = `
vpc:
  vpcs: [{id: vpc-a, cidr: 10.0.0.0/8}, {id: vpc-b, cidr: 10.0.0.0/8}]
  vswitches: [{id: vsw-a, vpc: vpc-a, cidr: 10.0.1.0/24}, {id: vsw-b, vpc: vpc-b, cidr: 10.0.1.0/24}]
  ha-vips: [{id: havip-a, vswitch: vsw-a, ip: 10.0.1.200}, {id: havip-b, vswitch: vsw-b, ip: 10.0.1.200}]
  nat-gateways:
    - {id: ngw-a, vswitch: vsw-a}
    - {id: ngw-in, vswitch: vsw-a, network: intranet, ip: 10.0.1.202}
    - {id: ngw-b, vswitch: vsw-b}
  eips:
    - {id: eip-a, address: 203.0.113.11, instance: i-a}
    - {id: eip-b, address: 203.0.113.12, instance: i-b}
    - {id: eip-nat, address: 203.0.113.13, instance: ngw-a}
    - {id: eip-free, address: 203.0.113.14}
ecs:
  instances:
    - {id: i-a, vpc: vpc-a, vswitch: vsw-a}
    - {id: i-static, vpc: vpc-a, vswitch: vsw-a, public-ip: 203.0.113.1}
    - {id: i-b, vpc: vpc-b, vswitch: vsw-b, public-ip: 203.0.113.2}
  network-interfaces:
    - {id: eni-i-a, primary: true, instance: i-a, ipv6: [{id: ipv6-in, address: "2001:db8::1"}]}
    - {id: eni-i-static, primary: true, instance: i-static, ipv6: [{id: ipv6-a, address: "2001:db8::2", internet-bandwidth: 5}]}
    - {id: eni-i-b, primary: true, instance: i-b}
slb:
  load-balancers:
    - {id: lb-a, address: 203.0.113.3, backend-servers: [i-a], listeners: [{port: 80, protocol: http}]}
    - {id: lb-b, address: 203.0.113.4, backend-servers: [i-b], listeners: [{port: 80, protocol: http}]}
    - {id: lb-in, address: 10.0.1.201, address-type: intranet, vpc: vpc-a}
alb:
  load-balancers:
    - {id: alb-a, vpc: vpc-a, ipv6-address-type: Internet}
    - {id: alb-six, vpc: vpc-a, address-type: Intranet, ipv6-address-type: Internet}
    - {id: alb-b, vpc: vpc-b}
nlb:
  load-balancers: [{id: nlb-a, vpc: vpc-a}, {id: nlb-in, vpc: vpc-a, address-type: Intranet}, {id: nlb-b, vpc: vpc-b}]
`

func TestTheParts(t *testing.T) {
	parts, eips, err := publicpath.Inside(t.Context(), pass(begin(t, edges)), "vpc-a")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range parts {
		line := fmt.Sprintf("%s %s", p.Type, p.ID)
		if p.Public {
			line += strings.TrimRight(fmt.Sprintf(" public %s", strings.Join(p.Addresses, ",")), " ")
		}
		if p.IPv4 {
			line += " v4"
		}
		if p.IPv6 {
			line += " v6"
		}
		if p.Machine != "" {
			line += " on " + p.Machine
		}
		if p.Type == resource.TypeInstance && p.Made.IsZero() {
			line += " of no time"
		}
		lines = append(lines, line)
	}
	same(t, strings.Join(lines, "\n"), `
ACS::ALB::LoadBalancer alb-a public v4 v6
ACS::ALB::LoadBalancer alb-six public v6
ACS::ECS::NetworkInterface eni-i-a on i-a
ACS::ECS::NetworkInterface eni-i-static on i-static
ACS::VPC::HaVip havip-a
ACS::ECS::Instance i-a
ACS::ECS::Instance i-static public 203.0.113.1
ACS::VPC::Ipv6Address ipv6-a public 2001:db8::2
ACS::VPC::Ipv6Address ipv6-in
ACS::SLB::LoadBalancer lb-a public
ACS::SLB::LoadBalancer lb-in
ACS::NAT::NatGateway ngw-a public
ACS::NAT::NatGateway ngw-in
ACS::NLB::LoadBalancer nlb-a public v4
ACS::NLB::LoadBalancer nlb-in`)
	if len(eips) != 1 || eips[0].AllocationID != "eip-a" {
		t.Errorf("EIPs %v", eips) // that of a gateway is the gateway's
	}
}

func TestWhichVPC(t *testing.T) {
	w := begin(t, edges)
	gateways, err := resource.NATGateways(t.Context(), w, "cn-hangzhou", "NatGatewayId", "ngw-b")
	if err != nil || len(gateways) != 1 {
		t.Fatal(gateways, err)
	}
	g := gateways[0]
	for id, want := range map[string]string{
		"vpc-z": "vpc-z", "i-a": "vpc-a", "i-b": "vpc-b", "eni-i-b": "vpc-b", "havip-b": "vpc-b", "ngw-b": "vpc-b", "ipv6-a": "vpc-a",
		g.ForwardTableIDs.ForwardTableID[0]: "vpc-b", g.SnatTableIDs.SnatTableID[0]: "vpc-b",
		"lb-in": "vpc-a", "lb-a": "", "alb-b": "vpc-b", "nlb-b": "vpc-b", "eip-a": "",
	} {
		if got, err := publicpath.VPCOf(t.Context(), pass(w), id); err != nil || got != want {
			t.Errorf("%s is in %q (%v), want %q", id, got, err, want)
		}
	}
	for _, id := range []string{"i-gone", "eni-gone", "havip-gone", "ngw-gone", "ftb-gone", "stb-gone", "ipv6-gone", "lb-gone", "alb-gone", "nlb-gone"} {
		if got, err := publicpath.VPCOf(t.Context(), pass(w), id); !errors.Is(err, practice.ErrGone) || !strings.Contains(err.Error(), id) {
			t.Errorf("%s is in %q: %v", id, got, err)
		}
	}
}

// An EIP that the event puts on is waited for, wherever the list says that it is.
func TestAnEIPOnItsWay(t *testing.T) {
	w := answers{
		"DescribeEipAddresses":      `{"EipAddresses":{"EipAddress":[{"AllocationId":"eip-1","Status":"Associating"},{"AllocationId":"eip-2","Status":"InUse"}]}}`,
		"DescribeNatGateways":       `{"NatGateways":{"NatGateway":[]}}`,
		"DescribeIpv6Addresses":     `{"Ipv6Addresses":{"Ipv6Address":[]}}`,
		"DescribeHaVips":            `{"HaVips":{"HaVip":[]}}`,
		"DescribeLoadBalancers":     `{"LoadBalancers":{"LoadBalancer":[]}}`,
		"DescribeInstances":         `{"Instances":{"Instance":[]}}`,
		"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`,
		"ListLoadBalancers":         `{"LoadBalancers":[]}`,
	}
	for allocation, want := range map[string]error{"eip-1": practice.ErrNotYet, "eip-2": nil} {
		e := &events.Event{Service: "Vpc", Name: "AssociateEipAddress", Params: map[string]string{"AllocationId": allocation}}
		p := practice.NewPass(&practice.Practice{ID: "test", Reads: publicpath.Reads}, practice.Resource{Region: "cn-hangzhou"}, e, time.Now(), w, nil)
		if _, _, err := publicpath.Inside(t.Context(), p, "vpc-a"); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", allocation, err, want)
		}
	}
}
