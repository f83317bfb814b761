package eipuseslb

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// sharing names the other instances of the same application that have an EIP and are behind no load balancer; none
// where this one is behind one.
func sharing(ctx context.Context, pass *practice.Pass, i resource.Instance, key string) (names []string, err error) {
	app := i.Tags.Map()[key]
	if app == "" {
		return nil, nil // nobody has said what it is part of
	}
	alike, err := resource.Instances(ctx, pass, pass.Resource.Region, "Tag.1.Key", key, "Tag.1.Value", app)
	if err != nil {
		return nil, fmt.Errorf("reading the instances with %s=%s: %w", key, app, err)
	}
	alike = slices.DeleteFunc(alike, func(o resource.Instance) bool {
		eip, _, _ := o.EIP()
		return eip == "" || o.InstanceID == i.InstanceID
	})
	if len(alike) == 0 {
		return nil, nil
	}
	servers, err := publicpath.Balanced(ctx, pass)
	if err != nil {
		return nil, fmt.Errorf("reading what load balancers lead to: %w", err)
	}
	if servers.Holds(i) {
		return nil, nil
	}
	for _, o := range alike {
		if !servers.Holds(o) {
			names = append(names, o.InstanceID)
		}
	}
	slices.Sort(names)
	return names, nil
}
