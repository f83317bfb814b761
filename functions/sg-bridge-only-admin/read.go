package sgbridgeonlyadmin

import (
	"context"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// bridge is a group of bastion hosts.
type bridge struct{ id, vpc string }

// read finds the bridges of the region, by their names and by their tags.
func read(ctx context.Context, pass *practice.Pass) (found []bridge, err error) {
	type page struct {
		cloud.Page
		SecurityGroups struct {
			SecurityGroup []struct{ SecurityGroupID, VpcID string }
		}
	}
	all := cloud.New("ecs", "DescribeSecurityGroups", pass.Resource.Region, "MaxResults", "100")
	var calls []cloud.Call
	for _, name := range pass.Param("names") {
		calls = append(calls, all.With("SecurityGroupName", name))
	}
	for _, tag := range pass.Param("tags") {
		key, value, exact := strings.Cut(tag, "=")
		call := all.With("Tag.1.Key", key)
		if exact {
			call = call.With("Tag.1.Value", value)
		}
		calls = append(calls, call)
	}
	for _, call := range calls {
		err := cloud.ReadAll(ctx, pass, call, func(p page) {
			for _, g := range p.SecurityGroups.SecurityGroup {
				if g.VpcID != "" {
					found = append(found, bridge{g.SecurityGroupID, g.VpcID})
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("looking for the groups of bastion hosts: %w", err)
		}
	}
	return found, nil
}
