package vpc

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// vpcLoader builds one state of VPC. hosts are what it is to fit.
type vpcLoader struct {
	kernel.Loader
	c     *Service
	v     *state
	hosts iter.Seq[Host]
}

// loadVPC builds the state that a document describes.
func (c *Service) loadVPC(f *vpcFile, hosts iter.Seq[Host]) (*state, error) {
	l := &vpcLoader{Loader: c.NewLoader(), c: c, v: &state{flowLogService: f.FlowLogService}, hosts: hosts}
	if f.DefaultNetwork == nil || *f.DefaultNetwork {
		home := c.homeNetwork()
		l.v.vpcs, l.v.Switches, l.v.tables = home.vpcs, home.Switches, home.tables
		l.Seen["vpc-1"], l.Seen["vsw-1"] = true, true
	}
	for _, step := range []error{
		each(f.VPCs, "vpcs", l.network), each(f.VSwitches, "vswitches", l.vswitch), each(f.RouteTables, "route-tables", l.routeTable),
		each(f.IPv6Gateways, "ipv6-gateways", l.gateway6), each(f.HaVips, "ha-vips", l.haVip), l.eips(f.EIPs), each(f.NATs, "nat-gateways", l.nat),
		each(f.ACLs, "network-acls", l.acl), each(f.FlowLogs, "flow-logs", l.flowLog),
	} {
		if step != nil {
			return nil, step
		}
	}
	return l.v, l.fitEIPs()
}

// each loads the entries of a list of the vpc section until one fails.
func each[F any](list []F, name string, load func(F) error) error {
	for i, f := range list {
		if err := load(f); err != nil {
			return kernel.At(err, "$.vpc.%s[%d]", name, i)
		}
	}
	return nil
}

// as is an id with another prefix: "vtb-1" for "vpc-1".
func as(prefix, id string) string {
	_, rest, _ := strings.Cut(id, "-")
	return prefix + "-" + rest
}

func checkBlock(cidr string) error {
	if p, err := netip.ParsePrefix(cidr); err != nil || p != p.Masked() {
		return fmt.Errorf("%q is not a block", cidr)
	}
	return nil
}

func (l *vpcLoader) network(f networkFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "vpc", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	v := &vpc{Resource: r, cidr: cmp.Or(f.CIDR, "172.16.0.0/12"), cidr6: f.CIDR6, router: cmp.Or(f.Router, as("vrt", f.ID)), secondary: f.Secondary, own: f.User}
	table := r
	table.ID, table.Name, table.Description, table.Tags = as("vtb", f.ID), "", "", map[string]string{}
	l.v.vpcs = append(l.v.vpcs, v)
	l.v.tables = append(l.v.tables, &routeTable{Resource: table, vpc: v.ID, system: true})
	for _, cidr := range slices.Concat([]string{v.cidr}, v.secondary, v.own) {
		if err := checkBlock(cidr); err != nil {
			return err
		}
	}
	return nil
}

func (l *vpcLoader) vswitch(f vswitchFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "vsw", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	parent, err := kernel.ByItsID(l.v.vpcs, "VPC", cmp.Or(f.VPC, "vpc-1"))
	if err != nil {
		return err
	}
	l.v.Switches = append(l.v.Switches, &Vswitch{Resource: r, cidr: f.CIDR, CIDR6: f.CIDR6, VPC: parent.ID, Zone: cmp.Or(f.Zone, r.Region+"-h")})
	return checkBlock(f.CIDR)
}

func (l *vpcLoader) routeTable(f routeTableFile) error {
	vpc, err := kernel.ByItsID(l.v.vpcs, "VPC", cmp.Or(f.VPC, "vpc-1"))
	if err != nil {
		return err
	}
	r, err := l.Resource(f.ID, f.Name, f.Region, "vtb", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	t := &routeTable{Resource: r, vpc: vpc.ID, system: f.System}
	if f.System {
		l.v.tables = slices.DeleteFunc(l.v.tables, func(o *routeTable) bool { return o.vpc == vpc.ID && o.system })
	}
	for _, e := range f.Entries {
		entry := &routeEntry{
			Resource: kernel.Resource{ID: cmp.Or(e.ID, l.c.ResourceID("rte", r.Region)), Region: r.Region, Name: e.Name, Description: e.Description, Created: r.Created},
			cidr:     e.CIDR, hop: e.NextHop, hopKind: cmp.Or(e.Type, "Instance"), byNAT: e.WithNAT,
		}
		t.entries = append(t.entries, entry)
		if err := checkBlock(e.CIDR); err != nil {
			return err
		}
	}
	for _, id := range f.VSwitches {
		v, err := kernel.ByItsID(l.v.Switches, "vSwitch", id)
		if err != nil {
			return err
		}
		if !t.system {
			v.table = t.ID
		}
	}
	l.v.tables = append(l.v.tables, t)
	return nil
}

func (l *vpcLoader) gateway6(f gateway6File) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "ipv6gw", f.Tags)
	if err != nil {
		return err
	}
	v, err := kernel.ByItsID(l.v.vpcs, "VPC", cmp.Or(f.VPC, "vpc-1"))
	if err != nil {
		return err
	}
	g := &ipv6Gateway{Resource: r, vpc: v.ID}
	l.v.gateways6 = append(l.v.gateways6, g)
	for _, rule := range f.Rules {
		r, err := l.Resource(rule.ID, rule.Name, g.Region, "ipv6py", nil)
		if err != nil {
			return err
		}
		found := false
		for h := range l.hosts {
			found = found || h.VPC == g.vpc && slices.ContainsFunc(h.IP6, func(a *Address6) bool { return a.ID == rule.Address })
		}
		if !found {
			return fmt.Errorf("no IPv6 address %q in the VPC", rule.Address)
		}
		g.rules = append(g.rules, &ipv6Rule{Resource: r, address: rule.Address})
	}
	return nil
}

