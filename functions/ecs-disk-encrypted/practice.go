package ecsdiskencrypted

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
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
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", Type: resource.TypeInstance, New: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", Type: resource.TypeInstance, New: true},
		{Service: "Ecs", Name: "CreateDisk", Resource: "response.DiskId|resources.ACS::ECS::Disk", New: true},
		{Service: "Ecs", Name: "AttachDisk", Resource: "params.DiskId|resources.ACS::ECS::Disk"},
		{Service: "Ecs", Name: "ReplaceSystemDisk", Resource: "response.DiskId|resources.ACS::ECS::Disk", New: true},
		{Service: "Config", Name: "ACS::ECS::Disk", Resource: "resource"},
	},
	Sweep: practice.Sweep{Every: 24 * time.Hour, List: list, Reads: []string{"ecs:DescribeDisks"}},
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
	by, id := "DiskIds", cloud.IDs(r.ID)
	if r.Type == resource.TypeInstance {
		by, id = "InstanceId", r.ID
	}
	disks, err := resource.Disks(ctx, pass, r.Region, by, id)
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
	return practice.Finding{
		Key:      d.DiskID,
		Resource: pass.Named("", d.DiskID, d.DiskName),
		Title:    title,
		Facts:    map[string]string{"instance": d.InstanceID, "category": d.Category, "type": d.Type},
		Tags:     d.Tags.Map(),
		Advice:   "A disk cannot be encrypted in place. Take a snapshot, copy it with encryption, make a disk of the copy and swap the two; or, when it is new and empty, delete it and make it again.",
	}
}

// list names the disks that are not encrypted; the cloud filters.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	var only []string
	if len(pass.Param("kms-keys")) == 0 {
		only = []string{"Encrypted", "false"}
	}
	var found []practice.Resource
	err := resource.DiskPages(ctx, pass, pass.Resource.Region, func(page []resource.Disk, _ bool) bool {
		for _, d := range page {
			found = append(found, pass.Named("", d.DiskID, d.DiskName))
		}
		return false
	}, only...)
	return found, err
}
