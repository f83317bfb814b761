package cloud

import (
	"fmt"
	"iter"
	"slices"
)

// ecsState is what ECS keeps. Lists are in the order of creation, which is the
// order in which they are answered.
type ecsState struct {
	groups      []*securityGroup
	instances   []*instance
	nics        []*networkInterface
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

func (c *Cloud) startECS() {
	c.ecs = ecsState{encryption: map[string]*diskEncryption{}}
	c.tagsOf["ecs"] = c.ecsTags
	c.hostsOf = append(c.hostsOf, func() iter.Seq[host] { return c.hostsIn(&c.ecs) })
	c.vpcUsers["SecurityGroup"] = func(vpc string) bool {
		return slices.ContainsFunc(c.ecs.groups, func(g *securityGroup) bool { return g.vpc == vpc })
	}
	c.inventory = append(c.inventory, c.ecsInventory)
	c.taggables = append(c.taggables, func(add func(product, kind string, all []*ecsResource)) {
		e := &c.ecs
		add("ecs", "instance", bases(e.instances))
		add("ecs", "securitygroup", bases(e.groups))
		add("ecs", "disk", bases(e.disks))
		add("ecs", "eni", bases(e.nics))
		add("ecs", "image", bases(e.images))
		add("ecs", "snapshot", bases(e.snapshots))
		add("ecs", "snapshotpolicy", bases(e.policies))
		add("ecs", "keypair", bases(e.keyPairs))
		add("ecs", "launchtemplate", bases(e.templates))
	})
	c.boundECS()
	c.addSection(sectionOf("ecs", func(f *ecsFile, built map[string]any) (func(), error) {
		if err := f.checkRules(); err != nil {
			return nil, err
		}
		s, err := c.loadECS(f)
		if err == nil {
			built["hosts"] = c.hostsIn(s)
		}
		return func() { c.ecs = *s }, err
	}, func() (*ecsFile, error) { return c.dumpECS(), nil }))
	c.serveRPC(&rpcProduct{code: "Ecs", ram: "ecs", version: "2014-05-26", missing: missingInECS},
		slices.Concat(securityGroupActions, securityRuleActions, listActions, instanceActions, instanceAttributeActions, keyPairImportActions, nicAttributeActions, instanceFactActions, instanceAttachmentActions, availableActions, priceActions, diskChangeActions, instanceVPCActions, templateActions, publicIPActions, nicActions, nicAddressActions,
			diskActions, diskEncryptionActions, imageActions, snapshotActions, snapshotPolicyActions, keyPairActions, zoneActions, tagActions, oldTagActions),
		"ecs.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "ecs.*.aliyuncs.com", "ecs-openapi-share.*.aliyuncs.com")
}

// onEach gives the ARNs of the resources that a call names, or of all of the
// kind.
func onEach(kind string, ids func(*rpcRequest) []string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		var arns []string
		for _, id := range ids(q) {
			arns = append(arns, q.arn("ecs", kind+"/"+id))
		}
		if len(arns) == 0 {
			arns = []string{q.arn("ecs", kind+"/*")}
		}
		return arns
	}
}

// boundECS keeps calls from making more than this cloud holds.
func (c *Cloud) boundECS() {
	machines := func() int { return len(c.ecs.instances) }
	snapshots := func() int { return len(c.ecs.snapshots) }
	images := func() int { return len(c.ecs.images) }
	c.bound("Ecs:CreateSecurityGroup", func() int { return len(c.ecs.groups) }, "QuotaExceed.SecurityGroup", "The maximum number of security groups is reached.")
	c.bound("Ecs:RunInstances", machines, "QuotaExceed.AfterpayInstance", "The maximum number of Pay-As-You-Go instances is reached.")
	c.bound("Ecs:CreateInstance", machines, "QuotaExceed.AfterpayInstance", "The maximum number of Pay-As-You-Go instances is reached.")
	c.bound("Ecs:CreateDisk", func() int { return len(c.ecs.disks) }, "QuotaExceed.Disk", "The maximum number of disks is reached.")
	c.bound("Ecs:CreateSnapshot", snapshots, "QuotaExceed.Snapshot", "The maximum number of snapshots is reached.")
	c.bound("Ecs:CopySnapshot", snapshots, "QuotaExceed.Snapshot", "The maximum number of snapshots is reached.")
	c.bound("Ecs:CreateImage", images, "QuotaExceed.Image", "The maximum number of images is reached.")
	c.bound("Ecs:CopyImage", images, "QuotaExceed.Image", "The maximum number of images is reached.")
	c.bound("Ecs:CreateNetworkInterface", func() int { return len(c.ecs.nics) }, "EniQuotaExceeded", "The maximum number of network interfaces is reached.")
}

// checkRules refuses more rules than this cloud holds.
func (f *ecsFile) checkRules() error {
	if f.RuleQuota > maxGroupRules {
		return at(fmt.Errorf("rule-quota is %d, and the local cloud holds %d rules in a group", f.RuleQuota, maxGroupRules), "$.ecs.rule-quota")
	}
	for i, g := range f.SecurityGroups {
		if len(g.Rules) > maxGroupRules {
			return at(fmt.Errorf("%s has %d rules, and the local cloud holds %d in a group", g.ID, len(g.Rules), maxGroupRules), "$.ecs.security-groups[%d]", i)
		}
	}
	return nil
}
