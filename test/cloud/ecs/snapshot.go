package ecs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// snapshot is a copy of a disk at a time. It is encrypted when the disk is.
type snapshot struct {
	kernel.Resource
	disk, diskKind, kind, source, sourceRegion string // kind: user or auto; source: the snapshot that it is a copy of
	size, days                                 int    // days: how long it is kept; 0 for ever
	encrypted                                  bool
	key                                        string
}

const snapshotKind = "ACS::ECS::Snapshot"

var onSnapshot = onEach("snapshot", kernel.Named("SnapshotId"))

var snapshotActions = []action{
	{
		Name: "CreateSnapshot", Write: true, On: kernel.Both(onDisk, onEach("snapshot", kernel.Named())), Do: createSnapshot,
		Params: `DiskId! SnapshotName Description RetentionDays:Integer=1..65536 Category=standard|flash InstantAccess:Boolean
			InstantAccessRetentionDays:Integer StorageLocationArn ResourceGroupId ClientToken Tag:RepeatList(Key Value key value)`,
	},
	{
		Name: "CopySnapshot", Write: true, On: onSnapshot, Do: copySnapshot,
		Params: `RegionId! SnapshotId! DestinationRegionId! DestinationSnapshotName! DestinationSnapshotDescription! Encrypted:Boolean KMSKeyId
			RetentionDays:Integer=1..65536 DestinationStorageLocationArn ResourceGroupId ClientToken
			Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn) Tag:RepeatList(Key Value)`,
	},
	{Name: "DeleteSnapshot", Write: true, On: onSnapshot, Do: deleteSnapshot, Params: "SnapshotId! Force:Boolean"},
	{
		Name: "ModifySnapshotAttribute", Write: true, On: onSnapshot, Do: modifySnapshot,
		Params: "SnapshotId! SnapshotName Description RetentionDays:Integer=1..65536 DisableInstantAccess:Boolean",
	},
	{
		Name: "DescribeSnapshots", On: onEach("snapshot", kernel.NamedIn("SnapshotIds")), Do: describeSnapshots,
		Params: `RegionId! SnapshotIds SnapshotName SnapshotType=auto|user|all SnapshotLinkId DiskId InstanceId SourceDiskType=System|Data|system|data
			Status=progressing|accomplished|failed|all Usage=image|disk|image_disk|none Category Encrypted:Boolean KMSKeyId ResourceGroupId
			DryRun:Boolean Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Tag:RepeatList(Key Value key value)
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// snapshot finds the snapshot of a call.
func (q *request) snapshot() (*snapshot, error) {
	s, ok := kernel.Find(q.Request, q.c.snapshots, q.Str("SnapshotId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidSnapshotId.NotFound", "The specified snapshot is not found.")
	}
	q.Touch(snapshotKind, s.ID)
	return s, nil
}

// newSnapshot takes one of a disk.
func (q *request) newSnapshot(d *disk, name string) *snapshot {
	s := &snapshot{
		Resource: q.NewResource("s", name), disk: d.ID, diskKind: d.kind, kind: "user", size: d.size, encrypted: d.encrypted, key: d.key,
	}
	s.Name = cmp.Or(s.Name, s.ID)
	q.c.snapshots = append(q.c.snapshots, s)
	q.Touch(snapshotKind, s.ID)
	return s
}

func createSnapshot(q *request) (any, error) {
	d, err := q.disk()
	switch {
	case err != nil:
		return nil, err
	case isLocalDisk(d.category):
		return nil, kernel.Refuse(400, "DiskCategory.OperationNotSupported", "The type of the specified disk does not support creating a snapshot.")
	case strings.HasPrefix(q.Str("SnapshotName"), "auto"):
		return nil, kernel.Refuse(400, "InvalidSnapshotName.Malformed", "The specified parameter SnapshotName is not valid.")
	}
	s := q.newSnapshot(d, q.Str("SnapshotName"))
	s.days = q.Num("RetentionDays", 0)
	return map[string]any{"SnapshotId": s.ID}, nil
}

// copied is a copy of a snapshot for another region, or encrypted for its own.
func (q *request) copied(s *snapshot, region, name, description string) (*snapshot, error) {
	if !slices.Contains(kernel.Regions, region) {
		return nil, kernel.Refuse(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
	}
	if q.Has("KMSKeyId") && !q.Is("Encrypted") {
		return nil, kernel.Refuse(400, "InvalidEncrypted.NotMatchKmsKeyId", "The specified parameter Encrypted must be true when KmsKeyId is not empty.")
	}
	c := *s
	c.Resource = kernel.Resource{ID: q.c.ResourceID("s", region), Region: region, Name: name, Description: description, Tags: q.Tags(), Created: q.c.Clock()}
	c.source, c.sourceRegion, c.days = s.ID, s.Region, q.Num("RetentionDays", 0)
	if c.encrypted = s.encrypted || q.Is("Encrypted"); c.encrypted {
		c.key = cmp.Or(q.Str("KMSKeyId"), q.c.DiskEncryption(region).keyInUse())
	}
	q.c.snapshots = append(q.c.snapshots, &c)
	q.Touch(snapshotKind, c.ID)
	return &c, nil
}

func copySnapshot(q *request) (any, error) {
	s, err := q.snapshot()
	switch {
	case err != nil:
		return nil, err
	case !q.c.Settled(s.Created):
		return nil, kernel.Refuse(403, "IncorrectSnapshotStatus", "The current status of the snapshot does not support this operation.")
	}
	c, err := q.copied(s, q.Str("DestinationRegionId"), q.Str("DestinationSnapshotName"), q.Str("DestinationSnapshotDescription"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"SnapshotId": c.ID}, nil
}

func deleteSnapshot(q *request) (any, error) {
	s, err := q.snapshot()
	switch {
	case err != nil:
		return nil, err
	case q.c.inImage(s):
		return nil, kernel.Refuse(403, "SnapshotCreatedImage", "The snapshot has been used to create user defined image(s).")
	case q.c.inDisk(s) && !q.Is("Force"):
		return nil, kernel.Refuse(403, "SnapshotCreatedDisk", "The snapshot has been used to create disk(s).")
	}
	q.c.snapshots = kernel.Without(q.c.snapshots, s.ID)
	return kernel.Done()
}

func (c *Service) inImage(s *snapshot) bool {
	return slices.ContainsFunc(c.images, func(i *image) bool { return slices.Contains(i.snapshots, s.ID) })
}

func (c *Service) inDisk(s *snapshot) bool {
	return slices.ContainsFunc(c.disks, func(d *disk) bool { return d.snapshot == s.ID })
}

func (c *Service) usage(s *snapshot) string {
	return map[[2]bool]string{{false, false}: "none", {true, false}: "image", {false, true}: "disk", {true, true}: "image_disk"}[[2]bool{c.inImage(s), c.inDisk(s)}]
}

// modifySnapshot can make a snapshot be kept longer, not shorter.
func modifySnapshot(q *request) (any, error) {
	s, err := q.snapshot()
	if err != nil {
		return nil, err
	}
	if days := q.Num("RetentionDays", s.days); days != s.days {
		if s.days == 0 || days < s.days {
			return nil, kernel.Refuse(400, "InvalidParameter.RetentionDays", "The specified parameter RetentionDays is not valid: it can only be extended.")
		}
		s.days = days
	}
	s.Name, s.Description = q.OrElse("SnapshotName", s.Name), q.OrElse("Description", s.Description)
	return kernel.Done()
}

func describeSnapshots(q *request) (any, error) {
	ids, err := q.JSONList("SnapshotIds", 100)
	if err != nil {
		return nil, err
	}
	onInstance := map[string]bool{}
	for _, d := range q.c.disks {
		onInstance[d.ID] = d.instance == q.Str("InstanceId")
	}
	kept := kernel.Within(q.Request, q.c.snapshots, func(s *snapshot) bool {
		return (ids == nil || slices.Contains(ids, s.ID)) && q.Matches("SnapshotName", s.Name) && q.OneOf("SnapshotType", s.kind) &&
			q.Matches("DiskId", s.disk) && (!q.Has("InstanceId") || onInstance[s.disk]) && q.OneOf("Status", q.c.snapshotStatus(s)) &&
			(!q.Has("SourceDiskType") || strings.EqualFold(q.Str("SourceDiskType"), s.diskKind)) && q.Matches("Usage", q.c.usage(s)) &&
			(!q.Is("Encrypted") || s.encrypted) && // false is the default, and means no filter
			q.Matches("KMSKeyId", s.key) && s.HasTags(q.Request) && q.createdBetween(s.Created)
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, s := range page {
		views = append(views, q.snapshotView(s))
	}
	answer["Snapshots"] = map[string]any{"Snapshot": views}
	return answer, nil
}

// createdBetween applies the filters CreationStartTime and CreationEndTime.
func (q *request) createdBetween(t time.Time) bool {
	for _, n := range []string{"1", "2"} {
		at, err := time.Parse("2006-01-02T15:04Z", q.Str("Filter."+n+".Value"))
		key := q.Str("Filter." + n + ".Key")
		if err == nil && (key == "CreationStartTime" && t.Before(at) || key == "CreationEndTime" && t.After(at)) {
			return false
		}
	}
	return true
}

func (c *Service) snapshotStatus(s *snapshot) string {
	return c.Status(s.Created, "progressing", "accomplished")
}

func (q *request) snapshotView(s *snapshot) map[string]any {
	ready := q.c.Settled(s.Created)
	return map[string]any{
		"SnapshotId": s.ID, "SnapshotName": s.Name, "Description": s.Description, "RegionId": s.Region, "Status": q.c.snapshotStatus(s),
		"Progress": map[bool]string{true: "100%", false: "0%"}[ready], "Available": ready, "CreationTime": kernel.Stamp(s.Created), "LastModifiedTime": kernel.Stamp(s.Created),
		"SourceDiskId": s.disk, "SourceDiskType": s.diskKind, "SourceDiskSize": fmt.Sprint(s.size), "SnapshotType": s.kind, "Category": "standard",
		"Encrypted": s.encrypted, "KMSKeyId": s.key, "RetentionDays": s.days, "Usage": q.c.usage(s), "InstantAccess": false, "RemainTime": 0,
		"SourceSnapshotId": s.source, "SourceRegionId": s.sourceRegion, "ResourceGroupId": "", "ProductCode": "",
		"Tags": map[string]any{"Tag": kernel.TagViews(s.Tags, "TagKey", "TagValue")},
	}
}
