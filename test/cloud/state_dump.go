package cloud

import (
	"cmp"
	"maps"
	"strings"
)

// dumpECS is the inverse of loadECS. mu is held.
func (c *Cloud) dumpECS() *ecsFile {
	here := c.diskEncryption(c.Region)
	f := &ecsFile{EncryptionByDefault: here.byDefault, DefaultKey: here.key, RuleQuota: c.ecs.ruleQuota}
	for _, region := range sortedKeys(c.ecs.encryption) {
		e := c.ecs.encryption[region]
		if region == c.Region || !e.byDefault && e.key == "" {
			continue
		}
		if f.OtherRegions == nil {
			f.OtherRegions = map[string]regionFile{}
		}
		f.OtherRegions[region] = regionFile{e.byDefault, e.key}
	}
	for _, g := range byID(c.ecs.groups) {
		f.SecurityGroups = append(f.SecurityGroups, c.dumpGroup(g))
	}
	for _, i := range byID(c.ecs.instances) {
		f.Instances = append(f.Instances, c.dumpInstance(i))
	}
	c.dumpInterfaces(f)
	for _, d := range byID(c.ecs.disks) {
		f.Disks = append(f.Disks, c.dumpDisk(d))
	}
	c.dumpSnapshots(f)
	c.dumpTemplates(f)
	for _, l := range byID(c.ecs.prefixLists) {
		f.PrefixLists = append(f.PrefixLists, listFile{
			ID: l.id, Name: l.name, Region: unless(l.region, c.Region), Family: unless(l.family, "IPv4"), Max: l.most, Entries: valuesOf(l.entries),
		})
	}
	for _, l := range byID(c.ecs.portLists) {
		f.PortLists = append(f.PortLists, listFile{
			ID: l.id, Name: l.name, Region: unless(l.region, c.Region), Max: l.most, Entries: valuesOf(l.entries),
		})
	}
	return f
}

func valuesOf(entries []listEntry) []string {
	values := []string{}
	for _, e := range entries {
		values = append(values, e.value)
	}
	return values
}

func (c *Cloud) dumpGroup(g *securityGroup) securityGroupFile {
	vpc := cmp.Or(g.vpc, "classic")
	f := securityGroupFile{
		ID: g.id, Name: g.name, Description: g.description, Region: unless(g.region, c.Region), VPC: unless(vpc, "vpc-1"),
		Type: unless(g.kind, "normal"), ServiceManaged: g.managed, Tags: maps.Clone(g.tags),
		InnerAccess: unless(strings.ToLower(g.inner), map[string]string{"normal": "accept", "enterprise": "drop"}[g.kind]),
	}
	nic := map[bool]string{true: "internet", false: "intranet"}[g.vpc == ""]
	for _, r := range g.rules {
		rule := ruleFile{
			ID: r.id, Direction: unless(r.direction, "ingress"), Protocol: strings.ToLower(r.protocol), Ports: r.ports, PortList: r.portList,
			SourcePorts: r.sourcePorts, Source: r.source4 + r.source6, Dest: r.dest4 + r.dest6, PrefixList: r.list, Group: r.group, GroupOwner: r.groupOwner,
			NIC: unless(r.nic, nic), Policy: unless(strings.ToLower(r.policy), "accept"), Description: r.description,
		}
		if r.priority != 1 {
			rule.Priority = r.priority
		}
		f.Rules = append(f.Rules, rule)
	}
	return f
}

// dumpDisk leaves out the service key: it is one that the cloud made.
func (c *Cloud) dumpDisk(d *disk) diskFile {
	usual := map[bool]string{true: "In_use", false: "Available"}[d.instance != ""]
	f := diskFile{
		ID: d.id, Name: d.name, Region: unless(d.region, c.Region), Zone: unless(d.zone, d.region+"-h"), Encrypted: d.encrypted,
		KMSKey: unless(d.key, c.diskEncryption(d.region).serviceKey), Category: unless(d.category, "cloud_essd"), Type: unless(d.kind, "data"),
		Status: unless(d.status, usual), Instance: d.instance, Snapshot: d.snapshot, Policy: d.policy, Tags: maps.Clone(d.tags),
	}
	if d.size != 40 {
		f.Size = d.size
	}
	return f
}
