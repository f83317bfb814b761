package resource

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeSnapshotPolicy is the type of a policy by which snapshots of disks are taken.
const TypeSnapshotPolicy = "ACS::ECS::AutoSnapshotPolicy"

var _ = add(Kind{Type: TypeSnapshotPolicy, Words: "automatic snapshot policy", Param: "autoSnapshotPolicyId", Prefix: "sp-",
	ARN: "acs:ecs:%s:%s:snapshotpolicy/%s", Untags: "ecs"})

// A SnapshotPolicy says when snapshots of its disks are taken, and for how long they are kept. What is a pointer was not said where
// it is nil.
type SnapshotPolicy struct {
	AutoSnapshotPolicyID, AutoSnapshotPolicyName, Status string
	TimePoints, RepeatWeekdays                           string // JSON lists of numbers in text

	RetentionDays, DiskNums *int // days; -1: for ever
	Tags                    cloud.Tags
}

// About says which policy it is.
func (p SnapshotPolicy) About() About {
	return About{Type: TypeSnapshotPolicy, ID: p.AutoSnapshotPolicyID, Name: p.AutoSnapshotPolicyName, Tags: p.Tags.Map()}
}

// Weekdays are the days on which it takes snapshots: 1 is Monday.
func (p SnapshotPolicy) Weekdays() (days []string, err error) {
	if err := json.Unmarshal([]byte(p.RepeatWeekdays), &days); err != nil || len(days) == 0 {
		return nil, fmt.Errorf("policy %s: the answer does not say on which days it takes snapshots: %q", p.AutoSnapshotPolicyID, p.RepeatWeekdays)
	}
	return days, nil
}

type snapshotPolicyPage struct {
	AutoSnapshotPolicies struct{ AutoSnapshotPolicy []SnapshotPolicy }
}

func (p snapshotPolicyPage) Items() []SnapshotPolicy {
	return p.AutoSnapshotPolicies.AutoSnapshotPolicy
}

// SnapshotPolicies reads those of a region that the parameters choose.
func SnapshotPolicies(ctx context.Context, r cloud.Reader, region string, params ...string) ([]SnapshotPolicy, error) {
	all, err := cloud.ReadNumbered[snapshotPolicyPage](ctx, r, cloud.New("ecs", "DescribeAutoSnapshotPolicyEx", region, params...))
	for _, p := range all {
		if p.AutoSnapshotPolicyID == "" || p.Status == "" || p.RetentionDays == nil || p.DiskNums == nil {
			return nil, fmt.Errorf("policy %q: the answer does not say its status, how long it keeps snapshots, or of how many disks", p.AutoSnapshotPolicyID)
		}
	}
	return all, err
}
