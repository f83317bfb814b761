// Package kmskeystate: keys that encrypt something are enabled, protected from deletion and rotating.
//
// # What is wrong
//
// A key is disabled, or is to be deleted: what it encrypts (disks, secrets, buckets, databases) cannot be read
// from then on, and once the key is deleted it never can. Or a key of which the material was taken away, or that
// nothing protects from deletion, or that has encrypted with the same material since it was made. It is also told that
// KMS is suspended for a bill that was not paid, or not opened.
//
// Which disks and secrets use the key is told beside it. What else does, KMS does not say: a key that neither
// uses is not a key that nobody uses.
//
// # What is done
//
// A deletion is cancelled (CancelKeyDeletion); the undo schedules it again for the day that it was for, or a week later at
// least, since KMS takes no less. Protection against deletion is switched on, and so is rotation, of a symmetric key
// with material of KMS; both can be switched off again. A disabled key is only told of, since disabling one may be somebody's
// answer to an incident: with disabled: enable it is enabled (EnableKey). These are changes of their own: whoever wants a
// deletion back takes the protection back first, or KMS refuses.
//
// Keys that a service has made and manages are left alone: nobody but the service can change them. External and
// asymmetric keys cannot rotate. Material that was deleted or has expired only its owner can import again.
//
// # What may break
//
// Who wanted the key gone, or its users shut out, has to do it again, after exempting it: a key in tagged decommissioning
// has the tag ecsguard:exempt:kms-key-state. A key whose deletion is cancelled is enabled, even if it was disabled before. Each
// rotation makes a version, and versions count against the quota of a KMS instance.
//
// # References
//
// KMS API DescribeKey, ListKeys, DescribeAccountKmsStatus, CancelKeyDeletion, EnableKey, SetDeletionProtection,
// UpdateRotationPolicy (2016-01-20).
package kmskeystate
