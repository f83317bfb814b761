package ecsdiskencrypted

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-disk-encrypted.
var Practice = &practice.Practice{
	ID:       "ecs-disk-encrypted",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeDisk,
	Guide:    []string{"KMSを使用してディスク上のデータを暗号化する"},
	Cites:    []string{"CIS Alibaba Cloud 4.1, 4.2", "MLPS 8.1.4.8", "Cloud Config: ecs-disk-encrypted, ecs-in-use-disk-encrypted"},
	Triggers: practice.Triggers(practice.Launched,
		practice.Making(resource.TypeDisk, "Ecs", "CreateDisk", "ReplaceSystemDisk"),
		practice.On(resource.TypeDisk, "Ecs", "AttachDisk"),
		// A replacement goes on when its instance has been stopped.
		practice.On(resource.TypeInstance, "Ecs", "StopInstance"),
		practice.Configured(resource.TypeDisk)),
	Sweep: practice.Daily(list, "ecs:DescribeDisks"),
	Reads: []string{"ecs:DescribeDisks", "ecs:DescribeSnapshots", "ecs:DescribeInstances"},
	Writes: []string{"ecs:TagResources", "ecs:CreateSnapshot", "ecs:CopySnapshot", "ecs:CreateDisk", "ecs:ModifyDiskAttribute",
		"ecs:ApplyAutoSnapshotPolicy", "ecs:DetachDisk", "ecs:AttachDisk", "ecs:DeleteDisk", "ecs:StopInstance", "ecs:StartInstance", "ecs:UntagResources"},
	Params: []practice.Param{
		{Name: "kms-keys", Doc: "ids of the KMS keys that may be used; none: any key will do. The first encrypts what is replaced"},
		{Name: "replace", Kind: practice.Choice, Choices: []string{"no", "stopped", "stop"}, Default: []string{"no"},
			Doc: "whether data disks are replaced by encrypted copies: no; those of instances that somebody has stopped, and those on no instance; or stop the instances, and start them afterwards"},
		{Name: "notice-hours", Kind: practice.Number, Default: []string{"24"}, Most: 720, Doc: "for how long people are told before a replacement begins"},
		{Name: "keep-days", Kind: practice.Number, Default: []string{"14"}, Least: 7, Most: 365, Doc: "for how long the old disk is kept; the snapshots are for a week more"},
		{Name: "kept", Kind: practice.Choice, Choices: []string{"tell", "delete"}, Default: []string{"tell"},
			Doc: "what becomes of an old disk after that: people are told, or it is deleted, which nobody can take back. A new and empty one that was made again is deleted at once"},
	},
	Touches:    true,
	Disruptive: "with the param replace, a data disk is taken off its instance, which stays stopped for minutes to hours",
	Check:      check,
}

// check looks at one disk, or at all disks of an instance: the event of a launch
// does not name them.
func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	disks, err := resource.DisksOf(ctx, pass, r.Region, r.Type, r.ID)
	if err = practice.Some(disks, err); errors.Is(err, practice.ErrGone) && r.Type == resource.TypeDisk && pass.Word("replace") != "no" && !pass.Fresh() {
		return gone(ctx, pass)
	}
	if err != nil {
		return fmt.Errorf("reading the disks of %s: %w", r, err)
	}
	if lacks := unseen(pass, disks); lacks != "" {
		pass.Unseen(lacks)
	}
	for _, d := range disks {
		wrong := wrongWith(d, pass.Param("kms-keys"))
		if wrong == "" {
			continue
		}
		f := finding(pass, d, wrong)
		if !d.Encrypted {
			if err := replace(ctx, pass, d, &f); practice.Refused(err) {
				f = finding(pass, d, wrong) // that it is not encrypted is known all the same
				f.Facts["its replacement cannot be read"] = err.Error()
				if d.Tags.Map()[tagPlan] != "" {
					f.Title += "; its replacement cannot be read"
					f.Advice = "It does not go on: " + err.Error() + ". An instance with the tag " + tagStop + "=" + d.DiskID + " was stopped by ecsguard: see whether it has to be started. " + f.Advice
				}
			} else if err != nil {
				return fmt.Errorf("reading the replacement of disk %s: %w", d.DiskID, err)
			}
		}
		if f.Title != "" {
			pass.Report(f)
		}
	}
	return nil
}

// unseen says that the disks of an instance that is being launched do not all show yet.
func unseen(pass *practice.Pass, disks []resource.Disk) string {
	if pass.Resource.Type != resource.TypeInstance || !pass.Fresh() {
		return ""
	}
	wanted := 0
	for n := 1; len(pass.Event.Find(fmt.Sprintf("params.DataDisk.%d.Size|params.DataDisk.%d.SnapshotId|params.DataDisk.%d.Category", n, n, n))) > 0; n++ {
		wanted = n
	}
	seen := 0
	for _, d := range disks {
		if d.Type == "data" {
			seen++
		}
	}
	if seen < wanted {
		return fmt.Sprintf("%s shows %d of %d data disks", pass.Resource.ID, seen, wanted)
	}
	return ""
}

// wrongWith says what is wrong with the disk, if anything.
func wrongWith(d resource.Disk, keys []string) string {
	switch {
	case d.Local():
		return ""
	case !d.Encrypted:
		return "is not encrypted"
	case len(keys) > 0 && !slices.Contains(keys, d.KMSKeyID):
		return "is encrypted with key " + d.KMSKeyID + ", which is not one of the allowed keys"
	}
	return ""
}

func finding(pass *practice.Pass, d resource.Disk, wrong string) practice.Finding {
	title := fmt.Sprintf("The %s disk %s", d.Type, wrong)
	if d.InstanceID != "" {
		title = fmt.Sprintf("The %s disk of instance %s %s", d.Type, d.InstanceID, wrong)
	}
	f := pass.Finding(d, d.DiskID, title)
	f.Facts = map[string]string{"instance": d.InstanceID, "category": d.Category, "type": d.Type}
	f.Advice = "A disk cannot be encrypted in place: its data is moved to an encrypted copy."
	f.Paste = byHand(d, pass.Param("kms-keys"))
	return f
}

// list names the disks that are not encrypted; the cloud filters.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	var only []string
	if len(pass.Param("kms-keys")) == 0 {
		only = []string{"Encrypted", "false"}
	}
	return practice.ListedPages(ctx, pass, resource.DiskPages, nil, only...)
}
