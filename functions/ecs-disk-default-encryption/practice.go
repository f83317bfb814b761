package ecsdiskdefaultencryption

import (
	"context"
	_ "embed"
	"fmt"

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
	Sweep:  practice.Daily(practice.TheRegion),
	Reads:  []string{"ecs:DescribeDiskEncryptionByDefaultStatus"},
	Writes: []string{"ecs:EnableDiskEncryptionByDefault"},
	Check:  check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	region := pass.Resource.ID
	encrypts, err := resource.EncryptsDisks(ctx, pass, region)
	if err != nil {
		return fmt.Errorf("reading whether %s encrypts disks by default: %w", region, err)
	}
	if encrypts {
		return nil
	}
	pass.Report(practice.Finding{
		Key:   "default",
		Title: "New disks are not encrypted by default in " + region,
		Changes: practice.Reversible("switch on encryption by default for new disks in "+region,
			cloud.New("ecs", "EnableDiskEncryptionByDefault", region),
			cloud.New("ecs", "DisableDiskEncryptionByDefault", region)),
	})
	return nil
}
