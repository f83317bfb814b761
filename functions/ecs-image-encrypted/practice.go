package ecsimageencrypted

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

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
	Params: []practice.Param{
		{Name: "copy", Kind: practice.Choice, Choices: []string{"tell", "copy"}, Default: []string{"tell"}, Doc: "what comes of an image that is not encrypted where the practice acts"},
		{Name: "days", Kind: practice.Number, Default: []string{"7"}, Least: 1, Doc: "how many days after the copy was made the image is marked as deprecated: until then what uses it is to use the copy"},
		{Name: "kms-key", Kind: practice.OneWord, Doc: "the KMS key of copies; none: the one that the region's disks have by default"},
		{Name: "plain", Default: []string{"plain-image"}, Doc: "tags, as key or key=value, of images that stay as they are"},
	},
	Disruptive: "the image is marked as deprecated: families pass it over, and nobody else can be given it",
	Check:      check,
}

// copyOf is the tag of an encrypted copy: its value is the id of the original.
const copyOf = "ecsguard-encrypted-copy-of"

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
	copies, err := resource.OwnImages(ctx, pass, region, "Tag.1.Key", copyOf, "Tag.1.Value", id)
	if err != nil {
		return fmt.Errorf("reading the copies of image %s: %w", id, err)
	}
	key := pass.Word("kms-key")
	copied := cloud.New("ecs", "CopyImage", region, "ImageId", id, "DestinationRegionId", region, "DestinationImageName", name(i), "Encrypted", "true",
		"KMSKeyId", key, "Tag.1.Key", copyOf, "Tag.1.Value", id, "ClientToken", "ecsguard-copy-of-"+id) // it is meant once, also where the answer is lost
	set := func(status string) cloud.Call {
		return cloud.New("ecs", "ModifyImageAttribute", region, "ImageId", id, "Status", status)
	}
	switch {
	case len(copies) == 0:
		f := pass.Finding(i, "plain", "An image is not encrypted, and there is no encrypted copy of it")
		f.Facts = map[string]string{"snapshots": strings.Join(plain, " "), "status": i.Status}
		f.Advice = "Copy it with encryption, and use the copy."
		f.Paste = practice.ByHand("It makes the copy", copied)
		if i.Status == "Available" && pass.Word("copy") == "copy" {
			f.Paste, f.Advice = nil, "Use the copy from then on: this image stays as it is."
			f.Changes = practice.Reversible("make an encrypted copy of image "+id, copied, cloud.New("ecs", "DeleteImage", region, "ImageId", "{ImageId}"))
		}
		pass.Report(f)
	case copies[0].Status == "Creating" || copies[0].Status == "Waiting":
		f := pass.Finding(i, "copying", "An encrypted copy of an image that is not encrypted is in the making: "+copies[0].ImageID)
		f.Severity, f.Advice = practice.Low, "Nothing has to be done: it is looked at again."
		pass.Report(f)
	case copies[0].Status == "Available" && i.Status == "Available":
		f := pass.Finding(i, "original", "An image that is not encrypted is still in use, and there is an encrypted copy: "+copies[0].ImageID)
		f.Advice = "Use the copy in launch templates and scaling groups, and mark the image as deprecated: " + set("Deprecated").String()
		if made := cloud.Time(copies[0].CreationTime); pass.Word("copy") == "copy" && !made.IsZero() && pass.Now.Sub(made) >= time.Duration(pass.Int("days"))*24*time.Hour {
			f.Advice = "Use the copy in launch templates and scaling groups."
			f.Changes = practice.Reversible("mark image "+id+" as deprecated", set("Deprecated"), set("Available"))
		}
		pass.Report(f)
	case copies[0].Status != "Available":
		f := pass.Finding(i, "copy", "The encrypted copy of an image cannot be used: "+copies[0].ImageID+" is "+copies[0].Status)
		f.Advice = "Delete it, and copy the image again."
		pass.Report(f)
	}
	return nil
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
