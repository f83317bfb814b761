package ecs

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// state is what ECS keeps, as a document writes it.
type state struct {
	Home             diskEncryption                  `yaml:",inline"` // of the cloud's own region
	OtherRegions     map[string]*diskEncryption      `yaml:"other-regions,omitempty"`
	Quota            int                             `yaml:"rule-quota,omitempty"`       // how many rules a security group may have, if not as many as usual
	SnapshotMinutes  int                             `yaml:"snapshot-minutes,omitempty"` // how long a snapshot takes, and a copy
	DiskMinutes      int                             `yaml:"disk-minutes,omitempty"`     // how long a disk takes that is made of one
	MoveSeconds      int                             `yaml:"move-seconds,omitempty"`     // how long it takes to attach a disk, and to detach it
	Groups           kernel.Table[*SecurityGroup]    `yaml:"security-groups,omitempty"`
	Instances        kernel.Table[*instance]         `yaml:"instances,omitempty"`
	NICs             kernel.Table[*networkInterface] `yaml:"network-interfaces,omitempty"`
	Disks            kernel.Table[*disk]             `yaml:"disks,omitempty"`
	Snapshots        kernel.Table[*snapshot]         `yaml:"snapshots,omitempty"`
	SnapshotPolicies kernel.Table[*snapshotPolicy]   `yaml:"snapshot-policies,omitempty"`
	Images           kernel.Table[*image]            `yaml:"images,omitempty"`
	KeyPairs         kernel.Table[*keyPair]          `yaml:"key-pairs,omitempty"`
	PrefixLists      kernel.Table[*prefixList]       `yaml:"prefix-lists,omitempty"`
	PortLists        kernel.Table[*portList]         `yaml:"port-lists,omitempty"`
	LaunchTemplates  kernel.Table[*launchTemplate]   `yaml:"launch-templates,omitempty"`
	Commands         kernel.Table[*command]          `yaml:"commands,omitempty"`
	Invocations      kernel.Table[*invocation]       `yaml:"command-invocations,omitempty"`
	Sessions         kernel.Table[*terminalSession]  `yaml:"terminal-sessions,omitempty"`
	Files            kernel.Table[*sentFile]         `yaml:"sent-files,omitempty"`
	Deliveries       deliveries                      `yaml:"cloud-assistant-delivery,omitempty"`
	Guests           []guest                         `yaml:"guests,omitempty"` // what the systems of instances answer to commands
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
// A dump is in the order of state's fields instead, which is the one that people read; loading
// does not depend on it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{
		kernel.RowsOf(&c.PrefixLists, prefixListRows), kernel.RowsOf(&c.PortLists, portListRows),
		kernel.RowsOf(&c.SnapshotPolicies, snapshotPolicyRows), kernel.RowsOf(&c.KeyPairs, keyPairRows),
		kernel.RowsOf(&c.Groups, groupRows), kernel.RowsOf(&c.Instances, instanceRows),
		kernel.RowsOf(&c.Disks, diskRows), kernel.RowsOf(&c.NICs, nicRows),
		kernel.RowsOf(&c.Snapshots, snapshotRows), kernel.RowsOf(&c.LaunchTemplates, templateRows),
		kernel.RowsOf(&c.Images, imageRows), kernel.RowsOf(&c.Commands, commandRows), kernel.RowsOf(&c.Invocations, invocationRows),
		kernel.RowsOf(&c.Sessions, sessionRows), kernel.RowsOf(&c.Files, fileRows),
	}
}

// loading is what is known only while a document is read.
// It is thrown away with the Service that load builds, and is nil in one that serves calls.
type loading struct {
	taken     map[string]bool     // private addresses that the document gives away
	disks     []*disk             // that it writes within instances
	primaries []*networkInterface // in the order of their instances
}

// freeIP is the next address that the document does not give away.
func (l *loading) freeIP() string {
	a := netip.MustParseAddr("172.16.0.1")
	for l.taken[a.String()] {
		a = a.Next()
	}
	l.taken[a.String()] = true
	return a.String()
}

