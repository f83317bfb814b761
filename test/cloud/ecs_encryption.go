package cloud

import "strings"

// diskEncryption is what a region does to new disks.
type diskEncryption struct {
	byDefault  bool
	key        string // chosen by the account; empty: the service key
	serviceKey string
}

var diskEncryptionActions = []rpcAction{
	{name: "EnableDiskEncryptionByDefault", write: true, params: "RegionId!", do: setDiskEncryption(true)},
	{name: "DisableDiskEncryptionByDefault", write: true, params: "RegionId!", do: setDiskEncryption(false)},
	{name: "DescribeDiskEncryptionByDefaultStatus", params: "RegionId!", on: onEach("diskencryptiondefaultconfig", named()), do: describeDiskEncryption},
	{name: "DescribeDiskDefaultKMSKeyId", params: "RegionId!", on: onEach("diskencryptiondefaultconfig", named()), do: describeDiskKey},
	{name: "ModifyDiskDefaultKMSKeyId", write: true, params: "RegionId! KMSKeyId!", do: setDiskKey},
	{name: "ResetDiskDefaultKMSKeyId", write: true, params: "RegionId!", do: setDiskKey},
}

// diskEncryption is the setting of a region. mu is held.
func (c *Cloud) diskEncryption(region string) *diskEncryption {
	e := c.ecs.encryption[region]
	if e == nil {
		id := strings.ToLower(c.random.uuid())
		e = &diskEncryption{serviceKey: id}
		c.ecs.encryption[region] = e
	}
	return e
}

func (e *diskEncryption) keyInUse() string {
	if e.key != "" {
		return e.key
	}
	return e.serviceKey
}

func setDiskEncryption(on bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		q.c.diskEncryption(q.region).byDefault = on
		return done()
	}
}

func describeDiskEncryption(q *rpcRequest) (any, error) {
	return map[string]any{"Encrypted": q.c.diskEncryption(q.region).byDefault}, nil
}

func describeDiskKey(q *rpcRequest) (any, error) {
	return map[string]any{"KMSKeyId": q.c.diskEncryption(q.region).keyInUse()}, nil
}

// setDiskKey chooses the key of a call, or, on reset, the service's.
func setDiskKey(q *rpcRequest) (any, error) {
	q.c.diskEncryption(q.region).key = q.str("KMSKeyId")
	return done()
}
