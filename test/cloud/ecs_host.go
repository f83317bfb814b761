package cloud

import "iter"

// hostsIn are the instances and interfaces of a state, as VPC sees them.
func (c *Cloud) hostsIn(s *ecsState) iter.Seq[host] {
	return func(yield func(host) bool) {
		for _, i := range s.instances {
			h := host{
				id: i.id, region: i.region, kind: "EcsInstance", touched: instanceKind, vpc: i.vpc, vswitch: i.vswitch, ip: i.privateIP,
				public: i.publicIP, status: i.status, unseen: !c.visible(&i.ecsResource),
			}
			if !yield(h) {
				return
			}
		}
		for _, n := range s.nics {
			h := host{
				id: n.id, region: n.region, kind: "NetworkInterface", touched: nicKind, vpc: n.vpc, vswitch: n.vswitch, ip: n.ip, more: n.more, ip6: n.ip6,
				takesNoEIP: n.primary, ownsAddresses: true, created: n.created,
			}
			if n.primary {
				h.primaryOf = n.instance
			}
			if !yield(h) {
				return
			}
		}
	}
}
