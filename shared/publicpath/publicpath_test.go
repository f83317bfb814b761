package publicpath_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Everything that is in sg-a, and nothing of it alike.
const everything = `
ecs:
  security-groups: [{id: sg-a}, {id: sg-b}, {id: sg-c}]
  instances:
    - {id: i-dark, name: dark, security-groups: [sg-a]}
    - {id: i-dnat, private-ip: 172.16.1.1, security-groups: [sg-a]}
    - {id: i-dnat2, private-ip: 172.16.1.2, security-groups: [sg-a]}
    - {id: i-eip, security-groups: [sg-a, sg-b]}
    - {id: i-eni, security-groups: [sg-b]}
    - {id: i-ip6, security-groups: [sg-a]}
    - {id: i-other, security-groups: [sg-a]}
    - {id: i-snat, private-ip: 172.16.1.3, security-groups: [sg-a]}
    - {id: i-static, public-ip: 203.0.113.1, security-groups: [sg-a]}
    - {id: i-apart, public-ip: 203.0.113.2, security-groups: [sg-c]}
  network-interfaces:
    - {id: eni-i-dark, primary: true, instance: i-dark, ipv6: [{id: ipv6-1, address: "2001:db8::1"}]}
    - {id: eni-i-dnat2, primary: true, instance: i-dnat2, more-private-ips: [172.16.1.20]}
    - {id: eni-i-ip6, primary: true, instance: i-ip6, ipv6: [{id: ipv6-2, address: "2001:db8::2", internet-bandwidth: 5}]}
    - {id: eni-eni, instance: i-eni, private-ip: 172.16.2.1, more-private-ips: [172.16.2.2], security-groups: [sg-a]}
    - {id: eni-other, instance: i-other, private-ip: 172.16.2.3, security-groups: [sg-c]}
    - {id: eni-free, private-ip: 172.16.2.4, security-groups: [sg-a]}
vpc:
  eips:
    - {id: eip-1, address: 203.0.113.11, instance: i-eip}
    - {id: eip-2, address: 203.0.113.12, instance: eni-eni, private-ip: 172.16.2.2}
    - {id: eip-3, address: 203.0.113.13, instance: eni-other}
    - {id: eip-4, address: 203.0.113.14, instance: ngw-1}
    - {id: eip-5, address: 203.0.113.15, instance: eni-free}
  nat-gateways:
    - id: ngw-1
      dnat:
        - {id: fwd-1, protocol: tcp, external-ip: 203.0.113.14, external-port: "80", internal-ip: 172.16.1.1, internal-port: "8080"}
        - {id: fwd-2, protocol: tcp, external-ip: 203.0.113.14, external-port: "81", internal-ip: 172.16.1.20, internal-port: "8080"}
      snat: [{id: snat-1, cidr: 172.16.1.3/32, ip: 203.0.113.14}]
    - id: ngw-2
      network: intranet
      ip: 172.16.9.9
      dnat: [{id: fwd-3, protocol: tcp, external-ip: 172.16.9.9, external-port: "80", internal-ip: 172.16.1.3, internal-port: "80"}]
`

func TestMembersOfAGroupAndTheirPaths(t *testing.T) {
	w := begin(t, everything)
	machines, err := publicpath.Members(t.Context(), pass(w), "sg-a")
	if err != nil {
		t.Fatal(err)
	}
	if err := publicpath.Trace(t.Context(), pass(w), machines); err != nil {
		t.Fatal(err)
	}
	same(t, told(machines), `
dark (i-dark): none sg-a
i-dnat: the DNAT entry fwd-1 from 203.0.113.14 port 80 sg-a
i-dnat2: the DNAT entry fwd-2 from 203.0.113.14 port 81 sg-a
i-eip: the EIP 203.0.113.11 sg-a,sg-b
i-eni: the EIP 203.0.113.12 sg-a,sg-b
i-ip6: the IPv6 address 2001:db8::2 sg-a
i-other: the EIP 203.0.113.13 sg-a,sg-c
i-snat: none sg-a
i-static: the static public address 203.0.113.1 sg-a`)
}

