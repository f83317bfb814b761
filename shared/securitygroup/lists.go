package securitygroup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// lists resolves the lists that rules name, each once.
type lists struct {
	pass     *practice.Pass
	region   string
	prefixes map[string][]netip.Prefix
	ports    map[string][]exposure.PortRange
}

// portsOf returns the ports of a rule; nil is every port.
func (l *lists) portsOf(ctx context.Context, r *Rule) ([]exposure.PortRange, error) {
	if name := exposure.ProtocolName(r.IpProtocol); name != "TCP" && name != "UDP" {
		return nil, nil // whatever stands there
	}
	if r.PortRangeListID == "" {
		if r.PortRange == "" {
			// A list of a kind that this answer does not name: unknown is not good.
			return nil, errors.New("it has neither a port range nor a port list")
		}
		return exposure.ParsePorts(r.PortRange)
	}
	if ports, known := l.ports[r.PortRangeListID]; known {
		return ports, nil
	}
	var answer struct{ Entries []struct{ PortRange string } }
	call := cloud.New("ecs", "DescribePortRangeListEntries", l.region, "PortRangeListId", r.PortRangeListID)
	if err := l.pass.Read(ctx, call, &answer); err != nil {
		return nil, fmt.Errorf("reading port list %s: %w", r.PortRangeListID, err)
	}
	ports := []exposure.PortRange{} // an empty list is no port, not every port
	for _, entry := range answer.Entries {
		some, err := exposure.ParsePorts(entry.PortRange)
		if err != nil {
			return nil, fmt.Errorf("port list %s: %w", r.PortRangeListID, err)
		}
		if some == nil {
			ports = nil
			break
		}
		ports = append(ports, some...)
	}
	l.ports[r.PortRangeListID] = ports
	return ports, nil
}

// sourcesOf returns the addresses of a rule; none where its source is a group. A rule
// has one source (see single).
func (l *lists) sourcesOf(ctx context.Context, r *Rule) ([]netip.Prefix, error) {
	switch {
	case r.SourceCidrIp != "":
		p, err := exposure.ParseSource(r.SourceCidrIp)
		return []netip.Prefix{p}, err
	case r.Ipv6SourceCidrIp != "":
		p, err := exposure.ParseSource(r.Ipv6SourceCidrIp)
		return []netip.Prefix{p}, err
	case r.SourceGroupID != "":
		return nil, nil
	case r.SourcePrefixListID != "":
		return l.prefixList(ctx, r.SourcePrefixListID)
	}
	return nil, errors.New("it has no source that is known here")
}

func (l *lists) prefixList(ctx context.Context, id string) ([]netip.Prefix, error) {
	if sources, known := l.prefixes[id]; known {
		return sources, nil
	}
	var answer struct {
		Entries struct{ Entry []struct{ Cidr string } }
	}
	call := cloud.New("ecs", "DescribePrefixListAttributes", l.region, "PrefixListId", id)
	if err := l.pass.Read(ctx, call, &answer); err != nil {
		return nil, fmt.Errorf("reading prefix list %s: %w", id, err)
	}
	var sources []netip.Prefix
	for _, entry := range answer.Entries.Entry {
		p, err := exposure.ParseSource(entry.Cidr)
		if err != nil {
			return nil, fmt.Errorf("prefix list %s: %w", id, err)
		}
		sources = append(sources, p)
	}
	l.prefixes[id] = sources
	return sources, nil
}
