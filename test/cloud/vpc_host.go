package cloud

import (
	"iter"
	"time"
)

// vpcHooks is what other products have in VPCs.
type vpcHooks struct {
	hostsOf  []func() iter.Seq[host]
	vpcUsers map[string]func(vpc string) bool // by what a refusal calls them
}

// host is a resource of another product that is in a VPC and has addresses there, as VPC
// sees it.
type host struct {
	id, region    string
	kind          string // as EIPs say it: EcsInstance, NetworkInterface, SlbInstance
	touched       string // what the audit log calls its type
	vpc, vswitch  string
	ip            string   // its first private address
	more          []string // its further ones
	public        string   // an address of its own that is no EIP
	ip6           []*address6
	status        string
	created       time.Time
	unseen        bool   // it is so new that it is not found yet
	primaryOf     string // the instance whose primary interface it is
	takesNoEIP    bool
	ownsAddresses bool // its private addresses are taken in its vSwitch
}

// hosts are those of all products. mu is held.
func (c *Cloud) vpcHosts() iter.Seq[host] {
	return func(yield func(host) bool) {
		for _, all := range c.hostsOf {
			for h := range all() {
				if !yield(h) {
					return
				}
			}
		}
	}
}

// hasHost tells whether there is a host, in any region. mu is held.
func (c *Cloud) hasHost(kind, id string) bool {
	_, ok := hostNamed(c.vpcHosts(), kind, id, "")
	return ok
}

// hostNamed finds a host among some.
func hostNamed(all iter.Seq[host], kind, id, region string) (host, bool) {
	for h := range all {
		if h.kind == kind && h.id == id && (region == "" || h.region == region) {
			return h, true
		}
	}
	return host{}, false
}
