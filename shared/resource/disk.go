package resource

import (
	"context"
	"errors"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeDisk is the type of a disk.
const TypeDisk = "ACS::ECS::Disk"

var _ = add(Kind{Type: TypeDisk, Words: "disk", Param: "DiskId", Prefix: "d-", ARN: "acs:ecs:%s:%s:disk/%s", Untags: "ecs",
	Page: "https://ecs.console.aliyun.com/diskdetail/{id}/detail?regionId={region}"})

// A Disk is one of an instance, or one that is on none.
type Disk struct {
	DiskID, DiskName, InstanceID                                         string
	Type, Category, KMSKeyID                                             string
	Encrypted                                                            bool
	Status, Device, RegionID, ZoneID, PerformanceLevel, SourceSnapshotID string
	Description, ResourceGroupID, AutoSnapshotPolicyID                   string
	DiskChargeType, MultiAttach                                          string
	CreationTime, AttachedTime, DetachedTime                             string
	Size, ProvisionedIOPS                                                int
	Portable, BurstingEnabled                                            bool
	DeleteWithInstance, DeleteAutoSnapshot, EnableAutoSnapshot           bool
	OperationLocks                                                       struct{ OperationLock []struct{ LockReason string } }
	Tags                                                                 cloud.Tags
}

// About says which disk it is. Disks of a service that makes them by itself carry its tags.
func (d Disk) About() About {
	tags := d.Tags.Map()
	return About{Type: TypeDisk, ID: d.DiskID, Name: d.DiskName, Tags: tags, Managed: Owner(tags), Created: cloud.Time(d.CreationTime)}
}

// Local tells whether it is a disk of the host itself, which can neither be encrypted nor have snapshots.
func (d Disk) Local() bool {
	return strings.HasPrefix(d.Category, "local_") || strings.HasPrefix(d.Category, "ephemeral")
}

type diskPage struct {
	cloud.Page
	Disks struct{ Disk []Disk }
}

func (p diskPage) Items() []Disk { return p.Disks.Disk }

func describeDisks(region string, params []string) cloud.Call {
	return cloud.New("ecs", "DescribeDisks", region, append([]string{"MaxResults", "500"}, params...)...)
}

// Disks reads those of a region that the parameters choose.
func Disks(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Disk, error) {
	return cloud.ReadList[diskPage](ctx, r, describeDisks(region, params))
}

// DisksOf reads what a resource is or holds: a disk, or those of an instance.
func DisksOf(ctx context.Context, r cloud.Reader, region, resourceType, id string) ([]Disk, error) {
	if resourceType == TypeDisk {
		return Disks(ctx, r, region, "DiskIds", cloud.IDs(id))
	}
	return Disks(ctx, r, region, KindOf(resourceType).Param, id)
}

// DiskPages is the same, page by page, until enough says so.
func DiskPages(ctx context.Context, r cloud.Reader, region string, enough func(page []Disk, more bool) bool, params ...string) error {
	return cloud.ReadItems[diskPage](ctx, r, describeDisks(region, params), enough)
}

// DefaultDiskKey is the key with which a region encrypts disks of which nobody says by which.
func DefaultDiskKey(ctx context.Context, r cloud.Reader, region string) (string, error) {
	var answer struct{ KMSKeyID string }
	if err := r.Read(ctx, cloud.New("ecs", "DescribeDiskDefaultKMSKeyId", region), &answer); err != nil {
		return "", err
	}
	if answer.KMSKeyID == "" {
		return "", errors.New("the answer does not say")
	}
	return answer.KMSKeyID, nil
}

// EncryptsDisks tells whether a region encrypts new disks of which nobody says how.
func EncryptsDisks(ctx context.Context, r cloud.Reader, region string) (bool, error) {
	var status struct{ Encrypted *bool }
	if err := r.Read(ctx, cloud.New("ecs", "DescribeDiskEncryptionByDefaultStatus", region), &status); err != nil {
		return false, err
	}
	if status.Encrypted == nil {
		return false, errors.New("the answer does not say")
	}
	return *status.Encrypted, nil
}
