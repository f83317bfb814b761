package vpc

import (
	"iter"
	"time"
)

// hooks is what other products have in VPCs.
// They keep VPC from importing the products that import it. Each entry is added once, when a
// product is made.
type hooks struct {
	HostsOf  []func() iter.Seq[Host]
	VPCUsers map[string]func(vpc string) bool // by what a refusal calls them
	CENsOf   []func(vpc string) []any         // the CENs that a VPC is attached to, as DescribeVpcAttribute says them
}

// Host is a resource of another product that is in a VPC and has addresses there, as VPC
// sees it.
type Host struct {
	ID, Region    string
	Kind          string // as EIPs say it: EcsInstance, NetworkInterface, SlbInstance
	Touched       string // what the audit log calls its type
	VPC, Vswitch  string
	IP            string   // its first private address
	More          []string // its further ones
	Public        string   // an address of its own that is no EIP
	IP6           []*Address6
	Status        string
	Created       time.Time
	Unseen        bool   // it is so new that it is not found yet
	PrimaryOf     string // the instance whose primary interface it is
	TakesNoEIP    bool
	OwnsAddresses bool // its private addresses are taken in its vSwitch
}

// hosts are those of all products. mu is held.
func (c *Service) hosts() iter.Seq[Host] {
	return func(yield func(Host) bool) {
		for _, all := range c.HostsOf {
			for h := range all() {
				if !yield(h) {
					return
				}
			}
		}
	}
}

// hasHost tells whether there is a host, in any region. mu is held.
func (c *Service) hasHost(kind, id string) bool {
	_, ok := hostNamed(c.hosts(), kind, id, "")
	return ok
}

// hostNamed finds a host among some.
func hostNamed(all iter.Seq[Host], kind, id, region string) (Host, bool) {
	for h := range all {
		if h.Kind == kind && h.ID == id && (region == "" || h.Region == region) {
			return h, true
		}
	}
	return Host{}, false
}
