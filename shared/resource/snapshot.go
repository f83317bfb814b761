package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeSnapshot is the type of a snapshot.
const TypeSnapshot = "ACS::ECS::Snapshot"

var _ = add(Kind{Type: TypeSnapshot, Words: "snapshot", Param: "SnapshotId", Prefix: "s-", ARN: "acs:ecs:%s:%s:snapshot/%s", Untags: "ecs"})

// A Snapshot is what a disk held at a time.
type Snapshot struct {
	SnapshotID, SnapshotName, SnapshotType, Status, Usage    string
	SourceDiskID, SourceDiskType, SourceSnapshotID, KMSKeyID string
	Progress, CreationTime                                   string

	RetentionDays int
	Encrypted     *bool // nil: the answer does not say
	Tags          cloud.Tags
}

// About says which snapshot it is.
func (s Snapshot) About() About {
	tags := s.Tags.Map()
	return About{Type: TypeSnapshot, ID: s.SnapshotID, Name: s.SnapshotName, Tags: tags, Managed: Owner(tags)}
}

type snapshotPage struct {
	cloud.Page
	Snapshots struct{ Snapshot []Snapshot }
}

func (p snapshotPage) Items() []Snapshot { return p.Snapshots.Snapshot }

func describeSnapshots(region string, params []string) cloud.Call {
	return cloud.New("ecs", "DescribeSnapshots", region, append([]string{"MaxResults", "100"}, params...)...)
}

// Snapshots reads those of a region that the parameters choose. That they are not encrypted cannot be asked for: Encrypted=false
// is the default, and chooses all.
func Snapshots(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Snapshot, error) {
	all, err := cloud.ReadList[snapshotPage](ctx, r, describeSnapshots(region, params))
	for _, s := range all {
		if s.SnapshotID == "" || s.Encrypted == nil || s.Status == "" {
			return nil, fmt.Errorf("snapshot %q: the answer does not say its status, or whether it is encrypted", s.SnapshotID)
		}
	}
	return all, err
}
