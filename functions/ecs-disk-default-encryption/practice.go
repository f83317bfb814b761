package ecsdiskdefaultencryption

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-disk-default-encryption.
var Practice = &practice.Practice{
	ID:       "ecs-disk-default-encryption",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeRegion, // what it judges is a setting of the region; Cloud Config has no type for it
	Guide:    []string{"KMSを使用してディスク上のデータを暗号化する"},
	Cites:    []string{"CIS Alibaba Cloud 4.1, 4.2", "MLPS 8.1.4.8"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "DisableDiskEncryptionByDefault", Resource: "params.RegionId|region"},
		{Service: "Ecs", Name: "CreateDisk", Resource: "region"},
		{Service: "Ecs", Name: "RunInstances", Resource: "region"},
	},
	Sweep:  practice.Sweep{Every: 24 * time.Hour, List: list},
	Reads:  []string{"ecs:DescribeDiskEncryptionByDefaultStatus"},
	Writes: []string{"ecs:EnableDiskEncryptionByDefault"},
	Check:  check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	region := pass.Resource.ID
	var status struct{ Encrypted *bool }
	call := cloud.New("ecs", "DescribeDiskEncryptionByDefaultStatus", region)
	if err := pass.Read(ctx, call, &status); err != nil {
		return fmt.Errorf("reading whether %s encrypts disks by default: %w", region, err)
	}
	if status.Encrypted == nil {
		return fmt.Errorf("reading whether %s encrypts disks by default: the answer does not say", region)
	}
	if *status.Encrypted {
		return nil
	}
	undo := cloud.New("ecs", "DisableDiskEncryptionByDefault", region)
	pass.Report(practice.Finding{
		Key:   "default",
		Title: "New disks are not encrypted by default in " + region,
		Changes: []practice.Change{{
			Why:  "switch on encryption by default for new disks in " + region,
			Call: cloud.New("ecs", "EnableDiskEncryptionByDefault", region),
			Undo: &undo,
		}},
	})
	return nil
}

// list names the region that the function watches.
func list(_ context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	r := pass.Resource
	r.ID = r.Region
	return []practice.Resource{r}, nil
}
