package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// snapshot is a copy of a disk at a time. It is encrypted when the disk is.
type snapshot struct {
	ecsResource
	disk, diskKind, kind, source, sourceRegion string // kind: user or auto; source: the snapshot that it is a copy of
	size, days                                 int    // days: how long it is kept; 0 for ever
	encrypted                                  bool
	key                                        string
}

const snapshotKind = "ACS::ECS::Snapshot"

var onSnapshot = onEach("snapshot", named("SnapshotId"))

var snapshotActions = []rpcAction{
	{
		name: "CreateSnapshot", write: true, on: both(onDisk, onEach("snapshot", named())), do: createSnapshot,
		params: `DiskId! SnapshotName Description RetentionDays:Integer=1..65536 Category=standard|flash InstantAccess:Boolean
			InstantAccessRetentionDays:Integer StorageLocationArn ResourceGroupId ClientToken Tag:RepeatList(Key Value key value)`,
	},
	{
		name: "CopySnapshot", write: true, on: onSnapshot, do: copySnapshot,
		params: `RegionId! SnapshotId! DestinationRegionId! DestinationSnapshotName! DestinationSnapshotDescription! Encrypted:Boolean KMSKeyId
			RetentionDays:Integer=1..65536 DestinationStorageLocationArn ResourceGroupId ClientToken
			Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn) Tag:RepeatList(Key Value)`,
	},
	{name: "DeleteSnapshot", write: true, on: onSnapshot, do: deleteSnapshot, params: "SnapshotId! Force:Boolean"},
	{
		name: "ModifySnapshotAttribute", write: true, on: onSnapshot, do: modifySnapshot,
		params: "SnapshotId! SnapshotName Description RetentionDays:Integer=1..65536 DisableInstantAccess:Boolean",
	},
	{
		name: "DescribeSnapshots", on: onEach("snapshot", namedIn("SnapshotIds")), do: describeSnapshots,
		params: `RegionId! SnapshotIds SnapshotName SnapshotType=auto|user|all SnapshotLinkId DiskId InstanceId SourceDiskType=System|Data|system|data
			Status=progressing|accomplished|failed|all Usage=image|disk|image_disk|none Category Encrypted:Boolean KMSKeyId ResourceGroupId
			DryRun:Boolean Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Tag:RepeatList(Key Value key value)
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// snapshot finds the snapshot of a call.
func (q *rpcRequest) snapshot() (*snapshot, error) {
	s, ok := find(q, q.c.ecs.snapshots, q.str("SnapshotId"))
	if !ok {
		return nil, refuse(404, "InvalidSnapshotId.NotFound", "The specified snapshot is not found.")
	}
	q.touch(snapshotKind, s.id)
	return s, nil
}

// newSnapshot takes one of a disk.
func (q *rpcRequest) newSnapshot(d *disk, name string) *snapshot {
	s := &snapshot{
		ecsResource: q.newResource("s", name), disk: d.id, diskKind: d.kind, kind: "user", size: d.size, encrypted: d.encrypted, key: d.key,
	}
	s.name = cmp.Or(s.name, s.id)
	q.c.ecs.snapshots = append(q.c.ecs.snapshots, s)
	q.touch(snapshotKind, s.id)
	return s
}

func createSnapshot(q *rpcRequest) (any, error) {
	d, err := q.disk()
	switch {
	case err != nil:
		return nil, err
	case isLocalDisk(d.category):
		return nil, refuse(400, "DiskCategory.OperationNotSupported", "The type of the specified disk does not support creating a snapshot.")
	case strings.HasPrefix(q.str("SnapshotName"), "auto"):
		return nil, refuse(400, "InvalidSnapshotName.Malformed", "The specified parameter SnapshotName is not valid.")
	}
	s := q.newSnapshot(d, q.str("SnapshotName"))
	s.days = q.num("RetentionDays", 0)
	return map[string]any{"SnapshotId": s.id}, nil
}

// copied is a copy of a snapshot for another region, or encrypted for its own.
func (q *rpcRequest) copied(s *snapshot, region, name, description string) (*snapshot, error) {
	if !slices.Contains(regions, region) {
		return nil, refuse(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
	}
	if q.has("KMSKeyId") && !q.is("Encrypted") {
		return nil, refuse(400, "InvalidEncrypted.NotMatchKmsKeyId", "The specified parameter Encrypted must be true when KmsKeyId is not empty.")
	}
	c := *s
	c.ecsResource = ecsResource{id: q.c.resourceID("s", region), region: region, name: name, description: description, tags: q.tags(), created: q.c.clock()}
	c.source, c.sourceRegion, c.days = s.id, s.region, q.num("RetentionDays", 0)
	if c.encrypted = s.encrypted || q.is("Encrypted"); c.encrypted {
		c.key = cmp.Or(q.str("KMSKeyId"), q.c.diskEncryption(region).keyInUse())
	}
	q.c.ecs.snapshots = append(q.c.ecs.snapshots, &c)
	q.touch(snapshotKind, c.id)
	return &c, nil
}

func copySnapshot(q *rpcRequest) (any, error) {
	s, err := q.snapshot()
	switch {
	case err != nil:
		return nil, err
	case !q.c.settled(s.created):
		return nil, refuse(403, "IncorrectSnapshotStatus", "The current status of the snapshot does not support this operation.")
	}
	c, err := q.copied(s, q.str("DestinationRegionId"), q.str("DestinationSnapshotName"), q.str("DestinationSnapshotDescription"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"SnapshotId": c.id}, nil
}

func deleteSnapshot(q *rpcRequest) (any, error) {
	s, err := q.snapshot()
	switch {
	case err != nil:
		return nil, err
	case q.c.inImage(s):
		return nil, refuse(403, "SnapshotCreatedImage", "The snapshot has been used to create user defined image(s).")
	case q.c.inDisk(s) && !q.is("Force"):
		return nil, refuse(403, "SnapshotCreatedDisk", "The snapshot has been used to create disk(s).")
	}
	q.c.ecs.snapshots = without(q.c.ecs.snapshots, s.id)
	return done()
}

func (c *Cloud) inImage(s *snapshot) bool {
	return slices.ContainsFunc(c.ecs.images, func(i *image) bool { return slices.Contains(i.snapshots, s.id) })
}

func (c *Cloud) inDisk(s *snapshot) bool {
	return slices.ContainsFunc(c.ecs.disks, func(d *disk) bool { return d.snapshot == s.id })
}

func (c *Cloud) usage(s *snapshot) string {
	return map[[2]bool]string{{false, false}: "none", {true, false}: "image", {false, true}: "disk", {true, true}: "image_disk"}[[2]bool{c.inImage(s), c.inDisk(s)}]
}

// modifySnapshot can make a snapshot be kept longer, not shorter.
func modifySnapshot(q *rpcRequest) (any, error) {
	s, err := q.snapshot()
	if err != nil {
		return nil, err
	}
	if days := q.num("RetentionDays", s.days); days != s.days {
		if s.days == 0 || days < s.days {
			return nil, refuse(400, "InvalidParameter.RetentionDays", "The specified parameter RetentionDays is not valid: it can only be extended.")
		}
		s.days = days
	}
	s.name, s.description = q.orElse("SnapshotName", s.name), q.orElse("Description", s.description)
	return done()
}

func describeSnapshots(q *rpcRequest) (any, error) {
	ids, err := q.jsonList("SnapshotIds", 100)
	if err != nil {
		return nil, err
	}
	onInstance := map[string]bool{}
	for _, d := range q.c.ecs.disks {
		onInstance[d.id] = d.instance == q.str("InstanceId")
	}
	kept := within(q, q.c.ecs.snapshots, func(s *snapshot) bool {
		return (ids == nil || slices.Contains(ids, s.id)) && q.matches("SnapshotName", s.name) && q.oneOf("SnapshotType", s.kind) &&
			q.matches("DiskId", s.disk) && (!q.has("InstanceId") || onInstance[s.disk]) && q.oneOf("Status", q.c.snapshotStatus(s)) &&
			(!q.has("SourceDiskType") || strings.EqualFold(q.str("SourceDiskType"), s.diskKind)) && q.matches("Usage", q.c.usage(s)) &&
			(!q.is("Encrypted") || s.encrypted) && // false is the default, and means no filter
			q.matches("KMSKeyId", s.key) && s.hasTags(q) && q.createdBetween(s.created)
	})
	page, answer, err := anyPage(q, kept, 10)
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
func (q *rpcRequest) createdBetween(t time.Time) bool {
	for _, n := range []string{"1", "2"} {
		at, err := time.Parse("2006-01-02T15:04Z", q.str("Filter."+n+".Value"))
		key := q.str("Filter." + n + ".Key")
		if err == nil && (key == "CreationStartTime" && t.Before(at) || key == "CreationEndTime" && t.After(at)) {
			return false
		}
	}
	return true
}

func (c *Cloud) snapshotStatus(s *snapshot) string {
	return c.status(s.created, "progressing", "accomplished")
}

func (q *rpcRequest) snapshotView(s *snapshot) map[string]any {
	ready := q.c.settled(s.created)
	return map[string]any{
		"SnapshotId": s.id, "SnapshotName": s.name, "Description": s.description, "RegionId": s.region, "Status": q.c.snapshotStatus(s),
		"Progress": map[bool]string{true: "100%", false: "0%"}[ready], "Available": ready, "CreationTime": stamp(s.created), "LastModifiedTime": stamp(s.created),
		"SourceDiskId": s.disk, "SourceDiskType": s.diskKind, "SourceDiskSize": fmt.Sprint(s.size), "SnapshotType": s.kind, "Category": "standard",
		"Encrypted": s.encrypted, "KMSKeyId": s.key, "RetentionDays": s.days, "Usage": q.c.usage(s), "InstantAccess": false, "RemainTime": 0,
		"SourceSnapshotId": s.source, "SourceRegionId": s.sourceRegion, "ResourceGroupId": "", "ProductCode": "",
		"Tags": map[string]any{"Tag": tagViews(s.tags, "TagKey", "TagValue")},
	}
}
