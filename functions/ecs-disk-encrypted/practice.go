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
)

//go:embed doc.go
var doc string

const instance = "ACS::ECS::Instance"

// Practice is ecs-disk-encrypted.
var Practice = &practice.Practice{
	ID:       "ecs-disk-encrypted",
	Doc:      doc,
	Severity: practice.High,
	Resource: "ACS::ECS::Disk",
	Guide:    []string{"KMSを使用してディスク上のデータを暗号化する"},
	Cites:    []string{"CIS Alibaba Cloud 4.1, 4.2", "MLPS 8.1.4.8", "Cloud Config: ecs-disk-encrypted, ecs-in-use-disk-encrypted"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", Type: instance, New: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", Type: instance, New: true},
		{Service: "Ecs", Name: "CreateDisk", Resource: "response.DiskId|resources.ACS::ECS::Disk", New: true},
		{Service: "Ecs", Name: "AttachDisk", Resource: "params.DiskId|resources.ACS::ECS::Disk"},
		{Service: "Ecs", Name: "ReplaceSystemDisk", Resource: "response.DiskId|resources.ACS::ECS::Disk", New: true},
		{Service: "Config", Name: "ACS::ECS::Disk", Resource: "resource"},
	},
	Sweep: practice.Sweep{Every: 24 * time.Hour, List: list},
	Reads: []string{"ecs:DescribeDisks"},
	Params: []practice.Param{
		{Name: "kms-keys", Doc: "ids of the KMS keys that may be used; none: any key will do"},
	},
	Check: check,
}

type disk struct {
	DiskID, DiskName, InstanceID string
	Type, Category, KMSKeyID     string
	Encrypted                    bool
	Tags                         cloud.Tags
}

type page struct {
	cloud.Page
	Disks struct{ Disk []disk }
}

// check looks at one disk, or at all disks of an instance: the event of a launch
// does not name them.
func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	call := cloud.New("ecs", "DescribeDisks", r.Region, "MaxResults", "500")
	if r.Type == instance {
		call = call.With("InstanceId", r.ID)
	} else {
		call = call.With("DiskIds", cloud.IDs(r.ID))
	}
	var disks []disk
	if err := cloud.ReadAll(ctx, pass, call, func(p page) { disks = append(disks, p.Disks.Disk...) }); err != nil {
		return fmt.Errorf("reading the disks of %s: %w", r, practice.Gone(err))
	}
	if len(disks) == 0 {
		return fmt.Errorf("reading the disks of %s: %w", r, practice.ErrGone)
	}
	for _, d := range disks {
		if wrong := d.wrong(pass.Param("kms-keys")); wrong != "" {
			pass.Report(d.finding(r, wrong))
		}
	}
	return nil
}

// wrong says what is wrong with the disk, if anything.
func (d disk) wrong(keys []string) string {
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

func (d disk) finding(r practice.Resource, wrong string) practice.Finding {
	title := fmt.Sprintf("The %s disk %s", d.Type, wrong)
	if d.InstanceID != "" {
		title = fmt.Sprintf("The %s disk of instance %s %s", d.Type, d.InstanceID, wrong)
	}
	return practice.Finding{
		Key:      d.DiskID,
		Resource: practice.Resource{Type: "ACS::ECS::Disk", ID: d.DiskID, Name: d.DiskName, Region: r.Region, Account: r.Account},
		Title:    title,
		Facts:    map[string]string{"instance": d.InstanceID, "category": d.Category, "type": d.Type},
		Tags:     d.Tags.Map(),
		Advice:   "A disk cannot be encrypted in place. Take a snapshot, copy it with encryption, make a disk of the copy and swap the two; or, when it is new and empty, delete it and make it again.",
	}
}

// list names the disks that are not encrypted; the cloud filters.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	call := cloud.New("ecs", "DescribeDisks", pass.Resource.Region, "MaxResults", "500")
	if len(pass.Param("kms-keys")) == 0 {
		call = call.With("Encrypted", "false")
	}
	var found []practice.Resource
	err := cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, d := range p.Disks.Disk {
			r := pass.Resource
			r.ID, r.Name = d.DiskID, d.DiskName
			found = append(found, r)
		}
	})
	return found, err
}
