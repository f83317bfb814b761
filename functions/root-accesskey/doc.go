// Package rootaccesskey: the root account has no AccessKey.
//
// # What is wrong
//
// The root account has an AccessKey. It may do everything, no policy limits it, and
// whoever finds it owns the account.
//
// # What is done
//
// The people on call are told. No role can list, disable or delete a key of the root
// account: only the root account itself can.
//
// # What may break
//
// Nothing: this practice changes nothing. Deleting the key breaks every program that
// still uses it.
//
// # References
//
// IMS API GetAccountSecurityPracticeReport (2019-08-15). Its numbers may lag behind,
// so the event that makes such a key counts by itself for a while.
package rootaccesskey
