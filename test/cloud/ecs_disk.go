package cloud

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// disk is a block device: the system disk or a data disk of an instance, or a
// data disk on its own.
type disk struct {
	ecsResource
	zone, category, kind, status, instance, device string // kind: system or data
	size                                           int
	encrypted                                      bool
	key, snapshot, level, policy                   string // policy: for automatic snapshots
	withInstance, withSnapshots, bursting          bool
	attached, detached                             time.Time
}

var (
	onDisk            = onEach("disk", named("DiskId"))
	onDiskAndInstance = both(onDisk, onInstance)
)

var diskActions = []rpcAction{
	{
		name: "CreateDisk", write: true, do: createDisk, on: onEach("disk", named()),
		params: `RegionId! ZoneId InstanceId DiskCategory DiskName Description Size:Integer SnapshotId PerformanceLevel
			Encrypted:Boolean KMSKeyId EncryptAlgorithm ClientToken ResourceGroupId MultiAttach=Enabled|Disabled AdvancedFeatures
			BurstingEnabled:Boolean ProvisionedIops:Long StorageClusterId StorageSetId StorageSetPartitionNumber:Integer
			Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn) Tag:RepeatList(Key Value key value)`,
	},
	{
		name: "AttachDisk", write: true, on: onDiskAndInstance, do: attachDisk,
		params: "InstanceId! DiskId! Device DeleteWithInstance:Boolean Bootable:Boolean Force:Boolean KeyPairName Password",
	},
	{
		name: "DetachDisk", write: true, on: onDiskAndInstance, do: detachDisk,
		params: "InstanceId! DiskId! DeleteWithInstance:Boolean",
	},
	{name: "DeleteDisk", write: true, on: onDisk, do: deleteDisk, params: "DiskId!"},
	{
		name: "DescribeDisks", do: describeDisks, on: onEach("disk", namedIn("DiskIds")),
		params: `RegionId! DiskIds DiskName DiskType=system|data|all DiskChargeType InstanceId Category Status Encrypted:Boolean KMSKeyId
			ZoneId SnapshotId AutoSnapshotPolicyId ResourceGroupId LockReason MultiAttach
			Portable:Boolean DeleteWithInstance:Boolean DeleteAutoSnapshot:Boolean EnableAutoSnapshot:Boolean
			EnableAutomatedSnapshotPolicy:Boolean EnableShared:Boolean DryRun:Boolean AdditionalAttributes:RepeatList
			Filter.1.Key Filter.1.Value Filter.2.Key Filter.2.Value Tag:RepeatList(Key Value key value)
			MaxResults:Integer=1..500 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// disk finds the disk of a call.
func (q *rpcRequest) disk() (*disk, error) {
	d, ok := find(q, q.c.ecs.disks, q.str("DiskId"))
	if !ok || !q.c.visible(&d.ecsResource) {
		return nil, refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
	}
	q.touch(diskKind, d.id)
	return d, nil
}

// newDisk reads the fields of a disk, wherever in a call they stand.
func (q *rpcRequest) newDisk(v fieldsOf, kind string, size int) (*disk, error) {
	d := &disk{
		kind: kind, category: v["Category"], snapshot: v["SnapshotId"], key: v["KMSKeyId"], level: v["PerformanceLevel"], size: size,
		encrypted: strings.EqualFold(v["Encrypted"], "true"), status: "Available",
	}
	d.name, d.description = v["DiskName"], v["Description"]
	if d.category == "" {
		d.category = "cloud_essd"
	}
	if v["Size"] != "" {
		n, err := strconv.Atoi(v["Size"])
		if err != nil || n < 1 || n > 65536 {
			return nil, refuse(400, "InvalidDiskSize.NotSupported", "The specified disk size is not supported.")
		}
		d.size = n
	}
	if v["Encrypted"] != "" && !strings.EqualFold(v["Encrypted"], "true") && !strings.EqualFold(v["Encrypted"], "false") {
		return nil, refuse(400, "InvalidParameter.Encrypted", "The specified parameter Encrypted is not valid.")
	}
	if d.key != "" && !d.encrypted {
		return nil, refuse(400, "InvalidEncrypted.NotMatchKmsKeyId", "The specified parameter Encrypted must be true when KmsKeyId is not empty.")
	}
	if isLocalDisk(d.category) {
		if d.encrypted {
			return nil, refuse(400, "InvalidParameter.EncryptedNotSupported", "Encryption is not supported by local disks.")
		}
		return d, nil
	}
	// The region's default goes over what the call says: it cannot be opted
	// out of.
	setting := q.c.diskEncryption(q.region)
	d.encrypted = d.encrypted || setting.byDefault
	if d.encrypted && d.key == "" {
		d.key = setting.keyInUse()
	}
	return d, nil
}

// isLocalDisk names the categories that cannot be encrypted.
func isLocalDisk(category string) bool {
	return strings.HasPrefix(category, "local_") || strings.HasPrefix(category, "ephemeral")
}

func createDisk(q *rpcRequest) (any, error) {
	v := fieldsOf{"Category": q.str("DiskCategory")}
	for _, f := range []string{"Size", "DiskName", "Description", "Encrypted", "KMSKeyId", "SnapshotId", "PerformanceLevel"} {
		v[f] = q.str(f)
	}
	switch {
	case q.has("ZoneId") == q.has("InstanceId"):
		return nil, refuse(400, "MissingParameter", "Exactly one of the parameters ZoneId and InstanceId must be specified.")
	case !q.has("Size") && !q.has("SnapshotId"):
		return nil, refuse(400, "InvalidDataDiskSize.ValueNotSupported", "The specified parameter Size or SnapshotId must be specified.")
	}
	d, err := q.newDisk(v, "data", 40)
	if err != nil {
		return nil, err
	}
	d.ecsResource, d.zone = q.newResource("d", q.str("DiskName")), q.str("ZoneId")
	if q.has("InstanceId") {
		i, err := q.instance()
		if err != nil {
			return nil, err
		}
		d.zone = i.zone
		d.attachTo(i, q.c.clock())
	}
	q.c.ecs.disks = append(q.c.ecs.disks, d)
	q.touch(diskKind, d.id)
	return map[string]any{"DiskId": d.id, "OrderId": ""}, nil
}

func (d *disk) attachTo(i *instance, now time.Time) {
	d.instance, d.status, d.device, d.attached = i.id, "In_use", "/dev/xvdb", now
}

func attachDisk(q *rpcRequest) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case d.status != "Available":
		return nil, refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	case d.zone != i.zone:
		return nil, refuse(403, "ResourcesNotInSameZone", "The specified instance and disk are not in the same zone.")
	}
	d.attachTo(i, q.c.clock())
	d.withInstance = q.is("DeleteWithInstance")
	return done()
}

func detachDisk(q *rpcRequest) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case d.instance != i.id:
		return nil, refuse(403, "DependencyViolation", "The specified disk has not been attached on the specified instance.")
	case d.kind == "system" && i.status != "Stopped":
		return nil, refuse(403, "DiskTypeViolation", "The specified disk is a system disk and cannot support the operation.")
	}
	d.instance, d.device, d.status, d.detached = "", "", "Available", q.c.clock()
	return done()
}

func deleteDisk(q *rpcRequest) (any, error) {
	d, err := q.disk()
	switch {
	case err != nil:
		return nil, err
	case d.status != "Available":
		return nil, refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	}
	q.c.ecs.disks = without(q.c.ecs.disks, d.id)
	return done()
}

func describeDisks(q *rpcRequest) (any, error) {
	ids, err := q.jsonList("DiskIds", 100)
	if err != nil {
		return nil, err
	}
	kept := within(q, q.c.ecs.disks, func(d *disk) bool {
		return q.c.visible(&d.ecsResource) && (ids == nil || slices.Contains(ids, d.id)) && d.hasTags(q) &&
			q.matches("InstanceId", d.instance) && q.matches("DiskName", d.name) && q.matches("ZoneId", d.zone) &&
			q.matches("SnapshotId", d.snapshot) && q.matches("KMSKeyId", d.key) && q.matchesBool("Encrypted", d.encrypted) &&
			q.matches("AutoSnapshotPolicyId", d.policy) && q.matchesBool("EnableAutomatedSnapshotPolicy", d.policy != "") &&
			q.matchesBool("DeleteWithInstance", d.withInstance) && q.matchesBool("Portable", d.portable()) &&
			q.oneOf("DiskType", d.kind) && q.oneOf("Category", d.category) && q.oneOf("Status", d.status)
	})
	page, answer, err := anyPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, d := range page {
		views = append(views, d.view())
	}
	answer["Disks"] = map[string]any{"Disk": views}
	return answer, nil
}

// portable disks can be detached: data disks in the cloud.
func (d *disk) portable() bool { return d.kind == "data" && !isLocalDisk(d.category) }

func (d *disk) view() map[string]any {
	return map[string]any{
		"DiskId": d.id, "DiskName": d.name, "Description": d.description, "RegionId": d.region, "ZoneId": d.zone,
		"Category": d.category, "Type": d.kind, "Status": d.status, "InstanceId": d.instance, "Device": d.device, "Size": d.size,
		"Encrypted": d.encrypted, "KMSKeyId": d.key, "SourceSnapshotId": d.snapshot, "PerformanceLevel": d.level,
		"Portable": d.portable(), "DeleteWithInstance": d.withInstance, "DeleteAutoSnapshot": d.withSnapshots, "EnableAutoSnapshot": true,
		"AutoSnapshotPolicyId": d.policy, "EnableAutomatedSnapshotPolicy": d.policy != "",
		"DiskChargeType": "PostPaid", "MultiAttach": "Disabled", "ResourceGroupId": "",
		"CreationTime": stamp(d.created), "AttachedTime": stamp(d.attached), "DetachedTime": stamp(d.detached), "ExpiredTime": "2999-09-08T16:00Z",
		"OperationLocks": map[string]any{"OperationLock": []any{}},
		"Tags":           map[string]any{"Tag": tagViews(d.tags, "TagKey", "TagValue")},
	}
}
