package kmskeystate

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// most is of how many secrets it is asked which key they have: each is a call.
const most = 100

// evidence says which disks and secrets cannot be read without the key.
func evidence(ctx context.Context, pass *practice.Pass, f *practice.Finding) error {
	if f.Key != "deletion" && f.Key != "disabled" && f.Key != "material" {
		return nil
	}
	region, id := f.Resource.Region, f.Resource.ID
	disks, secrets, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]resource.Disk, error) {
			return resource.Disks(ctx, pass, region, "KMSKeyId", id)
		},
		func(ctx context.Context) ([]resource.KMSSecret, error) {
			return resource.KMSSecrets(ctx, pass, region)
		})
	if err != nil {
		return err
	}
	var users []string
	for _, d := range disks {
		users = append(users, "disk "+d.DiskID)
	}
	for _, s := range secrets[:min(most, len(secrets))] {
		one, err := resource.KMSSecretOf(ctx, pass, region, s.SecretName)
		if err != nil {
			return err
		}
		if one.EncryptionKeyID == id {
			users = append(users, "secret "+one.SecretName)
		}
	}
	f.UsedBy = practice.Few(users, 20, ", ")
	if len(users) == 0 {
		f.UsedBy = "no disk and no secret was found; what else uses it KMS does not say"
	}
	return nil
}
