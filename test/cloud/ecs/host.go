package ecs

import (
	"iter"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// hostsIn are the instances and interfaces of a state, as VPC sees them.
// An instance and its primary interface are both hosts, at the same address: EIPs are bound to the
// instance then (TakesNoEIP), and the address is counted once, with the interface (OwnsAddresses).
func (c *Service) hostsIn(s *state) iter.Seq[vpc.Host] {
	return func(yield func(vpc.Host) bool) {
		for _, i := range s.Instances {
			h := vpc.Host{
				ID: i.ID, Region: i.Region, Kind: "EcsInstance", Touched: kernel.InstanceKind, VPC: i.VPC, Vswitch: i.VSwitch, IP: i.PrivateIP,
				Public: i.PublicIP, Status: i.Status, Unseen: !c.Visible(&i.Resource),
			}
			if !yield(h) {
				return
			}
		}
		for _, n := range s.NICs {
			h := vpc.Host{
				ID: n.ID, Region: n.Region, Kind: "NetworkInterface", Touched: kernel.NICKind, VPC: n.VPC, Vswitch: n.VSwitch, IP: n.IP, More: n.More, IP6: n.IPv6,
				TakesNoEIP: n.Primary, OwnsAddresses: true, Created: n.Created,
			}
			if n.Primary {
				h.PrimaryOf = n.Instance
			}
			if !yield(h) {
				return
			}
		}
	}
}
