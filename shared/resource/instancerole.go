package resource

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// InstanceRole reads which RAM role programs on an instance take; empty: none.
func InstanceRole(ctx context.Context, r cloud.Reader, region, instance string) (string, error) {
	type set struct{ InstanceID, RAMRoleName string }
	var answer struct {
		InstanceRAMRoleSets struct{ InstanceRAMRoleSet []set }
	}
	if err := r.Read(ctx, cloud.New("ecs", "DescribeInstanceRamRole", region, "InstanceIds", cloud.IDs(instance)), &answer); err != nil {
		return "", err
	}
	all := answer.InstanceRAMRoleSets.InstanceRAMRoleSet
	i := slices.IndexFunc(all, func(s set) bool { return s.InstanceID == instance })
	if i < 0 {
		return "", fmt.Errorf("the answer does not say which role instance %s has", instance)
	}
	return all[i].RAMRoleName, nil
}
