package ecsdiskencrypted

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

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
		practice.Configured(resource.TypeDisk)),
	Sweep: practice.Daily(list, "ecs:DescribeDisks"),
	Reads: []string{"ecs:DescribeDisks"},
	Params: []practice.Param{
		{Name: "kms-keys", Doc: "ids of the KMS keys that may be used; none: any key will do"},
	},
	Check: check,
}

// check looks at one disk, or at all disks of an instance: the event of a launch
// does not name them.
func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	disks, err := resource.DisksOf(ctx, pass, r.Region, r.Type, r.ID)
	if err = practice.Some(disks, err); err != nil {
		return fmt.Errorf("reading the disks of %s: %w", r, err)
	}
	for _, d := range disks {
		if wrong := wrongWith(d, pass.Param("kms-keys")); wrong != "" {
			pass.Report(finding(pass, d, wrong))
		}
	}
	return nil
}

// wrongWith says what is wrong with the disk, if anything.
func wrongWith(d resource.Disk, keys []string) string {
	local := strings.HasPrefix(d.Category, "local_") || strings.HasPrefix(d.Category, "ephemeral")
	switch {
	case local:
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
	f.Advice = "A disk cannot be encrypted in place. Take a snapshot, copy it with encryption, make a disk of the copy and swap the two; or, when it is new and empty, delete it and make it again."
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
