package ecs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

type ecsFile struct {
	EncryptionByDefault bool                  `yaml:"disk-encryption-by-default"`
	DefaultKey          string                `yaml:"disk-default-kms-key,omitempty"`
	OtherRegions        map[string]regionFile `yaml:"other-regions,omitempty"`
	RuleQuota           int                   `yaml:"rule-quota,omitempty"` // how many rules a security group may have, if not as many as usual
	SecurityGroups      []securityGroupFile   `yaml:"security-groups,omitempty"`
	Instances           []instanceFile        `yaml:"instances,omitempty"`
	NetworkInterfaces   []nicFile             `yaml:"network-interfaces,omitempty"`
	Disks               []diskFile            `yaml:"disks,omitempty"`
	Snapshots           []snapshotFile        `yaml:"snapshots,omitempty"`
	SnapshotPolicies    []snapshotPolicyFile  `yaml:"snapshot-policies,omitempty"`
	Images              []imageFile           `yaml:"images,omitempty"`
	KeyPairs            []keyPairFile         `yaml:"key-pairs,omitempty"`
	PrefixLists         []listFile            `yaml:"prefix-lists,omitempty"`
	PortLists           []listFile            `yaml:"port-lists,omitempty"`
	LaunchTemplates     []templateFile        `yaml:"launch-templates,omitempty"`
}

type regionFile struct {
	EncryptionByDefault bool   `yaml:"disk-encryption-by-default"`
	DefaultKey          string `yaml:"disk-default-kms-key,omitempty"`
}

type securityGroupFile struct {
	ID             string            `yaml:"id"`
	Name           string            `yaml:"name,omitempty"`
	Description    string            `yaml:"description,omitempty"`
	Region         string            `yaml:"region,omitempty"`       // default the cloud's
	VPC            string            `yaml:"vpc,omitempty"`          // default "vpc-1"; "classic" for none
	Type           string            `yaml:"type,omitempty"`         // normal (default) or enterprise
	InnerAccess    string            `yaml:"inner-access,omitempty"` // accept or drop; default by the type
	ServiceManaged bool              `yaml:"service-managed,omitempty"`
	Tags           map[string]string `yaml:"tags,omitempty"`
	Rules          []ruleFile        `yaml:"rules,omitempty"`
}

type ruleFile struct {
	ID          string `yaml:"id,omitempty"`
	Direction   string `yaml:"direction,omitempty"` // ingress (default) or egress
	Protocol    string `yaml:"protocol"`
	Ports       string `yaml:"ports,omitempty"`
	PortList    string `yaml:"port-list,omitempty"`
	SourcePorts string `yaml:"source-ports,omitempty"`
	Source      string `yaml:"source,omitempty"` // a block, of either family
	Dest        string `yaml:"dest,omitempty"`
	PrefixList  string `yaml:"prefix-list,omitempty"` // of the other side
	Group       string `yaml:"group,omitempty"`
	GroupOwner  string `yaml:"group-owner,omitempty"` // the account that has it, where that is another
	NIC         string `yaml:"nic,omitempty"`
	Policy      string `yaml:"policy,omitempty"`   // accept (default) or drop
	Priority    int    `yaml:"priority,omitempty"` // default 1
	Description string `yaml:"description,omitempty"`
}

type instanceFile struct {
	ID             string            `yaml:"id"`
	Name           string            `yaml:"name,omitempty"`
	Region         string            `yaml:"region,omitempty"`
	Zone           string            `yaml:"zone,omitempty"`
	VPC            string            `yaml:"vpc,omitempty"`
	VSwitch        string            `yaml:"vswitch,omitempty"`           // default "vsw-1" in its VPC and zone; "none"
	PrivateIP      string            `yaml:"private-ip,omitempty"`        // default a free one
	Interface      string            `yaml:"network-interface,omitempty"` // the primary one; default "eni-" and the id
	Status         string            `yaml:"status,omitempty"`            // default Running
	Image          string            `yaml:"image,omitempty"`
	Type           string            `yaml:"type,omitempty"` // default ecs.g7.large
	KeyPair        string            `yaml:"key-pair,omitempty"`
	RAMRole        string            `yaml:"ram-role,omitempty"`
	Protected      bool              `yaml:"deletion-protection,omitempty"`
	HTTPTokens     string            `yaml:"http-tokens,omitempty"`
	HTTPEndpoint   string            `yaml:"http-endpoint,omitempty"`
	PublicIP       string            `yaml:"public-ip,omitempty"`
	UserData       string            `yaml:"user-data,omitempty"` // in Base64
	Bandwidth      int               `yaml:"bandwidth,omitempty"` // of the public address; default 5 where there is one
	SecurityGroups []string          `yaml:"security-groups,omitempty"`
	New            bool              `yaml:"new,omitempty"` // made a minute ago; default a day
	Tags           map[string]string `yaml:"tags,omitempty"`
	Listening      []openPortFile    `yaml:"listening,omitempty"` // what Security Center's agent found
	Disks          []diskFile        `yaml:"disks,omitempty"`     // in a dump they stand under ecs.disks
}