// load builds the state that a document describes, under the cloud's own rules: a state that
// the real cloud could not hold is refused.
// It works on a Service of its own, which replaces the state only after everything fits: a
// document with an error leaves the cloud as it was. The service keys are carried over, so that
// loading what was dumped names the same keys.
func (c *Service) load(f *state) (*Service, error) {
	next := &Service{Cloud: c.Cloud, vpc: c.vpc, ram: c.ram, state: *f, loading: &loading{taken: map[string]bool{}}}
	if next.OtherRegions == nil {
		next.OtherRegions = map[string]*diskEncryption{}
	}
	next.Home.serviceKey = c.DiskEncryption(c.Region).serviceKey
	for _, region := range kernel.SortedKeys(next.OtherRegions) {
		e := next.OtherRegions[region]
		if !slices.Contains(kernel.Regions, region) || e == nil {
			return nil, kernel.At(fmt.Errorf("no region %q", region), "$.ecs.other-regions")
		}
		e.serviceKey = c.DiskEncryption(region).serviceKey
	}
	// What the document gives away comes first, so that an address made up for one row is never
	// one that a later row names.
	for _, i := range f.Instances {
		next.loading.taken[i.PrivateIP] = true
	}
	for _, n := range f.NICs {
		next.loading.taken[n.IP] = true
		for _, ip := range n.More {
			next.loading.taken[ip] = true
		}
	}
	l := c.NewLoader()
	if err := kernel.LoadTables(&l, next, "$.ecs", next.tables()); err != nil {
		return nil, err
	}
	// Every instance came with its primary interface and its own disks, before all others.
	others := slices.DeleteFunc(next.NICs, func(n *networkInterface) bool { return n.Primary })
	next.NICs = slices.Concat(next.loading.primaries, others)
	next.Disks = slices.Concat(next.loading.disks, next.Disks)
	return next, nil
}

// dump writes a region only where something is set in it. mu is held.
// A region gets its entry in OtherRegions as soon as it is asked about, so most entries say
// nothing.
func (c *Service) dump() yaml.MapSlice {
	written := c.state
	written.OtherRegions = map[string]*diskEncryption{}
	for region, e := range c.OtherRegions {
		if region != c.Region && (e.ByDefault || e.Key != "") {
			written.OtherRegions[region] = e
		}
	}
	return kernel.DumpTables(c, c.Region, &written, c.tables())
}

// ECS hands VPC functions instead of being imported by it, because ECS imports VPC. A load leaves
// its hosts in built for VPC's part of the document, whose EIPs and routes name instances: they
// have to be checked against what is being loaded, not against what is there.
func (c *Service) register() {
	c.state = state{OtherRegions: map[string]*diskEncryption{}}
	c.TagsOf["ecs"] = c.ecsTags
	c.vpc.HostsOf = append(c.vpc.HostsOf, func() iter.Seq[vpc.Host] { return c.hostsIn(&c.state) })
	c.vpc.VPCUsers["SecurityGroup"] = func(vpc string) bool {
		return slices.ContainsFunc(c.Groups, func(g *SecurityGroup) bool { return g.VPC == vpc })
	}
	kernel.Show(c.Cloud, c, "ecs", (*Service).tables)
	c.boundECS()
	c.AddSection(kernel.StateSection("ecs", func(f *state, built map[string]any) (func(), error) {
		if err := cmp.Or(f.checkRules(), f.checkGuests()); err != nil {
			return nil, err
		}
		if err := f.Deliveries.check(); err != nil {
			return nil, err
		}
		next, err := c.load(f)
		if err != nil {
			return nil, err
		}
		built["hosts"] = next.hostsIn(&next.state)
		return func() { c.state = next.state }, nil
	}, c.dump))
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Ecs", Ram: "ecs", Version: "2014-05-26", Endpoint: endpoint, Missing: kernel.MissingInECS},
		slices.Concat(securityGroupActions, securityRuleActions, listActions, instanceActions, instanceAttributeActions, nicAttributeActions, instanceFactActions, instanceAttachmentActions, availableActions, priceActions, instanceVPCActions, templateActions, publicIPActions, nicActions, nicAddressActions,
			diskActions, diskEncryptionActions, imageActions, snapshotActions, snapshotPolicyActions, keyPairActions, commandActions, commandResultActions, cloudAssistantActions, terminalActions, keyPairBindingActions, zoneActions, tagActions, oldTagActions),
		"ecs.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "ecs-openapi-share.*.aliyuncs.com")
}

