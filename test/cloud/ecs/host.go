package ecs

import (
	"iter"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// hostsIn are the instances and interfaces of a state, as VPC sees them.
func (c *Service) hostsIn(s *state) iter.Seq[vpc.Host] {
	return func(yield func(vpc.Host) bool) {
		for _, i := range s.Instances {
			h := vpc.Host{
				ID: i.ID, Region: i.Region, Kind: "EcsInstance", Touched: kernel.InstanceKind, VPC: i.vpc, Vswitch: i.vswitch, IP: i.PrivateIP,
				Public: i.PublicIP, Status: i.status, Unseen: !c.Visible(&i.Resource),
			}
			if !yield(h) {
				return
			}
		}
		for _, n := range s.NICs {
			h := vpc.Host{
				ID: n.ID, Region: n.Region, Kind: "NetworkInterface", Touched: kernel.NICKind, VPC: n.vpc, Vswitch: n.vswitch, IP: n.ip, More: n.more, IP6: n.ip6,
				TakesNoEIP: n.primary, OwnsAddresses: true, Created: n.Created,
			}
			if n.primary {
				h.PrimaryOf = n.instance
			}
			if !yield(h) {
				return
			}
		}
	}
}
