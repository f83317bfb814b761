package securitygroup

import (
	"cmp"
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

// A company is the other groups that interfaces of a group are in.
type company struct {
	rules   [][]exposure.Rule // group by group: the cloud merges them with the group's own
	fullest string            // the interface, or the instance, that has most rules of other groups
	most    int               // so many
}

// beside reads the rules of the other groups that interfaces of this one are in.
func (g *Group) beside(ctx context.Context, pass *practice.Pass) (c company, err error) {
	ids, worn, err := g.neighbours(ctx, pass)
	if err != nil {
		return c, err
	}
	own, err := g.narrowedDrops()
	if err != nil {
		return c, err
	}
	c.rules = append(c.rules, own)
	counts := map[string]int{}
	for _, id := range ids {
		other, err := ReadIngress(ctx, pass, id)
		if errors.Is(err, practice.ErrGone) {
			continue
		}
		if err != nil {
			return c, err
		}
		some, err := other.Exposure()
		if err != nil {
			return c, err
		}
		narrowed, err := other.narrowedDrops()
		if err != nil {
			return c, err
		}
		c.rules = append(c.rules, some, narrowed)
		counts[id] = len(other.Rules)
	}
	c.rules = slices.DeleteFunc(c.rules, func(some []exposure.Rule) bool { return len(some) == 0 })
	for _, w := range worn {
		n := 0
		for _, id := range w.SecurityGroupIDs.SecurityGroupID {
			n += counts[id] // its own are none of them
		}
		if n > c.most {
			c.fullest, c.most = cmp.Or(w.NetworkInterfaceID, w.InstanceID), n
		}
	}
	return c, nil
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

// wearer is an instance, of which the primary interface counts, or another interface.
type wearer struct {
	InstanceID, NetworkInterfaceID string
	SecurityGroupIDs               struct{ SecurityGroupID []string }
}

// neighbours names those groups, and who is in this one. By a group the API finds
// instances, which have the groups of their primary interfaces, and secondary interfaces.
func (g *Group) neighbours(ctx context.Context, pass *practice.Pass) (ids []string, all []wearer, err error) {
	type page struct {
		cloud.Page
		Instances            struct{ Instance []wearer }
		NetworkInterfaceSets struct{ NetworkInterfaceSet []wearer }
	}
	for _, action := range []string{"DescribeInstances", "DescribeNetworkInterfaces"} {
		call := cloud.New("ecs", action, g.Region, "SecurityGroupId", g.ID, "MaxResults", "100")
		err := cloud.ReadAll(ctx, pass, call, func(p page) {
			for _, w := range slices.Concat(p.Instances.Instance, p.NetworkInterfaceSets.NetworkInterfaceSet) {
				ids, all = append(ids, w.SecurityGroupIDs.SecurityGroupID...), append(all, w)
			}
		})
		if err != nil {
			return nil, nil, fmt.Errorf("reading who is in security group %s: %w", g.ID, err)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == g.ID }), all, nil
}

// stops tells whether edits make Drop rules, which also stop what other groups let in.
func stops(edits []exposure.Edit) bool {
	return slices.ContainsFunc(edits, func(e exposure.Edit) bool {
		return slices.ContainsFunc(e.New, func(k exposure.KeepRule) bool { return k.Drop })
	})
}
