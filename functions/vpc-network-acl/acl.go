package vpcnetworkacl

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// openings says what of the risky ports the ACL opens to the internet, entry by
// entry. An ACL that is being changed is judged afterwards.
func openings(ctx context.Context, pass *practice.Pass, acl string, policy exposure.Policy) ([]string, error) {
	answer, err := resource.NetworkACLOf(ctx, pass, pass.Resource.Region, acl)
	if err == nil && answer.Status == "Modifying" {
		err = fmt.Errorf("it is being modified: %w", practice.ErrNotYet)
	}
	if err != nil {
		return nil, err
	}
	rules, err := rules(answer.IngressACLEntries.IngressACLEntry)
	if err != nil {
		return nil, err
	}
	var opened []string
	for _, b := range exposure.Breaches(rules, policy) {
		for _, o := range b.Open {
			if o.Protocol == "TCP" || o.Protocol == "UDP" { // other protocols have no ports
				opened = append(opened, fmt.Sprintf("%s from %s", o, b.Sources))
			}
		}
	}
	return opened, nil
}

// rules reads the entries: the first that matches decides, so the place in the list
// is the priority.
func rules(entries []resource.NetworkACLEntry) (rules []exposure.Rule, err error) {
	for i, e := range entries {
		r := exposure.Rule{ID: e.NetworkACLEntryID, Protocol: e.Protocol, Drop: strings.EqualFold(e.Policy, "drop"), Priority: i + 1}
		if !r.Drop && !strings.EqualFold(e.Policy, "accept") {
			return nil, fmt.Errorf("entry %d neither accepts nor drops: %q", i+1, e.Policy)
		}
		source, err := exposure.ParseSource(e.SourceCidrIP)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		r.Sources = []netip.Prefix{source}
		if r.Ports, err = exposure.ParsePorts(e.Port); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// list names the vSwitches with private data.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	switches, err := resource.VSwitches(ctx, pass, pass.Resource.Region, "")
	return practice.Listed(pass, switches, err, func(v resource.VSwitch) bool { return v.Tags.Has(pass.Param("private-tag")) })
}

// policy allows every port that is not risky. What is risky of both is said once.
func policy(pass *practice.Pass) exposure.Policy {
	both := pass.Ports("risky-ports")
	p := exposure.Forbid(both, slices.Concat(both, pass.Ports("risky-udp-ports")))
	p.AllowOther = false
	return p
}
