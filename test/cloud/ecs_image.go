package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// image is what instances are made of: the account's own, made of snapshots,
// or the system's.
type image struct {
	ecsResource
	owner, family, platform, state string // owner: self or system; state: Available, Deprecated …
	snapshots                      []string
	size                           int
	copied, public                 bool
	shared                         []string // accounts
}

const imageKind = "ACS::ECS::Image"

var onImage = onEach("image", named("ImageId"))

// systemImages are a few of the public ones.
var systemImages = []*image{
	{ecsResource: ecsResource{id: "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd", name: "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd"}, platform: "Aliyun", family: "acs:alibaba_cloud_linux_3_2104_lts_x64"},
	{ecsResource: ecsResource{id: "ubuntu_22_04_x64_20G_alibase_20240130.vhd", name: "ubuntu_22_04_x64_20G_alibase_20240130.vhd"}, platform: "Ubuntu", family: "acs:ubuntu_22_04_x64"},
}

var imageActions = []rpcAction{
	{
		name: "CreateImage", write: true, do: createImage,
		params: `RegionId! InstanceId SnapshotId ImageName ImageFamily ImageVersion Description Platform Architecture BootMode DetectionStrategy
			DiskDeviceMapping:RepeatList(Device DiskType SnapshotId Size:Integer) Features:Struct(NvmeSupport) DryRun:Boolean ResourceGroupId ClientToken
			Tag:RepeatList(Key Value key value)`,
		on: func(q *rpcRequest) []string {
			arns := []string{q.arn("ecs", "image/*")}
			if q.has("InstanceId") {
				arns = append(arns, q.arn("ecs", "instance/"+q.str("InstanceId")))
			}
			if q.has("SnapshotId") {
				arns = append(arns, q.arn("ecs", "snapshot/"+q.str("SnapshotId")))
			}
			return arns
		},
	},
	{
		name: "CopyImage", write: true, on: onImage, do: copyImage,
		params: `RegionId! ImageId! DestinationRegionId DestinationImageName DestinationDescription Encrypted:Boolean KMSKeyId EncryptAlgorithm
			DryRun:Boolean ResourceGroupId ClientToken Tag:RepeatList(Key Value)`,
	},
	{name: "DeleteImage", write: true, on: onImage, do: deleteImage, params: "RegionId! ImageId! Force:Boolean DryRun:Boolean"},
	{
		name: "ModifyImageAttribute", write: true, on: onImage, do: modifyImage,
		params: `RegionId! ImageId! ImageName ImageFamily Description Status=Available|Deprecated BootMode LicenseType Features:Struct(NvmeSupport)
			DryRun:Boolean`,
	},
	{
		name: "ModifyImageSharePermission", write: true, on: onImage, do: shareImage,
		params: "RegionId! ImageId! AddAccount:RepeatList RemoveAccount:RepeatList IsPublic:Boolean LaunchPermission DryRun:Boolean",
	},
	{
		name: "DescribeImageSharePermission", on: onImage, do: describeImageShare,
		params: "RegionId! ImageId! PageNumber:Integer=1..1000000 PageSize:Integer=1..100",
	},
	{
		name: "DescribeImages", on: onImage, do: describeImages,
		params: `RegionId! ImageId ImageName ImageFamily ImageOwnerAlias=system|self|others|marketplace ImageOwnerId:Long Status SnapshotId IsPublic:Boolean
			ShowExpired:Boolean OSType Architecture InstanceType Usage=instance|none ActionType IsSupportCloudinit:Boolean
			IsSupportIoOptimized:Boolean Filter:RepeatList(Key Value) DryRun:Boolean ResourceGroupId Tag:RepeatList(Key Value key value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// image finds the account's own image of a call.
func (q *rpcRequest) image() (*image, error) {
	i, ok := find(q, q.c.ecs.images, q.str("ImageId"))
	if !ok {
		return nil, refuse(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.")
	}
	q.touch(imageKind, i.id)
	return i, nil
}

// createImage makes an image of an instance's disks, or of snapshots.
func createImage(q *rpcRequest) (any, error) {
	i := &image{
		ecsResource: q.newResource("m", q.str("ImageName")), owner: "self", family: q.str("ImageFamily"), platform: q.orElse("Platform", "Others Linux"),
		state: "Available",
	}
	i.name = cmp.Or(i.name, i.id)
	var from []*snapshot
	switch {
	case q.has("InstanceId"):
		instance, err := q.instance()
		switch {
		case err != nil:
			return nil, err
		case instance.status != "Running" && instance.status != "Stopped":
			return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
		}
		for _, d := range q.c.ecs.disks {
			if d.instance == instance.id {
				from = append(from, q.newSnapshot(d, ""))
			}
		}
	default:
		ids := named("SnapshotId")(q)
		for _, m := range q.items("DiskDeviceMapping") {
			if m["SnapshotId"] != "" {
				ids = append(ids, m["SnapshotId"])
			}
		}
		if len(ids) == 0 {
			return nil, missingInECS("InstanceId")
		}
		for _, id := range ids {
			s, ok := find(q, q.c.ecs.snapshots, id)
			if !ok {
				return nil, refuse(404, "InvalidSnapshotId.NotFound", "The specified snapshot is not found.")
			}
			q.touch(snapshotKind, s.id)
			from = append(from, s)
		}
		if from[0].diskKind != "system" {
			return nil, refuse(403, "InvalidSnapshotId.NotSystemDisk", "The specified snapshot is not of a system disk.")
		}
	}
	for _, s := range from {
		i.snapshots = append(i.snapshots, s.id)
		i.size = max(i.size, s.size)
	}
	q.c.ecs.images = append(q.c.ecs.images, i)
	q.touch(imageKind, i.id)
	return map[string]any{"ImageId": i.id}, nil
}

// copyImage copies the snapshots too, which is how an image gets encrypted.
func copyImage(q *rpcRequest) (any, error) {
	i, err := q.image()
	switch {
	case err != nil:
		return nil, err
	case q.c.imageStatus(i) != "Available":
		return nil, refuse(403, "IncorrectImageStatus", "The current status of the image does not support this operation.")
	}
	region := q.orElse("DestinationRegionId", q.region)
	c := *i
	c.ecsResource = ecsResource{
		id: q.c.resourceID("m", region), region: region, name: q.orElse("DestinationImageName", i.name), description: q.str("DestinationDescription"),
		tags: q.tags(), created: q.c.clock(),
	}
	c.copied, c.public, c.shared, c.snapshots = true, false, nil, nil
	for _, id := range i.snapshots {
		s, ok := find(q, q.c.ecs.snapshots, id)
		if !ok {
			continue
		}
		copied, err := q.copied(s, region, "", "")
		if err != nil {
			return nil, err
		}
		c.snapshots = append(c.snapshots, copied.id)
	}
	q.c.ecs.images = append(q.c.ecs.images, &c)
	q.touch(imageKind, c.id)
	return map[string]any{"ImageId": c.id}, nil
}

func deleteImage(q *rpcRequest) (any, error) {
	i, err := q.image()
	switch {
	case err != nil:
		return nil, err
	case len(i.shared) > 0 || i.public:
		return nil, refuse(403, "ImageUseShared", "The specified image has been shared to others.")
	case q.c.inInstance(i) && !q.is("Force"):
		return nil, refuse(403, "ImageUsingByInstance", "The specified image has been used to create instances.") // sic
	}
	q.c.ecs.images = without(q.c.ecs.images, i.id)
	return done()
}

func (c *Cloud) inInstance(i *image) bool {
	return slices.ContainsFunc(c.ecs.instances, func(v *instance) bool { return v.image == i.id })
}

func modifyImage(q *rpcRequest) (any, error) {
	i, err := q.image()
	if err != nil {
		return nil, err
	}
	i.name, i.description, i.family = q.orElse("ImageName", i.name), q.orElse("Description", i.description), q.orElse("ImageFamily", i.family)
	i.state = q.orElse("Status", i.state)
	return done()
}

// shareImage adds and removes accounts, ten of each at most: the others are
// passed over, as the documentation says.
func shareImage(q *rpcRequest) (any, error) {
	i, err := q.image()
	if err != nil {
		return nil, err
	}
	add, remove := q.list("AddAccount"), q.list("RemoveAccount")
	add, remove = add[:min(len(add), 10)], remove[:min(len(remove), 10)]
	switch {
	case len(add) > 0 && i.state == "Deprecated":
		return nil, refuse(403, "OperationDenied.InvalidImageStatus", "The specified image cannot be shared when it is deprecated.")
	case q.has("IsPublic") && len(add)+len(remove) > 0:
		return nil, refuse(403, "InvalidParameter.IsPublic", "The specified parameter IsPublic is conflicted with other parameters.")
	}
	if len(add) > 0 || q.is("IsPublic") {
		for _, s := range q.snapshotsOf(i) {
			if s.encrypted && s.key == q.c.diskEncryption(s.region).serviceKey {
				return nil, refuse(403, "InvalidOperation.ServiceKeyEncryptedImageUnsupported", "The specified service key encrypted image is not supported for this operation.")
			}
			if s.encrypted && q.is("IsPublic") {
				return nil, refuse(403, "OperationDeined.EncryptedSnapshot", "The image contains encrypted snapshots, which do not support share.") // sic
			}
		}
	}
	for _, account := range slices.Concat(add, remove) {
		if len(account) != 16 || strings.Trim(account, digits) != "" {
			return nil, refuse(404, "InvalidAccount.NotFound", "The specified parameter \"AddAccount.n\" or \"RemoveAccount.n\" does not exist.")
		}
		if account == q.c.Account {
			return nil, refuse(404, "InvalidAccount.Forbbiden", "The specified Account does not yourself.") // sic
		}
	}
	if q.has("IsPublic") {
		i.public = q.is("IsPublic")
	}
	i.shared = slices.DeleteFunc(i.shared, func(a string) bool { return slices.Contains(remove, a) })
	for _, account := range add {
		if !slices.Contains(i.shared, account) {
			i.shared = append(i.shared, account)
		}
	}
	return done()
}

// snapshotsOf are the snapshots that an image is made of.
func (q *rpcRequest) snapshotsOf(i *image) (list []*snapshot) {
	for _, id := range i.snapshots {
		if s, ok := find(q, q.c.ecs.snapshots, id); ok {
			list = append(list, s)
		}
	}
	return list
}

func describeImageShare(q *rpcRequest) (any, error) {
	i, err := q.image()
	if err != nil {
		return nil, err
	}
	answer, err := numbered(q, i.shared, 10, "Accounts", "Account", func(account string) map[string]any {
		return map[string]any{"AliyunId": account, "SharedTime": ""}
	})
	if err != nil {
		return nil, err
	}
	groups := []any{}
	if i.public {
		groups = append(groups, map[string]any{"Group": "all"})
	}
	answer["ImageId"], answer["RegionId"], answer["ShareGroups"] = i.id, i.region, map[string]any{"ShareGroup": groups}
	return answer, nil
}

func (c *Cloud) imageStatus(i *image) string { return c.status(i.created, "Creating", i.state) }

func describeImages(q *rpcRequest) (any, error) {
	all := slices.Clone(q.c.ecs.images)
	for _, s := range systemImages {
		i := *s
		i.region, i.owner, i.state, i.size, i.created = q.region, "system", "Available", 20, q.c.before()
		all = append(all, &i)
	}
	ids, states := strings.Split(q.str("ImageId"), ","), strings.Split(q.orElse("Status", "Available"), ",")
	kept := within(q, all, func(i *image) bool {
		used := map[bool]string{true: "instance", false: "none"}[q.c.inInstance(i)]
		return (!q.has("ImageId") || slices.Contains(ids, i.id)) && slices.Contains(states, q.c.imageStatus(i)) && q.matches("ImageName", i.name) &&
			q.matches("ImageFamily", i.family) && q.matches("ImageOwnerAlias", i.owner) && q.matches("Usage", used) && q.oneOf("OSType", "linux") &&
			q.oneOf("Architecture", "x86_64") && (!q.is("IsPublic") || i.public) && (!q.has("SnapshotId") || slices.Contains(i.snapshots, q.str("SnapshotId"))) && i.hasTags(q)
	})
	answer, err := numbered(q, kept, 10, "Images", "Image", q.imageView)
	if err == nil {
		answer["RegionId"] = q.region
	}
	return answer, err
}

func (q *rpcRequest) imageView(i *image) map[string]any {
	mappings, owner := []any{}, int64(0)
	for n, s := range q.snapshotsOf(i) {
		mappings = append(mappings, map[string]any{
			"SnapshotId": s.id, "Encrypted": s.encrypted, "Type": s.diskKind, "Size": fmt.Sprint(s.size), "Format": "",
			"Device": fmt.Sprintf("/dev/xvd%c", 'a'+n), "Progress": "100%",
		})
	}
	if i.owner == "self" {
		owner = ownerID(q.c.Account)
	}
	return map[string]any{
		"ImageId": i.id, "ImageName": i.name, "Description": i.description, "ImageFamily": i.family, "ImageVersion": "", "ImageOwnerAlias": i.owner,
		"ImageOwnerId": owner, "Status": q.c.imageStatus(i), "Progress": "100%", "CreationTime": stamp(i.created), "Size": i.size, "IsCopied": i.copied,
		"IsPublic": i.public, "IsSelfShared": fmt.Sprint(len(i.shared) > 0), "IsSubscribed": false, "Platform": i.platform, "OSType": "linux", "OSName": i.platform,
		"OSNameEn": i.platform, "Architecture": "x86_64", "BootMode": "UEFI", "Usage": map[bool]string{true: "instance", false: "none"}[q.c.inInstance(i)],
		"IsSupportCloudinit": true, "IsSupportIoOptimized": true, "LoginAsNonRootSupported": i.owner == "system", "ProductCode": "", "ResourceGroupId": "",
		"DetectionOptions":   map[string]any{"Status": "", "Items": map[string]any{"Item": []any{}}},
		"DiskDeviceMappings": map[string]any{"DiskDeviceMapping": mappings},
		"Tags":               map[string]any{"Tag": tagViews(i.tags, "TagKey", "TagValue")},
	}
}
