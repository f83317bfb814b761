package publicpath

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Trace finds the paths that machines do not tell of themselves, of those that have
// none so far: an IPv6 address with internet bandwidth, a DNAT entry.
func Trace(ctx context.Context, pass *practice.Pass, machines []*Machine) error {
	var dark []*Interface
	for _, m := range machines {
		if m.Path() == "" {
			dark = append(dark, m.Interfaces...)
		}
	}
	return trace(ctx, pass, dark)
}

// trace reads, for each VPC once, what leads there.
func trace(ctx context.Context, pass *practice.Pass, dark []*Interface) error {
	byVPC := map[string][]*Interface{}
	for _, i := range dark {
		if i.VPC != "" { // the classic network has neither
			byVPC[i.VPC] = append(byVPC[i.VPC], i)
		}
	}
	for _, vpc := range slices.Sorted(maps.Keys(byVPC)) {
		var six, entries map[string]string
		err := pass.Together(ctx, func(ctx context.Context) (err error) {
			if slices.ContainsFunc(byVPC[vpc], func(i *Interface) bool { return len(i.IP6s) > 0 }) {
				six, err = publicIPv6(ctx, pass, vpc)
			}
			return err
		}, func(ctx context.Context) (err error) {
			entries, err = forwarded(ctx, pass, vpc)
			return err
		})
		if err != nil {
			return fmt.Errorf("reading what leads from the internet into %s: %w", vpc, err)
		}
		for _, i := range byVPC[vpc] {
			for _, ip := range i.IPs {
				if i.Path == "" {
					i.Path = entries[ip]
				}
			}
			for _, ip := range i.IP6s {
				if i.Path == "" {
					i.Path = six[plain(ip)]
				}
			}
		}
	}
	return nil
}

type ipv6Page struct {
	IPv6Addresses struct{ IPv6Address []ipv6 }
}

type ipv6 struct{ IPv6Address, AssociatedInstanceID, NetworkType string }

// Items makes the page one that cloud.ReadNumbered reads.
func (p ipv6Page) Items() []ipv6 { return p.IPv6Addresses.IPv6Address }

// publicIPv6 is the paths to the IPv6 addresses of a VPC that have internet bandwidth.
func publicIPv6(ctx context.Context, pass *practice.Pass, vpc string) (map[string]string, error) {
	call := cloud.New("vpc", "DescribeIpv6Addresses", pass.Resource.Region, "VpcId", vpc, "NetworkType", "Public")
	all, err := cloud.ReadNumbered[ipv6Page](ctx, pass, call)
	paths := map[string]string{}
	for _, a := range all {
		paths[plain(a.IPv6Address)] = "the IPv6 address " + a.IPv6Address
	}
	return paths, err
}

// plain is an address in the one spelling that can be compared.
func plain(text string) string {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.String()
	}
	return text
}

type gatewayPage struct {
	NatGateways struct{ NatGateway []gateway }
}

type gateway struct {
	NatGatewayID, VpcID, NetworkType string

	ForwardTableIDs struct{ ForwardTableID []string }
}

// Items makes the page one that cloud.ReadNumbered reads.
func (p gatewayPage) Items() []gateway { return p.NatGateways.NatGateway }

type entryPage struct {
	ForwardTableEntries struct{ ForwardTableEntry []entry }
}

type entry struct{ ForwardEntryID, ExternalIP, ExternalPort, InternalIP, Status string }

// Items makes the page one that cloud.ReadNumbered reads.
func (p entryPage) Items() []entry { return p.ForwardTableEntries.ForwardTableEntry }

// forwarded is the paths to the private addresses of a VPC that DNAT entries lead to.
// Gateways between private networks lead nobody in from the internet.
func forwarded(ctx context.Context, pass *practice.Pass, vpc string) (map[string]string, error) {
	call := cloud.New("vpc", "DescribeNatGateways", pass.Resource.Region, "VpcId", vpc, "NetworkType", "internet")
	gateways, err := cloud.ReadNumbered[gatewayPage](ctx, pass, call)
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, g := range gateways {
		entries, err := entriesOf(ctx, pass, g)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			paths[e.InternalIP] = fmt.Sprintf("the DNAT entry %s from %s port %s", e.ForwardEntryID, e.ExternalIP, e.ExternalPort)
		}
	}
	return paths, nil
}

// entriesOf reads the DNAT entries of a gateway, without those that are being deleted.
func entriesOf(ctx context.Context, pass *practice.Pass, g gateway) ([]entry, error) {
	call := cloud.New("vpc", "DescribeForwardTableEntries", pass.Resource.Region, "NatGatewayId", g.NatGatewayID)
	entries, err := cloud.ReadNumbered[entryPage](ctx, pass, call)
	if err != nil {
		return nil, fmt.Errorf("reading the DNAT entries of %s: %w", g.NatGatewayID, err)
	}
	return slices.DeleteFunc(entries, func(e entry) bool { return strings.EqualFold(e.Status, "Deleting") }), nil
}
