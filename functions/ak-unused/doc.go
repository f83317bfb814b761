// Package akunused: an AccessKey that was not used for 30 days is disabled.
//
// # What is wrong
//
// A RAM user has an active AccessKey that nobody has used for weeks. Nobody would miss it,
// and nobody would notice who else uses it. One that was never used counts from the day on
// which it was made.
//
// # What is done
//
// People are told for a week (warn-days) and then the key is disabled. It is not deleted: one
// call enables it again. A key is left to a person where the rules of shared/identity say so.
//
// # What may break
//
// Programs that run less often than once in the days set, such as a yearly job: exempt
// their keys until the next run.
//
// # References
//
// IMS API ListAccessKeys, GetAccessKeyLastUsed, UpdateAccessKey (2019-08-15).
package akunused
