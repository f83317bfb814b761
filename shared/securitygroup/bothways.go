package securitygroup

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// BothWays reads the rules of a group for what comes in and what goes out, with their port lists
// resolved. A list that may not be read leaves its rule Unread, and the others as they are.
func BothWays(ctx context.Context, pass *practice.Pass, id string) ([]Rule, error) {
	in, out, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]Rule, error) { return rules(ctx, pass, id, "ingress") },
		func(ctx context.Context) ([]Rule, error) { return rules(ctx, pass, id, "egress") })
	if err != nil {
		return nil, err
	}
	(&Group{ID: id, Rules: in}).noteUnshown(pass)
	noteUnshownEgress(pass, id, out)
	all := slices.Concat(in, out)
	lists := lists{pass: pass, region: pass.Resource.Region, ports: map[string][]exposure.PortRange{}}
	for i := range all {
		r := &all[i]
		if r.Ports, err = lists.portsOf(ctx, r); err == nil {
			continue
		}
		err = fmt.Errorf("security group %s: rule %s: %w", id, r.SecurityGroupRuleID, err)
		if !cloud.Forbidden(err) && !cloud.NotFound(err) {
			return nil, err
		}
		r.Unread = err
	}
	return all, nil
}

// CountPorts is for how many ports of TCP or UDP the rule is; 0: it is for no such protocol.
func (r Rule) CountPorts() (n int) {
	switch exposure.ProtocolName(r.IpProtocol) {
	case "TCP", "UDP", "ALL":
	default:
		return 0
	}
	if r.Ports == nil {
		return 65535
	}
	for _, p := range r.Ports {
		n += int(p.To) - int(p.From) + 1
	}
	return n
}
