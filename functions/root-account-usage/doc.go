// Package rootaccountusage: nobody works as the root account.
//
// # What is wrong
//
// Somebody signs in as the root account, or makes calls with it. No policy limits what it may do,
// and where several people share it nobody can say who it was. It is for what nothing else can do,
// such as closing the account.
//
// # What is done
//
// The people on call are told at once: each sign-in, and each use. All calls of one session, from one
// address, are one use; so are all of one AccessKey. A use that goes on is told again after a
// day. What a service of Alibaba Cloud does by itself in the account's name is no use, nor are the
// services in the param, nor a sign-in that failed.
//
// A planned use is an exemption of the account from this practice, with its last day and why.
//
// # What may break
//
// Nothing: this practice changes nothing.
//
// # References
//
// ActionTrail delivers a sign-in to trails only, so it comes by the log some minutes later; calls
// that change something come over the event bus as well. What only reads counts where a permanent
// AccessKey signs it. IMS API GetAccountMFAInfo (2019-08-15).
package rootaccountusage
