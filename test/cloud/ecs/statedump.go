package ecs

import (
	"cmp"
	"maps"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// dumpECS is the inverse of loadECS. mu is held.
func (c *Service) dumpECS() *ecsFile {
	here := c.DiskEncryption(c.Region)
	f := &ecsFile{EncryptionByDefault: here.ByDefault, DefaultKey: here.key, RuleQuota: c.ruleQuota}
	for _, region := range kernel.SortedKeys(c.encryption) {
		e := c.encryption[region]
		if region == c.Region || !e.ByDefault && e.key == "" {
			continue
		}
		if f.OtherRegions == nil {
			f.OtherRegions = map[string]regionFile{}
		}
		f.OtherRegions[region] = regionFile{e.ByDefault, e.key}
	}
	for _, g := range kernel.ByID(c.Groups) {
		f.SecurityGroups = append(f.SecurityGroups, c.dumpGroup(g))
	}
	for _, i := range kernel.ByID(c.Instances) {
		f.Instances = append(f.Instances, c.dumpInstance(i))
	}
	c.dumpInterfaces(f)
	for _, d := range kernel.ByID(c.disks) {
		f.Disks = append(f.Disks, c.dumpDisk(d))
	}
	c.dumpSnapshots(f)
	c.dumpTemplates(f)
	for _, l := range kernel.ByID(c.prefixLists) {
		f.PrefixLists = append(f.PrefixLists, listFile{
			ID: l.ID, Name: l.Name, Region: kernel.Unless(l.Region, c.Region), Family: kernel.Unless(l.family, "IPv4"), Max: l.most, Entries: valuesOf(l.entries),
		})
	}
	for _, l := range kernel.ByID(c.portLists) {
		f.PortLists = append(f.PortLists, listFile{
			ID: l.ID, Name: l.Name, Region: kernel.Unless(l.Region, c.Region), Max: l.most, Entries: valuesOf(l.entries),
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

func (c *Service) dumpGroup(g *SecurityGroup) securityGroupFile {
	vpc := cmp.Or(g.vpc, "classic")
	f := securityGroupFile{
		ID: g.ID, Name: g.Name, Description: g.Description, Region: kernel.Unless(g.Region, c.Region), VPC: kernel.Unless(vpc, "vpc-1"),
		Type: kernel.Unless(g.kind, "normal"), ServiceManaged: g.managed, Tags: maps.Clone(g.Tags),
		InnerAccess: kernel.Unless(strings.ToLower(g.inner), map[string]string{"normal": "accept", "enterprise": "drop"}[g.kind]),
	}
	nic := map[bool]string{true: "internet", false: "intranet"}[g.vpc == ""]
	for _, r := range g.rules {
		rule := ruleFile{
			ID: r.id, Direction: kernel.Unless(r.direction, "ingress"), Protocol: strings.ToLower(r.protocol), Ports: r.ports, PortList: r.portList,
			SourcePorts: r.sourcePorts, Source: r.source4 + r.source6, Dest: r.dest4 + r.dest6, PrefixList: r.list, Group: r.group, GroupOwner: r.groupOwner,
			NIC: kernel.Unless(r.nic, nic), Policy: kernel.Unless(strings.ToLower(r.policy), "accept"), Description: r.description,
		}
		if r.priority != 1 {
			rule.Priority = r.priority
		}
		f.Rules = append(f.Rules, rule)
	}
	return f
}

// dumpDisk leaves out the service key: it is one that the cloud made.
func (c *Service) dumpDisk(d *disk) diskFile {
	usual := map[bool]string{true: "In_use", false: "Available"}[d.instance != ""]
	f := diskFile{
		ID: d.ID, Name: d.Name, Region: kernel.Unless(d.Region, c.Region), Zone: kernel.Unless(d.zone, d.Region+"-h"), Encrypted: d.encrypted,
		KMSKey: kernel.Unless(d.key, c.DiskEncryption(d.Region).serviceKey), Category: kernel.Unless(d.category, "cloud_essd"), Type: kernel.Unless(d.kind, "data"),
		Status: kernel.Unless(d.status, usual), Instance: d.instance, Snapshot: d.snapshot, Policy: d.policy, Tags: maps.Clone(d.Tags),
	}
	if d.size != 40 {
		f.Size = d.size
	}
	return f
}
