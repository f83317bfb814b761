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
// The disk's id stays when the disk is gone, as it does in the real service. Instant access,
// archives, shared snapshots, snapshot groups and chains (links) are left out.
type snapshot struct {
	kernel.Resource `yaml:",inline" dump:"no description"` // the name is by default the id
	Disk            string                                 `yaml:"disk,omitempty"`
	DiskKind        string                                 `yaml:"disk-type,omitempty"` // system or data (default)
	Auto            bool                                   `yaml:"auto,omitempty"`
	Size            int                                    `yaml:"size,omitempty"`           // default 40
	Days            int                                    `yaml:"retention-days,omitempty"` // 0: kept for ever
	Encrypted       bool                                   `yaml:"encrypted"`
	KMSKey          string                                 `yaml:"kms-key,omitempty"`
	Source          string                                 `yaml:"copied-from,omitempty"` // the snapshot that it is a copy of
	SourceRegion    string                                 `yaml:"copied-from-region,omitempty"`
	Content         string                                 `yaml:"content,omitempty"` // see disk
	Failed          bool                                   `yaml:"failed,omitempty"`
}

var snapshotRows = kernel.Kind{Key: "snapshots", Prefix: "s", Tagged: "snapshot", Type: snapshotKind}

func (s *snapshot) Defaults(*Service) {
	s.Name, s.DiskKind, s.Size = cmp.Or(s.Name, s.ID), cmp.Or(s.DiskKind, "data"), cmp.Or(s.Size, 40)
}

// An encrypted one without a key has the region's service key, as disks do.
func (s *snapshot) Complete(_ *kernel.Loader, c *Service) error {
	if s.Encrypted && s.KMSKey == "" {
		s.KMSKey = c.DiskEncryption(s.Region).serviceKey
	}
	return nil
}

func (s *snapshot) Check(*Service) error {
	if s.DiskKind != "system" && s.DiskKind != "data" {
		return fmt.Errorf("disk-type is %q, not system or data", s.DiskKind)
	}
	return nil
}

// Abridged leaves out the service key: it is one that the cloud made.
func (s *snapshot) Abridged(c *Service) *snapshot {
	short := *s
	short.KMSKey = kernel.Unless(s.KMSKey, c.DiskEncryption(s.Region).serviceKey)
	return &short
}

// kind is what the API calls the way in which it was made.
func (s *snapshot) kind() string { return map[bool]string{true: "auto", false: "user"}[s.Auto] }

const snapshotKind = "ACS::ECS::Snapshot"

var onSnapshot = onEach("snapshot", kernel.Named("SnapshotId"))