type diskFile struct {
	ID        string            `yaml:"id"`
	Name      string            `yaml:"name,omitempty"`
	Region    string            `yaml:"region,omitempty"`
	Zone      string            `yaml:"zone,omitempty"`
	Encrypted bool              `yaml:"encrypted"`
	KMSKey    string            `yaml:"kms-key,omitempty"`
	Category  string            `yaml:"category,omitempty"` // default cloud_essd
	Type      string            `yaml:"type,omitempty"`     // data (default) or system
	Status    string            `yaml:"status,omitempty"`   // default by whether it is attached
	Size      int               `yaml:"size,omitempty"`     // default 40
	Instance  string            `yaml:"instance,omitempty"`
	Snapshot  string            `yaml:"snapshot,omitempty"`        // that it was made of
	Policy    string            `yaml:"snapshot-policy,omitempty"` // that takes snapshots of it
	Tags      map[string]string `yaml:"tags,omitempty"`
}

type listFile struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name,omitempty"`
	Region  string   `yaml:"region,omitempty"`
	Family  string   `yaml:"family,omitempty"`      // of a prefix list: IPv4 (default) or IPv6
	Max     int      `yaml:"max-entries,omitempty"` // default 20
	Entries []string `yaml:"entries"`
}

// loadECS builds the state that a document describes, under the cloud's own
// rules: a state that the real cloud could not hold is refused.
func (c *Service) loadECS(f *ecsFile) (*state, error) {
	s := &state{encryption: map[string]*diskEncryption{}, ruleQuota: f.RuleQuota}
	all := maps.Clone(f.OtherRegions)
	if all == nil {
		all = map[string]regionFile{}
	}
	all[c.Region] = regionFile{f.EncryptionByDefault, f.DefaultKey}
	for region, r := range all {
		if !slices.Contains(kernel.Regions, region) {
			return nil, kernel.At(fmt.Errorf("no region %q", region), "$.ecs.other-regions")
		}
		e := *c.DiskEncryption(region)
		e.ByDefault, e.key = r.EncryptionByDefault, r.DefaultKey
		s.encryption[region] = &e
	}
	l := &ecsLoader{Loader: c.NewLoader(), c: c, s: s}
	for i, list := range f.PrefixLists {
		if err := l.prefixList(list); err != nil {
			return nil, kernel.At(err, "$.ecs.prefix-lists[%d]", i)
		}
	}
	for i, list := range f.PortLists {
		if err := l.portList(list); err != nil {
			return nil, kernel.At(err, "$.ecs.port-lists[%d]", i)
		}
	}
	for i, p := range f.SnapshotPolicies {
		if err := l.policy(p); err != nil {
			return nil, kernel.At(err, "$.ecs.snapshot-policies[%d]", i)
		}
	}
	for i, k := range f.KeyPairs {
		if err := l.keyPair(k); err != nil {
			return nil, kernel.At(err, "$.ecs.key-pairs[%d]", i)
		}
	}
	for i, g := range f.SecurityGroups {
		if err := l.group(g); err != nil {
			return nil, kernel.At(err, "$.ecs.security-groups[%d]", i)
		}
	}
	for i, g := range f.SecurityGroups {
		for j, r := range g.Rules {
			if err := l.rule(s.Groups[i], r); err != nil {
				return nil, kernel.At(err, "$.ecs.security-groups[%d].rules[%d]", i, j)
			}
		}
	}
	l.noteAddresses(f)
	for i, v := range f.Instances {
		if err := l.instance(v); err != nil {
			return nil, kernel.At(err, "$.ecs.instances[%d]", i)
		}
		for j, d := range v.Disks {
			d.Instance = v.ID
			if err := l.disk(d); err != nil {
				return nil, kernel.At(err, "$.ecs.instances[%d].disks[%d]", i, j)
			}
		}
	}
	for i, d := range f.Disks {
		if err := l.disk(d); err != nil {
			return nil, kernel.At(err, "$.ecs.disks[%d]", i)
		}
	}
	for i, n := range f.NetworkInterfaces {
		if err := l.nic(n); err != nil {
			return nil, kernel.At(err, "$.ecs.network-interfaces[%d]", i)
		}
	}
	for i, v := range f.Snapshots {
		if err := l.snapshot(v); err != nil {
			return nil, kernel.At(err, "$.ecs.snapshots[%d]", i)
		}
	}
	for i, v := range f.LaunchTemplates {
		if err := l.template(v); err != nil {
			return nil, kernel.At(err, "$.ecs.launch-templates[%d]", i)
		}
	}
	for i, v := range f.Images {
		if err := l.image(v); err != nil {
			return nil, kernel.At(err, "$.ecs.images[%d]", i)
		}
	}
	return s, nil
}

