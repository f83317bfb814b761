// Package identity has the rules for changes that take something from a person or a program: a
// sign-in, an AccessKey, rights. A practice declares with a practice.Lock what its changes
// take; the rules are applied when the change is planned and once more right before it, to the
// state at that moment and in the order in which the ledger has the looks that want to make
// such a change.
//
//   - Nobody is touched before the settings name who deploys ecsguard (protected).
//   - Not touched are the break-glass users, the identities under protected, and ecsguard's
//     own roles.
//   - A key that was used within the hour is reported and not disabled, unless it is proven to
//     be leaked.
//   - After the change there must still be an administrator who can sign in or has an active
//     AccessKey.
//
// What is disabled can be enabled again. Nothing is deleted: practice.Validate refuses it.
package identity
