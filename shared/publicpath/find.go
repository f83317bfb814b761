package publicpath

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Find reads the machines that an id of an event leads to: an instance, an interface,
// an IPv6 address, those behind a table of DNAT entries, a load balancer or a
// high-availability virtual IP, the members of a security group. Other ids (a NAT
// gateway's) lead to none.
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
	case "havip":
		err = r.holding(ctx, id)
	case "lb":
		err = r.inFront(ctx, "slb", id)
	case "alb", "nlb":
		err = r.inFront(ctx, kind, id)
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
	all, err := resource.IPv6Addresses(ctx, pass, pass.Resource.Region, "Ipv6AddressId", id)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", id, practice.Gone(err))
	}
	for _, a := range all {
		return Find(ctx, pass, a.AssociatedInstanceID)
	}
	return nil, fmt.Errorf("reading %s: %w", id, practice.ErrGone)
}

// behind adds the machines that the entries of a table lead to.
func (r *reader) behind(ctx context.Context, table string) error {
	g, found, err := resource.NATGatewayOf(ctx, r.pass, r.pass.Resource.Region, table)
	switch {
	case err != nil:
		return err
	case !found:
		return practice.ErrGone
	case g.Private():
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
	return r.at(ctx, g.VpcID, ips)
}

// at adds the machines that have private addresses of a VPC.
func (r *reader) at(ctx context.Context, vpc string, ips []string) error {
	for some := range chunks(ips) {
		// First addresses are looked for among instances, further ones among interfaces.
		err := r.instances(ctx, "VpcId", vpc, "InstanceNetworkType", "vpc", "PrivateIpAddresses", cloud.IDs(some...))
		if err != nil {
			return err
		}
		if err := r.nics(ctx, append([]string{"VpcId", vpc}, numbers("PrivateIpAddress", some)...)...); err != nil {
			return err
		}
	}
	return nil
}

// chunks is as many at a time as the API takes in one call, each once.
func chunks(all []string) iter.Seq[[]string] {
	return slices.Chunk(slices.Compact(slices.Sorted(slices.Values(all))), batch)
}

// numbers are parameters that are numbered: NetworkInterfaceId.1, .2 and so on.
func numbers(name string, values []string) (params []string) {
	for i, value := range values {
		params = append(params, name+"."+strconv.Itoa(i+1), value)
	}
	return params
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

// Region reads the instances of the pass's region that have a path, or may have one that
// cannot be read. What is still being made is left out: it has an event of its own.
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
	switch err := Trace(ctx, pass, all); {
	case IsUnread(err) != nil:
		return all, nil
	case err != nil:
		return nil, err
	}
	return slices.DeleteFunc(all, func(m *Machine) bool { return m.Path() == "" }), nil
}

// A Face is a member of a security group that the internet reaches.
type Face struct {
	Who    string // and by what: "web (i-1) by the EIP 203.0.113.80"; empty: there is none
	Behind bool   // by a load balancer, and no member otherwise
	Ports  []int  // of the members, to which load balancers forward
}

// Facing finds a member of a security group that the internet reaches by the very
// interface that is in the group. A path to another interface of the member is not the
// group's concern, whose rules do not hold there. It reads no further than to the first
// that no load balancer is in front of. An error that IsUnread says that there may be one.
func Facing(ctx context.Context, pass *practice.Pass, group string) (Face, error) {
	r := newReader(pass)
	r.lenient = true // another member may do
	r.enough = func() bool { f := r.face(); return f.Who != "" && !f.Behind }
	err := r.instances(ctx, "SecurityGroupId", group)
	if err == nil && !r.enough() {
		err = r.nics(ctx, "SecurityGroupId", group)
	}
	if err == nil && !r.enough() {
		err = trace(ctx, pass, func() []*Interface {
			if r.enough() {
				return nil
			}
			return slices.Collect(maps.Values(r.inside()))
		}, addresses, balancers)
	}
	if err == nil && r.face().Who == "" {
		err = r.left
	}
	if err != nil && r.face().Who == "" {
		return Face{}, fmt.Errorf("reading who in security group %s the internet reaches: %w", group, err)
	}
	return r.face(), nil
}

// inside is the interfaces that lists by a group have told of, by their holders' names.
func (r *reader) inside() map[string]*Interface {
	found := maps.Clone(r.known)
	for _, m := range r.machines {
		found[m.String()] = m.Interfaces[0]
	}
	return found
}

func (r *reader) face() (f Face) {
	found := r.inside()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		switch i := found[name]; {
		case i.Path == "":
		case !i.Behind:
			return Face{Who: name + " by " + i.Path}
		default:
			f.Who, f.Behind, f.Ports = cmp.Or(f.Who, name+" by "+i.Path), true, append(f.Ports, i.Ports...)
		}
	}
	slices.Sort(f.Ports)
	f.Ports = slices.Compact(f.Ports)
	return f
}
