// Package ecsdiskdefaultencryption: every region encrypts new disks by default.
//
// # What is wrong
//
// The region does not encrypt disks by default, so each disk that nobody thought of
// is made in the clear.
//
// # What is done
//
// Encryption by default is switched on for the region. It concerns disks that are
// made from then on; no existing disk changes.
//
// # What may break
//
// Making a disk of a category, or in a zone, that cannot be encrypted fails from then
// on. Images of disks that are encrypted with the service's own key cannot be shared.
//
// # References
//
// ECS API EnableDiskEncryptionByDefault, DescribeDiskEncryptionByDefaultStatus
// (2014-05-26).
package ecsdiskdefaultencryption
