// Package rootmfaenabled: signing in to the root account takes a second factor.
//
// # What is wrong
//
// Whoever learns the password of the root account, by a false page or from another site, owns
// the account: no policy limits what root may do.
//
// # What is done
//
// The people on call are told, each day until a device is bound, and when root signs in without
// one. No API lets a role bind a device for the root account: only its owner can, in the console.
//
// # What may break
//
// Nothing: this practice changes nothing. Keep a second device, or the codes for recovery, in a
// safe: whoever loses the only device has to ask Alibaba Cloud's support.
//
// # References
//
// IMS API GetAccountMFAInfo (2019-08-15). Sign-ins come by the trail's log alone; Cloud
// Config's rule looks once a day.
package rootmfaenabled
