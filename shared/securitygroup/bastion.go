package securitygroup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
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
	var filters [][]string
	for _, name := range names {
		filters = append(filters, []string{"SecurityGroupName", name})
	}
	for _, tag := range tags {
		key, value, _ := strings.Cut(tag, "=")
		filters = append(filters, []string{"Tag.1.Key", key, "Tag.1.Value", value})
	}
	parts := make([][]Info, len(filters))
	reads := make([]func(context.Context) error, len(filters))
	for i, filter := range filters {
		reads[i] = func(ctx context.Context) error {
			groups, err := resource.SecurityGroups(ctx, pass, pass.Resource.Region, filter...)
			for _, g := range groups {
				if info := infoOf(g); info.VPC != "" && info.Bastion(names, tags) {
					parts[i] = append(parts[i], info)
				}
			}
			return err
		}
	}
	if err := pass.Together(ctx, reads...); err != nil {
		return nil, fmt.Errorf("looking for the groups of bastion hosts: %w", err)
	}
	found := slices.Concat(parts...)
	slices.SortFunc(found, func(a, b Info) int { return strings.Compare(a.ID, b.ID) }) // by name and by tag one may be there twice
	return slices.CompactFunc(found, func(a, b Info) bool { return a.ID == b.ID }), nil
}