func TestWhatAnIdLeadsTo(t *testing.T) {
	for id, want := range map[string]string{
		"i-eip":     "i-eip",
		"eni-eni":   "i-eni",
		"eni-free":  "",
		"ipv6-2":    "i-ip6",
		"ftb-1":     "i-dnat i-dnat2",
		"ftb-2":     "", // between private networks
		"sg-c":      "i-apart i-other",
		"lb-1":      "",
		"region":    "",
		"eni-other": "i-other",
	} {
		t.Run(id, func(t *testing.T) {
			machines, err := publicpath.Find(t.Context(), pass(begin(t, everything)), id)
			var ids []string
			for _, m := range machines {
				ids = append(ids, m.ID)
			}
			if got := strings.Join(ids, " "); err != nil || got != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
	for id, want := range map[string]string{"sg-none": "[sg-none]", "i-eni": "[sg-a sg-b]", "ftb-1": "[sg-a]", "lb-1": "[]"} {
		if got, err := publicpath.Groups(t.Context(), pass(begin(t, everything)), id); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v", id, got, err)
		}
	}
	for _, id := range []string{"i-none", "ipv6-none", "ftb-none"} {
		if _, err := publicpath.Find(t.Context(), pass(begin(t, everything)), id); !errors.Is(err, practice.ErrGone) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestInstancesOfTheRegionThatHaveAPath(t *testing.T) {
	w := begin(t, strings.Replace(everything, "    - {id: i-apart,", "    - {id: i-young, status: Pending}\n    - {id: i-apart,", 1))
	machines, err := publicpath.Region(t.Context(), pass(w))
	if got := told(machines); err != nil || len(machines) != 8 || strings.Contains(got, "none") || strings.Contains(got, "young") {
		t.Errorf("%v\n%s", err, got)
	}
}

// A group of hundreds of members is read by the page and by the hundred.
func TestNoCallForASingleMember(t *testing.T) {
	var state strings.Builder
	state.WriteString("ecs:\n  security-groups: [{id: sg-a}, {id: sg-b}]\n  instances:\n")
	for n := range 250 {
		fmt.Fprintf(&state, "    - {id: i-%d, security-groups: [sg-a]}\n", n)
	}
	state.WriteString("  network-interfaces:\n")
	for n := range 250 {
		fmt.Fprintf(&state, "    - {id: eni-%d, instance: i-%d, security-groups: [sg-%c]}\n", n, n, "ab"[n%2])
	}
	w := begin(t, state.String())
	machines, err := publicpath.Members(t.Context(), pass(w), "sg-b")
	if err != nil || len(machines) != 125 {
		t.Fatalf("%d machines, %v", len(machines), err)
	}
	same(t, w.calls(), "map[ecs:DescribeInstances:3 ecs:DescribeNetworkInterfaces:1]") // none, 100 and 25
	w = begin(t, state.String())
	machines, err = publicpath.Members(t.Context(), pass(w), "sg-a")
	if err != nil || len(machines) != 250 {
		t.Fatalf("%d machines, %v", len(machines), err)
	}
	if err := publicpath.Trace(t.Context(), pass(w), machines); err != nil {
		t.Fatal(err)
	}
	same(t, w.calls(), "map[alb:ListLoadBalancers:1 ecs:DescribeInstances:3 ecs:DescribeNetworkInterfaces:3 nlb:ListLoadBalancers:1 slb:DescribeLoadBalancers:1 vpc:DescribeHaVips:1 vpc:DescribeNatGateways:1]") // 125 of sg-b: 100 and 25
}

func TestFacing(t *testing.T) {
	for group, want := range map[string]string{
		"sg-a": "i-eip by the EIP 203.0.113.11",
		"sg-b": "i-eip by the EIP 203.0.113.11",
		"sg-c": "i-apart by the static public address 203.0.113.2",
		"sg-d": "",
	} {
		w := begin(t, everything)
		if got, err := publicpath.Facing(t.Context(), pass(w), group); err != nil || got.Who != want {
			t.Errorf("%s: %v, %v", group, got, err)
		}
		if want != "" {
			same(t, w.calls(), "map[ecs:DescribeInstances:1]")
		}
	}
	// The rules of sg-a do not hold where the EIP is.
	elsewhere := `
ecs:
  security-groups: [{id: sg-a}, {id: sg-b}]
  instances: [{id: i-1, private-ip: 172.16.0.9, security-groups: [sg-a]}, {id: i-2, status: STATUS, security-groups: [sg-a]}]
  network-interfaces: [{id: eni-1, instance: i-1, security-groups: [sg-b]}]
vpc:
  eips: [{id: eip-1, address: 203.0.113.11, instance: eni-1}, {id: eip-2, address: 203.0.113.12, instance: ngw-1}]
  nat-gateways: [{id: ngw-1, dnat: [DNAT]}]
`
	running, young := strings.Replace(elsewhere, "STATUS", "Running", 1), strings.Replace(elsewhere, "STATUS", "Pending", 1)
	entry := `{id: fwd-1, protocol: tcp, external-ip: 203.0.113.12, external-port: "80", internal-ip: 172.16.0.9, internal-port: "80"}`
	w := begin(t, strings.Replace(running, "DNAT", "", 1))
	if got, err := publicpath.Facing(t.Context(), pass(w), "sg-a"); err != nil || got.Who != "" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := publicpath.Facing(t.Context(), pass(w), "sg-b"); err != nil || got.Who != "eni-1 by the EIP 203.0.113.11" {
		t.Errorf("%v, %v", got, err)
	}
	w = begin(t, strings.Replace(young, "DNAT", entry, 1))
	if got, err := publicpath.Facing(t.Context(), pass(w), "sg-a"); err != nil || got.Who != "i-1 by the DNAT entry fwd-1 from 203.0.113.12 port 80" {
		t.Errorf("%v, %v", got, err)
	}
	w = begin(t, strings.Replace(young, "DNAT", "", 1)) // the young one may have a path
	if got, err := publicpath.Facing(t.Context(), pass(w), "sg-a"); !errors.Is(err, practice.ErrNotYet) {
		t.Errorf("%v, %v", got, err)
	}
}

// An answer that does not say is an error: neither a path nor none.
func TestUnknownIsAnError(t *testing.T) {
	const list, none = `{"Instances":{"Instance":[%s]}}`, `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[%s]}}`
	const whole = `{"InstanceId":"i-1","PublicIpAddress":{"IpAddress":[]},"EipAddress":{"AllocationId":""},"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}
		,"NetworkInterfaces":{"NetworkInterface":[{"NetworkInterfaceId":"eni-2","Type":"Secondary"}]}}`
	const nic = `{"NetworkInterfaceId":"eni-2","InstanceId":"i-1","Type":"Secondary","Status":"InUse","AssociatedPublicIp":{},"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}}`
	without := func(text, field string) string { return strings.Replace(text, `"`+field+`"`, `"Not`+field+`"`, 1) }
	ask := func(instances, nics string) error {
		_, err := publicpath.Members(t.Context(), pass(answers{
			"DescribeInstances": strings.Replace(list, "%s", instances, 1), "DescribeNetworkInterfaces": strings.Replace(none, "%s", nics, 1)}), "sg-1")
		return err
	}
	if err := ask(whole, nic); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"static address":     ask(without(whole, "PublicIpAddress"), nic),
		"EIP":                ask(without(whole, "EipAddress"), nic),
		"groups":             ask(without(whole, "SecurityGroupIds"), nic),
		"interface":          ask(whole, ""),
		"interface's EIP":    ask(whole, without(nic, "AssociatedPublicIp")),
		"interface's groups": ask(whole, without(nic, "SecurityGroupIds")),
		"instance":           ask("", nic),
	} {
		if err == nil || errors.Is(err, practice.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, list := range []answers{
		{"DescribeInstances": `{}`},
		{"DescribeInstances": `{"Instances":{"Instance":[]}}`, "DescribeNetworkInterfaces": `{}`},
	} {
		if _, err := publicpath.Members(t.Context(), pass(list), "sg-1"); err == nil {
			t.Errorf("%v is read", list)
		}
	}
	w := begin(t, everything)
	w.cloud.Inject(cloud.Deny("vpc:DescribeForwardTableEntries"))
	machines, err := publicpath.Members(t.Context(), pass(w), "sg-a")
	if err != nil {
		t.Fatal(err)
	}
	if err := publicpath.Trace(t.Context(), pass(w), machines); err == nil {
		t.Error("what cannot be read leads nowhere")
	}
}

// Behind an interface a service may run something of its own.
func TestInterfacesOfServices(t *testing.T) {
	machines, err := publicpath.Members(t.Context(), pass(answers{
		"DescribeInstances": `{"Instances":{"Instance":[{"InstanceId":"i-1","PublicIpAddress":{"IpAddress":[]},"EipAddress":{},
			"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}}]}}`,
		"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[
			{"NetworkInterfaceId":"eni-ours","InstanceId":"i-1","Status":"InUse","ServiceManaged":true,"Type":"Secondary",
				"AssociatedPublicIp":{"PublicIpAddress":"203.0.113.8"},"SecurityGroupIds":{"SecurityGroupId":["sg-2"]}},
			{"NetworkInterfaceId":"eni-alb","Status":"InUse","ServiceManaged":true,"Type":"Secondary","VpcId":"vpc-1",
				"AssociatedPublicIp":{"PublicIpAddress":"203.0.113.9"},"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}},
			{"NetworkInterfaceId":"eni-fc","InstanceId":"i-of-the-service","Status":"InUse","ServiceManaged":true,"Type":"Secondary",
				"AssociatedPublicIp":{},"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}},
			{"NetworkInterfaceId":"eni-free","Status":"Available","Type":"Secondary","AssociatedPublicIp":{},"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}}]}}`,
	}), "sg-1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, told(machines), "eni-alb: the EIP 203.0.113.9 sg-1\neni-fc: none sg-1\ni-1: the EIP 203.0.113.8 sg-1,sg-2")
}

// The two products need not spell an IPv6 address alike.
func TestIPv6IsComparedByValue(t *testing.T) {
	m := &publicpath.Machine{ID: "i-1", Interfaces: []*publicpath.Interface{{VPC: "vpc-1", IP6s: []string{"2408:4005:0:0::a"}}}}
	err := publicpath.Trace(t.Context(), pass(answers{
		"DescribeIpv6Addresses": `{"Ipv6Addresses":{"Ipv6Address":[{"Ipv6Address":"2408:4005::A"}]}}`,
		"DescribeNatGateways":   `{"NatGateways":{"NatGateway":[]}}`,
		"DescribeHaVips":        `{"HaVips":{"HaVip":[]}}`,
	}), []*publicpath.Machine{m})
	if err != nil || m.Path() != "the IPv6 address 2408:4005::A" {
		t.Errorf("%q, %v", m.Path(), err)
	}
}
