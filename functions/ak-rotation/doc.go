// Package akrotation: no AccessKey is older than 90 days.
//
// # What is wrong
//
// A RAM user has an active AccessKey that was made months ago. Whoever has ever copied it, from
// a laptop, a log or a colleague who has left, can still use it.
//
// # What is done
//
// People are told how to replace it, step by step, and when it was last used. Of two active keys
// of a user the newer may be on its way to the programs, so the older is spoken of first. With
// disable-unused-days an old key is disabled once nobody has used it for so long; without, none is.
// A disabled key is not deleted: one call enables it again.
//
// # What may break
//
// Nothing, as long as disable-unused-days is 0. With it, programs that run more rarely than that:
// exempt their keys, with the day on which they will be replaced.
//
// # References
//
// IMS API ListAccessKeys, GetAccessKeyLastUsed, UpdateAccessKey (2019-08-15). A user can have two
// keys (LimitExceeded.User.AccessKey). RAM's own limit for idle keys begins at 90 days: see
// ak-idle-policy.
package akrotation
