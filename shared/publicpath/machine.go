// Package publicpath says which machines the internet can reach, and how: by a static address,
// an EIP on any of their addresses, an IPv6 address with internet bandwidth, a DNAT entry, an
// EIP on a high-availability virtual IP, or a load balancer in front (Classic, Application or
// Network) that is in the internet or has an EIP. Every practice asks here, since any other way
// of finding out sees less. It reads lists, in pages and by the hundred, never one member of a
// group at a time; more expensive reads are made only for machines for which no path has been
// found yet.
//
// Asked of a VPC, it says what is in it and which of that is a way to the internet: see Part.
// What is wrong with that is for a practice to say.
//
// A failed read hides no path that is known: see Unread. It does not see EIPs that a route
// leads to, or paths through another VPC (CEN, peering).
package publicpath

import "slices"

// Reads are the RAM actions that this package may call.
var Reads = []string{
	"alb:ListLoadBalancers", "alb:ListServerGroupServers", "alb:ListServerGroups",
	"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces",
	"nlb:ListLoadBalancers", "nlb:ListServerGroupServers", "nlb:ListServerGroups",
	"slb:DescribeHealthStatus", "slb:DescribeLoadBalancers",
	"vpc:DescribeEipAddresses", "vpc:DescribeForwardTableEntries", "vpc:DescribeHaVips", "vpc:DescribeIpv6Addresses", "vpc:DescribeNatGateways",
}

// AddressReads are those of InVSwitch and Addressed alone.
var AddressReads = []string{
	"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces",
	"vpc:DescribeForwardTableEntries", "vpc:DescribeHaVips", "vpc:DescribeIpv6Addresses", "vpc:DescribeNatGateways",
}

// A Machine is an instance with all of its interfaces, or an interface behind which
// a cloud service runs something of its own.
type Machine struct {
	ID, Name   string
	Tags       map[string]string
	Interfaces []*Interface
}

// An Interface is a network interface of a machine.
type Interface struct {
	ID, VPC string
	VSwitch string
	Groups  []string // the security groups whose rules hold here, merged
	IPs     []string // private addresses
	IP6s    []string // of which the internet reaches those with internet bandwidth
	Path    string   // by which the internet reaches it, in words: "the EIP 203.0.113.80"; empty: none is known

	// Behind tells that the path is a load balancer, which reaches the interface at the
	// ports that it forwards to. Ports are these; none where it forwards every port.
	Behind bool
	Ports  []int

	holder  string   // the instance whose primary interface it is
	virtual []string // addresses that it shares with others
}

// Path is a way from the internet to the machine, in words; empty: none is known.
// Who takes over a machine by one of its interfaces has all of them.
func (m *Machine) Path() string {
	for _, i := range m.Interfaces {
		if i.Path != "" {
			return i.Path
		}
	}
	return ""
}

// Groups are the security groups of all interfaces.
func (m *Machine) Groups() []string {
	var all []string
	for _, i := range m.Interfaces {
		all = append(all, i.Groups...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// String names the machine as a person knows it.
func (m *Machine) String() string {
	if m.Name == "" || m.Name == m.ID {
		return m.ID
	}
	return m.Name + " (" + m.ID + ")"
}
