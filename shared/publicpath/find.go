package publicpath

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Find reads the machines that an id of an event leads to: an instance, an interface,
// an IPv6 address, those behind a table of DNAT entries, the members of a security
// group. Other ids (a load balancer's, a NAT gateway's) lead to none.
func Find(ctx context.Context, pass *practice.Pass, id string) ([]*Machine, error) {
	r := newReader(pass)
	var err error
	kind, _, _ := strings.Cut(id, "-")
	switch kind {
	case "sg":
		return Members(ctx, pass, id)
	case "ipv6":
		return holderOf(ctx, pass, id)
	case "i":
		if err = r.instances(ctx, "InstanceIds", cloud.IDs(id)); err == nil && len(r.machines) == 0 {
			err = practice.ErrGone
		}
	case "eni":
		err = r.nics(ctx, "NetworkInterfaceId.1", id)
	case "ftb":
		err = r.behind(ctx, id)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", id, practice.Gone(err))
	}
	if err := r.complete(ctx); err != nil {
		return nil, fmt.Errorf("reading %s: %w", id, err)
	}
	return r.all(), nil
}

// Groups names the security groups that an id of an event leads to: itself, or those
// of all interfaces of what Find finds.
func Groups(ctx context.Context, pass *practice.Pass, id string) ([]string, error) {
	if strings.HasPrefix(id, "sg-") {
		return []string{id}, nil
	}
	machines, err := Find(ctx, pass, id)
	var groups []string
	for _, m := range machines {
		groups = append(groups, m.Groups()...)
	}
	slices.Sort(groups)
	return slices.Compact(groups), err
}

// holderOf reads what has an IPv6 address.
func holderOf(ctx context.Context, pass *practice.Pass, id string) ([]*Machine, error) {
	var p ipv6Page
	if err := pass.Read(ctx, cloud.New("vpc", "DescribeIpv6Addresses", pass.Resource.Region, "Ipv6AddressId", id), &p); err != nil {
		return nil, fmt.Errorf("reading %s: %w", id, practice.Gone(err))
	}
	for _, a := range p.Items() {
		return Find(ctx, pass, a.AssociatedInstanceID)
	}
	return nil, fmt.Errorf("reading %s: %w", id, practice.ErrGone)
}

// behind adds the machines that the entries of a table lead to.
func (r *reader) behind(ctx context.Context, table string) error {
	gateways, err := cloud.ReadNumbered[gatewayPage](ctx, r.pass, cloud.New("vpc", "DescribeNatGateways", r.pass.Resource.Region))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(gateways, func(g gateway) bool { return slices.Contains(g.ForwardTableIDs.ForwardTableID, table) })
	if at < 0 {
		return practice.ErrGone
	}
	g := gateways[at]
	if g.NetworkType == "intranet" {
		return nil
	}
	entries, err := entriesOf(ctx, r.pass, g)
	if err != nil {
		return err
	}
	var ips []string
	for _, e := range entries {
		ips = append(ips, e.InternalIP)
	}
	slices.Sort(ips)
	for some := range slices.Chunk(slices.Compact(ips), batch) {
		// First addresses are looked for among instances, further ones among interfaces.
		err := r.instances(ctx, "VpcId", g.VpcID, "InstanceNetworkType", "vpc", "PrivateIpAddresses", cloud.IDs(some...))
		if err != nil {
			return err
		}
		params := []string{"VpcId", g.VpcID}
		for i, ip := range some {
			params = append(params, "PrivateIpAddress."+strconv.Itoa(i+1), ip)
		}
		if err := r.nics(ctx, params...); err != nil {
			return err
		}
	}
	return nil
}

// Members reads the machines in a security group, each with all of its interfaces.
// An interface that is on nothing is no member yet.
func Members(ctx context.Context, pass *practice.Pass, group string) ([]*Machine, error) {
	r := newReader(pass)
	err := r.instances(ctx, "SecurityGroupId", group)
	if err == nil {
		err = r.nics(ctx, "SecurityGroupId", group)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the members of security group %s: %w", group, practice.Gone(err))
	}
	if err := r.complete(ctx); err != nil {
		return nil, fmt.Errorf("reading the members of security group %s: %w", group, err)
	}
	return r.all(), nil
}

// Region reads the instances of the pass's region that have a path. What is still
// being made is left out: it has an event of its own.
func Region(ctx context.Context, pass *practice.Pass) ([]*Machine, error) {
	r := newReader(pass)
	r.lenient = true
	if err := r.instances(ctx); err != nil {
		return nil, fmt.Errorf("reading the instances of %s: %w", pass.Resource.Region, err)
	}
	if err := r.complete(ctx); err != nil {
		return nil, fmt.Errorf("reading the instances of %s: %w", pass.Resource.Region, err)
	}
	all := r.all()
	if err := Trace(ctx, pass, all); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(m *Machine) bool { return m.Path() == "" }), nil
}

// Facing names a member of a security group that the internet reaches by the very
// interface that is in the group, and the path; empty: there is none. A path to
// another interface of the member is not the group's concern, whose rules do not hold
// there. It reads no further than to the first.
func Facing(ctx context.Context, pass *practice.Pass, group string) (string, error) {
	r := newReader(pass)
	r.lenient = true // another member may do
	r.enough = func() bool { return r.facing() != "" }
	err := r.instances(ctx, "SecurityGroupId", group)
	if err == nil && !r.enough() {
		err = r.nics(ctx, "SecurityGroupId", group)
	}
	if err == nil && !r.enough() {
		err = trace(ctx, pass, slices.Collect(maps.Values(r.inside())))
	}
	if err == nil && !r.enough() {
		err = r.left
	}
	if err != nil {
		return "", fmt.Errorf("reading who in security group %s the internet reaches: %w", group, err)
	}
	return r.facing(), nil
}

// inside is the interfaces that lists by a group have told of, by their holders' names.
func (r *reader) inside() map[string]*Interface {
	found := maps.Clone(r.known)
	for _, m := range r.machines {
		found[m.String()] = m.Interfaces[0]
	}
	return found
}

func (r *reader) facing() string {
	found := r.inside()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if i := found[name]; i.Path != "" {
			return name + " by " + i.Path
		}
	}
	return ""
}
