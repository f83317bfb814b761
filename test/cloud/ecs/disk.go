package ecs

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// disk is a block device: the system disk or a data disk of an instance, or a
// data disk on its own.
// The unexported fields are what a document need not say: where the guest sees the disk where nobody
// chose (device), what happens to it and its automatic snapshots on release, whether it bursts, and
// when it was last attached and detached. Of the data there is a mark at most (Content), which
// snapshots, their copies and the disks made of them carry; a machine that is started writes.
type disk struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Zone            string `yaml:"zone,omitempty"`
	Encrypted       bool   `yaml:"encrypted"`
	KMSKey          string `yaml:"kms-key,omitempty"`
	Category        string `yaml:"category,omitempty"` // default cloud_essd
	Kind            string `yaml:"type,omitempty"`     // data (default) or system
	Status          string `yaml:"status,omitempty"`   // default by whether it is attached
	Size            int    `yaml:"size,omitempty"`     // default 40
	Instance        string `yaml:"instance,omitempty"`
	Snapshot        string `yaml:"snapshot,omitempty"`        // that it was made of
	Policy          string `yaml:"snapshot-policy,omitempty"` // that takes snapshots of it
	Content         string `yaml:"content,omitempty"`         // stands for the data
	Device          string `yaml:"device,omitempty"`          // where somebody chose it
	Level           string `yaml:"performance-level,omitempty"`
	Charge          string `yaml:"charge-type,omitempty"`  // default PostPaid
	MultiAttach     bool   `yaml:"multi-attach,omitempty"` // several instances may have it
	New             bool   `yaml:"new,omitempty"`          // made a minute ago; default a day
	Attached        string `yaml:"attached,omitempty"`     // since when; default a day
	Disabled        bool   `yaml:"auto-snapshots-disabled,omitempty"`

	device, was                           string // was: the instance that it is being taken off
	withInstance, withSnapshots, bursting bool
	attached, detached                    time.Time
	iops                                  int
}

var diskRows = kernel.Kind{Key: "disks", Prefix: "d", Tagged: "disk", Type: kernel.DiskKind}

// Defaults are those of a document. A call's are in newDisk.
func (d *disk) Defaults(*Service) {
	d.Zone, d.Category, d.Kind = cmp.Or(d.Zone, d.Region+"-h"), cmp.Or(d.Category, "cloud_essd"), cmp.Or(d.Kind, "data")
	d.Status = cmp.Or(d.Status, map[bool]string{true: "In_use", false: "Available"}[d.Instance != ""])
	d.Size = cmp.Or(d.Size, 40)
}

// Complete encrypts with the service key where the document names none: the key that the
// region is set to now is for new disks.
// A disk that a document attaches goes with its instance, as those do that RunInstances makes.
func (d *disk) Complete(_ *kernel.Loader, c *Service) error {
	if d.Encrypted && d.KMSKey == "" {
		d.KMSKey = c.DiskEncryption(d.Region).serviceKey
	}
	if d.withInstance = d.Instance != ""; d.withInstance {
		d.device, d.attached = "/dev/xvda", c.LongAgo()
	}
	if d.Attached != "" {
		at, err := time.Parse(time.RFC3339, d.Attached)
		if err != nil {
			return err
		}
		d.attached = at
	}
	if d.New {
		d.Created = c.Clock().Add(-time.Minute)
	}
	return nil
}

// Instances and snapshot policies are loaded before disks, so both can be looked up here.
func (d *disk) Check(c *Service) error {
	_, attached := kernel.FindIn(d.Region, c.Instances, d.Instance)
	switch {
	case d.Kind != "data" && d.Kind != "system":
		return fmt.Errorf("type is %q, not data or system", d.Kind)
	case d.Instance != "" && !attached:
		return fmt.Errorf("no instance %q", d.Instance)
	case d.Policy != "" && !kernel.Has(c.SnapshotPolicies, d.Policy):
		return fmt.Errorf("no snapshot policy %q", d.Policy)
	case d.Encrypted && isLocalDisk(d.Category):
		return errors.New("a local disk cannot be encrypted")
	case d.Charge != "" && d.Charge != "PrePaid" && d.Charge != "PostPaid":
		return fmt.Errorf("charge-type is %q, not PrePaid or PostPaid", d.Charge)
	}
	return nil
}

