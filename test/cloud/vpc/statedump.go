package vpc

import (
	"maps"
	"reflect"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// dumpVPC is the inverse of loadVPC. mu is held. Nothing is written of an
// account whose network nobody has touched.
func (c *Service) dumpVPC() *vpcFile {
	s := &c.state
	f := &vpcFile{FlowLogService: s.flowLogService}
	region := func(r *kernel.Resource) string { return kernel.Unless(r.Region, c.Region) }
	for _, v := range kernel.ByID(s.vpcs) {
		f.VPCs = append(f.VPCs, networkFile{
			ID: v.ID, Name: v.Name, Description: v.Description, Region: region(&v.Resource), CIDR: kernel.Unless(v.cidr, "172.16.0.0/12"), CIDR6: v.cidr6,
			Secondary: slices.Clone(v.secondary), User: slices.Clone(v.own), Router: kernel.Unless(v.router, as("vrt", v.ID)), Tags: maps.Clone(v.Tags),
		})
	}
	for _, v := range kernel.ByID(s.Switches) {
		f.VSwitches = append(f.VSwitches, vswitchFile{
			ID: v.ID, Name: v.Name, Description: v.Description, Region: region(&v.Resource), VPC: kernel.Unless(v.VPC, "vpc-1"),
			Zone: kernel.Unless(v.Zone, v.Region+"-h"), CIDR: v.cidr, CIDR6: v.CIDR6, Tags: maps.Clone(v.Tags),
		})
	}
	f.leaveOutHome(c.homeNetworkFiles())
	for _, t := range kernel.ByID(s.tables) {
		if t.system && t.ID == as("vtb", t.vpc) && len(t.entries) == 0 && len(t.Tags) == 0 && t.Name == "" {
			continue // it comes with the VPC
		}
		f.RouteTables = append(f.RouteTables, c.dumpRouteTable(t))
	}
	for _, e := range kernel.ByID(s.EIPs) {
		f.EIPs = append(f.EIPs, c.dumpEIP(e))
	}
	for _, g := range kernel.ByID(s.nats) {
		f.NATs = append(f.NATs, c.dumpNAT(g))
	}
	for _, a := range kernel.ByID(s.acls) {
		file := aclFile{
			ID: a.ID, Name: a.Name, Description: a.Description, Region: region(&a.Resource), VPC: kernel.Unless(a.vpc, "vpc-1"), Tags: maps.Clone(a.Tags),
			Ingress: dumpACLEntries(a.ingress), Egress: dumpACLEntries(a.egress),
		}
		for _, v := range kernel.ByID(s.Switches) {
			if v.acl == a.ID {
				file.VSwitches = append(file.VSwitches, v.ID)
			}
		}
		f.ACLs = append(f.ACLs, file)
	}
	for _, l := range kernel.ByID(s.FlowLogs) {
		file := flowLogFile{
			ID: l.ID, Name: l.Name, Description: l.Description, Region: region(&l.Resource), Resource: l.On, Traffic: kernel.Unless(l.traffic, "All"),
			Project: l.project, Logstore: l.store, Tags: maps.Clone(l.Tags),
		}
		if !slices.Equal(l.paths, []string{"all"}) {
			file.Paths = slices.Clone(l.paths)
		}
		if l.interval != 10 {
			file.Interval = l.interval
		}
		if !l.active {
			file.Active = new(bool)
		}
		f.FlowLogs = append(f.FlowLogs, file)
	}
	for _, g := range kernel.ByID(s.gateways6) {
		file := gateway6File{ID: g.ID, Name: g.Name, Region: region(&g.Resource), VPC: kernel.Unless(g.vpc, "vpc-1"), Tags: maps.Clone(g.Tags)}
		for _, r := range kernel.ByID(g.rules) {
			file.Rules = append(file.Rules, ipv6RuleFile{r.ID, r.Name, r.address})
		}
		f.IPv6Gateways = append(f.IPv6Gateways, file)
	}
	for _, h := range kernel.ByID(s.havips) {
		f.HaVips = append(f.HaVips, haVipFile{
			ID: h.ID, Name: h.Name, Region: region(&h.Resource), VSwitch: kernel.Unless(h.vswitch, "vsw-1"), IP: kernel.Unless(h.ip, "172.16.255.2"), Holders: slices.Clone(h.holders), Tags: maps.Clone(h.Tags),
		})
	}
	if reflect.DeepEqual(f, &vpcFile{}) {
		return nil
	}
	return f
}

// leaveOutHome does not write the default network where it is as it was, and
// says so where it is not.
func (f *vpcFile) leaveOutHome(home vpcFile) {
	isVPC := func(v networkFile) bool { return reflect.DeepEqual(v, home.VPCs[0]) }
	isVSwitch := func(v vswitchFile) bool { return reflect.DeepEqual(v, home.VSwitches[0]) }
	if !slices.ContainsFunc(f.VPCs, isVPC) || !slices.ContainsFunc(f.VSwitches, isVSwitch) {
		f.DefaultNetwork = new(bool)
		return
	}
	f.VPCs, f.VSwitches = slices.DeleteFunc(f.VPCs, isVPC), slices.DeleteFunc(f.VSwitches, isVSwitch)
	if len(f.VPCs) == 0 {
		f.VPCs = nil
	}
	if len(f.VSwitches) == 0 {
		f.VSwitches = nil
	}
}

// homeNetworkFiles is how the default network would be written.
func (c *Service) homeNetworkFiles() vpcFile {
	home := c.homeNetwork()
	v, s := home.vpcs[0], home.Switches[0]
	return vpcFile{
		VPCs:      []networkFile{{ID: v.ID, Name: v.Name, Tags: v.Tags}},
		VSwitches: []vswitchFile{{ID: s.ID, Name: s.Name, CIDR: s.cidr, Tags: s.Tags}},
	}
}

func (c *Service) dumpRouteTable(t *routeTable) routeTableFile {
	f := routeTableFile{
		ID: t.ID, Name: t.Name, Description: t.Description, Region: kernel.Unless(t.Region, c.Region), VPC: kernel.Unless(t.vpc, "vpc-1"), System: t.system, Tags: maps.Clone(t.Tags),
	}
	for _, v := range kernel.ByID(c.Switches) {
		if v.table == t.ID {
			f.VSwitches = append(f.VSwitches, v.ID)
		}
	}
	for _, e := range t.entries {
		f.Entries = append(f.Entries, routeFile{
			ID: e.ID, Name: e.Name, Description: e.Description, CIDR: e.cidr, NextHop: e.hop, Type: kernel.Unless(e.hopKind, "Instance"), WithNAT: e.byNAT,
		})
	}
	return f
}

func (c *Service) dumpEIP(e *EIP) eipFile {
	f := eipFile{
		ID: e.ID, Name: e.Name, Description: e.Description, Region: kernel.Unless(e.Region, c.Region), Address: e.Address, Bandwidth: kernel.Unless(e.Bandwidth, "5"),
		Instance: e.Instance, PrivateIP: e.PrivateIP, Managed: e.Managed, Segment: e.Segment, New: e.fresh, Tags: maps.Clone(e.Tags),
	}
	if e.Instance != "" {
		f.Type = kernel.Unless(e.InstanceType, targetOf(e.Instance))
	}
	switch e.InstanceType {
	case "IpAddress":
		f.VPC, f.PrivateIP = e.VPC, ""
	case "HaVip", "SlbInstance":
		f.PrivateIP = "" // it is theirs
	}
	if h, ok := hostNamed(c.hosts(), e.InstanceType, e.Instance, ""); ok && h.Kind != "SlbInstance" {
		f.PrivateIP = kernel.Unless(e.PrivateIP, h.IP)
	}
	return f
}

func (c *Service) dumpNAT(g *natGateway) natFile {
	f := natFile{
		ID: g.ID, Name: g.Name, Description: g.Description, Region: kernel.Unless(g.Region, c.Region), VSwitch: kernel.Unless(g.vswitch, "vsw-1"),
		Network: kernel.Unless(g.network, "internet"), IP: kernel.Unless(g.ip, "172.16.255.1"), ForwardTable: kernel.Unless(g.forwardTable, as("ftb", g.ID)),
		SnatTable: kernel.Unless(g.snatTable, as("stb", g.ID)), Tags: maps.Clone(g.Tags),
	}
	for _, e := range kernel.ByID(g.dnat) {
		f.DNAT = append(f.DNAT, dnatFile{
			ID: e.ID, Name: e.Name, Protocol: e.protocol, ExternalIP: e.externalIP, ExternalPort: e.externalPort, InternalIP: e.internalIP, InternalPort: e.internalPort,
		})
	}
	for _, e := range kernel.ByID(g.snat) {
		entry := snatFile{ID: e.ID, Name: e.Name, CIDR: e.cidr, VSwitch: e.vswitch, IP: e.ip}
		if e.vswitch != "" {
			entry.CIDR = ""
		}
		f.SNAT = append(f.SNAT, entry)
	}
	return f
}

// dumpACLEntries keeps the order: the first that matches decides.
func dumpACLEntries(entries []aclEntry) (files []aclEntryFile) {
	for _, e := range entries {
		files = append(files, aclEntryFile{
			ID: e.id, Name: e.name, Description: e.description, Policy: kernel.Unless(e.policy, "accept"), Protocol: e.protocol, Ports: kernel.Unless(e.port, "-1/-1"), CIDR: e.cidr,
		})
	}
	return files
}
