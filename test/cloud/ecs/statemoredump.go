package ecs

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func (c *Service) dumpInstance(i *instance) instanceFile {
	f := instanceFile{
		ID: i.ID, Name: i.Name, Region: kernel.Unless(i.Region, c.Region), Zone: kernel.Unless(i.zone, i.Region+"-h"), VPC: kernel.Unless(cmp.Or(i.vpc, "classic"), "vpc-1"),
		PrivateIP: i.PrivateIP, Status: kernel.Unless(i.status, "Running"), Image: kernel.Unless(i.image, usualImage), Type: kernel.Unless(i.Kind, usualType),
		KeyPair: i.keyPair, RAMRole: i.ramRole, UserData: i.userData, Protected: i.protected, HTTPTokens: i.tokens, HTTPEndpoint: i.endpoint,
		PublicIP: i.PublicIP, Bandwidth: i.bandwidth, SecurityGroups: slices.Clone(i.groups), New: i.fresh, Tags: maps.Clone(i.Tags),
	}
	for _, p := range i.Listening {
		f.Listening = append(f.Listening, openPortFile{p.Port, p.Process, kernel.Unless(p.Bind, "0.0.0.0"), kernel.Unless(p.Protocol, "tcp")})
	}
	if i.PublicIP != "" && i.bandwidth == 5 {
		f.Bandwidth = 0
	}
	if usual := c.usualVSwitch(i); usual != i.vswitch {
		f.VSwitch = cmp.Or(i.vswitch, "none")
	}
	if n := c.primaryOf(i.ID); n != nil {
		f.Interface = kernel.Unless(n.ID, "eni-"+i.ID)
	}
	return f
}

// dumpInterfaces writes the secondary interfaces, and the primary ones that are
// more than what every instance has.
func (c *Service) dumpInterfaces(f *ecsFile) {
	for _, n := range kernel.ByID(c.NICs) {
		file := nicFile{
			ID: n.ID, Name: n.Name, Description: n.Description, More: slices.Clone(n.more), Keep: n.keep, Check: n.check, Tags: maps.Clone(n.Tags),
		}
		for _, a := range n.ip6 {
			file.IPv6 = append(file.IPv6, ip6File{a.ID, a.Address, a.Bandwidth})
		}
		if n.primary {
			if n.Name == "" && n.Description == "" && len(n.more)+len(n.ip6)+len(n.Tags) == 0 {
				continue
			}
			file.Primary = true
		} else {
			file.Region, file.Instance, file.IP, file.SecurityGroups = kernel.Unless(n.Region, c.Region), n.instance, n.ip, slices.Clone(n.groups)
			file.VPC, file.VSwitch, file.Zone = kernel.Unless(n.vpc, "vpc-1"), kernel.Unless(n.vswitch, "vsw-1"), kernel.Unless(n.zone, n.Region+"-h")
		}
		f.NetworkInterfaces = append(f.NetworkInterfaces, file)
	}
}

func (c *Service) dumpSnapshots(f *ecsFile) {
	for _, s := range kernel.ByID(c.snapshots) {
		file := snapshotFile{
			ID: s.ID, Name: kernel.Unless(s.Name, s.ID), Region: kernel.Unless(s.Region, c.Region), Disk: s.disk, DiskType: kernel.Unless(s.diskKind, "data"), Auto: s.kind == "auto",
			Days: s.days, Encrypted: s.encrypted, KMSKey: kernel.Unless(s.key, c.DiskEncryption(s.Region).serviceKey), Source: s.source, SourceAt: s.sourceRegion,
			Tags: maps.Clone(s.Tags),
		}
		if s.size != 40 {
			file.Size = s.size
		}
		f.Snapshots = append(f.Snapshots, file)
	}
	for _, p := range kernel.ByID(c.policies) {
		file := snapshotPolicyFile{ID: p.ID, Name: p.Name, Region: kernel.Unless(p.Region, c.Region), Hours: p.hours, Weekdays: p.weekdays, CopyDays: p.copyDays, Tags: maps.Clone(p.Tags)}
		if p.days != -1 {
			file.Days = p.days
		}
		if p.copies {
			_ = json.Unmarshal([]byte(p.copyTo), &file.CopyTo)
		}
		f.SnapshotPolicies = append(f.SnapshotPolicies, file)
	}
	for _, i := range kernel.ByID(c.images) {
		f.Images = append(f.Images, imageFile{
			ID: i.ID, Name: kernel.Unless(i.Name, i.ID), Region: kernel.Unless(i.Region, c.Region), Family: i.family, Deprecated: i.state == "Deprecated",
			Snapshots: slices.Clone(i.snapshots), Public: i.public, SharedWith: slices.Clone(i.shared), Copied: i.copied, Tags: maps.Clone(i.Tags),
		})
	}
	for _, k := range kernel.ByID(c.keyPairs) {
		f.KeyPairs = append(f.KeyPairs, keyPairFile{Name: k.ID, Region: kernel.Unless(k.Region, c.Region), Fingerprint: k.fingerprint, Tags: maps.Clone(k.Tags)})
	}
}
