// Package identity has the rules for changes that take something from a person or a program:
// a sign-in, an AccessKey, rights. A practice declares with a practice.Lock what its changes
// take; the rules are asked when the change is planned and once more right before it, on the
// state as it is then, in the order in which the ledger has those who want to make one.
//
//   - Nobody is touched before the settings name who deploys ecsguard (protected).
//   - Not touched are the break-glass users, the identities under protected, and ecsguard's
//     own roles.
//   - A key that was used within the hour is told and not disabled, unless it is proven that
//     strangers have it.
//   - After the change there is an administrator who can sign in or has an active AccessKey.
//
// What is disabled can be enabled again. Nothing is deleted: practice.Validate refuses it.
package identity
