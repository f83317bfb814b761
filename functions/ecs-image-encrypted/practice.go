package ecsimageencrypted

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-image-encrypted.
var Practice = &practice.Practice{
	ID:       "ecs-image-encrypted",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeImage,
	Guide:    []string{"安全なイメージを使用する"},
	Cites:    []string{"CIS Alibaba Cloud 4.2", "MLPS 8.1.4.8"},
	Triggers: append(practice.Making(resource.TypeImage, "Ecs", "CreateImage", "ImportImage"),
		practice.Trigger{Service: "Ecs", Name: "CopyImage", Resource: "response.ImageId|resources." + resource.TypeImage, Region: "params.DestinationRegionId", New: true}),
	Sweep:  practice.Daily(list, "ecs:DescribeImages"),
	Reads:  []string{"ecs:DescribeImages", "ecs:DescribeSnapshots"},
	Writes: []string{"ecs:CopyImage", "ecs:ModifyImageAttribute"},
	Params: append(practice.CopyParams("an image"),
		practice.Param{Name: "days", Kind: practice.Number, Default: []string{"7"}, Least: 1, Doc: "how many days after the copy was made the image is marked as deprecated: by then, have whatever uses the image use the copy"},
		practice.Param{Name: "plain", Default: []string{"plain-image"}, Doc: "tags, as key or key=value, of images that stay as they are"}),
	Disruptive: "the image is marked as deprecated: image families pass it over, and it can be shared with nobody else",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	id, region := pass.Resource.ID, pass.Resource.Region
	i, err := practice.One(resource.OwnImages(ctx, pass, region, "ImageId", id))
	if err != nil {
		return fmt.Errorf("reading image %s: %w", id, err)
	}
	plain, err := plainly(ctx, pass, i, region)
	if err != nil || len(plain) == 0 || i.Tags.Has(pass.Param("plain")) {
		return err
	}
	copies, err := resource.OwnImages(ctx, pass, region, "Tag.1.Key", practice.CopyOf, "Tag.1.Value", id)
	if err != nil {
		return fmt.Errorf("reading the copies of image %s: %w", id, err)
	}
	if copies, err = genuine(ctx, pass, i, copies); err != nil {
		return err
	}
	set := func(status string) cloud.Call {
		return cloud.New("ecs", "ModifyImageAttribute", region, "ImageId", id, "Status", status)
	}
	if len(copies) == 0 {
		f := pass.Finding(i, "plain", "An image is not encrypted, and there is no encrypted copy of it")
		f.Facts = map[string]string{"snapshots": strings.Join(plain, " "), "status": i.Status}
		switch i.Status {
		case "Available":
			f.Advice = "Copy it with encryption, and use the copy."
			if pass.CopyEncrypted(&f, "Image", true, "DestinationImageName", name(i)); len(f.Changes) > 0 {
				f.Advice = "Use the copy from then on: this image stays as it is."
			}
		case "Deprecated":
			f.Advice = "Delete it if nobody needs it. A deprecated image cannot be copied: otherwise make it available, copy it with encryption, and use the copy."
			pass.CopyEncrypted(&f, "Image", false, "DestinationImageName", name(i))
			f.Paste = append(practice.ByHand("It makes the image available", set("Available")), f.Paste...)
		default:
			f.Advice = "It is " + i.Status + ", and cannot be copied. Delete it if nobody needs it: " + deleted(region, id).String()
		}
		pass.Report(f)
		return nil
	}
	switch made := copies[0]; {
	case made.Status == "Creating" || made.Status == "Waiting":
		pass.Copying(i, made.ImageID)
	case made.Status == "Available" && i.Status == "Available":
		f := pass.Finding(i, "original", "An image that is not encrypted is still in use, and there is an encrypted copy: "+made.ImageID)
		f.Advice = "Use the copy in launch templates and scaling groups, and mark the image as deprecated: " + set("Deprecated").String()
		if pass.Yes("copy") && pass.Older(cloud.Time(made.CreationTime), pass.Days("days")) {
			f.Advice = "Use the copy in launch templates and scaling groups."
			f.Changes = practice.Reversible("mark image "+id+" as deprecated", set("Deprecated"), set("Available"))
		}
		pass.Report(f)
	case made.Status != "Available":
		f := pass.Finding(i, "copy", "The encrypted copy of an image cannot be used: "+made.ImageID+" is "+made.Status)
		f.Advice = "Delete the copy, and the image is copied or told of again: " + deleted(region, made.ImageID).String()
		pass.Report(f)
	}
	return nil
}

func deleted(region, id string) cloud.Call {
	return cloud.New("ecs", "DeleteImage", region, "ImageId", id)
}

// plainly are the snapshots of an image that are not encrypted.
func plainly(ctx context.Context, pass *practice.Pass, i resource.Image, region string) (plain []string, err error) {
	if i.Status == "Creating" || i.Status == "Waiting" {
		return nil, practice.ErrNotYet
	}
	if len(i.Disks()) == 0 && i.Status != "CreateFailed" {
		return nil, fmt.Errorf("image %s: the answer does not say of what it is made", i.ImageID)
	}
	asked := i.Plain()
	if len(asked) == 0 {
		return nil, nil
	}
	snapshots, err := resource.Snapshots(ctx, pass, region, "SnapshotIds", cloud.IDs(asked...))
	if err != nil {
		return nil, fmt.Errorf("reading the snapshots of image %s: %w", i.ImageID, err)
	}
	for _, s := range snapshots {
		if !*s.Encrypted {
			plain = append(plain, s.SnapshotID)
		}
	}
	if len(plain) == 0 && len(snapshots) < len(asked) { // where one is known to be plain, no more is needed
		return nil, fmt.Errorf("image %s: %d of its %d snapshots cannot be found", i.ImageID, len(asked)-len(snapshots), len(asked))
	}
	return plain, nil
}

// name is that of a copy: the cloud takes 128 characters.
func name(i resource.Image) string {
	const end = "-encrypted"
	name := []rune(i.ImageName)
	return string(name[:min(len(name), 128-len(end))]) + end
}

// list names the images that do not say of themselves that they are encrypted.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.OwnImages(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, func(i resource.Image) bool { return len(i.Plain()) > 0 })
}
