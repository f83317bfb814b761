package ecsinternetfacingdb

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// judge knows the ports of databases, by protocol, and reads each group once.
type judge struct {
	pass    *practice.Pass
	ports   map[string][]exposure.PortRange
	trusted exposure.Rule // goes before all others and takes trusted sources away
	groups  map[string]*securitygroup.Group
}

func newJudge(pass *practice.Pass) *judge {
	return &judge{
		pass: pass, groups: map[string]*securitygroup.Group{},
		ports:   map[string][]exposure.PortRange{"TCP": pass.Ports("ports"), "UDP": pass.Ports("udp-ports")},
		trusted: exposure.Rule{Protocol: "ALL", Drop: true, Sources: pass.Blocks(practice.Trusted)},
	}
}

// concerns tells whether a range of ports holds one of a database.
func (j *judge) concerns(protocol string, r exposure.PortRange) bool {
	return r.OverlapsAny(j.ports[protocol])
}

// names tells whether a range of ports holds nothing but those of databases: who opens
// them has one, while a range of everything says nothing of what runs there.
func (j *judge) names(protocol string, r exposure.PortRange) bool {
	for port := int(r.From); port <= int(r.To); port++ {
		if p := uint16(port); !j.concerns(protocol, exposure.PortRange{From: p, To: p}) {
			return false
		}
	}
	return true
}

// admitted names the rules of any interface of the machine by which the internet
// reaches the port of a database, or that are there for a database.
func (j *judge) admitted(ctx context.Context, m *publicpath.Machine) (words []string, err error) {
	for _, i := range m.Interfaces {
		merged, by := []exposure.Rule(nil), map[string]*securitygroup.Group{}
		for _, id := range i.Groups {
			group, err := j.group(ctx, id)
			if err != nil {
				return nil, err
			}
			rules, err := group.Exposure()
			if err != nil {
				return nil, err
			}
			for _, r := range rules {
				merged, by[r.ID] = append(merged, r), group
			}
		}
		for _, r := range merged {
			if !r.Drop && j.opens(r, by[r.ID].Find(r.ID), merged) {
				words = append(words, by[r.ID].Find(r.ID).String()+" of "+by[r.ID].ID)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// opens tells whether an accept rule, of what others leave of it, lets the internet
// reach the port of a database, or lets somebody reach nothing else.
func (j *judge) opens(r exposure.Rule, as *securitygroup.Rule, others []exposure.Rule) bool {
	group := len(r.Sources) == 0 && as.SourceGroupID != ""
	if group {
		r.Sources = exposure.Private // where its members have their addresses; which, is not known here
	} else {
		others = append([]exposure.Rule{j.trusted}, others...)
	}
	for protocol := range j.ports {
		for _, part := range securitygroup.Past(r, others, protocol) {
			switch {
			case !j.concerns(protocol, part.Ports) || group && !whole(part.Sources):
			case j.names(protocol, part.Ports), !group && exposure.AnyPublic(part.Sources):
				return true
			}
		}
	}
	return false
}

func whole(s *netipx.IPSet) bool {
	return !slices.ContainsFunc(exposure.Private, func(p netip.Prefix) bool { return p.Addr().Is4() && !s.ContainsPrefix(p) })
}

// group reads the rules of a group. That one of them is gone is no reason to take the
// instance for gone.
func (j *judge) group(ctx context.Context, id string) (*securitygroup.Group, error) {
	if g := j.groups[id]; g != nil {
		return g, nil
	}
	g, err := securitygroup.ReadIngress(ctx, j.pass, id)
	if errors.Is(err, practice.ErrGone) {
		return nil, fmt.Errorf("security group %s was left and deleted a moment ago: %w", id, practice.ErrNotYet)
	}
	if err == nil {
		j.groups[id] = g
	}
	return g, err
}
