package securitygroup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A Caller is a group that has members in a block, and may be meant by it.
type Caller struct {
	ID, Name string
	Members  int
}

func (c Caller) String() string { return fmt.Sprintf("%d of %s (%s)", c.Members, c.ID, c.Name) }

// Callers finds the callers of a group, and reads the interfaces of its VPC once.
type Callers struct {
	Pass  *practice.Pass
	Group Info
	Basic bool
	nics  []resource.Interface
}

// mostCallers are named.
const mostCallers = 3

// In returns the other groups with the most members in some blocks. A basic group
// can name basic ones only.
func (c *Callers) In(ctx context.Context, blocks []netip.Prefix) (found []Caller, err error) {
	if c.nics == nil {
		if c.nics, err = resource.Interfaces(ctx, c.Pass, c.Pass.Resource.Region, "VpcId", c.Group.VPC); err != nil {
			return nil, fmt.Errorf("reading who is in %s: %w", practice.Join(blocks), err)
		}
	}
	members := map[string]int{}
	for _, n := range c.nics {
		if !hasAddress(n, blocks) {
			continue
		}
		for _, id := range n.Groups() {
			if id != c.Group.ID {
				members[id]++
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(members), func(a, b string) int { return cmp.Or(members[b]-members[a], cmp.Compare(a, b)) })
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), 100)] // as many as the call takes
	groups, err := resource.SecurityGroups(ctx, c.Pass, c.Pass.Resource.Region, "SecurityGroupIds", cloud.IDs(ids...))
	if err != nil {
		return nil, fmt.Errorf("reading the groups of who is in %s: %w", practice.Join(blocks), err)
	}
	for _, g := range groups {
		if !c.Basic || g.SecurityGroupType == "normal" {
			found = append(found, Caller{g.SecurityGroupID, g.SecurityGroupName, members[g.SecurityGroupID]})
		}
	}
	slices.SortFunc(found, func(a, b Caller) int { return cmp.Or(b.Members-a.Members, cmp.Compare(a.ID, b.ID)) })
	return found[:min(len(found), mostCallers)], nil
}

// hasAddress tells whether an interface has an address in some blocks.
func hasAddress(n resource.Interface, blocks []netip.Prefix) bool {
	return slices.ContainsFunc(slices.Concat(n.Private(), n.IPv6()), func(text string) bool {
		address, err := netip.ParseAddr(text) // advice only: what cannot be read is not there
		return err == nil && slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(address) })
	})
}