func (l *vpcLoader) haVip(f haVipFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "havip", f.Tags)
	if err != nil {
		return err
	}
	v, err := kernel.ByItsID(l.v.Switches, "vSwitch", cmp.Or(f.VSwitch, "vsw-1"))
	if err != nil {
		return err
	}
	l.v.havips = append(l.v.havips, &haVip{Resource: r, vpc: v.VPC, vswitch: v.ID, ip: cmp.Or(f.IP, "172.16.255.2"), holders: slices.Clone(f.Holders)})
	return nil
}

// targetOf is the type of what an id names, as EIPs say it.
func targetOf(id string) string {
	kinds := map[string]string{"i": "EcsInstance", "eni": "NetworkInterface", "ngw": "Nat", "lb": "SlbInstance", "havip": "HaVip"}
	prefix, _, _ := strings.Cut(id, "-")
	return cmp.Or(kinds[prefix], "IpAddress")
}

func (l *vpcLoader) eips(files []eipFile) error {
	taken := map[string]bool{}
	for i, f := range files {
		if f.Address != "" && taken[f.Address] {
			return kernel.At(fmt.Errorf("the address %s is used twice", f.Address), "$.vpc.eips[%d]", i)
		}
		taken[f.Address] = true
	}
	next := netip.MustParseAddr("198.18.0.1")
	return each(files, "eips", func(f eipFile) error {
		r, err := l.Resource(f.ID, f.Name, f.Region, "eip", f.Tags)
		if err != nil {
			return err
		}
		r.Description = f.Description
		if f.New {
			r.Created = l.c.Clock().Add(-time.Minute)
		}
		e := &EIP{
			Resource: r, Address: f.Address, Bandwidth: cmp.Or(f.Bandwidth, "5"), Charge: "PayByBandwidth", Isp: "BGP", Managed: f.Managed, Segment: f.Segment, fresh: f.New,
			Instance: f.Instance, PrivateIP: f.PrivateIP, VPC: f.VPC,
		}
		if e.Instance != "" {
			e.InstanceType, e.Mode = cmp.Or(f.Type, targetOf(f.Instance)), "NAT"
		}
		for e.Address == "" {
			if !taken[next.String()] {
				e.Address = next.String()
			}
			next = next.Next()
		}
		l.v.EIPs = append(l.v.EIPs, e)
		return nil
	})
}

// fitEIPs finds what the EIPs are on, once everything is loaded.
func (l *vpcLoader) fitEIPs() error {
	for i, e := range l.v.EIPs {
		var err error
		switch e.InstanceType {
		case "EcsInstance", "NetworkInterface":
			if h, ok := hostNamed(l.hosts, e.InstanceType, e.Instance, ""); ok {
				e.PrivateIP, e.VPC = cmp.Or(e.PrivateIP, h.IP), h.VPC
			} else {
				words := map[string]string{"EcsInstance": "instance", "NetworkInterface": "network interface"}
				err = fmt.Errorf("no %s %q", words[e.InstanceType], e.Instance)
			}
		case "Nat":
			var g *natGateway
			if g, err = kernel.ByItsID(l.v.nats, "NAT gateway", e.Instance); err == nil {
				e.VPC, e.Mode = g.vpc, g.bind
			}
		case "HaVip":
			var h *haVip
			if h, err = kernel.ByItsID(l.v.havips, "HaVip", e.Instance); err == nil {
				e.PrivateIP, e.VPC = h.ip, h.vpc
			}
		case "IpAddress":
			e.PrivateIP = e.Instance
		}
		if err != nil {
			return kernel.At(err, "$.vpc.eips[%d]", i)
		}
	}
	return nil
}

