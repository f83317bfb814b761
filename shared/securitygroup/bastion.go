package securitygroup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// BastionNames and BastionTags are by what a bastion host, or the group of such hosts, is
// known where the settings do not say otherwise: by the name of the group, or by a tag of
// the group or of the machine. One of them is enough.
var (
	BastionNames = []string{"SG_BRIDGE"}
	BastionTags  = []string{"role=bridge", "role=bastion"}
)

// Bastion tells whether a group is one of bastion hosts.
func (i Info) Bastion(names, tags []string) bool {
	return slices.Contains(names, i.Name) || i.Tagged(tags)
}

// Bastion is the same of a group that was read with its rules.
func (g *Group) Bastion(names, tags []string) bool {
	return slices.Contains(names, g.Name) || g.Tagged(tags)
}

// Bastions reads the groups of bastion hosts that are in a VPC.
func Bastions(ctx context.Context, pass *practice.Pass, names, tags []string) ([]Info, error) {
	type page struct {
		cloud.Page
		SecurityGroups struct {
			SecurityGroup []struct{ SecurityGroupID, SecurityGroupName, VpcID, SecurityGroupType string }
		}
	}
	all := cloud.New("ecs", "DescribeSecurityGroups", pass.Resource.Region, "MaxResults", "100")
	var calls []cloud.Call
	for _, name := range names {
		calls = append(calls, all.With("SecurityGroupName", name))
	}
	for _, tag := range tags {
		key, value, exact := strings.Cut(tag, "=")
		call := all.With("Tag.1.Key", key)
		if exact {
			call = call.With("Tag.1.Value", value)
		}
		calls = append(calls, call)
	}
	parts := make([][]Info, len(calls))
	reads := make([]func(context.Context) error, len(calls))
	for i, call := range calls {
		reads[i] = func(ctx context.Context) error {
			return cloud.ReadAll(ctx, pass, call, func(p page) {
				for _, g := range p.SecurityGroups.SecurityGroup {
					if g.VpcID != "" {
						parts[i] = append(parts[i], Info{ID: g.SecurityGroupID, Name: g.SecurityGroupName, VPC: g.VpcID, Kind: g.SecurityGroupType})
					}
				}
			})
		}
	}
	if err := pass.Together(ctx, reads...); err != nil {
		return nil, fmt.Errorf("looking for the groups of bastion hosts: %w", err)
	}
	found := slices.Concat(parts...)
	slices.SortFunc(found, func(a, b Info) int { return strings.Compare(a.ID, b.ID) }) // by name and by tag one may be there twice
	return slices.CompactFunc(found, func(a, b Info) bool { return a.ID == b.ID }), nil
}