// ecsLoader builds one state.
type ecsLoader struct {
	kernel.Loader
	c   *Service
	s   *state
	ips map[string]bool // private addresses
}

func (l *ecsLoader) prefixList(f listFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "pl", nil)
	if err != nil {
		return err
	}
	list := &prefixList{Resource: r, family: cmp.Or(f.Family, "IPv4"), most: cmp.Or(f.Max, max(20, len(f.Entries)))}
	if list.entries, err = edited(nil, entriesFrom(f.Entries), nil, list.most); err != nil {
		return err
	}
	l.s.prefixLists = append(l.s.prefixLists, list)
	return checkBlocks(list.entries, list.family)
}

func (l *ecsLoader) portList(f listFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "prl", nil)
	if err != nil {
		return err
	}
	list := &portList{Resource: r, most: cmp.Or(f.Max, max(20, len(f.Entries)))}
	if list.entries, err = edited(nil, entriesFrom(f.Entries), nil, list.most); err != nil {
		return err
	}
	l.s.portLists = append(l.s.portLists, list)
	return checkPortRanges(list.entries)
}

func entriesFrom(values []string) []listEntry {
	var entries []listEntry
	for _, v := range values {
		entries = append(entries, listEntry{value: v})
	}
	return entries
}

func (l *ecsLoader) group(f securityGroupFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "sg", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	g := &SecurityGroup{Resource: r, vpc: cmp.Or(f.VPC, "vpc-1"), kind: cmp.Or(f.Type, "normal"), inner: "Accept", managed: f.ServiceManaged}
	if g.vpc == "classic" {
		g.vpc = ""
	}
	switch g.kind {
	case "normal":
	case "enterprise":
		g.inner = "Drop"
	default:
		return fmt.Errorf("type is %q, not normal or enterprise", f.Type)
	}
	switch f.InnerAccess {
	case "":
	case "accept", "drop":
		g.inner = map[string]string{"accept": "Accept", "drop": "Drop"}[f.InnerAccess]
	default:
		return fmt.Errorf("inner-access is %q, not accept or drop", f.InnerAccess)
	}
	l.s.Groups = append(l.s.Groups, g)
	return nil
}

func (l *ecsLoader) rule(g *SecurityGroup, f ruleFile) error {
	form := ruleForm{fields: kernel.FieldsOf{
		"IpProtocol": f.Protocol, "PortRange": f.Ports, "PortRangeListId": f.PortList, "SourcePortRange": f.SourcePorts,
		"NicType": f.NIC, "Policy": f.Policy, "Description": f.Description,
	}, direction: cmp.Or(f.Direction, "ingress")}
	if form.direction != "ingress" && form.direction != "egress" {
		return fmt.Errorf("direction is %q, not ingress or egress", f.Direction)
	}
	if f.Priority != 0 {
		form.fields["Priority"] = fmt.Sprint(f.Priority)
	}
	for name, cidr := range map[string]string{"SourceCidrIp": f.Source, "DestCidrIp": f.Dest} {
		if kernel.IsIPv6(cidr) {
			name = "Ipv6" + name
		}
		form.fields[name] = cidr
	}
	form.fields[form.peer("GroupId")], form.fields[form.peer("PrefixListId")] = f.Group, f.PrefixList
	form.fields[form.peer("GroupOwnerAccount")] = f.GroupOwner
	// The checks are those of a call: it needs the state that is being built.
	c := &Service{Cloud: l.c.Cloud, vpc: l.c.vpc, ram: l.c.ram, state: *l.s}
	r, err := c.ecsRequest(g.Region, nil).readRule(form, g)
	if err != nil {
		return err
	}
	r.id, r.created = f.ID, l.c.LongAgo()
	if r.id == "" {
		r.id = l.c.ResourceID("sgr", g.Region)
	}
	if l.Seen[r.id] {
		return fmt.Errorf("id %q is used twice", r.id)
	}
	l.Seen[r.id] = true
	g.rules = append(g.rules, r)
	return nil
}