// Abridged leaves out the service key: it is one that the cloud made.
func (d *disk) Abridged(c *Service) *disk {
	short := *d
	short.KMSKey = kernel.Unless(d.KMSKey, c.DiskEncryption(d.Region).serviceKey)
	return &short
}

var (
	onDisk            = onEach("disk", kernel.Named("DiskId"))
	onDiskAndInstance = kernel.Both(onDisk, onInstance)
)

// Version 2014-05-26. Encryption can be chosen only when a disk is made: there is no call that
// encrypts one in place, which is why ecsguard tells people and does not mend it. ResizeDisk and
// ModifyDiskSpec answer an OrderId, which is empty for a disk that is paid for by use.
var diskActions = []action{
	{
		// ZoneId or InstanceId, one of the two: both or neither is MissingParameter.
		Name: "CreateDisk", Write: true, Do: createDisk, On: onEach("disk", kernel.Named()),
		Params: `RegionId! ZoneId InstanceId DiskCategory DiskName Description Size:Integer SnapshotId PerformanceLevel
			Encrypted:Boolean KMSKeyId EncryptAlgorithm ClientToken ResourceGroupId MultiAttach=Enabled|Disabled AdvancedFeatures
			BurstingEnabled:Boolean ProvisionedIops:Long StorageClusterId StorageSetId StorageSetPartitionNumber:Integer
			Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn) Tag:RepeatList(Key Value key value)`,
	},
	{
		Name: "AttachDisk", Write: true, On: onDiskAndInstance, Do: attachDisk,
		Params: "InstanceId! DiskId! Device DeleteWithInstance:Boolean Bootable:Boolean Force:Boolean KeyPairName Password",
	},
	{
		Name: "DetachDisk", Write: true, On: onDiskAndInstance, Do: detachDisk,
		Params: "InstanceId! DiskId! DeleteWithInstance:Boolean",
	},
	{Name: "DeleteDisk", Write: true, On: onDisk, Do: deleteDisk, Params: "DiskId!"},
	{
		// Pages by number (100 at most) or by token (500 at most). Filters that this cloud has
		// nothing for, such as LockReason, are accepted and keep everything.
		Name: "DescribeDisks", Do: describeDisks, On: onEach("disk", kernel.NamedIn("DiskIds")),
		Params: `RegionId! DiskIds DiskName DiskType=system|data|all DiskChargeType InstanceId Category Status Encrypted:Boolean KMSKeyId
			ZoneId SnapshotId AutoSnapshotPolicyId ResourceGroupId LockReason MultiAttach
			Portable:Boolean DeleteWithInstance:Boolean DeleteAutoSnapshot:Boolean EnableAutoSnapshot:Boolean
			EnableAutomatedSnapshotPolicy:Boolean EnableShared:Boolean DryRun:Boolean AdditionalAttributes:RepeatList
			Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Tag:RepeatList(Key Value key value)
			MaxResults:Integer=1..500 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
	{
		// DiskId for one or DiskIds for up to 100, never both.
		Name: "ModifyDiskAttribute", Write: true, On: onEach("disk", disksNamed), Do: modifyDisk,
		Params: `RegionId DiskId DiskIds:RepeatList DiskName Description DeleteWithInstance:Boolean DeleteAutoSnapshot:Boolean
			EnableAutoSnapshot:Boolean BurstingEnabled:Boolean`,
	},
	{
		Name: "ResizeDisk", Write: true, On: onDisk, Do: resizeDisk,
		Params: "DiskId! NewSize:Integer! Type=offline|online ClientToken",
	},
	{
		// The answer has a TaskId, since the real change runs on in the background; it is done
		// here by then.
		Name: "ModifyDiskSpec", Write: true, On: onDisk, Do: modifyDiskSpec,
		Params: `DiskId! DiskCategory=cloud_essd|cloud_auto|cloud_ssd|cloud_efficiency PerformanceLevel=PL0|PL1|PL2|PL3 ProvisionedIops:Long
			DestinationZoneId DryRun:Boolean PerformanceControlOptions:Struct`,
	},
}

// disk finds the disk of a call.
// A disk that was made a moment ago may not be visible yet: see kernel.Cloud.Visible.
func (q *request) disk() (*disk, error) {
	d, ok := kernel.Find(q.Request, q.c.Disks, q.Str("DiskId"))
	if !ok || !q.c.Visible(&d.Resource) {
		return nil, kernel.Refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
	}
	q.Touch(kernel.DiskKind, d.ID)
	return d, nil
}

// newDisk reads the fields of a disk, wherever in a call they stand.
// size is what it has when the call gives none. The same fields stand under SystemDisk., under
// DataDisk.n. and at the top of CreateDisk; the caller strips the prefix, and the rules and codes
// are one set for all three. Text in place of a boolean is refused by hand, since RunInstances has
// Encrypted as a string, where CreateInstance has a boolean.
func (q *request) newDisk(v kernel.FieldsOf, kind string, size int) (*disk, error) {
	d := &disk{
		Kind: kind, Category: v["Category"], Snapshot: v["SnapshotId"], KMSKey: v["KMSKeyId"], Level: v["PerformanceLevel"], Size: size,
		Encrypted: strings.EqualFold(v["Encrypted"], "true"), Status: "Available",
	}
	d.Name, d.Description = v["DiskName"], v["Description"]
	if d.Category == "" {
		d.Category = "cloud_essd"
	}
	if v["Size"] != "" {
		n, err := strconv.Atoi(v["Size"])
		if err != nil || n < 1 || n > 65536 {
			return nil, kernel.Refuse(400, "InvalidDiskSize.NotSupported", "The specified disk size is not supported.")
		}
		d.Size = n
	}
	if v["Encrypted"] != "" && !strings.EqualFold(v["Encrypted"], "true") && !strings.EqualFold(v["Encrypted"], "false") {
		return nil, kernel.Refuse(400, "InvalidParameter.Encrypted", "The specified parameter Encrypted is not valid.")
	}
	if d.KMSKey != "" && !d.Encrypted {
		return nil, kernel.Refuse(400, "InvalidEncrypted.NotMatchKmsKeyId", "The specified parameter Encrypted must be true when KmsKeyId is not empty.")
	}
	if isLocalDisk(d.Category) {
		if d.Encrypted {
			return nil, kernel.Refuse(400, "InvalidParameter.EncryptedNotSupported", "Encryption is not supported by local disks.")
		}
		return d, nil
	}
	// The region's default goes over what the call says: it cannot be opted
	// out of.
	setting := q.c.DiskEncryption(q.Region)
	d.Encrypted = d.Encrypted || setting.ByDefault
	if s, ok := kernel.Find(q.Request, q.c.Snapshots, d.Snapshot); ok {
		if q.c.snapshotStatus(s) != "accomplished" {
			return nil, kernel.Refuse(403, "IncorrectSnapshotStatus", "The current status of the snapshot does not support this operation.")
		}
		// What an encrypted snapshot becomes is encrypted, whatever the call says, and not smaller.
		d.Content, d.Size = s.Content, max(d.Size, s.Size)
		if s.Encrypted {
			d.Encrypted, d.KMSKey = true, cmp.Or(d.KMSKey, s.KMSKey)
		}
	}
	if d.Encrypted && d.KMSKey == "" {
		d.KMSKey = setting.keyInUse()
	}
	return d, nil
}

// isLocalDisk names the categories that cannot be encrypted.
func isLocalDisk(category string) bool {
	return strings.HasPrefix(category, "local_") || strings.HasPrefix(category, "ephemeral")
}

// A disk made with InstanceId is attached at once, in the zone of its instance; the real API
// allows that for subscription instances only. With a snapshot the size may be left out.
func createDisk(q *request) (any, error) {
	v := kernel.FieldsOf{"Category": q.Str("DiskCategory")}
	for _, f := range []string{"Size", "DiskName", "Description", "Encrypted", "KMSKeyId", "SnapshotId", "PerformanceLevel"} {
		v[f] = q.Str(f)
	}
	switch {
	case q.Has("ZoneId") == q.Has("InstanceId"):
		return nil, kernel.Refuse(400, "MissingParameter", "Exactly one of the parameters ZoneId and InstanceId must be specified.")
	case !q.Has("Size") && !q.Has("SnapshotId"):
		return nil, kernel.Refuse(400, "InvalidDataDiskSize.ValueNotSupported", "The specified parameter Size or SnapshotId must be specified.")
	}
	d, err := q.newDisk(v, "data", 40)
	if err != nil {
		return nil, err
	}
	if _, ok := kernel.Find(q.Request, q.c.Snapshots, d.Snapshot); d.Snapshot != "" && !ok {
		return nil, kernel.Refuse(404, "InvalidSnapshotId.NotFound", "The specified snapshot is not found.")
	}
	d.Resource, d.Zone = q.NewResource("d", q.Str("DiskName")), q.Str("ZoneId")
	d.MultiAttach, d.bursting, d.iops = q.Str("MultiAttach") == "Enabled", q.Is("BurstingEnabled"), q.Num("ProvisionedIops", 0)
	if q.Has("InstanceId") {
		i, err := q.instance()
		if err != nil {
			return nil, err
		}
		d.Zone = i.Zone
		d.attachTo(q, i)
	}
	q.c.Disks = append(q.c.Disks, d)
	q.Touch(kernel.DiskKind, d.ID)
	return map[string]any{"DiskId": d.ID, "OrderId": ""}, nil
}

// The device is the first that is free. A machine that runs writes on what it is given.
func (d *disk) attachTo(q *request, i *instance) {
	free := 'b'
	for q.c.occupied(i.ID, fmt.Sprintf("/dev/xvd%c", free)) {
		free++
	}
	d.Instance, d.Status, d.device, d.attached = i.ID, "In_use", fmt.Sprintf("/dev/xvd%c", free), q.c.Clock()
	d.Attached = ""
	if i.Status == "Running" {
		d.write()
	}
}

// write is what a machine that runs does to the data.
func (d *disk) write() {
	if d.Content != "" {
		d.Content += "+"
	}
}

// occupied tells whether an instance has a disk at a device, or one that is being taken off it.
func (c *Service) occupied(instance, device string) bool {
	return slices.ContainsFunc(c.Disks, func(d *disk) bool {
		return cmp.Or(d.Device, d.device) == device && (d.Instance == instance || d.was == instance && c.diskStatus(d) == "Detaching")
	})
}

// diskStatus: a disk that is made of a snapshot is in the making for a while, and so are attaching
// and detaching, where the document says how long.
func (c *Service) diskStatus(d *disk) string {
	now := c.Clock()
	within := func(since time.Time, took time.Duration) bool { return !since.IsZero() && now.Before(since.Add(took)) }
	switch moves := time.Duration(c.MoveSeconds) * time.Second; {
	case d.Snapshot != "" && within(d.Created, time.Duration(c.DiskMinutes)*time.Minute):
		return "Creating"
	case d.Status == "Available" && within(d.detached, moves):
		return "Detaching"
	case d.Status == "In_use" && within(d.attached, moves):
		return "Attaching"
	}
	return d.Status
}

// The checks are in the order of the reference: the disk, the instance, then what they have to do
// with one another. DeleteWithInstance is false unless asked for, while a launch has it true.
func attachDisk(q *request) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case q.c.diskStatus(d) != "Available":
		return nil, kernel.Refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	case d.Zone != i.Zone:
		return nil, kernel.Refuse(403, "ResourcesNotInSameZone", "The specified instance and disk are not in the same zone.")
	case q.Has("Device") && q.c.occupied(i.ID, q.Str("Device")):
		return nil, kernel.Refuse(403, "InvalidDevice.InUse", "The specified device has been occupied.")
	}
	d.attachTo(q, i)
	d.withInstance, d.Device = q.Is("DeleteWithInstance"), q.Str("Device")
	return kernel.Done()
}

// A system disk can be detached, but only of a stopped instance. withInstance stays as it was: it
// counts again when the disk is attached.
func detachDisk(q *request) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case d.Instance != i.ID:
		return nil, kernel.Refuse(403, "DependencyViolation", "The specified disk has not been attached on the specified instance.")
	case d.Kind == "system" && i.Status != "Stopped":
		return nil, kernel.Refuse(403, "DiskTypeViolation", "The specified disk is a system disk and cannot support the operation.")
	case q.c.diskStatus(d) != "In_use":
		return nil, kernel.Refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	}
	d.was, d.Instance, d.Status, d.detached = d.Instance, "", "Available", q.c.Clock()
	return kernel.Done()
}

// A disk that is attached is refused with the code of its status. Snapshots made by hand stay;
// those of a policy do too, whatever DeleteAutoSnapshot says.
func deleteDisk(q *request) (any, error) {
	d, err := q.disk()
	switch {
	case err != nil:
		return nil, err
	case q.c.diskStatus(d) != "Available":
		return nil, kernel.Refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	}
	q.c.Disks = kernel.Without(q.c.Disks, d.ID)
	return kernel.Done()
}

// MaxResults and NextToken take precedence over PageNumber where both come. DiskType, Category and
// Status take all as well as nothing for every value.
func describeDisks(q *request) (any, error) {
	ids, err := q.JSONList("DiskIds", 100)
	if err != nil {
		return nil, err
	}
	kept := kernel.Within(q.Request, q.c.Disks, func(d *disk) bool {
		return q.c.Visible(&d.Resource) && (ids == nil || slices.Contains(ids, d.ID)) && d.HasTags(q.Request) &&
			q.Matches("InstanceId", d.Instance) && q.Matches("DiskName", d.Name) && q.Matches("ZoneId", d.Zone) &&
			q.Matches("SnapshotId", d.Snapshot) && q.Matches("KMSKeyId", d.KMSKey) && q.MatchesBool("Encrypted", d.Encrypted) &&
			q.Matches("AutoSnapshotPolicyId", d.Policy) && q.MatchesBool("EnableAutomatedSnapshotPolicy", d.Policy != "") &&
			q.MatchesBool("DeleteWithInstance", d.withInstance) && q.MatchesBool("Portable", d.portable()) &&
			q.OneOf("DiskType", d.Kind) && q.OneOf("Category", d.Category) && q.OneOf("Status", q.c.diskStatus(d))
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, d := range page {
		views = append(views, q.c.diskView(d))
	}
	answer["Disks"] = map[string]any{"Disk": views}
	return answer, nil
}

// portable disks can be detached: data disks in the cloud that are paid for by use.
func (d *disk) portable() bool {
	return d.Kind == "data" && !isLocalDisk(d.Category) && d.Charge != "PrePaid"
}

// ExpiredTime is the year 2999 for whatever is paid for by use; the real answer has that time,
// too.
func (c *Service) diskView(d *disk) map[string]any {
	status, device, on := c.diskStatus(d), cmp.Or(d.Device, d.device), d.Instance
	switch {
	case status == "Detaching":
		on = d.was
	case on == "":
		device = ""
	}
	return map[string]any{
		"DiskId": d.ID, "DiskName": d.Name, "Description": d.Description, "RegionId": d.Region, "ZoneId": d.Zone,
		"Category": d.Category, "Type": d.Kind, "Status": status, "InstanceId": on, "Device": device, "Size": d.Size,
		"Encrypted": d.Encrypted, "KMSKeyId": d.KMSKey, "SourceSnapshotId": d.Snapshot, "PerformanceLevel": d.Level, "ProvisionedIops": d.iops, "BurstingEnabled": d.bursting,
		"Portable": d.portable(), "DeleteWithInstance": d.withInstance, "DeleteAutoSnapshot": d.withSnapshots, "EnableAutoSnapshot": !d.Disabled,
		"AutoSnapshotPolicyId": d.Policy, "EnableAutomatedSnapshotPolicy": d.Policy != "",
		"DiskChargeType": cmp.Or(d.Charge, "PostPaid"), "MultiAttach": map[bool]string{true: "Enabled", false: "Disabled"}[d.MultiAttach], "ResourceGroupId": "",
		"CreationTime": kernel.Stamp(d.Created), "AttachedTime": kernel.Stamp(d.attached), "DetachedTime": kernel.Stamp(d.detached), "ExpiredTime": "2999-09-08T16:00Z",
		"OperationLocks": map[string]any{"OperationLock": []any{}},
		"Tags":           map[string]any{"Tag": kernel.TagViews(d.Tags, "TagKey", "TagValue")},
	}
}

// RAM judges each disk of a call by itself: one that is refused refuses the call.
func disksNamed(q *kernel.Request) []string {
	return append(kernel.Named("DiskId")(q), q.List("DiskIds")...)
}

// All disks are found and checked before the first is changed, so that a call with one bad id
// changes nothing. An empty name or description clears it, so presence is looked at, not text.
func modifyDisk(q *request) (any, error) {
	ids := disksNamed(q.Request)
	switch {
	case len(ids) == 0:
		return nil, kernel.MissingInECS("DiskId")
	case q.Has("DiskId") && len(ids) > 1:
		return nil, kernel.Refuse(400, "InvalidParameter.Conflict", "The specified parameters DiskId and DiskIds must not be used together.")
	case q.Has("DiskName") && !kernel.ValidName(q.Str("DiskName")):
		return nil, kernel.Refuse(400, "InvalidDiskName.Malformed", "The specified disk name is wrongly formed.")
	case strings.HasPrefix(q.Str("Description"), "http://") || strings.HasPrefix(q.Str("Description"), "https://"):
		return nil, kernel.Refuse(400, "InvalidDescription.Malformed", "The specified description is wrongly formed.")
	}
	var disks []*disk
	for _, id := range ids {
		d, ok := kernel.Find(q.Request, q.c.Disks, id)
		switch {
		case !ok || !q.c.Visible(&d.Resource):
			return nil, kernel.Refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
		case q.Has("DeleteWithInstance") && !q.Is("DeleteWithInstance") && isLocalDisk(d.Category):
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter DeleteWithInstance is not valid for a local disk.")
		}
		disks = append(disks, d)
	}
	for _, d := range disks {
		q.Touch(kernel.DiskKind, d.ID)
		if _, given := q.Params["DiskName"]; given {
			d.Name = q.Str("DiskName")
		}
		if _, given := q.Params["Description"]; given {
			d.Description = q.Str("Description")
		}
		if q.Has("EnableAutoSnapshot") {
			d.Disabled = !q.Is("EnableAutoSnapshot")
		}
		for name, into := range map[string]*bool{"DeleteWithInstance": &d.withInstance, "DeleteAutoSnapshot": &d.withSnapshots, "BurstingEnabled": &d.bursting} {
			if q.Has(name) {
				*into = q.Is(name)
			}
		}
	}
	return kernel.Done()
}

// mostGiB is how large a disk of a category may become.
// The limits are those of the table of disk categories in the ECS documentation.
func (d *disk) mostGiB() int {
	switch {
	case d.Kind == "system":
		return 2048
	case d.Category == "cloud_essd" || d.Category == "cloud_auto":
		return 65536
	case d.Category == "cloud":
		return 2000
	}
	return 32768
}

// resizeDisk makes a disk larger, never smaller.
// The real service wants an online resize of an attached disk to say Type=online; both are taken
// alike.
func resizeDisk(q *request) (any, error) {
	d, err := q.disk()
	size := q.Num("NewSize", 0)
	switch {
	case err != nil:
		return nil, err
	case isLocalDisk(d.Category):
		return nil, kernel.Refuse(403, "InvalidDiskCategory.ValueNotSupported", "The specified disk category is not supported.")
	case size <= d.Size:
		return nil, kernel.Refuse(400, "InvalidDiskSize.TooSmall", "Specified new disk size is less than the original disk size.")
	case size > d.mostGiB():
		return nil, kernel.Refuse(400, "InvalidDiskSize.NotSupported", "The specified disk size is not supported.")
	}
	d.Size = size
	return map[string]any{"OrderId": ""}, nil
}

// Only ESSDs have a performance level: PL1 when none is said, and none after a change to another
// category. A call that changes nothing is refused, as the real one is.
func modifyDiskSpec(q *request) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	category, level := q.OrElse("DiskCategory", d.Category), q.OrElse("PerformanceLevel", d.Level)
	switch {
	case isLocalDisk(d.Category):
		return nil, kernel.Refuse(403, "InvalidDiskCategory.NotSupported", "The specified disk category is not supported.")
	case !slices.Contains([]string{"Available", "In_use"}, d.Status):
		return nil, kernel.Refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	case q.Has("PerformanceLevel") && category != "cloud_essd":
		return nil, kernel.Refuse(400, "InvalidPerformanceLevel.NotSupported", "The specified performance level is for cloud_essd disks only.")
	case category == d.Category && level == d.Level && !q.Has("ProvisionedIops"):
		return nil, kernel.Refuse(403, "InvalidOperation.NoChange", "The disk has that category and performance level already.")
	}
	if category == "cloud_essd" && level == "" {
		level = "PL1"
	}
	if category != "cloud_essd" {
		level = ""
	}
	d.Category, d.Level = category, level
	return map[string]any{"TaskId": q.c.ResourceID("t", q.Region), "OrderId": ""}, nil
}

// Configuration is what the API answers.
func (d *disk) Configuration(c *Service) map[string]any { return c.diskView(d) }