// A snapshot has the encryption of its disk, for good. CopySnapshot is the only way to an
// encrypted copy of what was not encrypted.
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
		// Filter.1 and Filter.2 are times of creation, without seconds. Encrypted=false filters
		// nothing.
		Name: "DescribeSnapshots", On: onEach("snapshot", kernel.NamedIn("SnapshotIds")), Do: describeSnapshots,
		Params: `RegionId! SnapshotIds SnapshotName SnapshotType=auto|user|all SnapshotLinkId DiskId InstanceId SourceDiskType=System|Data|system|data
			Status=progressing|accomplished|failed|all Usage=image|disk|image_disk|none Category Encrypted:Boolean KMSKeyId ResourceGroupId
			DryRun:Boolean Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Tag:RepeatList(Key Value key value)
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// snapshot finds the snapshot of a call.
func (q *request) snapshot() (*snapshot, error) {
	s, ok := kernel.Find(q.Request, q.c.Snapshots, q.Str("SnapshotId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidSnapshotId.NotFound", "The specified snapshot is not found.")
	}
	q.Touch(snapshotKind, s.ID)
	return s, nil
}

// newSnapshot takes one of a disk.
// CreateImage makes them this way, too, one for each disk.
func (q *request) newSnapshot(d *disk, name string) *snapshot {
	s := &snapshot{
		Resource: q.NewResource("s", name), Disk: d.ID, DiskKind: d.Kind, Size: d.Size, Encrypted: d.Encrypted, KMSKey: d.KMSKey, Content: d.Content,
	}
	s.Name = cmp.Or(s.Name, s.ID)
	q.c.Snapshots = append(q.c.Snapshots, s)
	q.Touch(snapshotKind, s.ID)
	return s
}

// Names that begin with auto are for the snapshots of policies. A disk with local storage has
// none.
func createSnapshot(q *request) (any, error) {
	d, err := q.disk()
	switch {
	case err != nil:
		return nil, err
	case isLocalDisk(d.Category):
		return nil, kernel.Refuse(400, "DiskCategory.OperationNotSupported", "The type of the specified disk does not support creating a snapshot.")
	case strings.HasPrefix(q.Str("SnapshotName"), "auto"):
		return nil, kernel.Refuse(400, "InvalidSnapshotName.Malformed", "The specified parameter SnapshotName is not valid.")
	}
	s := q.newSnapshot(d, q.Str("SnapshotName"))
	s.Days = q.Num("RetentionDays", 0)
	return map[string]any{"SnapshotId": s.ID}, nil
}

// copied is a copy of a snapshot for another region, or encrypted for its own.
// A copy of an encrypted snapshot is always encrypted, with the target region's own key unless the
// call names one: keys do not leave their region.
func (q *request) copied(s *snapshot, region, name, description string) (*snapshot, error) {
	if !slices.Contains(kernel.Regions, region) {
		return nil, kernel.Refuse(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
	}
	if q.Has("KMSKeyId") && !q.Is("Encrypted") {
		return nil, kernel.Refuse(400, "InvalidEncrypted.NotMatchKmsKeyId", "The specified parameter Encrypted must be true when KmsKeyId is not empty.")
	}
	c := *s
	c.Resource = kernel.Resource{ID: q.c.ResourceID("s", region), Region: region, Name: name, Description: description, Tags: q.Tags(), Created: q.c.Clock()}
	c.Source, c.SourceRegion, c.Days = s.ID, s.Region, q.Num("RetentionDays", 0)
	if c.Encrypted = s.Encrypted || q.Is("Encrypted"); c.Encrypted {
		c.KMSKey = cmp.Or(q.Str("KMSKeyId"), q.c.DiskEncryption(region).keyInUse())
	}
	q.c.Snapshots = append(q.c.Snapshots, &c)
	q.Touch(snapshotKind, c.ID)
	return &c, nil
}

// The call goes to the region of the original. Its status has to be accomplished.
func copySnapshot(q *request) (any, error) {
	s, err := q.snapshot()
	switch {
	case err != nil:
		return nil, err
	case q.c.snapshotStatus(s) != "accomplished":
		return nil, kernel.Refuse(403, "IncorrectSnapshotStatus", "The current status of the snapshot does not support this operation.")
	}
	c, err := q.copied(s, q.Str("DestinationRegionId"), q.Str("DestinationSnapshotName"), q.Str("DestinationSnapshotDescription"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"SnapshotId": c.ID}, nil
}

// Force helps against disks made of it and not against images.
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
	q.c.Snapshots = kernel.Without(q.c.Snapshots, s.ID)
	return kernel.Done()
}

// Images of all regions, since a copy names its own snapshots anyway.
func (c *Service) inImage(s *snapshot) bool {
	return slices.ContainsFunc(c.Images, func(i *image) bool { return slices.Contains(i.Snapshots, s.ID) })
}

func (c *Service) inDisk(s *snapshot) bool {
	return slices.ContainsFunc(c.Disks, func(d *disk) bool { return d.Snapshot == s.ID })
}

// It is what the snapshot was used for: text of the filter Usage and of answers.
func (c *Service) usage(s *snapshot) string {
	return map[[2]bool]string{{false, false}: "none", {true, false}: "image", {false, true}: "disk", {true, true}: "image_disk"}[[2]bool{c.inImage(s), c.inDisk(s)}]
}

// modifySnapshot can make a snapshot be kept longer, not shorter.
// 0 is kept for ever, which is the longest already.
func modifySnapshot(q *request) (any, error) {
	s, err := q.snapshot()
	if err != nil {
		return nil, err
	}
	if days := q.Num("RetentionDays", s.Days); days != s.Days {
		if s.Days == 0 || days < s.Days {
			return nil, kernel.Refuse(400, "InvalidParameter.RetentionDays", "The specified parameter RetentionDays is not valid: it can only be extended.")
		}
		s.Days = days
	}
	s.Name, s.Description = q.OrElse("SnapshotName", s.Name), q.OrElse("Description", s.Description)
	return kernel.Done()
}

// InstanceId finds the snapshots of disks that are on the instance now.
func describeSnapshots(q *request) (any, error) {
	ids, err := q.JSONList("SnapshotIds", 100)
	if err != nil {
		return nil, err
	}
	onInstance := map[string]bool{}
	for _, d := range q.c.Disks {
		onInstance[d.ID] = d.Instance == q.Str("InstanceId")
	}
	kept := kernel.Within(q.Request, q.c.Snapshots, func(s *snapshot) bool {
		return (ids == nil || slices.Contains(ids, s.ID)) && q.Matches("SnapshotName", s.Name) && q.OneOf("SnapshotType", s.kind()) &&
			q.Matches("DiskId", s.Disk) && (!q.Has("InstanceId") || onInstance[s.Disk]) && q.OneOf("Status", q.c.snapshotStatus(s)) &&
			(!q.Has("SourceDiskType") || strings.EqualFold(q.Str("SourceDiskType"), s.DiskKind)) && q.Matches("Usage", q.c.usage(s)) &&
			(!q.Is("Encrypted") || s.Encrypted) && // false is the default, and means no filter
			q.Matches("KMSKeyId", s.KMSKey) && s.HasTags(q.Request) && q.createdBetween(s.Created)
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

// progressing for as long as Settled says, and where the document says how long it takes, for that.
func (c *Service) snapshotStatus(s *snapshot) string {
	switch {
	case s.Failed:
		return "failed"
	case c.snapshotProgress(s) < 100:
		return "progressing"
	}
	return c.Status(s.Created, "progressing", "accomplished")
}

// snapshotProgress is how much of it is done, of a hundred.
func (c *Service) snapshotProgress(s *snapshot) int {
	takes := time.Duration(c.SnapshotMinutes) * time.Minute
	if past := c.Clock().Sub(s.Created); past < takes {
		return max(0, int(100*past/takes))
	}
	return 100
}

func (q *request) snapshotView(s *snapshot) map[string]any {
	ready := q.c.snapshotStatus(s) == "accomplished"
	return map[string]any{
		"SnapshotId": s.ID, "SnapshotName": s.Name, "Description": s.Description, "RegionId": s.Region, "Status": q.c.snapshotStatus(s),
		"Progress": fmt.Sprintf("%d%%", map[bool]int{true: 100, false: min(99, q.c.snapshotProgress(s))}[ready]), "Available": ready, "CreationTime": kernel.Stamp(s.Created), "LastModifiedTime": kernel.Stamp(s.Created),
		"SourceDiskId": s.Disk, "SourceDiskType": s.DiskKind, "SourceDiskSize": fmt.Sprint(s.Size), "SnapshotType": s.kind(), "Category": "standard",
		"Encrypted": s.Encrypted, "KMSKeyId": s.KMSKey, "RetentionDays": s.Days, "Usage": q.c.usage(s), "InstantAccess": false, "RemainTime": 0,
		"SourceSnapshotId": s.Source, "SourceRegionId": s.SourceRegion, "ResourceGroupId": "", "ProductCode": "",
		"Tags": map[string]any{"Tag": kernel.TagViews(s.Tags, "TagKey", "TagValue")},
	}
}
