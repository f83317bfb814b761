// Package ecsimagesharebyok: shared encrypted images have a key of their own, whose material was imported.
//
// # What is wrong
//
// An encrypted image is shared with another account, and its KMS key is also that of other images or of disks, or its material is
// KMS's own. Whoever the image is shared with has to be allowed to use the key, and with it could decrypt the rest. Access cannot be
// ended by deleting the material, as it can where that was imported.
//
// # What is done
//
// People are told, with the command for a copy with a key of its own. Nothing is changed: an image keeps its key. Disks that were made of the
// image, and its own snapshots, are no other use of the key. Images that are not encrypted, or that nobody else has, are not
// judged.
//
// Whether the receiving account is allowed to use the key cannot be seen from here: it needs a role that ECS takes there, and the key's
// permission for it. See to that when the key changes.
//
// # What may break
//
// Nothing: this practice changes nothing.
//
// # References
//
// ECS API DescribeImages, DescribeImageSharePermission, DescribeSnapshots, DescribeDisks (2014-05-26), KMS API DescribeKey (2016-01-20).
package ecsimagesharebyok
