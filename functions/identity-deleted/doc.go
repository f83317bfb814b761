// Package identitydeleted: a user or a key that is needed and was deleted is restored.
//
// # What is wrong
//
// Somebody has deleted a RAM user or an AccessKey that the settings protect, or that was in use.
// Programs stop, or a person is shut out; who wants to harm an account begins with those who could
// stop it.
//
// # What is done
//
// People are told at once, with the command that takes it back out of RAM's recycle bin, where it
// is for 30 days. Where this is enforced, the command is run. A user comes back without rights and
// groups, which it had to lose before: the message says so. What nobody has used for in-use-days,
// and nobody protects, may be deleted.
//
// A key that has been published is not taken back: that it went is what was to be done.
//
// # What may break
//
// A key that was deleted because strangers have it works again: ecsguard disables what it takes
// back where the change is undone, and deletes nothing.
//
// # References
//
// IMS API GetAccessKeyInfoInRecycleBin, ListUsersInRecycleBin, ListAccessKeysInRecycleBin,
// RestoreAccessKeyFromRecycleBin, RestoreUserFromRecycleBin (2019-08-15); ActionTrail API
// GetAccessKeyLastUsedInfo (2020-07-06), which answers for deleted keys too. MITRE ATT&CK T1531:
// https://attack.mitre.org/techniques/T1531/
package identitydeleted
