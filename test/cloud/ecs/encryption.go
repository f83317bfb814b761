package ecs

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// diskEncryption is what a region does to new disks.
// It is a setting of the account a region, off in a new account. serviceKey is the key that KMS
// makes for ECS in each region (alias acs/ecs): it is made up on first use, never written to a
// document, and cannot be shared with other accounts.
type diskEncryption struct {
	ByDefault bool   `yaml:"disk-encryption-by-default"`
	Key       string `yaml:"disk-default-kms-key,omitempty"` // chosen by the account; empty: the service key

	serviceKey string
}

// RAM has a resource of its own for reading the setting, and none for writing it: those need
// permission for *.
var diskEncryptionActions = []action{
	{Name: "EnableDiskEncryptionByDefault", Write: true, Params: "RegionId!", Do: setDiskEncryption(true)},
	{Name: "DisableDiskEncryptionByDefault", Write: true, Params: "RegionId!", Do: setDiskEncryption(false)},
	{Name: "DescribeDiskEncryptionByDefaultStatus", Params: "RegionId!", On: onEach("diskencryptiondefaultconfig", kernel.Named()), Do: describeDiskEncryption},
	{Name: "DescribeDiskDefaultKMSKeyId", Params: "RegionId!", On: onEach("diskencryptiondefaultconfig", kernel.Named()), Do: describeDiskKey},
	{Name: "ModifyDiskDefaultKMSKeyId", Write: true, Params: "RegionId! KMSKeyId!", Do: setDiskKey},
	{Name: "ResetDiskDefaultKMSKeyId", Write: true, Params: "RegionId!", Do: setDiskKey},
}

// DiskEncryption is the setting of a region. mu is held.
// It never answers nil: what nobody has set is off.
func (c *Service) DiskEncryption(region string) *diskEncryption {
	e := &c.Home
	if region != c.Region {
		if e = c.OtherRegions[region]; e == nil {
			e = &diskEncryption{}
			c.OtherRegions[region] = e
		}
	}
	if e.serviceKey == "" {
		e.serviceKey = strings.ToLower(c.Random.Uuid())
	}
	return e
}

// A key that the account has chosen goes before the service key, until it is reset.
func (e *diskEncryption) keyInUse() string {
	if e.Key != "" {
		return e.Key
	}
	return e.serviceKey
}

// It changes new disks only. To enable it twice is no error.
func setDiskEncryption(on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		q.c.DiskEncryption(q.Region).ByDefault = on
		return kernel.Done()
	}
}

func describeDiskEncryption(q *request) (any, error) {
	return map[string]any{"Encrypted": q.c.DiskEncryption(q.Region).ByDefault}, nil
}

func describeDiskKey(q *request) (any, error) {
	return map[string]any{"KMSKeyId": q.c.DiskEncryption(q.Region).keyInUse()}, nil
}

// setDiskKey chooses the key of a call, or, on reset, the service's.
// A key is not looked up in KMS, so one that does not exist is taken.
func setDiskKey(q *request) (any, error) {
	q.c.DiskEncryption(q.Region).Key = q.Str("KMSKeyId")
	return kernel.Done()
}
