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
)

// batch is how many ids the API takes in one call.
const batch = 100

// reader collects machines from lists of instances and lists of interfaces.
type reader struct {
	pass     *practice.Pass
	machines map[string]*Machine
	others   map[string]string     // interfaces that are still to be read, with their instance
	loose    map[string][]*nic     // interfaces that were read, by an instance that was not
	known    map[string]*Interface // interfaces that were read
	lenient  bool                  // what is still being made is left out
	left     error                 // why something was left out
	enough   func() bool           // no further page is needed
}

func newReader(pass *practice.Pass) *reader {
	return &reader{pass: pass, machines: map[string]*Machine{}, others: map[string]string{}, loose: map[string][]*nic{}, known: map[string]*Interface{},
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
	call := cloud.New("ecs", "DescribeInstances", r.pass.Resource.Region, append(params, "MaxResults", "100")...)
	read := cloud.ReadUntil(ctx, r.pass, call, func(p instancePage) bool {
		if p.Instances.Instance == nil {
			err = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		for i := 0; err == nil && i < len(p.Instances.Instance); i++ {
			err = r.addInstance(&p.Instances.Instance[i])
		}
		return err != nil || r.enough()
	})
	if err == nil {
		err = read
	}
	return err
}

func (r *reader) addInstance(v *instance) error {
	if r.machines[v.InstanceID] != nil {
		return nil
	}
	m, others, err := v.machine()
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
	call := cloud.New("ecs", "DescribeNetworkInterfaces", r.pass.Resource.Region, append(params, "MaxResults", "500")...)
	read := cloud.ReadUntil(ctx, r.pass, call, func(p nicPage) bool {
		if p.NetworkInterfaceSets.NetworkInterfaceSet == nil {
			err = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		for i := 0; err == nil && i < len(p.NetworkInterfaceSets.NetworkInterfaceSet); i++ {
			err = r.addNIC(&p.NetworkInterfaceSets.NetworkInterfaceSet[i])
		}
		return err != nil || r.enough()
	})
	if err == nil {
		err = read
	}
	return err
}

func (r *reader) addNIC(n *nic) error {
	if r.known[n.NetworkInterfaceID] != nil || !n.onInstance() && n.Status == "Available" { // a free one leads nowhere
		return nil
	}
	i, err := n.read()
	if err != nil {
		return err
	}
	r.known[i.ID] = i
	switch m := r.machines[n.InstanceID]; {
	case !n.onInstance():
		r.alone(n)
	case m == nil:
		r.loose[n.InstanceID] = append(r.loose[n.InstanceID], n)
	case n.Type != "Primary": // which the instance has told of
		m.Interfaces = append(m.Interfaces, i)
	}
	return nil
}

// alone makes a machine of an interface behind which a service runs something.
func (r *reader) alone(n *nic) {
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
			case n.Type != "Primary":
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
