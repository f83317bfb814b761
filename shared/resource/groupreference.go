package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// ReferringGroups names the security groups of which a rule names a group.
func ReferringGroups(ctx context.Context, r cloud.Reader, region, id string) (ids []string, err error) {
	var answer struct {
		SecurityGroupReferences *struct {
			SecurityGroupReference []struct {
				SecurityGroupID           string
				ReferencingSecurityGroups struct {
					ReferencingSecurityGroup []struct{ SecurityGroupID string }
				}
			}
		}
	}
	if err := r.Read(ctx, cloud.New("ecs", "DescribeSecurityGroupReferences", region, "SecurityGroupId.1", id), &answer); err != nil {
		return nil, err
	}
	if answer.SecurityGroupReferences == nil {
		return nil, fmt.Errorf("ecs:DescribeSecurityGroupReferences: the answer has no list for %s", id)
	}
	for _, of := range answer.SecurityGroupReferences.SecurityGroupReference {
		for _, other := range of.ReferencingSecurityGroups.ReferencingSecurityGroup {
			if of.SecurityGroupID == id {
				ids = append(ids, other.SecurityGroupID)
			}
		}
	}
	return ids, nil
}
