package publicpath

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// batch is how many ids the API takes in one call.
const batch = 100

// reader collects machines from lists of instances and lists of interfaces.
type reader struct {
	pass     *practice.Pass
	machines map[string]*Machine
	others   map[string]string                // interfaces that are still to be read, with their instance
	loose    map[string][]*resource.Interface // interfaces that were read, by an instance that was not
	known    map[string]*Interface            // interfaces that were read
	lenient  bool                             // what is still being made is left out
	left     error                            // why something was left out
	enough   func() bool                      // no further page is needed
}

func newReader(pass *practice.Pass) *reader {
	return &reader{pass: pass, machines: map[string]*Machine{}, others: map[string]string{}, loose: map[string][]*resource.Interface{}, known: map[string]*Interface{},
		enough: func() bool { return false }}
}

// all is the machines in the order of their ids, each with its primary interface first.
func (r *reader) all() []*Machine {
	machines := slices.Collect(maps.Values(r.machines))
	slices.SortFunc(machines, func(a, b *Machine) int { return cmp.Compare(a.ID, b.ID) })
	for _, m := range machines {
		slices.SortFunc(m.Interfaces[1:], func(a, b *Interface) int { return cmp.Compare(a.ID, b.ID) })
	}
	return machines
}

// instances adds the instances that DescribeInstances finds.
func (r *reader) instances(ctx context.Context, params ...string) (err error) {
	read := resource.InstancePages(ctx, r.pass, r.pass.Resource.Region, func(page []resource.Instance, _ bool) bool {
		for i := 0; err == nil && i < len(page); i++ {
			err = r.addInstance(&page[i])
		}
		return err != nil || r.enough()
	}, params...)
	return cmp.Or(err, read)
}

func (r *reader) addInstance(v *resource.Instance) error {
	if r.machines[v.InstanceID] != nil {
		return nil
	}
	m, others, err := machine(v)
	if err != nil {
		return r.leave(err)
	}
	r.machines[m.ID] = m
	for _, id := range others {
		r.others[id] = m.ID
	}
	return nil
}

// leave is err, unless the reader is one that leaves out what is still being made.
func (r *reader) leave(err error) error {
	if r.lenient && errors.Is(err, practice.ErrNotYet) {
		r.left = err
		return nil
	}
	return err
}

// nics adds the interfaces that DescribeNetworkInterfaces finds.
func (r *reader) nics(ctx context.Context, params ...string) (err error) {
	read := resource.InterfacePages(ctx, r.pass, r.pass.Resource.Region, func(page []resource.Interface, _ bool) bool {
		for i := 0; err == nil && i < len(page); i++ {
			err = r.addNIC(&page[i])
		}
		return err != nil || r.enough()
	}, params...)
	return cmp.Or(err, read)
}

func (r *reader) addNIC(n *resource.Interface) error {
	if r.known[n.NetworkInterfaceID] != nil || !onInstance(n) && n.Status == "Available" { // a free one leads nowhere
		return nil
	}
	i, err := describe(n)
	if err != nil {
		return err
	}
	r.known[i.ID] = i
	switch m := r.machines[n.InstanceID]; {
	case !onInstance(n):
		r.alone(n)
	case m == nil:
		r.loose[n.InstanceID] = append(r.loose[n.InstanceID], n)
	case !n.Primary(): // which the instance has told of
		m.Interfaces = append(m.Interfaces, i)
	}
	return nil
}

// alone makes a machine of an interface behind which a service runs something.
func (r *reader) alone(n *resource.Interface) {
	r.machines[n.NetworkInterfaceID] = &Machine{ID: n.NetworkInterfaceID, Tags: n.Tags.Map(), Interfaces: []*Interface{r.known[n.NetworkInterfaceID]}}
}

// complete reads the instances of interfaces, and the other interfaces of instances.
func (r *reader) complete(ctx context.Context) error {
	for some := range slices.Chunk(slices.Sorted(maps.Keys(r.loose)), batch) {
		if err := r.instances(ctx, "InstanceIds", cloud.IDs(some...)); err != nil {
			return err
		}
	}
	for holder, nics := range r.loose {
		m := r.machines[holder]
		for _, n := range nics {
			switch {
			case m == nil && n.ServiceManaged:
				r.alone(n)
			case m == nil:
				err := fmt.Errorf("instance %s, which network interface %s is on, is not to be seen: %w", holder, n.NetworkInterfaceID, practice.ErrNotYet)
				if err := r.leave(err); err != nil {
					return err
				}
			case !n.Primary():
				m.Interfaces = append(m.Interfaces, r.known[n.NetworkInterfaceID])
			}
		}
	}
	clear(r.loose)
	maps.DeleteFunc(r.others, func(id, _ string) bool { return r.known[id] != nil })
	for some := range slices.Chunk(slices.Sorted(maps.Keys(r.others)), batch) {
		if err := r.nics(ctx, numbers("NetworkInterfaceId", some)...); err != nil {
			return err
		}
		for _, id := range some {
			if r.known[id] != nil {
				continue
			}
			err := fmt.Errorf("network interface %s of instance %s is not to be seen: %w", id, r.others[id], practice.ErrNotYet)
			if err := r.leave(err); err != nil {
				return err
			}
		}
	}
	return nil
}
