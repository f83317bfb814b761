package ecs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// image is what instances are made of: the account's own, made of snapshots,
// or the system's.
// platform and size are what the API answers of an image that no document says. An image that
// others share with the account, or publish, is in a document with its owner, and so is one of the
// marketplace: the account finds them and can change nothing about them.
type image struct {
	kernel.Resource `yaml:",inline" dump:"no description"` // the name is by default the id
	Family          string                                 `yaml:"family,omitempty"`
	Deprecated      bool                                   `yaml:"deprecated,omitempty"`
	Snapshots       []string                               `yaml:"snapshots,omitempty"`
	Public          bool                                   `yaml:"public,omitempty"`
	SharedWith      []string                               `yaml:"shared-with,omitempty"` // accounts
	Copied          bool                                   `yaml:"copied,omitempty"`
	Owner           string                                 `yaml:"owner,omitempty"`         // self (default), others or marketplace; of those that are built in: system
	OwnerAccount    string                                 `yaml:"owner-account,omitempty"` // of one of others, or of the marketplace
	IMDS            string                                 `yaml:"imds,omitempty"`          // v1: what starts in it knows no tokens; default v2

	platform string
	size     int
}

var imageRows = kernel.Kind{Key: "images", Prefix: "m", Tagged: "image", Type: imageKind}

func (i *image) Defaults(*Service) { i.Name, i.Owner = cmp.Or(i.Name, i.ID), cmp.Or(i.Owner, "self") }

// An image of a document is one of Alibaba Cloud Linux with 40 GiB, as a document says nothing of
// either.
func (i *image) Complete(*kernel.Loader, *Service) error {
	i.platform, i.size = "Aliyun", 40
	return nil
}

// Abridged leaves out whose it is where it is the account's.
func (i *image) Abridged(*Service) *image {
	short := *i
	short.Owner = kernel.Unless(i.Owner, "self")
	return &short
}

// Snapshots are loaded before images, so that an image which names none that exists is refused.
func (i *image) Check(c *Service) error {
	if !slices.Contains([]string{"self", "others", "marketplace"}, i.Owner) || (i.Owner == "self") != (i.OwnerAccount == "") {
		return fmt.Errorf("owner is %q of account %q: it is self without an account, or others or marketplace with one", i.Owner, i.OwnerAccount)
	}
	for _, id := range i.Snapshots {
		if _, err := kernel.ByItsID(c.Snapshots, "snapshot", id); err != nil {
			return err
		}
	}
	return nil
}

// state is what the API calls whether it is still to be used.
func (i *image) state() string {
	return map[bool]string{true: "Deprecated", false: "Available"}[i.Deprecated]
}

const imageKind = "ACS::ECS::Image"

var onImage = onEach("image", kernel.Named("ImageId"))

// systemImages are a few of the public ones.
// Enough for a launch by a real id, and for one page of DescribeImages. They have no region:
// describeImages copies them into the call's.
var systemImages = []*image{
	{Resource: kernel.Resource{ID: "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd", Name: "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd"}, platform: "Aliyun", Family: "acs:alibaba_cloud_linux_3_2104_lts_x64"},
	{Resource: kernel.Resource{ID: "ubuntu_22_04_x64_20G_alibase_20240130.vhd", Name: "ubuntu_22_04_x64_20G_alibase_20240130.vhd"}, platform: "Ubuntu", Family: "acs:ubuntu_22_04_x64"},
}

