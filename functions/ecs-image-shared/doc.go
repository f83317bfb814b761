// Package ecsimageshared: custom images are shared with known accounts only.
//
// # What is wrong
//
// An image of the account is published, or shared with accounts that nobody has named. Whoever may use it starts
// an instance of it and reads all that is on its disks: programs, configuration, keys, data.
//
// # What is done
//
// The image is no longer public, and is unshared with the accounts that accounts does not name, ten by a call. The undo shares
// it with the same accounts again. One with the tag share-approved may be shared with any account; it may not be
// published. What is shared by a group other than all is only told.
//
// # What may break
//
// Accounts that the image is taken from cannot start instances of it any more, nor initialize the system disk of those that they
// have; these keep running. Copies that they have made stay theirs. Name in accounts who is to have it: members of the
// resource directory, partners.
//
// The undo fails where the image has meanwhile been deprecated or is shared with fifty others (QuotaExceed.ShareImageUser), or where
// it is encrypted with the service key of ECS.
//
// # References
//
// ECS API DescribeImageSharePermission, ModifyImageSharePermission, DescribeImages (2014-05-26).
package ecsimageshared