// endpoint is Hangzhou's own name, which is older than the rule, or that of the rule.
// The location service and DescribeRegions answer it, and the SDKs have the same exception built
// in.
func endpoint(region string) string {
	if region == "cn-hangzhou" {
		return "ecs-cn-hangzhou.aliyuncs.com"
	}
	return "ecs." + region + ".aliyuncs.com"
}

// onEach gives the ARNs of the resources that a call names, or of all of the
// kind.
// A list without ids needs permission for all of the kind: a policy on single instances does not
// allow to list them. The region and account in the ARN are the call's.
func onEach(kind string, ids func(*kernel.Request) []string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string {
		var arns []string
		for _, id := range ids(q) {
			arns = append(arns, q.ARN("ecs", kind+"/"+id))
		}
		if len(arns) == 0 {
			arns = []string{q.ARN("ecs", kind+"/*")}
		}
		return arns
	}
}

// boundECS keeps calls from making more than this cloud holds.
// The codes are those of the real quotas; the numbers are the kernel's, and only keep a loop in a
// test from filling the memory.
func (c *Service) boundECS() {
	machines := func() int { return len(c.Instances) }
	snapshots := func() int { return len(c.Snapshots) }
	images := func() int { return len(c.Images) }
	c.Bound("Ecs:CreateSecurityGroup", func() int { return len(c.Groups) }, "QuotaExceed.SecurityGroup", "The maximum number of security groups is reached.")
	c.Bound("Ecs:RunInstances", machines, "QuotaExceed.AfterpayInstance", "The maximum number of Pay-As-You-Go instances is reached.")
	c.Bound("Ecs:CreateInstance", machines, "QuotaExceed.AfterpayInstance", "The maximum number of Pay-As-You-Go instances is reached.")
	c.Bound("Ecs:CreateDisk", func() int { return len(c.Disks) }, "QuotaExceed.Disk", "The maximum number of disks is reached.")
	c.Bound("Ecs:CreateSnapshot", snapshots, "QuotaExceed.Snapshot", "The maximum number of snapshots is reached.")
	c.Bound("Ecs:CopySnapshot", snapshots, "QuotaExceed.Snapshot", "The maximum number of snapshots is reached.")
	c.Bound("Ecs:CreateImage", images, "QuotaExceed.Image", "The maximum number of images is reached.")
	c.Bound("Ecs:CopyImage", images, "QuotaExceed.Image", "The maximum number of images is reached.")
	c.Bound("Ecs:CreateNetworkInterface", func() int { return len(c.NICs) }, "EniQuotaExceeded", "The maximum number of network interfaces is reached.")
}

// checkRules refuses more rules than this cloud holds.
func (f *state) checkRules() error {
	if f.Quota > kernel.MaxGroupRules {
		return kernel.At(fmt.Errorf("rule-quota is %d, and the local cloud holds %d rules in a group", f.Quota, kernel.MaxGroupRules), "$.ecs.rule-quota")
	}
	for i, g := range f.Groups {
		if len(g.Rules) > kernel.MaxGroupRules {
			return kernel.At(fmt.Errorf("%s has %d rules, and the local cloud holds %d in a group", g.ID, len(g.Rules), kernel.MaxGroupRules), "$.ecs.security-groups[%d]", i)
		}
	}
	return nil
}
