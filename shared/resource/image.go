package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeImage is the type of an image.
const TypeImage = "ACS::ECS::Image"

var _ = add(Kind{Type: TypeImage, Words: "image", Param: "ImageId", Prefix: "m-", ARN: "acs:ecs:%s:%s:image/%s", Untags: "ecs"})

// An Image is what instances are made of: the account's own (self), the system's, that of others, or
// one of the marketplace.
type Image struct {
	ImageID, ImageName, ImageOwnerAlias, Status, CreationTime string

	ImageOwnerID       int64
	IsPublic           *bool // published to everybody; nil: the answer does not say
	IsCopied           *bool // made by CopyImage; nil: the answer does not say
	DiskDeviceMappings *struct{ DiskDeviceMapping []ImageDisk }
	Tags               cloud.Tags
}

// An ImageDisk is what a disk is made of, by the snapshot that the image has of it.
type ImageDisk struct {
	SnapshotID, Type string

	Encrypted bool // which may be missing: the snapshot says for certain
}

// About says which image it is.
func (i Image) About() About {
	return About{Type: TypeImage, ID: i.ImageID, Name: i.ImageName, Tags: i.Tags.Map()}
}

// Plain are the snapshots of which it does not say that they are encrypted: they say so themselves.
func (i Image) Plain() (snapshots []string) {
	for _, d := range i.Disks() {
		if !d.Encrypted && d.SnapshotID != "" {
			snapshots = append(snapshots, d.SnapshotID)
		}
	}
	return snapshots
}

// Disks are what instances of it get.
func (i Image) Disks() []ImageDisk {
	if i.DiskDeviceMappings == nil {
		return nil
	}
	return i.DiskDeviceMappings.DiskDeviceMapping
}

type imagePage struct{ Images struct{ Image []Image } }

func (p imagePage) Items() []Image { return p.Images.Image }

// images reads those that the parameters choose, in whatever state: without one the cloud leaves out all that
// are not available.
func images(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Image, error) {
	all, err := cloud.ReadNumbered[imagePage](ctx, r, cloud.New("ecs", "DescribeImages", region,
		append([]string{"Status", "Creating,Waiting,Available,UnAvailable,CreateFailed,Deprecated"}, params...)...))
	for _, i := range all {
		if i.ImageID == "" || i.ImageOwnerAlias == "" || i.Status == "" || i.IsPublic == nil {
			return nil, fmt.Errorf("image %q: the answer does not say whose it is, its status, or whether it is public", i.ImageID)
		}
	}
	return all, err
}

// OwnImages reads the account's images of a region that the parameters choose.
func OwnImages(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Image, error) {
	return images(ctx, r, region, append([]string{"ImageOwnerAlias", "self"}, params...)...)
}

// ImagesCalled reads the image with an id, whosever it is. Without an owner the cloud finds the account's, the
// system's and those that others share; what others have published, and the marketplace's, have to be asked for. There is
// none where it was deleted, or is not shared any more.
func ImagesCalled(ctx context.Context, r cloud.Reader, region, id string) ([]Image, error) {
	for _, owner := range [][]string{nil, {"ImageOwnerAlias", "others", "IsPublic", "true"}, {"ImageOwnerAlias", "marketplace"}} {
		found, err := images(ctx, r, region, append([]string{"ImageId", id}, owner...)...)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// An ImageUser is an account that an image is shared with.
type ImageUser struct{ AliyunID string }

type imageUserPage struct{ Accounts struct{ Account []ImageUser } }

func (p imageUserPage) Items() []ImageUser { return p.Accounts.Account }

// ImageShares reads with which accounts an image of the account is shared, and with which groups: all is
// everybody.
func ImageShares(ctx context.Context, r cloud.Reader, region, id string) (accounts, groups []string, err error) {
	call := cloud.New("ecs", "DescribeImageSharePermission", region, "ImageId", id)
	users, err := cloud.ReadNumbered[imageUserPage](ctx, r, call)
	if err != nil {
		return nil, nil, err
	}
	for _, u := range users {
		if u.AliyunID == "" {
			return nil, nil, fmt.Errorf("%s: the answer has an account without its id", call.RAM())
		}
		accounts = append(accounts, u.AliyunID)
	}
	var answer struct {
		ShareGroups struct{ ShareGroup []struct{ Group string } }
	}
	if err := r.Read(ctx, call.With("PageNumber", "1").With("PageSize", "50"), &answer); err != nil { // the first page again
		return nil, nil, err
	}
	for _, g := range answer.ShareGroups.ShareGroup {
		groups = append(groups, g.Group)
	}
	return accounts, groups, nil
}
