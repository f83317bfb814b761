package securitygroup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// besideReads are the RAM actions that beside may call, besides Reads.
var besideReads = []string{"ecs:DescribeInstances"}

// beside reads the rules of the other groups that interfaces of this one are in, group
// by group. The cloud merges them with this group's.
func (g *Group) beside(ctx context.Context, pass *practice.Pass) (rules [][]exposure.Rule, err error) {
	ids, err := g.neighbours(ctx, pass)
	if err != nil {
		return nil, err
	}
	own, err := g.narrowedDrops()
	if err != nil {
		return nil, err
	}
	rules = append(rules, own)
	for _, id := range ids {
		other, err := ReadIngress(ctx, pass, id)
		if errors.Is(err, practice.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		some, err := other.Exposure()
		if err != nil {
			return nil, err
		}
		narrowed, err := other.narrowedDrops()
		if err != nil {
			return nil, err
		}
		rules = append(rules, some, narrowed)
	}
	return slices.DeleteFunc(rules, func(some []exposure.Rule) bool { return len(some) == 0 }), nil
}

// narrowedDrops are the Drop rules that Exposure leaves out, as if they were whole: a
// rule that steps back must not get behind one.
func (g *Group) narrowedDrops() ([]exposure.Rule, error) {
	whole := &Group{ID: g.ID}
	for _, r := range g.Rules {
		if r.partial() && strings.EqualFold(r.Policy, "drop") {
			r.SourcePortRange, r.DestCidrIp, r.Ipv6DestCidrIp = "", "", ""
			whole.Rules = append(whole.Rules, r)
		}
	}
	return whole.Exposure()
}

// neighbours names those groups. By a group the API finds instances, which have the
// groups of their primary interfaces, and secondary interfaces.
func (g *Group) neighbours(ctx context.Context, pass *practice.Pass) ([]string, error) {
	type worn struct {
		SecurityGroupIDs struct{ SecurityGroupID []string }
	}
	type page struct {
		cloud.Page
		Instances            struct{ Instance []worn }
		NetworkInterfaceSets struct{ NetworkInterfaceSet []worn }
	}
	var ids []string
	for _, action := range []string{"DescribeInstances", "DescribeNetworkInterfaces"} {
		call := cloud.New("ecs", action, g.Region, "SecurityGroupId", g.ID, "MaxResults", "100")
		err := cloud.ReadAll(ctx, pass, call, func(p page) {
			for _, w := range slices.Concat(p.Instances.Instance, p.NetworkInterfaceSets.NetworkInterfaceSet) {
				ids = append(ids, w.SecurityGroupIDs.SecurityGroupID...)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("reading who is in security group %s: %w", g.ID, err)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == g.ID }), nil
}

// stops tells whether edits make Drop rules, which also stop what other groups let in.
func stops(edits []exposure.Edit) bool {
	return slices.ContainsFunc(edits, func(e exposure.Edit) bool {
		return slices.ContainsFunc(e.New, func(k exposure.KeepRule) bool { return k.Drop })
	})
}
