package ecspublicip

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

func readInstance(ctx context.Context, pass *practice.Pass, id string) (i resource.Instance, err error) {
	i, err = practice.One(resource.Instances(ctx, pass, pass.Resource.Region, "InstanceIds", cloud.IDs(id)))
	if err != nil {
		return i, fmt.Errorf("reading instance %s: %w", id, err)
	}
	switch {
	case i.Status == "Pending":
		return i, fmt.Errorf("reading instance %s: its addresses are still being made: %w", id, practice.ErrNotYet)
	case i.PublicIPAddress == nil || i.EIPAddress == nil:
		return i, fmt.Errorf("reading instance %s: the answer does not say which addresses it has", id)
	}
	return i, nil
}

// holderOf is the instance or interface that an IPv6 address is on.
func holderOf(ctx context.Context, pass *practice.Pass, ipv6 string) (string, error) {
	a, err := practice.One(resource.IPv6Addresses(ctx, pass, pass.Resource.Region, "Ipv6AddressId", ipv6))
	if err != nil {
		return "", fmt.Errorf("reading IPv6 address %s: %w", ipv6, err)
	}
	return a.AssociatedInstanceID, nil
}

// instanceOf is the instance that an interface is attached to, if any.
func instanceOf(ctx context.Context, pass *practice.Pass, eni string) (string, error) {
	n, err := practice.One(resource.Interfaces(ctx, pass, pass.Resource.Region, "NetworkInterfaceId.1", eni))
	if err != nil {
		return "", fmt.Errorf("reading network interface %s: %w", eni, err)
	}
	return n.InstanceID, nil
}
