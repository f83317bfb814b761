package vpccidroverlap

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A network is another VPC, with what connects it.
type network struct {
	id, by string
	blocks []netip.Prefix
}

// endsOf are the VPCs of a peering connection that are in the pass's region.
func endsOf(ctx context.Context, pass *practice.Pass, id string) (ends []string, err error) {
	region := pass.Resource.Region
	all, err := resource.Peerings(ctx, pass, region)
	at := slices.IndexFunc(all, func(p resource.Peering) bool { return p.InstanceID == id })
	if err == nil && at < 0 {
		err = practice.ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("reading peering connection %s: %w", id, err)
	}
	if p := all[at]; p.RegionID == region {
		ends = append(ends, p.VPC.VpcID)
	}
	if p := all[at]; p.AcceptingRegionID == region {
		ends = append(ends, p.AcceptingVPC.VpcID)
	}
	return ends, nil
}

// connected are the VPCs that one is connected to, and what else it is connected to, with why that
// is not among them.
func connected(ctx context.Context, pass *practice.Pass, id string) (all []network, unknown practice.Unread, err error) {
	region := pass.Resource.Region
	unknown = practice.Unread{}
	peerings, err := resource.Peerings(ctx, pass, region)
	if err = unknown.Note("VPCs by peering connections", err); err != nil {
		return nil, nil, fmt.Errorf("reading the peering connections of %s: %w", id, err)
	}
	for _, p := range peerings {
		other, _, found := p.Other(id)
		if !found || p.Over() {
			continue
		}
		blocks, err := other.Prefixes()
		if err != nil {
			unknown[other.VpcID] = err.Error()
			continue
		}
		all = append(all, network{other.VpcID, p.InstanceID, blocks})
	}
	cens, err := resource.CENsOf(ctx, pass, region, id)
	if err = unknown.Note("VPCs by CENs", err); err != nil {
		return nil, nil, fmt.Errorf("reading the CENs of %s: %w", id, err)
	}
	for _, cen := range cens {
		in, err := attached(ctx, pass, cen, id, unknown)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, in...)
	}
	slices.SortFunc(all, func(a, b network) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.by, b.by)) })
	all = slices.CompactFunc(all, func(a, b network) bool { return a.id == b.id }) // connected in two ways
	return all, unknown, nil
}

// attached are the account's VPCs that are attached to a CEN, but one.
func attached(ctx context.Context, pass *practice.Pass, cen, but string, unknown practice.Unread) (all []network, err error) {
	members, err := resource.AttachedVPCs(ctx, pass, cen)
	if err = unknown.Note("VPCs by "+cen, err); err != nil {
		return nil, fmt.Errorf("reading what is attached to %s: %w", cen, err)
	}
	for place, ids := range byRegion(members, pass.Resource.Account, but) {
		for some := range slices.Chunk(ids, 20) { // as many as the API takes
			found, err := resource.VPCs(ctx, pass, place, strings.Join(some, ","))
			if err = unknown.Note("VPCs of "+place+" by "+cen, err); err != nil {
				return nil, fmt.Errorf("reading the VPCs of %s: %w", cen, err)
			}
			for _, v := range found {
				blocks, err := v.Prefixes()
				if err != nil {
					unknown[v.VpcID] = err.Error()
					continue
				}
				all = append(all, network{v.VpcID, cen, blocks})
			}
		}
	}
	return all, nil
}

// byRegion are the account's VPCs that are attached to a CEN, but one, in order.
func byRegion(attached []resource.Attachment, account, but string) map[string][]string {
	by := map[string][]string{}
	for _, a := range attached {
		if a.ChildInstanceID != but && a.Status != "Detaching" && strconv.FormatInt(a.ChildInstanceOwnerID, 10) == account {
			by[a.ChildInstanceRegionID] = append(by[a.ChildInstanceRegionID], a.ChildInstanceID)
		}
	}
	for _, ids := range by {
		slices.Sort(ids)
	}
	return by
}

// common are the blocks that are in both: of two that overlap, one lies within the other.
func common(mine, theirs []netip.Prefix) (both []string) {
	for _, a := range mine {
		for _, b := range theirs {
			switch {
			case !a.Overlaps(b):
			case a.Bits() > b.Bits():
				both = append(both, a.String())
			default:
				both = append(both, b.String())
			}
		}
	}
	slices.Sort(both)
	return slices.Compact(both)
}
