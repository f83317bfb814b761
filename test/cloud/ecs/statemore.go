package ecs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// What an instance is of when a document does not say.
const (
	usualImage = "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd"
	usualType  = "ecs.g7.large"
)

// nicFile is a secondary interface; or what a primary one has besides what its
// instance says.
type nicFile struct {
	ID             string            `yaml:"id"`
	Name           string            `yaml:"name,omitempty"`
	Description    string            `yaml:"description,omitempty"`
	Region         string            `yaml:"region,omitempty"`
	Primary        bool              `yaml:"primary,omitempty"`
	Instance       string            `yaml:"instance,omitempty"`
	VPC            string            `yaml:"vpc,omitempty"`     // default vpc-1
	VSwitch        string            `yaml:"vswitch,omitempty"` // default vsw-1
	Zone           string            `yaml:"zone,omitempty"`
	IP             string            `yaml:"private-ip,omitempty"`
	More           []string          `yaml:"more-private-ips,omitempty"`
	IPv6           []ip6File         `yaml:"ipv6,omitempty"`
	SecurityGroups []string          `yaml:"security-groups,omitempty"`
	Keep           bool              `yaml:"keep-on-release,omitempty"`
	Check          bool              `yaml:"source-dest-check,omitempty"`
	Tags           map[string]string `yaml:"tags,omitempty"`
}

type ip6File struct {
	ID        string `yaml:"id,omitempty"`
	Address   string `yaml:"address"`
	Bandwidth int    `yaml:"internet-bandwidth,omitempty"`
}

type snapshotFile struct {
	ID        string            `yaml:"id"`
	Name      string            `yaml:"name,omitempty"`
	Region    string            `yaml:"region,omitempty"`
	Disk      string            `yaml:"disk,omitempty"`
	DiskType  string            `yaml:"disk-type,omitempty"` // system or data (default)
	Auto      bool              `yaml:"auto,omitempty"`
	Size      int               `yaml:"size,omitempty"` // default 40
	Days      int               `yaml:"retention-days,omitempty"`
	Encrypted bool              `yaml:"encrypted"`
	KMSKey    string            `yaml:"kms-key,omitempty"`
	Source    string            `yaml:"copied-from,omitempty"`
	SourceAt  string            `yaml:"copied-from-region,omitempty"`
	Tags      map[string]string `yaml:"tags,omitempty"`
}

type snapshotPolicyFile struct {
	ID       string            `yaml:"id"`
	Name     string            `yaml:"name,omitempty"`
	Region   string            `yaml:"region,omitempty"`
	Hours    []string          `yaml:"hours,omitempty"`    // default ["0"]
	Weekdays []string          `yaml:"weekdays,omitempty"` // default all
	Days     int               `yaml:"retention-days,omitempty"`
	CopyTo   []string          `yaml:"copy-to,omitempty"` // regions
	CopyDays int               `yaml:"copy-retention-days,omitempty"`
	Tags     map[string]string `yaml:"tags,omitempty"`
}

type imageFile struct {
	ID         string            `yaml:"id"`
	Name       string            `yaml:"name,omitempty"`
	Region     string            `yaml:"region,omitempty"`
	Family     string            `yaml:"family,omitempty"`
	Deprecated bool              `yaml:"deprecated,omitempty"`
	Snapshots  []string          `yaml:"snapshots,omitempty"`
	Public     bool              `yaml:"public,omitempty"`
	SharedWith []string          `yaml:"shared-with,omitempty"` // accounts
	Copied     bool              `yaml:"copied,omitempty"`
	Tags       map[string]string `yaml:"tags,omitempty"`
}

type keyPairFile struct {
	Name        string            `yaml:"name"`
	Region      string            `yaml:"region,omitempty"`
	Fingerprint string            `yaml:"fingerprint,omitempty"`
	Tags        map[string]string `yaml:"tags,omitempty"`
}

// usualVSwitch is the default network's, for what is in its VPC and zone.
func (c *Service) usualVSwitch(i *instance) string {
	if i.vpc == "vpc-1" && i.Region == c.Region && i.zone == c.Region+"-h" {
		return "vsw-1"
	}
	return ""
}

// noteAddresses remembers the addresses that a document gives away.
func (l *ecsLoader) noteAddresses(f *ecsFile) {
	l.ips = map[string]bool{}
	for _, i := range f.Instances {
		l.ips[i.PrivateIP] = true
	}
	for _, n := range f.NetworkInterfaces {
		l.ips[n.IP] = true
		for _, ip := range n.More {
			l.ips[ip] = true
		}
	}
}

// freeIP is the next address that the document does not give away.
func (l *ecsLoader) freeIP() string {
	a := netip.MustParseAddr("172.16.0.1")
	for l.ips[a.String()] {
		a = a.Next()
	}
	l.ips[a.String()] = true
	return a.String()
}

func (l *ecsLoader) primary(i *instance, id string) error {
	r, err := l.Resource(cmp.Or(id, "eni-"+i.ID), "", i.Region, "eni", nil)
	l.s.NICs = append(l.s.NICs, &networkInterface{
		Resource: r, primary: true, instance: i.ID, vpc: i.vpc, vswitch: i.vswitch, zone: i.zone, ip: i.PrivateIP,
	})
	return err
}

