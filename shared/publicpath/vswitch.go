package publicpath

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// VSwitches names the vSwitches that an id of an event leads to: itself, or those of all
// interfaces of what Find finds. A load balancer leads to none: nothing behind it has an address by that.
func VSwitches(ctx context.Context, pass *practice.Pass, id string) ([]string, error) {
	if strings.HasPrefix(id, "vsw-") {
		return []string{id}, nil
	}
	if kind, _, _ := strings.Cut(id, "-"); kind == "lb" || kind == "alb" || kind == "nlb" {
		return nil, nil
	}
	machines, err := Find(ctx, pass, id)
	var all []string
	for _, m := range machines {
		for _, i := range m.Interfaces {
			if i.VSwitch != "" { // the classic network has none
				all = append(all, i.VSwitch)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// InVSwitch reads the instances that have an interface in a vSwitch, each with all of its
// interfaces. What is still being made is left out: it has an event of its own.
func InVSwitch(ctx context.Context, pass *practice.Pass, id string) ([]*Machine, error) {
	r := newReader(pass)
	r.lenient = true
	err := r.instances(ctx, "VSwitchId", id)
	if err == nil {
		err = r.nics(ctx, "VSwitchId", id)
	}
	if err == nil {
		err = r.complete(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is in vSwitch %s: %w", id, practice.Gone(err))
	}
	// Behind other interfaces cloud services run something of their own.
	return slices.DeleteFunc(r.all(), func(m *Machine) bool { return !strings.HasPrefix(m.ID, "i-") }), nil
}