func (l *ecsLoader) instance(f instanceFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "i", f.Tags)
	if err != nil {
		return err
	}
	i := &instance{
		Resource: r, status: cmp.Or(f.Status, "Running"), tokens: f.HTTPTokens, endpoint: f.HTTPEndpoint,
		zone: cmp.Or(f.Zone, r.Region+"-h"), vpc: cmp.Or(f.VPC, "vpc-1"), image: cmp.Or(f.Image, usualImage), Kind: cmp.Or(f.Type, usualType),
		groups: slices.Clone(f.SecurityGroups), PublicIP: f.PublicIP, PrivateIP: cmp.Or(f.PrivateIP, l.freeIP()), bandwidth: f.Bandwidth,
		keyPair: f.KeyPair, ramRole: f.RAMRole, userData: f.UserData, protected: f.Protected, charge: "PayByTraffic", fresh: f.New,
	}
	if f.New {
		i.Created = l.c.Clock().Add(-time.Minute)
	}
	if i.vpc == "classic" {
		i.vpc = ""
	}
	if i.PublicIP != "" && i.bandwidth == 0 {
		i.bandwidth = 5
	}
	if i.vswitch = cmp.Or(f.VSwitch, l.c.usualVSwitch(i)); i.vswitch == "none" {
		i.vswitch = ""
	}
	if err := i.listen(f.Listening); err != nil {
		return err
	}
	if !slices.Contains([]string{"Pending", "Starting", "Running", "Stopping", "Stopped"}, i.status) {
		return fmt.Errorf("status %q does not exist", i.status)
	}
	for _, id := range i.groups {
		if !slices.ContainsFunc(l.s.Groups, func(g *SecurityGroup) bool { return g.ID == id && g.Region == r.Region }) {
			return fmt.Errorf("no security group %q", id)
		}
	}
	l.s.Instances = append(l.s.Instances, i)
	if err := l.primary(i, f.Interface); err != nil {
		return err
	}
	return cmp.Or(checkMetadata(i.tokens, i.endpoint), checkUserData(i.userData))
}

func (l *ecsLoader) disk(f diskFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "d", f.Tags)
	if err != nil {
		return err
	}
	d := &disk{
		Resource: r, zone: cmp.Or(f.Zone, r.Region+"-h"), category: cmp.Or(f.Category, "cloud_essd"), kind: cmp.Or(f.Type, "data"),
		status: f.Status, instance: f.Instance, size: cmp.Or(f.Size, 40), encrypted: f.Encrypted, key: f.KMSKey, snapshot: f.Snapshot, policy: f.Policy,
		withInstance: f.Instance != "",
	}
	if d.status == "" {
		d.status = map[bool]string{true: "In_use", false: "Available"}[d.instance != ""]
	}
	if d.encrypted && d.key == "" {
		d.key = l.c.DiskEncryption(r.Region).keyInUse()
	}
	attached := slices.ContainsFunc(l.s.Instances, func(i *instance) bool { return i.ID == d.instance && i.Region == r.Region })
	switch {
	case d.kind != "data" && d.kind != "system":
		return fmt.Errorf("type is %q, not data or system", f.Type)
	case d.instance != "" && !attached:
		return fmt.Errorf("no instance %q", d.instance)
	case d.policy != "" && !kernel.Has(l.s.policies, d.policy):
		return fmt.Errorf("no snapshot policy %q", d.policy)
	case d.encrypted && isLocalDisk(d.category):
		return errors.New("a local disk cannot be encrypted")
	}
	if attached {
		d.device, d.attached = "/dev/xvda", l.c.LongAgo()
	}
	l.s.disks = append(l.s.disks, d)
	return nil
}
