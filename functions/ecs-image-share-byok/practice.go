package ecsimagesharebyok

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-image-share-byok.
var Practice = &practice.Practice{
	ID:       "ecs-image-share-byok",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeImage,
	Guide:    []string{"安全なイメージを使用する"},
	Cites:    []string{"MLPS 8.1.4.8"},
	Triggers: practice.Witnessed("params.AddAccount.*", practice.On(resource.TypeImage, "Ecs", "ModifyImageSharePermission")),
	Sweep:    practice.Weekly(list, "ecs:DescribeImages"),
	Reads:    []string{"ecs:DescribeImages", "ecs:DescribeImageSharePermission", "ecs:DescribeSnapshots", "ecs:DescribeDisks", "kms:DescribeKey"},
	Check:    check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.OwnImages(ctx, pass, r.Region, "ImageId", r.ID))
	if err != nil {
		return fmt.Errorf("reading image %s: %w", r.ID, err)
	}
	accounts, _, err := resource.ImageShares(ctx, pass, r.Region, r.ID)
	if err != nil || len(accounts) == 0 {
		return practice.Gone(err)
	}
	var ids, keys []string
	for _, d := range i.Disks() {
		if d.SnapshotID != "" {
			ids = append(ids, d.SnapshotID)
		}
	}
	if len(ids) == 0 {
		return fmt.Errorf("image %s: the answer does not say of what it is made", r.ID)
	}
	snapshots, err := resource.Snapshots(ctx, pass, r.Region, "SnapshotIds", cloud.IDs(ids...))
	if err != nil {
		return fmt.Errorf("reading the snapshots of image %s: %w", r.ID, err)
	}
	var unknown []string
	for _, id := range ids {
		if !slices.ContainsFunc(snapshots, func(s resource.Snapshot) bool { return s.SnapshotID == id && (!*s.Encrypted || s.KMSKeyID != "") }) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 { // what the others say is known all the same
		f := pass.Finding(i, "unknown", "With which key parts of a shared image are encrypted cannot be told: "+practice.Few(unknown, 3, ", "))
		f.Advice = "Look at these snapshots yourself: they cannot be found, or the cloud does not say their key."
		pass.Report(f)
	}
	for _, s := range snapshots {
		if *s.Encrypted && s.KMSKeyID == "" {
			continue
		}
		if *s.Encrypted && !slices.Contains(keys, s.KMSKeyID) {
			keys = append(keys, s.KMSKeyID)
		}
	}
	for _, key := range keys {
		if err := judge(ctx, pass, i, ids, key); err != nil {
			return err
		}
	}
	return nil
}

// judge looks at one key of a shared image.
func judge(ctx context.Context, pass *practice.Pass, i resource.Image, own []string, key string) error {
	region := pass.Resource.Region
	report := func(what, title, advice string, facts map[string]string) {
		f := pass.Finding(i, what+" "+key, title)
		f.Facts, f.Advice = facts, advice
		pass.Report(f)
	}
	copied := "Make a key with imported material (aliyun kms CreateKey --Origin EXTERNAL), allow the other account to use it, and share a copy of the image with it: aliyun ecs CopyImage --region " +
		region + " --ImageId " + i.ImageID + " --DestinationRegionId " + region + " --Encrypted true --KMSKeyId KEY"
	used, err := uses(ctx, pass, own, key)
	switch {
	case practice.Refused(err): // where the material comes from is known all the same
		pass.Report(pass.Unread(i, "uses unread "+key, "Whether the key of a shared image is also that of something else cannot be read: "+key, practice.Unread{"error": practice.Why(err)}))
	case err != nil:
		return err
	case len(used) > 0:
		report("used", "The key of a shared image is also that of "+practice.Few(used, 3, ", "), copied, map[string]string{"key": key})
	}
	k, err := resource.KMSKeyOf(ctx, pass, region, key)
	switch {
	case practice.Refused(err): // that it is used elsewhere is known all the same
		f := pass.Unread(i, "unread "+key, "Where the material of a shared image's key comes from cannot be read", practice.Unread{"error": practice.Why(err)})
		f.Advice += " To look: aliyun kms DescribeKey --region " + region + " --KeyId " + key
		pass.Report(f)
	case err != nil:
		return fmt.Errorf("reading key %s: %w", key, err)
	case k.Origin != "EXTERNAL":
		report("origin", "The material of a shared image's key is not imported", copied, map[string]string{"key": key, "origin": k.Origin})
	}
	return nil
}

// uses are the disks and images that have a key too: those that were not made of the image, and are not its own.
func uses(ctx context.Context, pass *practice.Pass, own []string, key string) (used []string, err error) {
	disks, snapshots, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]resource.Disk, error) {
			return resource.Disks(ctx, pass, pass.Resource.Region, "KMSKeyId", key)
		},
		func(ctx context.Context) ([]resource.Snapshot, error) {
			return resource.Snapshots(ctx, pass, pass.Resource.Region, "KMSKeyId", key)
		})
	if err != nil {
		return nil, fmt.Errorf("reading what has the key %s: %w", key, err)
	}
	for _, d := range disks {
		if !slices.Contains(own, d.SourceSnapshotID) {
			used = append(used, "disk "+d.DiskID)
		}
	}
	for _, s := range snapshots {
		if (s.Usage == "image" || s.Usage == "image_disk") && !slices.Contains(own, s.SnapshotID) {
			used = append(used, "the image of snapshot "+s.SnapshotID)
		}
	}
	return used, nil
}

// list names the account's images: with whom one is shared, a call for each says.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.OwnImages(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, func(i resource.Image) bool { return len(i.Plain()) < len(i.Disks()) })
}
