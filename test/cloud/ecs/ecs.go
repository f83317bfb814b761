package ecs

import (
	"fmt"
	"iter"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// state is what ECS keeps. Lists are in the order of creation, which is the
// order in which they are answered.
type state struct {
	Groups      []*SecurityGroup
	Instances   []*instance
	NICs        []*networkInterface
	disks       []*disk
	images      []*image
	snapshots   []*snapshot
	policies    []*snapshotPolicy
	keyPairs    []*keyPair
	prefixLists []*prefixList
	portLists   []*portList
	templates   []*launchTemplate
	encryption  map[string]*diskEncryption // by region
	ruleQuota   int                        // 0: the cloud's
}

func (c *Service) register() {
	c.state = state{encryption: map[string]*diskEncryption{}}
	c.TagsOf["ecs"] = c.ecsTags
	c.vpc.HostsOf = append(c.vpc.HostsOf, func() iter.Seq[vpc.Host] { return c.hostsIn(&c.state) })
	c.vpc.VPCUsers["SecurityGroup"] = func(vpc string) bool {
		return slices.ContainsFunc(c.Groups, func(g *SecurityGroup) bool { return g.vpc == vpc })
	}
	c.Inventory = append(c.Inventory, c.ecsInventory)
	c.Taggables = append(c.Taggables, func(add func(product, kind string, all []*kernel.Resource)) {
		e := &c.state
		add("ecs", "instance", kernel.Bases(e.Instances))
		add("ecs", "securitygroup", kernel.Bases(e.Groups))
		add("ecs", "disk", kernel.Bases(e.disks))
		add("ecs", "eni", kernel.Bases(e.NICs))
		add("ecs", "image", kernel.Bases(e.images))
		add("ecs", "snapshot", kernel.Bases(e.snapshots))
		add("ecs", "snapshotpolicy", kernel.Bases(e.policies))
		add("ecs", "keypair", kernel.Bases(e.keyPairs))
		add("ecs", "launchtemplate", kernel.Bases(e.templates))
	})
	c.boundECS()
	c.AddSection(kernel.SectionOf("ecs", func(f *ecsFile, built map[string]any) (func(), error) {
		if err := f.checkRules(); err != nil {
			return nil, err
		}
		s, err := c.loadECS(f)
		if err == nil {
			built["hosts"] = c.hostsIn(s)
		}
		return func() { c.state = *s }, err
	}, func() (*ecsFile, error) { return c.dumpECS(), nil }))
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Ecs", Ram: "ecs", Version: "2014-05-26", Missing: kernel.MissingInECS},
		slices.Concat(securityGroupActions, securityRuleActions, listActions, instanceActions, instanceAttributeActions, keyPairImportActions, nicAttributeActions, instanceFactActions, instanceAttachmentActions, availableActions, priceActions, diskChangeActions, instanceVPCActions, templateActions, publicIPActions, nicActions, nicAddressActions,
			diskActions, diskEncryptionActions, imageActions, snapshotActions, snapshotPolicyActions, keyPairActions, zoneActions, tagActions, oldTagActions),
		"ecs.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "ecs.*.aliyuncs.com", "ecs-openapi-share.*.aliyuncs.com")
}

// onEach gives the ARNs of the resources that a call names, or of all of the
// kind.
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
func (c *Service) boundECS() {
	machines := func() int { return len(c.Instances) }
	snapshots := func() int { return len(c.snapshots) }
	images := func() int { return len(c.images) }
	c.Bound("Ecs:CreateSecurityGroup", func() int { return len(c.Groups) }, "QuotaExceed.SecurityGroup", "The maximum number of security groups is reached.")
	c.Bound("Ecs:RunInstances", machines, "QuotaExceed.AfterpayInstance", "The maximum number of Pay-As-You-Go instances is reached.")
	c.Bound("Ecs:CreateInstance", machines, "QuotaExceed.AfterpayInstance", "The maximum number of Pay-As-You-Go instances is reached.")
	c.Bound("Ecs:CreateDisk", func() int { return len(c.disks) }, "QuotaExceed.Disk", "The maximum number of disks is reached.")
	c.Bound("Ecs:CreateSnapshot", snapshots, "QuotaExceed.Snapshot", "The maximum number of snapshots is reached.")
	c.Bound("Ecs:CopySnapshot", snapshots, "QuotaExceed.Snapshot", "The maximum number of snapshots is reached.")
	c.Bound("Ecs:CreateImage", images, "QuotaExceed.Image", "The maximum number of images is reached.")
	c.Bound("Ecs:CopyImage", images, "QuotaExceed.Image", "The maximum number of images is reached.")
	c.Bound("Ecs:CreateNetworkInterface", func() int { return len(c.NICs) }, "EniQuotaExceeded", "The maximum number of network interfaces is reached.")
}

// checkRules refuses more rules than this cloud holds.
func (f *ecsFile) checkRules() error {
	if f.RuleQuota > kernel.MaxGroupRules {
		return kernel.At(fmt.Errorf("rule-quota is %d, and the local cloud holds %d rules in a group", f.RuleQuota, kernel.MaxGroupRules), "$.ecs.rule-quota")
	}
	for i, g := range f.SecurityGroups {
		if len(g.Rules) > kernel.MaxGroupRules {
			return kernel.At(fmt.Errorf("%s has %d rules, and the local cloud holds %d in a group", g.ID, len(g.Rules), kernel.MaxGroupRules), "$.ecs.security-groups[%d]", i)
		}
	}
	return nil
}
