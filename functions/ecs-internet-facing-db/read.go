package ecsinternetfacingdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// byRules tells whether the look follows a change of rules, which may concern many
// instances and changes nothing of what listens on them.
func byRules(pass *practice.Pass) bool {
	return slices.Contains([]string{securitygroup.Type, securitygroup.TypePrefixList, securitygroup.TypePortList}, pass.Resource.Type)
}

// find reads the machines that the pass is about, or may be.
func find(ctx context.Context, pass *practice.Pass) (all []*publicpath.Machine, err error) {
	ids := []string{pass.Resource.ID}
	if byRules(pass) {
		if ids, err = securitygroup.Concerned(ctx, pass); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		machines, err := publicpath.Find(ctx, pass, id)
		if errors.Is(err, practice.ErrGone) && id != pass.Resource.ID {
			continue // deleted since the list's associations were read: the others are still to be judged
		}
		if err != nil {
			return nil, err
		}
		for _, m := range machines { // which may be in several of the groups
			if !slices.ContainsFunc(all, func(o *publicpath.Machine) bool { return o.ID == m.ID }) {
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// list names the instances that the internet reaches.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, err error) {
	machines, err := publicpath.Region(ctx, pass)
	for _, m := range machines {
		if strings.HasPrefix(m.ID, "i-") {
			found = append(found, pass.Named("", m.ID, m.Name))
		}
	}
	return found, err
}

// listening names the ports of databases that a process of the machine listens on at
// every address or one that the network leads to, as Security Center has found. Its free
// edition does not say, and that nothing was found does not mean that nothing listens:
// unknown is not bad.
func (j *judge) listening(ctx context.Context, m *publicpath.Machine) (words []string, err error) {
	if byRules(j.pass) || j.pass.Word("fingerprints") == "off" {
		return nil, nil
	}
	remark := m.ID // a name, or a part of an address
	if ips := m.Interfaces[0].IPs; len(ips) > 0 {
		remark = ips[0]
	}
	found, err := resource.ListeningPorts(ctx, j.pass, j.pass.Resource.Region, remark)
	if err != nil {
		return nil, fmt.Errorf("reading what listens: %w", err)
	}
	for _, p := range found {
		at, err := exposure.ParsePorts(p.Port)
		if p.InstanceID != m.ID || !reached(m, p.BindIP) || err != nil || len(at) == 0 {
			continue
		}
		if protocol := strings.ToUpper(p.Proto); j.concerns(protocol, at[0]) {
			words = append(words, fmt.Sprintf("%s on %s port %s", p.ProcName, protocol, p.Port))
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// reached tells whether the network leads to an address that a process is bound to. What
// comes for a public address arrives at the private one.
func reached(m *publicpath.Machine, bind string) bool {
	if bind == "0.0.0.0" || bind == "::" {
		return true
	}
	return slices.ContainsFunc(m.Interfaces, func(i *publicpath.Interface) bool {
		return slices.Contains(i.IPs, bind) || slices.Contains(i.IP6s, bind)
	})
}
