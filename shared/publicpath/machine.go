// Package publicpath says which machines the internet can reach, and how: by a static
// address, an EIP, an IPv6 address with internet bandwidth, or a DNAT entry. It reads
// lists, by the page and by the hundred, and never one member of a group at a time.
//
// What leads to a machine through something else is not seen: load balancers,
// high-availability virtual IPs, EIPs that a route leads to.
package publicpath

import "slices"

// Reads are the RAM actions that this package may call.
var Reads = []string{
	"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces",
	"vpc:DescribeIpv6Addresses", "vpc:DescribeNatGateways", "vpc:DescribeForwardTableEntries",
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
	Groups  []string // the security groups whose rules hold here, merged
	IPs     []string // private addresses
	IP6s    []string // of which the internet reaches those with internet bandwidth
	Path    string   // by which the internet reaches it, in words: "the EIP 203.0.113.80"; empty: none is known
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
