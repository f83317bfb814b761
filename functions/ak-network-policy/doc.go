// Package aknetworkpolicy: AccessKeys work from known networks only.
//
// # What is wrong
//
// An active AccessKey of a RAM user works from everywhere. Whoever copies it can use it from
// wherever he is.
//
// # What is done
//
// Where the operator has named addresses, the key gets a network policy that lets it work from
// these alone; lists for VPCs that it has stay. A policy that would shut out where the key is used
// is not set, but told with these places: so is one where that cannot be known, because the use
// is from inside the cloud, or of a service that ActionTrail does not record. The undo puts back
// the policy that was there, or one that is not active: there is no call that deletes one.
// A list that is as good as everywhere (a block wider than /8, or /16 of IPv6) counts as none. A
// key without a policy of its own goes by the account's.
//
// # What may break
//
// Programs that use the key from elsewhere, and have not for as long as is looked back (seen-days).
//
// # References
//
// IMS API GetAccessKeyPolicy, SetAccessKeyPolicy, GetAccessKeyPolicyForAccount (2019-08-15), which
// the SDK of 2026-07 has; ActionTrail API GetAccessKeyLastUsedProducts, GetAccessKeyLastUsedIps
// (2020-07-06). https://www.alibabacloud.com/help/en/ram/user-guide/accesskey-network-access-restriction-policy
package aknetworkpolicy