func (l *ecsLoader) nic(f nicFile) error {
	n := &networkInterface{}
	if f.Primary {
		var err error
		if n, err = kernel.ByItsID(l.s.NICs, "primary interface", f.ID); err != nil {
			return err
		}
		n.Name = f.Name
		maps.Copy(n.Tags, f.Tags)
	} else {
		r, err := l.Resource(f.ID, f.Name, f.Region, "eni", f.Tags)
		if err != nil {
			return err
		}
		n.Resource, n.instance, n.groups = r, f.Instance, slices.Clone(f.SecurityGroups)
		n.vpc, n.vswitch, n.zone = cmp.Or(f.VPC, "vpc-1"), cmp.Or(f.VSwitch, "vsw-1"), cmp.Or(f.Zone, r.Region+"-h")
		n.ip = cmp.Or(f.IP, l.freeIP())
		l.s.NICs = append(l.s.NICs, n)
		for _, id := range f.SecurityGroups {
			if _, err := kernel.ByItsID(l.s.Groups, "security group", id); err != nil {
				return err
			}
		}
		if len(f.SecurityGroups) == 0 {
			return errors.New("an interface needs a security group")
		}
	}
	n.Description, n.more, n.keep, n.check = f.Description, slices.Clone(f.More), f.Keep, f.Check
	for _, a := range f.IPv6 {
		if p, err := netip.ParseAddr(a.Address); err != nil || !p.Is6() {
			return fmt.Errorf("%q is not an IPv6 address", a.Address)
		}
		n.ip6 = append(n.ip6, &vpc.Address6{ID: cmp.Or(a.ID, l.c.ResourceID("ipv6", n.Region)), Address: a.Address, Bandwidth: a.Bandwidth})
	}
	if n.instance == "" {
		return nil
	}
	_, err := kernel.ByItsID(l.s.Instances, "instance", n.instance)
	return err
}

func (l *ecsLoader) snapshot(f snapshotFile) error {
	r, err := l.Resource(f.ID, cmp.Or(f.Name, f.ID), f.Region, "s", f.Tags)
	if err != nil {
		return err
	}
	s := &snapshot{
		Resource: r, disk: f.Disk, diskKind: cmp.Or(f.DiskType, "data"), kind: map[bool]string{true: "auto", false: "user"}[f.Auto],
		size: cmp.Or(f.Size, 40), days: f.Days, encrypted: f.Encrypted, key: f.KMSKey, source: f.Source, sourceRegion: f.SourceAt,
	}
	if s.encrypted && s.key == "" {
		s.key = l.c.DiskEncryption(r.Region).keyInUse()
	}
	l.s.snapshots = append(l.s.snapshots, s)
	if s.diskKind != "system" && s.diskKind != "data" {
		return fmt.Errorf("disk-type is %q, not system or data", f.DiskType)
	}
	return nil
}

func (l *ecsLoader) policy(f snapshotPolicyFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "sp", f.Tags)
	if err != nil {
		return err
	}
	p := &snapshotPolicy{Resource: r, hours: f.Hours, weekdays: f.Weekdays, days: cmp.Or(f.Days, -1), copyDays: f.CopyDays, copies: len(f.CopyTo) > 0}
	if len(p.hours) == 0 {
		p.hours = []string{"0"}
	}
	if len(p.weekdays) == 0 {
		p.weekdays = []string{"1", "2", "3", "4", "5", "6", "7"}
	}
	if p.copies {
		p.copyTo = jsonStrings(f.CopyTo)
	}
	l.s.policies = append(l.s.policies, p)
	return nil
}

func (l *ecsLoader) image(f imageFile) error {
	r, err := l.Resource(f.ID, cmp.Or(f.Name, f.ID), f.Region, "m", f.Tags)
	if err != nil {
		return err
	}
	i := &image{
		Resource: r, owner: "self", family: f.Family, platform: "Aliyun", state: "Available", snapshots: slices.Clone(f.Snapshots), size: 40,
		public: f.Public, shared: slices.Clone(f.SharedWith), copied: f.Copied,
	}
	if f.Deprecated {
		i.state = "Deprecated"
	}
	l.s.images = append(l.s.images, i)
	for _, id := range f.Snapshots {
		if _, err := kernel.ByItsID(l.s.snapshots, "snapshot", id); err != nil {
			return err
		}
	}
	return nil
}

func (l *ecsLoader) keyPair(f keyPairFile) error {
	if f.Name == "" {
		return errors.New("a key pair needs a name")
	}
	r := kernel.Resource{ID: f.Name, Name: f.Name, Region: cmp.Or(f.Region, l.c.Region), Tags: map[string]string{}, Created: l.c.LongAgo()}
	maps.Copy(r.Tags, f.Tags)
	l.s.keyPairs = append(l.s.keyPairs, &keyPair{Resource: r, fingerprint: f.Fingerprint})
	return nil
}
