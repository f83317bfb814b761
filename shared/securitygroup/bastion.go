package securitygroup

import (
	"context"
	"fmt"
	"net/netip"
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

// BastionParams are the settings names and tags, each after prefix. What they say of
// themselves goes on with what a practice has to add.
func BastionParams(prefix, ofNames, ofTags string) []practice.Param {
	return []practice.Param{
		{Name: prefix + "names", Default: BastionNames, Doc: "names of the groups of bastion hosts" + ofNames},
		{Name: prefix + "tags", Default: BastionTags, Doc: "tags (key=value, or a key for any value) of such groups" + ofTags},
	}
}

// Bastion tells whether a group is one of bastion hosts.
func (i Info) Bastion(names, tags []string) bool {
	return slices.Contains(names, i.Name) || i.Tagged(tags)
}

// Bastion is the same of a group that was read with its rules.
func (g *Group) Bastion(names, tags []string) bool {
	return slices.Contains(names, g.Name) || g.Tagged(tags)
}

// Bastions reads the groups of bastion hosts that are in a VPC.
func Bastions(ctx context.Context, pass *practice.Pass, names, tags []string) (BastionGroups, error) {
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

// BastionGroups are groups of bastion hosts.
type BastionGroups []Info

// Of are those in a VPC.
func (b BastionGroups) Of(vpc string) BastionGroups {
	return slices.DeleteFunc(slices.Clone(b), func(one Info) bool { return one.VPC != vpc })
}

// IDs names them.
func (b BastionGroups) IDs() (ids []string) {
	for _, one := range b {
		ids = append(ids, one.ID)
	}
	return ids
}

// Hosts reads the addresses of the bastion hosts of a VPC. By a security group the API
// finds secondary interfaces only.
func (b BastionGroups) Hosts(ctx context.Context, pass *practice.Pass, vpc string) (addresses []netip.Prefix, err error) {
	var texts []string
	all, err := resource.Interfaces(ctx, pass, pass.Resource.Region, "VpcId", vpc)
	for _, n := range all {
		one := func(id string) bool { return slices.Contains(b.IDs(), id) }
		if n.InstanceID != "" && slices.ContainsFunc(n.Groups(), one) {
			texts = slices.Concat(texts, n.Private(), n.IPv6())
		}
	}
	for i := 0; err == nil && i < len(texts); i++ {
		var a netip.Addr
		if a, err = netip.ParseAddr(texts[i]); err == nil {
			addresses = append(addresses, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the bastion hosts of %s: %w", vpc, err)
	}
	return addresses, nil
}
