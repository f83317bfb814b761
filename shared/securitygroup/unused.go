package securitygroup

import (
	"context"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// DeleteAfter is the Param of practices that may delete a group that nobody uses.
var DeleteAfter = practice.Param{Name: "delete-after-days", Kind: practice.Number, Default: []string{"0"}, Most: 3650,
	Doc: "how many days after it was made such a group that nobody uses is deleted, which cannot be undone; 0: never"}

// UnusedReads are what Unused and Delete read, besides the group.
var UnusedReads = []string{"ecs:DescribeNetworkInterfaces", "ecs:DescribeSecurityGroupReferences"}

// Unused tells whether a group that was read with IsQueryEcsCount has no instance, no network
// interface, and no other group's rule that names it. Of an RDS instance or another service that
// names it nobody here knows. Since when nobody uses it no answer says: how old it is, Created
// does.
func (i Info) Unused(ctx context.Context, pass *practice.Pass) (bool, error) {
	switch {
	case i.Members == nil:
		return false, fmt.Errorf("counting the members of security group %s: the answer does not say", i.ID)
	case *i.Members > 0:
		return false, nil
	}
	interfaces, references, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]resource.Interface, error) {
			return resource.Interfaces(ctx, pass, pass.Resource.Region, "SecurityGroupId", i.ID)
		},
		func(ctx context.Context) ([]string, error) {
			return resource.ReferringGroups(ctx, pass, pass.Resource.Region, i.ID)
		})
	if err != nil {
		return false, fmt.Errorf("reading who uses security group %s: %w", i.ID, err)
	}
	return len(interfaces)+len(references) == 0, nil
}

// Older tells whether the group was made so many days ago; one of which nobody knows when is not.
func (i Info) Older(pass *practice.Pass, days int) bool {
	return pass.Older(i.Created, time.Duration(days)*24*time.Hour)
}

// Delete deletes a group that nobody uses, where the param delete-after-days wants that by now. The
// cloud refuses it for a group that somebody has begun to use meanwhile.
func (i Info) Delete(ctx context.Context, pass *practice.Pass) ([]practice.Change, error) {
	days := pass.Int(DeleteAfter.Name)
	if days == 0 || i.SystemMade() || !i.Older(pass, days) {
		return nil, nil
	}
	unused, err := i.Unused(ctx, pass)
	if err != nil || !unused {
		return nil, err
	}
	return []practice.Change{{Why: "delete the group " + i.ID + ", which nobody uses; it cannot be taken back, and a new one has another id",
		Call: cloud.New("ecs", "DeleteSecurityGroup", pass.Resource.Region, "SecurityGroupId", i.ID)}}, nil
}