// ModifyImageSharePermission is how data leaves an account unseen, so sharing follows the
// reference closely; import, export and image pipelines are left out.
var imageActions = []action{
	{
		// Permission is for all images, and for what it is made of.
		Name: "CreateImage", Write: true, Do: createImage,
		Params: `RegionId! InstanceId SnapshotId ImageName ImageFamily ImageVersion Description Platform Architecture BootMode DetectionStrategy
			DiskDeviceMapping:RepeatList(Device DiskType SnapshotId Size:Integer) Features:Struct(NvmeSupport) DryRun:Boolean ResourceGroupId ClientToken
			Tag:RepeatList(Key Value key value)`,
		On: func(q *kernel.Request) []string {
			arns := []string{q.ARN("ecs", "image/*")}
			if q.Has("InstanceId") {
				arns = append(arns, q.ARN("ecs", "instance/"+q.Str("InstanceId")))
			}
			if q.Has("SnapshotId") {
				arns = append(arns, q.ARN("ecs", "snapshot/"+q.Str("SnapshotId")))
			}
			return arns
		},
	},
	{
		Name: "CopyImage", Write: true, On: onImage, Do: copyImage,
		Params: `RegionId! ImageId! DestinationRegionId DestinationImageName DestinationDescription Encrypted:Boolean KMSKeyId EncryptAlgorithm
			DryRun:Boolean ResourceGroupId ClientToken Tag:RepeatList(Key Value)`,
	},
	{Name: "DeleteImage", Write: true, On: onImage, Do: deleteImage, Params: "RegionId! ImageId! Force:Boolean DryRun:Boolean"},
	{
		Name: "ModifyImageAttribute", Write: true, On: onImage, Do: modifyImage,
		Params: `RegionId! ImageId! ImageName ImageFamily Description Status=Available|Deprecated BootMode LicenseType Features:Struct(NvmeSupport)
			DryRun:Boolean`,
	},
	{
		// There is no call that shares a snapshot or a disk here: an image is the way.
		Name: "ModifyImageSharePermission", Write: true, On: onImage, Do: shareImage,
		Params: "RegionId! ImageId! AddAccount:RepeatList RemoveAccount:RepeatList IsPublic:Boolean LaunchPermission DryRun:Boolean",
	},
	{
		Name: "DescribeImageSharePermission", On: onImage, Do: describeImageShare,
		Params: "RegionId! ImageId! PageNumber:Integer=1..1000000 PageSize:Integer=1..100",
	},
	{
		// ImageOwnerAlias: none is self, system and others. Community images, which others have
		// published, are found with others and IsPublic=true only.
		Name: "DescribeImages", On: onImage, Do: describeImages,
		Params: `RegionId! ImageId ImageName ImageFamily ImageOwnerAlias=system|self|others|marketplace ImageOwnerId:Long Status SnapshotId IsPublic:Boolean
			ShowExpired:Boolean OSType Architecture InstanceType Usage=instance|none ActionType IsSupportCloudinit:Boolean
			IsSupportIoOptimized:Boolean Filter:RepeatList(Key Value) DryRun:Boolean ResourceGroupId Tag:RepeatList(Key Value key value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// image finds the account's own image of a call.
// Images of others and the system's are not found by it: all that asks for one by this would change it, share it or
// delete it.
func (q *request) image() (*image, error) {
	i, ok := kernel.Find(q.Request, q.c.Images, q.Str("ImageId"))
	if !ok || i.Owner != "self" {
		return nil, kernel.Refuse(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.")
	}
	q.Touch(imageKind, i.ID)
	return i, nil
}

// createImage makes an image of an instance's disks, or of snapshots.
// InstanceId goes before SnapshotId, and that before DiskDeviceMapping. Of an instance it
// snapshots every disk, and those snapshots are there afterwards like any others. The first
// snapshot has to be one of a system disk, as the image would not start otherwise.
func createImage(q *request) (any, error) {
	i := &image{
		Resource: q.NewResource("m", q.Str("ImageName")), Owner: "self", Family: q.Str("ImageFamily"), platform: q.OrElse("Platform", "Others Linux"),
	}
	i.Name = cmp.Or(i.Name, i.ID)
	var from []*snapshot
	switch {
	case q.Has("InstanceId"):
		instance, err := q.instance()
		switch {
		case err != nil:
			return nil, err
		case instance.Status != "Running" && instance.Status != "Stopped":
			return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
		}
		for _, d := range q.c.Disks {
			if d.Instance == instance.ID {
				from = append(from, q.newSnapshot(d, ""))
			}
		}
	default:
		ids := kernel.Named("SnapshotId")(q.Request)
		for _, m := range q.Items("DiskDeviceMapping") {
			if m["SnapshotId"] != "" {
				ids = append(ids, m["SnapshotId"])
			}
		}
		if len(ids) == 0 {
			return nil, kernel.MissingInECS("InstanceId")
		}
		for _, id := range ids {
			s, ok := kernel.Find(q.Request, q.c.Snapshots, id)
			if !ok {
				return nil, kernel.Refuse(404, "InvalidSnapshotId.NotFound", "The specified snapshot is not found.")
			}
			q.Touch(snapshotKind, s.ID)
			from = append(from, s)
		}
		if from[0].DiskKind != "system" {
			return nil, kernel.Refuse(403, "InvalidSnapshotId.NotSystemDisk", "The specified snapshot is not of a system disk.")
		}
	}
	for _, s := range from {
		i.Snapshots = append(i.Snapshots, s.ID)
		i.size = max(i.size, s.Size)
	}
	q.c.Images = append(q.c.Images, i)
	q.Touch(imageKind, i.ID)
	return map[string]any{"ImageId": i.ID}, nil
}

// copyImage copies the snapshots too, which is how an image gets encrypted.
// The copy begins private, whoever the original is shared with. A snapshot of the original that is
// gone meanwhile is passed over. CopyImage is asked for in the region of the original.
func copyImage(q *request) (any, error) {
	i, err := q.image()
	switch {
	case err != nil:
		return nil, err
	case q.c.imageStatus(i) != "Available":
		return nil, kernel.Refuse(403, "IncorrectImageStatus", "The current status of the image does not support this operation.")
	}
	region := q.OrElse("DestinationRegionId", q.Region)
	c := *i
	c.Resource = kernel.Resource{
		ID: q.c.ResourceID("m", region), Region: region, Name: q.OrElse("DestinationImageName", i.Name), Description: q.Str("DestinationDescription"),
		Tags: q.Tags(), Created: q.c.Clock(),
	}
	// The struct copy shares its slices with the original, so both are taken away.
	c.Copied, c.Public, c.SharedWith, c.Snapshots = true, false, nil, nil
	for _, id := range i.Snapshots {
		s, ok := kernel.Find(q.Request, q.c.Snapshots, id)
		if !ok {
			continue
		}
		copied, err := q.copied(s, region, "", "")
		if err != nil {
			return nil, err
		}
		c.Snapshots = append(c.Snapshots, copied.ID)
	}
	q.c.Images = append(q.c.Images, &c)
	q.Touch(imageKind, c.ID)
	return map[string]any{"ImageId": c.ID}, nil
}

// A shared image has to be unshared first; Force helps only against instances that were made of
// it. The snapshots stay.
func deleteImage(q *request) (any, error) {
	i, err := q.image()
	switch {
	case err != nil:
		return nil, err
	case len(i.SharedWith) > 0 || i.Public:
		return nil, kernel.Refuse(403, "ImageUseShared", "The specified image has been shared to others.")
	case q.c.inInstance(i) && !q.Is("Force"):
		return nil, kernel.Refuse(403, "ImageUsingByInstance", "The specified image has been used to create instances.") // sic
	}
	q.c.Images = kernel.Without(q.c.Images, i.ID)
	return kernel.Done()
}

// By the image that an instance has now: one that was replaced (ReplaceSystemDisk) does not count.
func (c *Service) inInstance(i *image) bool {
	return slices.ContainsFunc(c.Instances, func(v *instance) bool { return v.Image == i.ID })
}

// A deprecated image still starts instances, but is not shared any more.
func modifyImage(q *request) (any, error) {
	i, err := q.image()
	if err != nil {
		return nil, err
	}
	i.Name, i.Description, i.Family = q.OrElse("ImageName", i.Name), q.OrElse("Description", i.Description), q.OrElse("ImageFamily", i.Family)
	i.Deprecated = q.OrElse("Status", i.state()) == "Deprecated"
	return kernel.Done()
}

// mostSharers is how many accounts an image is shared with at most.
const mostSharers = 50

// shareImage adds and removes accounts, ten of each at most: the others are
// passed over, as the documentation says.
// IsPublic is for users of community images and goes with no accounts. What is encrypted with the
// service key cannot be shared at all, because the key cannot; with a key of the account it can be
// shared with accounts, but not with everybody. To take accounts away is always allowed, so that a
// leak can be closed.
func shareImage(q *request) (any, error) {
	i, err := q.image()
	if err != nil {
		return nil, err
	}
	add, remove := q.List("AddAccount"), q.List("RemoveAccount")
	add, remove = add[:min(len(add), 10)], remove[:min(len(remove), 10)]
	switch {
	case len(add) > 0 && i.Deprecated:
		return nil, kernel.Refuse(403, "OperationDenied.InvalidImageStatus", "The specified image cannot be shared when it is deprecated.")
	case q.Has("IsPublic") && len(add)+len(remove) > 0:
		return nil, kernel.Refuse(403, "InvalidParameter.IsPublic", "The specified parameter IsPublic is conflicted with other parameters.")
	}
	if len(add) > 0 || q.Is("IsPublic") {
		for _, s := range q.snapshotsOf(i) {
			if s.Encrypted && s.KMSKey == q.c.DiskEncryption(s.Region).serviceKey {
				return nil, kernel.Refuse(403, "InvalidOperation.ServiceKeyEncryptedImageUnsupported", "The specified service key encrypted image is not supported for this operation.")
			}
			if s.Encrypted && q.Is("IsPublic") {
				return nil, kernel.Refuse(403, "OperationDeined.EncryptedSnapshot", "The image contains encrypted snapshots, which do not support share.") // sic
			}
		}
	}
	for _, account := range slices.Concat(add, remove) {
		if len(account) != 16 || strings.Trim(account, kernel.Digits) != "" {
			return nil, kernel.Refuse(404, "InvalidAccount.NotFound", "The specified parameter \"AddAccount.n\" or \"RemoveAccount.n\" does not exist.")
		}
		// One's own account is refused for removing as well as for adding.
		if account == q.c.Account {
			return nil, kernel.Refuse(404, "InvalidAccount.Forbbiden", "The specified Account does not yourself.") // sic
		}
	}
	shared := slices.DeleteFunc(slices.Clone(i.SharedWith), func(a string) bool { return slices.Contains(remove, a) })
	for _, account := range add {
		if !slices.Contains(shared, account) {
			shared = append(shared, account)
		}
	}
	if len(add) > 0 && len(shared) > mostSharers {
		return nil, kernel.Refuse(403, "QuotaExceed.ShareImageUser", "The number of accounts that an image is shared with exceeds the limit.")
	}
	if q.Has("IsPublic") {
		i.Public = q.Is("IsPublic")
	}
	i.SharedWith = shared
	return kernel.Done()
}

// snapshotsOf are the snapshots that an image is made of.
func (q *request) snapshotsOf(i *image) (list []*snapshot) {
	for _, id := range i.Snapshots {
		if s, ok := kernel.Find(q.Request, q.c.Snapshots, id); ok {
			list = append(list, s)
		}
	}
	return list
}

// ShareGroups has the group all where the image is public, and accounts do not know since when.
func describeImageShare(q *request) (any, error) {
	i, err := q.image()
	if err != nil {
		return nil, err
	}
	answer, err := kernel.Numbered(q.Request, i.SharedWith, 10, "Accounts", "Account", func(account string) map[string]any {
		return map[string]any{"AliyunId": account, "SharedTime": ""}
	})
	if err != nil {
		return nil, err
	}
	groups := []any{}
	if i.Public {
		groups = append(groups, map[string]any{"Group": "all"})
	}
	answer["ImageId"], answer["RegionId"], answer["ShareGroups"] = i.ID, i.Region, map[string]any{"ShareGroup": groups}
	return answer, nil
}

// Making an image takes minutes in the real service; here as long as kernel's Status says.
func (c *Service) imageStatus(i *image) string { return c.Status(i.Created, "Creating", i.state()) }

// Status is Available unless the call says otherwise: deprecated images and those in the making
// are not listed by default, and whoever looks for all has to say so. ImageId and Status take up
// to ten values with commas. System images come after the account's.
func describeImages(q *request) (any, error) {
	all := slices.Clone(q.c.Images)
	for _, s := range systemImages {
		i := *s
		i.Region, i.Owner, i.size, i.Created = q.Region, "system", 20, q.c.LongAgo()
		all = append(all, &i)
	}
	ids, states := strings.Split(q.Str("ImageId"), ","), strings.Split(q.OrElse("Status", "Available"), ",")
	kept := kernel.Within(q.Request, all, func(i *image) bool {
		used := map[bool]string{true: "instance", false: "none"}[q.c.inInstance(i)]
		return (!q.Has("ImageId") || slices.Contains(ids, i.ID)) && slices.Contains(states, q.c.imageStatus(i)) && q.Matches("ImageName", i.Name) &&
			q.Matches("ImageFamily", i.Family) && i.asked(q) && q.Matches("Usage", used) && q.OneOf("OSType", "linux") &&
			q.OneOf("Architecture", "x86_64") && (!q.Has("SnapshotId") || slices.Contains(i.Snapshots, q.Str("SnapshotId"))) && i.HasTags(q.Request)
	})
	answer, err := kernel.Numbered(q.Request, kept, 10, "Images", "Image", q.imageView)
	if err == nil {
		answer["RegionId"] = q.Region
	}
	return answer, err
}

// asked tells whether a call asks for images of this one's owner.
func (i *image) asked(q *request) bool {
	switch alias := q.Str("ImageOwnerAlias"); {
	case i.Owner == "others" && i.Public: // of the community
		return alias == "others" && q.Is("IsPublic")
	case q.Is("IsPublic") && i.Owner != "self":
		return false
	case alias == "":
		return i.Owner != "marketplace" && (!q.Is("IsPublic") || i.Public)
	default:
		return i.Owner == alias && (!q.Is("IsPublic") || i.Public)
	}
}

// IsSelfShared is text, where IsPublic is a boolean: so it is in the API. ImageOwnerId is a
// number, 0 for the system's.
func (q *request) imageView(i *image) map[string]any {
	mappings, owner := []any{}, int64(0)
	for n, s := range q.snapshotsOf(i) {
		mappings = append(mappings, map[string]any{
			"SnapshotId": s.ID, "Encrypted": s.Encrypted, "Type": s.DiskKind, "Size": fmt.Sprint(s.Size), "Format": "",
			"Device": fmt.Sprintf("/dev/xvd%c", 'a'+n), "Progress": "100%",
		})
	}
	if i.Owner != "system" {
		owner = kernel.OwnerID(cmp.Or(i.OwnerAccount, q.c.Account))
	}
	return map[string]any{
		"ImageId": i.ID, "ImageName": i.Name, "Description": i.Description, "ImageFamily": i.Family, "ImageVersion": "", "ImageOwnerAlias": i.Owner,
		"ImageOwnerId": owner, "Status": q.c.imageStatus(i), "Progress": "100%", "CreationTime": kernel.Stamp(i.Created), "Size": i.size, "IsCopied": i.Copied,
		"IsPublic": i.Public, "IsSelfShared": fmt.Sprint(len(i.SharedWith) > 0), "IsSubscribed": false, "Platform": i.platform, "OSType": "linux", "OSName": i.platform,
		"OSNameEn": i.platform, "Architecture": "x86_64", "BootMode": "UEFI", "Usage": map[bool]string{true: "instance", false: "none"}[q.c.inInstance(i)],
		"IsSupportCloudinit": true, "IsSupportIoOptimized": true, "LoginAsNonRootSupported": i.Owner == "system", "ProductCode": "", "ResourceGroupId": "",
		"Features":           map[string]any{"NvmeSupport": "supported", "ImdsSupport": cmp.Or(i.IMDS, "v2")},
		"DetectionOptions":   map[string]any{"Status": "", "Items": map[string]any{"Item": []any{}}},
		"DiskDeviceMappings": map[string]any{"DiskDeviceMapping": mappings},
		"Tags":               map[string]any{"Tag": kernel.TagViews(i.Tags, "TagKey", "TagValue")},
	}
}
