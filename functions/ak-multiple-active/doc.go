// Package akmultipleactive: a RAM user has one active AccessKey at most.
//
// # What is wrong
//
// A RAM user has two AccessKeys that work, and both have been there for longer than it takes to
// go over from one to the other. One of them is a second way in that nobody needs.
//
// # What is done
//
// People are told which of the two was used last, and when the other was. If that one was not used
// for a week (unused-days) either, it is disabled. It is not deleted: one call enables it again. Of
// two keys that are both in use nobody can say which one may go, so they are only told.
//
// # What may break
//
// Programs that use the other key more rarely than that: exempt their user until they are moved.
//
// # References
//
// IMS API ListAccessKeys, GetAccessKeyLastUsed, UpdateAccessKey (2019-08-15).
package akmultipleactive
