package exposure_test

import (
	"fmt"
	"net/netip"

	"github.com/ecsguard/ecsguard/shared/exposure"
)

func Example() {
	anywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	office := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	rules := []exposure.Rule{
		{ID: "sgr-web", Protocol: "TCP", Ports: []exposure.PortRange{{From: 1, To: 65535}}, Sources: anywhere, Priority: 10},
		{ID: "sgr-ssh", Protocol: "TCP", Ports: []exposure.PortRange{{From: 22, To: 22}}, Sources: office, Priority: 1},
		{ID: "sgr-rdp", Protocol: "TCP", Ports: []exposure.PortRange{{From: 3389, To: 3389}}, Sources: anywhere, Priority: 10},
		{ID: "sgr-no-rdp", Protocol: "TCP", Ports: []exposure.PortRange{{From: 3389, To: 3389}}, Sources: anywhere, Drop: true, Priority: 1},
	}
	policy := exposure.Policy{Allowed: []exposure.PortRange{{From: 80, To: 80}, {From: 443, To: 443}}}

	for _, b := range exposure.Breaches(rules, policy) {
		fmt.Printf("revoke %s: %v\n", b.Rule.ID, b)
		for _, k := range b.Keep {
			fmt.Printf("  and add %v, priority %d\n", k, k.Priority)
		}
	}
	// Output:
	// revoke sgr-web: TCP 1/79, 81/442, 444/3388, 3390/65535 from 0.0.0.0/0
	//   and add TCP 80/80, 443/443 from 0.0.0.0/0, priority 10
}

func ExampleAdmits() {
	ports, _ := exposure.ParsePorts("22/22")
	source, _ := exposure.ParseSource("203.0.113.0/24")
	rules := []exposure.Rule{{Protocol: "TCP", Ports: ports, Sources: []netip.Prefix{source}, Priority: 1}}

	fmt.Println(exposure.Admits(rules, netip.MustParseAddr("203.0.113.7"), "TCP", 22))
	fmt.Println(exposure.Admits(rules, netip.MustParseAddr("8.8.8.8"), "TCP", 22))
	// Output:
	// true
	// false
}
