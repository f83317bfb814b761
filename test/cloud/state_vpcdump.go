package cloud

import (
	"maps"
	"reflect"
	"slices"
)

// dumpVPC is the inverse of loadVPC. mu is held. Nothing is written of an
// account whose network nobody has touched.
func (c *Cloud) dumpVPC() *vpcFile {
	s := &c.vpc
	f := &vpcFile{FlowLogService: s.flowLogService}
	region := func(r *ecsResource) string { return unless(r.region, c.Region) }
	for _, v := range byID(s.vpcs) {
		f.VPCs = append(f.VPCs, networkFile{
			ID: v.id, Name: v.name, Description: v.description, Region: region(&v.ecsResource), CIDR: unless(v.cidr, "172.16.0.0/12"), CIDR6: v.cidr6,
			Secondary: slices.Clone(v.secondary), User: slices.Clone(v.own), Router: unless(v.router, as("vrt", v.id)), Tags: maps.Clone(v.tags),
		})
	}
	for _, v := range byID(s.switches) {
		f.VSwitches = append(f.VSwitches, vswitchFile{
			ID: v.id, Name: v.name, Description: v.description, Region: region(&v.ecsResource), VPC: unless(v.vpc, "vpc-1"),
			Zone: unless(v.zone, v.region+"-h"), CIDR: v.cidr, CIDR6: v.cidr6, Tags: maps.Clone(v.tags),
		})
	}
	f.leaveOutHome(c.homeNetworkFiles())
	for _, t := range byID(s.tables) {
		if t.system && t.id == as("vtb", t.vpc) && len(t.entries) == 0 && len(t.tags) == 0 && t.name == "" {
			continue // it comes with the VPC
		}
		f.RouteTables = append(f.RouteTables, c.dumpRouteTable(t))
	}
	for _, e := range byID(s.eips) {
		f.EIPs = append(f.EIPs, c.dumpEIP(e))
	}
	for _, g := range byID(s.nats) {
		f.NATs = append(f.NATs, c.dumpNAT(g))
	}
	for _, a := range byID(s.acls) {
		file := aclFile{
			ID: a.id, Name: a.name, Description: a.description, Region: region(&a.ecsResource), VPC: unless(a.vpc, "vpc-1"), Tags: maps.Clone(a.tags),
			Ingress: dumpACLEntries(a.ingress), Egress: dumpACLEntries(a.egress),
		}
		for _, v := range byID(s.switches) {
			if v.acl == a.id {
				file.VSwitches = append(file.VSwitches, v.id)
			}
		}
		f.ACLs = append(f.ACLs, file)
	}
	for _, l := range byID(s.flowLogs) {
		file := flowLogFile{
			ID: l.id, Name: l.name, Description: l.description, Region: region(&l.ecsResource), Resource: l.resource, Traffic: unless(l.traffic, "All"),
			Project: l.project, Logstore: l.store, Tags: maps.Clone(l.tags),
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
	for _, g := range byID(s.gateways6) {
		file := gateway6File{ID: g.id, Name: g.name, Region: region(&g.ecsResource), VPC: unless(g.vpc, "vpc-1"), Tags: maps.Clone(g.tags)}
		for _, r := range byID(g.rules) {
			file.Rules = append(file.Rules, ipv6RuleFile{r.id, r.name, r.address})
		}
		f.IPv6Gateways = append(f.IPv6Gateways, file)
	}
	for _, h := range byID(s.havips) {
		f.HaVips = append(f.HaVips, haVipFile{
			ID: h.id, Name: h.name, Region: region(&h.ecsResource), VSwitch: unless(h.vswitch, "vsw-1"), IP: unless(h.ip, "172.16.255.2"), Holders: slices.Clone(h.holders), Tags: maps.Clone(h.tags),
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
func (c *Cloud) homeNetworkFiles() vpcFile {
	home := c.homeNetwork()
	v, s := home.vpcs[0], home.switches[0]
	return vpcFile{
		VPCs:      []networkFile{{ID: v.id, Name: v.name, Tags: v.tags}},
		VSwitches: []vswitchFile{{ID: s.id, Name: s.name, CIDR: s.cidr, Tags: s.tags}},
	}
}

func (c *Cloud) dumpRouteTable(t *routeTable) routeTableFile {
	f := routeTableFile{
		ID: t.id, Name: t.name, Description: t.description, Region: unless(t.region, c.Region), VPC: unless(t.vpc, "vpc-1"), System: t.system, Tags: maps.Clone(t.tags),
	}
	for _, v := range byID(c.vpc.switches) {
		if v.table == t.id {
			f.VSwitches = append(f.VSwitches, v.id)
		}
	}
	for _, e := range t.entries {
		f.Entries = append(f.Entries, routeFile{
			ID: e.id, Name: e.name, Description: e.description, CIDR: e.cidr, NextHop: e.hop, Type: unless(e.hopKind, "Instance"), WithNAT: e.byNAT,
		})
	}
	return f
}

func (c *Cloud) dumpEIP(e *eip) eipFile {
	f := eipFile{
		ID: e.id, Name: e.name, Description: e.description, Region: unless(e.region, c.Region), Address: e.address, Bandwidth: unless(e.bandwidth, "5"),
		Instance: e.instance, PrivateIP: e.privateIP, Managed: e.managed, Segment: e.segment, New: e.fresh, Tags: maps.Clone(e.tags),
	}
	if e.instance != "" {
		f.Type = unless(e.instanceType, targetOf(e.instance))
	}
	switch e.instanceType {
	case "IpAddress":
		f.VPC, f.PrivateIP = e.vpc, ""
	case "HaVip", "SlbInstance":
		f.PrivateIP = "" // it is theirs
	}
	if h, ok := hostNamed(c.vpcHosts(), e.instanceType, e.instance, ""); ok && h.kind != "SlbInstance" {
		f.PrivateIP = unless(e.privateIP, h.ip)
	}
	return f
}

func (c *Cloud) dumpNAT(g *natGateway) natFile {
	f := natFile{
		ID: g.id, Name: g.name, Description: g.description, Region: unless(g.region, c.Region), VSwitch: unless(g.vswitch, "vsw-1"),
		Network: unless(g.network, "internet"), IP: unless(g.ip, "172.16.255.1"), ForwardTable: unless(g.forwardTable, as("ftb", g.id)),
		SnatTable: unless(g.snatTable, as("stb", g.id)), Tags: maps.Clone(g.tags),
	}
	for _, e := range byID(g.dnat) {
		f.DNAT = append(f.DNAT, dnatFile{
			ID: e.id, Name: e.name, Protocol: e.protocol, ExternalIP: e.externalIP, ExternalPort: e.externalPort, InternalIP: e.internalIP, InternalPort: e.internalPort,
		})
	}
	for _, e := range byID(g.snat) {
		entry := snatFile{ID: e.id, Name: e.name, CIDR: e.cidr, VSwitch: e.vswitch, IP: e.ip}
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
			ID: e.id, Name: e.name, Description: e.description, Policy: unless(e.policy, "accept"), Protocol: e.protocol, Ports: unless(e.port, "-1/-1"), CIDR: e.cidr,
		})
	}
	return files
}
