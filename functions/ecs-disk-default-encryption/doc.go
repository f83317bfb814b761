// Package ecsdiskdefaultencryption: every region encrypts new disks by default.
//
// # What is wrong
//
// The region does not encrypt disks by default, so each disk that nobody thought of
// is made in the clear. Or it encrypts them with a key that the param kms-keys does not name.
//
// # What is done
//
// Encryption by default is switched on for the region. It concerns disks that are
// made from then on; no existing disk changes. A key that is not allowed is replaced by the
// first that is. The setting is of each region by itself.
//
// # What may break
//
// Making a disk of a category, for an instance family, or in a zone, that cannot be
// encrypted fails from then on. Images of disks that are encrypted with the service's own
// key cannot be shared. Where KMS is not activated the call is refused, and people are
// told. If the key was the service's own, the undo names it, which is the same as a reset.
//
// # References
//
// ECS API EnableDiskEncryptionByDefault, DescribeDiskEncryptionByDefaultStatus,
// DescribeDiskDefaultKMSKeyId, ModifyDiskDefaultKMSKeyId (2014-05-26).
package ecsdiskdefaultencryption
