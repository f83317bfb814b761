package ecsimageencrypted

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// genuine are those images with the tag of a copy that are one, as far as the cloud says, and the one that can be used first. Whoever may
// put on tags can put it on anything, and by it the original would be taken out of use.
func genuine(ctx context.Context, pass *practice.Pass, of resource.Image, tagged []resource.Image) (copies []resource.Image, err error) {
	var sources []string
	for _, d := range of.Disks() {
		sources = append(sources, d.SnapshotID)
	}
	for _, c := range tagged {
		var ids []string
		for _, d := range c.Disks() {
			if d.SnapshotID != "" {
				ids = append(ids, d.SnapshotID)
			}
		}
		waits := c.Status != "Available" // it may not say yet of what it is made
		if c.ImageID == of.ImageID || c.IsCopied != nil && !*c.IsCopied || len(ids) == 0 && !waits || made(c).Before(made(of)) {
			continue
		}
		var snapshots []resource.Snapshot
		if len(ids) > 0 {
			if snapshots, err = resource.Snapshots(ctx, pass, pass.Resource.Region, "SnapshotIds", cloud.IDs(ids...)); err != nil {
				return nil, fmt.Errorf("reading the snapshots of image %s: %w", c.ImageID, err)
			}
		}
		other := func(s resource.Snapshot) bool { return !practice.MayBeCopy(s, sources...) }
		switch {
		case !waits && len(snapshots) < len(ids) || slices.ContainsFunc(snapshots, other):
		case waits:
			copies = append(copies, c)
		default:
			copies = slices.Insert(copies, 0, c)
		}
	}
	return copies, nil
}

func made(i resource.Image) time.Time { return cloud.Time(i.CreationTime) }
