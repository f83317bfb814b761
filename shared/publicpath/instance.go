package publicpath

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// MayBePublic tells whether an instance may have a public address: neither the EIPs of a secondary interface nor whether an IPv6 address
// is public can be seen in the description of the instance.
func MayBePublic(i resource.Instance) bool {
	nics := i.NetworkInterfaces.NetworkInterface
	eip, _, _ := i.EIP()
	return i.PublicIPAddress == nil || len(i.Static()) > 0 || i.EIPAddress == nil || eip != "" ||
		len(nics) > 1 || slices.ContainsFunc(nics, func(n resource.Interface) bool { return len(n.IPv6()) > 0 })
}

// Addresses reads the EIPs on the instance and on its secondary interfaces, and the
// IPv6 addresses of these that have internet bandwidth. What is on the primary
// interface counts as on the instance.
//
// What may not be read is told beside what is found: it hides none of it.
func Addresses(ctx context.Context, pass *practice.Pass, i resource.Instance) (eips []resource.EIP, ip6s []string, missed, err error) {
	holders := [][2]string{{i.InstanceID, "EcsInstance"}}
	for _, n := range i.NetworkInterfaces.NetworkInterface {
		if !n.Primary() {
			holders = append(holders, [2]string{n.NetworkInterfaceID, "NetworkInterface"})
		}
	}
	for _, h := range holders {
		on := []string{"AssociatedInstanceId", h[0], "AssociatedInstanceType", h[1]}
		var four []resource.EIP
		var six []resource.IPv6Address
		var no4, no6 error
		_ = pass.Together(ctx, func(ctx context.Context) error {
			four, no4 = resource.EIPs(ctx, pass, pass.Resource.Region, on...)
			return nil
		}, func(ctx context.Context) error {
			six, no6 = resource.IPv6Addresses(ctx, pass, pass.Resource.Region, append(on, "NetworkType", "Public")...)
			return nil
		})
		if missed = Unread(missed, no4, no6); missed != nil && IsUnread(missed) == nil {
			return nil, nil, nil, fmt.Errorf("reading the public addresses of %s: %w", h[0], missed)
		}
		for _, e := range four {
			if e.Status != "InUse" {
				return nil, nil, nil, fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
			}
			eips = append(eips, e)
		}
		for _, a := range six {
			ip6s = append(ip6s, a.IPv6Address)
		}
	}
	if id, _, _ := i.EIP(); id != "" && missed == nil && !slices.ContainsFunc(eips, func(e resource.EIP) bool { return e.AllocationID == id }) {
		return nil, nil, nil, fmt.Errorf("reading EIP %s: VPC does not say yet that it is on %s: %w", id, i.InstanceID, practice.ErrNotYet)
	}
	return eips, ip6s, missed, nil
}

// Shared reads the HaVips with EIPs that the instance, or an interface of it, may answer
// for.
func Shared(ctx context.Context, pass *practice.Pass, i resource.Instance) ([]resource.HaVip, error) {
	if i.VpcAttributes.VpcID == "" {
		return nil, nil // the classic network has none
	}
	all, err := resource.HaVips(ctx, pass, pass.Resource.Region, "VpcId", i.VpcAttributes.VpcID)
	if err != nil {
		return nil, fmt.Errorf("reading the virtual addresses of %s: %w", i.InstanceID, err)
	}
	return slices.DeleteFunc(all, func(h resource.HaVip) bool { return h.Path() == "" || !Answers(i, h) }), nil
}

// Answers tells whether the instance, or an interface of it, may answer for a virtual address.
func Answers(i resource.Instance, h resource.HaVip) bool {
	return slices.ContainsFunc(h.Holders(), func(id string) bool {
		return id == i.InstanceID || slices.ContainsFunc(i.NetworkInterfaces.NetworkInterface, func(n resource.Interface) bool { return n.NetworkInterfaceID == id })
	})
}
