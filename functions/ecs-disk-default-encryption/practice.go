package ecsdiskdefaultencryption

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
		{Service: "Ecs", Name: "ModifyDiskDefaultKMSKeyId", Resource: "params.RegionId|region"},
		{Service: "Ecs", Name: "ResetDiskDefaultKMSKeyId", Resource: "params.RegionId|region"},
		{Service: "Ecs", Name: "CreateDisk", Resource: "region"},
		{Service: "Ecs", Name: "RunInstances", Resource: "region"},
		{Service: "Ecs", Name: "CreateInstance", Resource: "region"},
	},
	Sweep:  practice.Daily(practice.TheRegion),
	Reads:  []string{"ecs:DescribeDiskEncryptionByDefaultStatus", "ecs:DescribeDiskDefaultKMSKeyId"},
	Writes: []string{"ecs:EnableDiskEncryptionByDefault", "ecs:ModifyDiskDefaultKMSKeyId"},
	Params: []practice.Param{
		{Name: "kms-keys", Doc: "ids of the KMS keys that may encrypt new disks by default; none: any key will do. Another one is replaced by the first"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	region := pass.Resource.ID
	encrypts, err := resource.EncryptsDisks(ctx, pass, region)
	if err != nil {
		return fmt.Errorf("reading whether %s encrypts disks by default: %w", region, err)
	}
	if encrypts {
		return key(ctx, pass, region)
	}
	pass.Report(practice.Finding{
		Key:    "default",
		Title:  "New disks are not encrypted by default in " + region,
		Advice: "Where KMS has not been activated, that comes first: open KMS in the console. A region that needs disks which cannot be encrypted is exempted in the settings.",
		Changes: practice.Reversible("switch on encryption by default for new disks in "+region,
			cloud.New("ecs", "EnableDiskEncryptionByDefault", region),
			cloud.New("ecs", "DisableDiskEncryptionByDefault", region)),
	})
	return nil
}

// key is the one of disks of which nobody says by which they are encrypted.
func key(ctx context.Context, pass *practice.Pass, region string) error {
	allowed := pass.Param("kms-keys")
	if len(allowed) == 0 {
		return nil
	}
	now, err := resource.DefaultDiskKey(ctx, pass, region)
	if err != nil {
		return fmt.Errorf("reading by which key %s encrypts disks: %w", region, err)
	}
	if slices.Contains(allowed, now) {
		return nil
	}
	set := func(id string) cloud.Call {
		return cloud.New("ecs", "ModifyDiskDefaultKMSKeyId", region, "KMSKeyId", id)
	}
	pass.Report(practice.Finding{
		Key:     "key",
		Title:   "New disks in " + region + " are encrypted by default with key " + now + ", which is not one of the allowed keys",
		Changes: practice.Reversible("encrypt new disks in "+region+" with key "+allowed[0], set(allowed[0]), set(now)),
	})
	return nil
}
