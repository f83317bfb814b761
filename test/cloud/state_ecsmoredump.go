package cloud

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

func (c *Cloud) dumpInstance(i *instance) instanceFile {
	f := instanceFile{
		ID: i.id, Name: i.name, Region: unless(i.region, c.Region), Zone: unless(i.zone, i.region+"-h"), VPC: unless(cmp.Or(i.vpc, "classic"), "vpc-1"),
		PrivateIP: i.privateIP, Status: unless(i.status, "Running"), Image: unless(i.image, usualImage), Type: unless(i.kind, usualType),
		KeyPair: i.keyPair, RAMRole: i.ramRole, Protected: i.protected, HTTPTokens: i.tokens, HTTPEndpoint: i.endpoint,
		PublicIP: i.publicIP, Bandwidth: i.bandwidth, SecurityGroups: slices.Clone(i.groups), New: i.fresh, Tags: maps.Clone(i.tags),
	}
	for _, p := range i.listening {
		f.Listening = append(f.Listening, openPortFile{p.port, p.process, unless(p.bind, "0.0.0.0"), unless(p.protocol, "tcp")})
	}
	if i.publicIP != "" && i.bandwidth == 5 {
		f.Bandwidth = 0
	}
	if usual := c.usualVSwitch(i); usual != i.vswitch {
		f.VSwitch = cmp.Or(i.vswitch, "none")
	}
	if n := c.primaryOf(i.id); n != nil {
		f.Interface = unless(n.id, "eni-"+i.id)
	}
	return f
}

// dumpInterfaces writes the secondary interfaces, and the primary ones that are
// more than what every instance has.
func (c *Cloud) dumpInterfaces(f *ecsFile) {
	for _, n := range byID(c.ecs.nics) {
		file := nicFile{
			ID: n.id, Name: n.name, Description: n.description, More: slices.Clone(n.more), Keep: n.keep, NoCheck: n.noCheck, Tags: maps.Clone(n.tags),
		}
		for _, a := range n.ip6 {
			file.IPv6 = append(file.IPv6, ip6File{a.id, a.address, a.bandwidth})
		}
		if n.primary {
			if n.name == "" && n.description == "" && len(n.more)+len(n.ip6)+len(n.tags) == 0 {
				continue
			}
			file.Primary = true
		} else {
			file.Region, file.Instance, file.IP, file.SecurityGroups = unless(n.region, c.Region), n.instance, n.ip, slices.Clone(n.groups)
			file.VPC, file.VSwitch, file.Zone = unless(n.vpc, "vpc-1"), unless(n.vswitch, "vsw-1"), unless(n.zone, n.region+"-h")
		}
		f.NetworkInterfaces = append(f.NetworkInterfaces, file)
	}
}

func (c *Cloud) dumpSnapshots(f *ecsFile) {
	for _, s := range byID(c.ecs.snapshots) {
		file := snapshotFile{
			ID: s.id, Name: unless(s.name, s.id), Region: unless(s.region, c.Region), Disk: s.disk, DiskType: unless(s.diskKind, "data"), Auto: s.kind == "auto",
			Days: s.days, Encrypted: s.encrypted, KMSKey: unless(s.key, c.diskEncryption(s.region).serviceKey), Source: s.source, SourceAt: s.sourceRegion,
			Tags: maps.Clone(s.tags),
		}
		if s.size != 40 {
			file.Size = s.size
		}
		f.Snapshots = append(f.Snapshots, file)
	}
	for _, p := range byID(c.ecs.policies) {
		file := snapshotPolicyFile{ID: p.id, Name: p.name, Region: unless(p.region, c.Region), Hours: p.hours, Weekdays: p.weekdays, CopyDays: p.copyDays, Tags: maps.Clone(p.tags)}
		if p.days != -1 {
			file.Days = p.days
		}
		if p.copies {
			_ = json.Unmarshal([]byte(p.copyTo), &file.CopyTo)
		}
		f.SnapshotPolicies = append(f.SnapshotPolicies, file)
	}
	for _, i := range byID(c.ecs.images) {
		f.Images = append(f.Images, imageFile{
			ID: i.id, Name: unless(i.name, i.id), Region: unless(i.region, c.Region), Family: i.family, Deprecated: i.state == "Deprecated",
			Snapshots: slices.Clone(i.snapshots), Public: i.public, SharedWith: slices.Clone(i.shared), Copied: i.copied, Tags: maps.Clone(i.tags),
		})
	}
	for _, k := range byID(c.ecs.keyPairs) {
		f.KeyPairs = append(f.KeyPairs, keyPairFile{Name: k.id, Region: unless(k.region, c.Region), Fingerprint: k.fingerprint, Tags: maps.Clone(k.tags)})
	}
}
