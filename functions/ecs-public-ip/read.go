package ecspublicip

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
)

type instance struct {
	InstanceID, InstanceName, Status string

	PublicIPAddress *struct{ IPAddress []string }
	EIPAddress      *struct {
		AllocationID         string
		IsSupportUnassociate bool
	}
	VpcAttributes     struct{ VpcID string }
	NetworkInterfaces struct{ NetworkInterface []nic }
	Tags              cloud.Tags
}

type page struct {
	cloud.Page
	Instances struct{ Instance []instance }
}

type nic struct {
	NetworkInterfaceID, InstanceID, Type string

	IPv6Sets struct {
		IPv6Set []struct{ IPv6Address string }
	}
}

// mayBePublic: neither the EIPs of a secondary interface nor whether an IPv6 address
// is public can be seen in the description of the instance.
func (i *instance) mayBePublic() bool {
	nics := i.NetworkInterfaces.NetworkInterface
	return i.PublicIPAddress == nil || len(i.PublicIPAddress.IPAddress) > 0 || i.EIPAddress == nil || i.EIPAddress.AllocationID != "" ||
		len(nics) > 1 || slices.ContainsFunc(nics, func(n nic) bool { return len(n.IPv6Sets.IPv6Set) > 0 })
}

func readInstance(ctx context.Context, pass *practice.Pass, id string) (*instance, error) {
	var p page
	if err := pass.Read(ctx, cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "InstanceIds", cloud.IDs(id)), &p); err != nil {
		return nil, fmt.Errorf("reading instance %s: %w", id, practice.Gone(err))
	}
	if len(p.Instances.Instance) == 0 {
		return nil, fmt.Errorf("reading instance %s: %w", id, practice.ErrGone)
	}
	i := &p.Instances.Instance[0]
	switch {
	case i.Status == "Pending":
		return nil, fmt.Errorf("reading instance %s: its addresses are still being made: %w", id, practice.ErrNotYet)
	case i.PublicIPAddress == nil || i.EIPAddress == nil:
		return nil, fmt.Errorf("reading instance %s: the answer does not say which addresses it has", id)
	}
	return i, nil
}

// holderOf is the instance or interface that an IPv6 address is on.
func holderOf(ctx context.Context, pass *practice.Pass, ipv6 string) (string, error) {
	var answer struct {
		IPv6Addresses struct {
			IPv6Address []struct{ AssociatedInstanceID string }
		}
	}
	if err := pass.Read(ctx, cloud.New("vpc", "DescribeIpv6Addresses", pass.Resource.Region, "Ipv6AddressId", ipv6), &answer); err != nil {
		return "", fmt.Errorf("reading IPv6 address %s: %w", ipv6, practice.Gone(err))
	}
	for _, a := range answer.IPv6Addresses.IPv6Address {
		return a.AssociatedInstanceID, nil
	}
	return "", practice.ErrGone
}

// instanceOf is the instance that an interface is attached to, if any.
func instanceOf(ctx context.Context, pass *practice.Pass, eni string) (string, error) {
	var answer struct {
		NetworkInterfaceSets struct{ NetworkInterfaceSet []nic }
	}
	call := cloud.New("ecs", "DescribeNetworkInterfaces", pass.Resource.Region, "NetworkInterfaceId.1", eni)
	if err := pass.Read(ctx, call, &answer); err != nil {
		return "", fmt.Errorf("reading network interface %s: %w", eni, practice.Gone(err))
	}
	for _, n := range answer.NetworkInterfaceSets.NetworkInterfaceSet {
		return n.InstanceID, nil
	}
	return "", practice.ErrGone
}

// addresses reads the EIPs on the instance and on its secondary interfaces, and the
// IPv6 addresses of these that have internet bandwidth. What is on the primary
// interface counts as on the instance. None has as many as a page.
//
// What may not be read is told beside what is found: it hides none of it.
func addresses(ctx context.Context, pass *practice.Pass, i *instance) (eips []publicpath.EIP, ip6s []string, missed, err error) {
	holders := [][2]string{{i.InstanceID, "EcsInstance"}}
	for _, n := range i.NetworkInterfaces.NetworkInterface {
		if n.Type != "Primary" {
			holders = append(holders, [2]string{n.NetworkInterfaceID, "NetworkInterface"})
		}
	}
	for _, h := range holders {
		var four publicpath.EIPs
		var six struct {
			IPv6Addresses struct {
				IPv6Address []struct{ IPv6Address string }
			}
		}
		on := func(action string) cloud.Call {
			return cloud.New("vpc", action, pass.Resource.Region, "AssociatedInstanceId", h[0], "AssociatedInstanceType", h[1], "PageSize", "50")
		}
		var no4, no6 error
		_ = pass.Together(ctx, func(ctx context.Context) error {
			no4 = pass.Read(ctx, on("DescribeEipAddresses"), &four)
			return nil
		}, func(ctx context.Context) error {
			no6 = pass.Read(ctx, on("DescribeIpv6Addresses").With("NetworkType", "Public"), &six)
			return nil
		})
		if missed = publicpath.Unread(missed, no4, no6); missed != nil && publicpath.IsUnread(missed) == nil {
			return nil, nil, nil, fmt.Errorf("reading the public addresses of %s: %w", h[0], missed)
		}
		for _, e := range four.Items() {
			if e.Status != "InUse" {
				return nil, nil, nil, fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
			}
			eips = append(eips, e)
		}
		for _, a := range six.IPv6Addresses.IPv6Address {
			ip6s = append(ip6s, a.IPv6Address)
		}
	}
	if id := i.EIPAddress.AllocationID; id != "" && missed == nil && !slices.ContainsFunc(eips, func(e publicpath.EIP) bool { return e.AllocationID == id }) {
		return nil, nil, nil, fmt.Errorf("reading EIP %s: VPC does not say yet that it is on %s: %w", id, i.InstanceID, practice.ErrNotYet)
	}
	return eips, ip6s, missed, nil
}

// virtual reads the HaVips with EIPs that the instance, or an interface of it, may answer
// for.
func virtual(ctx context.Context, pass *practice.Pass, i *instance) ([]publicpath.HaVip, error) {
	if i.VpcAttributes.VpcID == "" {
		return nil, nil // the classic network has none
	}
	all, err := publicpath.HaVips(ctx, pass, "VpcId", i.VpcAttributes.VpcID)
	if err != nil {
		return nil, fmt.Errorf("reading the virtual addresses of %s: %w", i.InstanceID, err)
	}
	return slices.DeleteFunc(all, func(h publicpath.HaVip) bool { return h.Path() == "" || !i.answers(h) }), nil
}

func (i *instance) answers(h publicpath.HaVip) bool {
	return slices.ContainsFunc(h.Holders(), func(id string) bool {
		return id == i.InstanceID || slices.ContainsFunc(i.NetworkInterfaces.NetworkInterface, func(n nic) bool { return n.NetworkInterfaceID == id })
	})
}