func (l *vpcLoader) nat(f natFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "ngw", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	v, err := kernel.ByItsID(l.v.Switches, "vSwitch", cmp.Or(f.VSwitch, "vsw-1"))
	if err != nil {
		return err
	}
	network := cmp.Or(f.Network, "internet")
	if network != "internet" && network != "intranet" {
		return fmt.Errorf("network is %q, not internet or intranet", f.Network)
	}
	g := &natGateway{
		Resource: r, vpc: v.VPC, vswitch: v.ID, network: network, bind: "MULTI_BINDED", ip: cmp.Or(f.IP, "172.16.255.1"),
		forwardTable: cmp.Or(f.ForwardTable, as("ftb", f.ID)), snatTable: cmp.Or(f.SnatTable, as("stb", f.ID)),
	}
	l.v.nats = append(l.v.nats, g)
	c := &Service{} // the checks of a call need the state that is being built
	c.state = *l.v
	entry := func(id, name, prefix string) (kernel.Resource, error) {
		return l.Resource(cmp.Or(id, l.c.ResourceID(prefix, r.Region)), name, r.Region, prefix, nil)
	}
	for _, d := range f.DNAT {
		e := &forwardEntry{externalIP: d.ExternalIP, externalPort: d.ExternalPort, internalIP: d.InternalIP, internalPort: d.InternalPort, protocol: d.Protocol}
		if e.Resource, err = entry(d.ID, d.Name, "fwd"); err != nil {
			return err
		}
		if err := g.checkForward(c, e, g.dnat); err != nil {
			return err
		}
		g.dnat = append(g.dnat, e)
	}
	for _, s := range f.SNAT {
		e := &snatEntry{cidr: s.CIDR, vswitch: s.VSwitch, ip: s.IP}
		if e.Resource, err = entry(s.ID, s.Name, "snat"); err != nil {
			return err
		}
		if e.vswitch != "" {
			source, err := kernel.ByItsID(l.v.Switches, "vSwitch", e.vswitch)
			if err != nil {
				return err
			}
			e.cidr = source.cidr
		}
		if err := cmp.Or(checkBlock(e.cidr), g.checkSnat(c, e)); err != nil {
			return err
		}
		g.snat = append(g.snat, e)
	}
	return nil
}

func (l *vpcLoader) acl(f aclFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "nacl", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	v, err := kernel.ByItsID(l.v.vpcs, "VPC", cmp.Or(f.VPC, "vpc-1"))
	if err != nil {
		return err
	}
	a := &networkACL{Resource: r, vpc: v.ID}
	for _, direction := range []struct {
		files []aclEntryFile
		to    *[]aclEntry
	}{{f.Ingress, &a.ingress}, {f.Egress, &a.egress}} {
		for _, e := range direction.files {
			entry := aclEntry{
				id: cmp.Or(e.ID, l.c.ResourceID("nae", r.Region)), name: e.Name, description: e.Description, policy: cmp.Or(e.Policy, "accept"),
				protocol: e.Protocol, port: cmp.Or(e.Ports, "-1/-1"), cidr: e.CIDR,
			}
			if err := entry.check("", "CidrIp"); err != nil {
				return err
			}
			*direction.to = append(*direction.to, entry)
		}
	}
	for _, id := range f.VSwitches {
		s, err := kernel.ByItsID(l.v.Switches, "vSwitch", id)
		switch {
		case err != nil:
			return err
		case s.VPC != a.vpc:
			return fmt.Errorf("the vSwitch %s is of another VPC", id)
		case s.acl != "":
			return fmt.Errorf("the vSwitch %s has an ACL already", id)
		}
		s.acl = a.ID
	}
	l.v.acls = append(l.v.acls, a)
	return nil
}

func (l *vpcLoader) flowLog(f flowLogFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "fl", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	r.Created = r.Created.AddDate(0, -1, 0) // old enough to have something to tell
	kind := map[string]string{"vpc": "VPC", "vsw": "VSwitch", "eni": "NetworkInterface"}[strings.SplitN(f.Resource, "-", 2)[0]]
	known := kind == "VPC" && kernel.Has(l.v.vpcs, f.Resource) || kind == "VSwitch" && kernel.Has(l.v.Switches, f.Resource) || kind == "NetworkInterface" && l.hasNIC(f.Resource)
	flow := &FlowLog{
		Resource: r, On: f.Resource, resourceType: kind, traffic: cmp.Or(f.Traffic, "All"), project: f.Project, store: f.Logstore,
		version: "IPv4", paths: f.Paths, interval: cmp.Or(f.Interval, 10), active: f.Active == nil || *f.Active,
	}
	if len(flow.paths) == 0 {
		flow.paths = []string{"all"}
	}
	l.v.FlowLogs = append(l.v.FlowLogs, flow)
	switch {
	case !known:
		return fmt.Errorf("no resource %q", f.Resource)
	case f.Project == "" || f.Logstore == "":
		return errors.New("a flow log needs a project and a logstore")
	case !slices.Contains([]string{"All", "Allow", "Drop"}, flow.traffic):
		return fmt.Errorf("traffic is %q, not All, Allow or Drop", f.Traffic)
	}
	return checkInterval(flow.interval)
}

func (l *vpcLoader) hasNIC(id string) bool {
	_, ok := hostNamed(l.hosts, "NetworkInterface", id, "")
	return ok
}
