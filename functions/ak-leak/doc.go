// Package akleak: an AccessKey that has been published is disabled.
//
// # What is wrong
//
// Security Center has found an active AccessKey of the account where everybody can read it,
// such as a public repository. Strangers try such keys within minutes.
//
// # What is done
//
// The key is disabled, even if programs use it at the moment: others do too. It is not
// deleted, and one call enables it again. A key of the root account can be disabled by nobody
// but the root account, so people are told at once.
//
// # What may break
//
// Programs that use the key stop working until they get a new one.
//
// # References
//
// Security Center API DescribeAccesskeyLeakList (2018-12-03); IMS API GetUser, ListAccessKeys,
// UpdateAccessKey (2019-08-15).
package akleak
