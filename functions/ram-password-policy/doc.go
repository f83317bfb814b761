// Package rampasswordpolicy: passwords of RAM users have to be strong.
//
// # What is wrong
//
// The account takes passwords of its RAM users that are short or plain, lets them come back
// soon, or lets somebody try as often as he likes.
//
// # What is done
//
// What is weaker than wanted is set to what is wanted. Everything else of the policy stays as
// it is, and what is stronger stays stronger. The call sends every field, since the cloud
// would set what is left out back to its default.
//
// # What may break
//
// Nothing at once: it holds for the next password that somebody sets. Who types a wrong
// password five times is locked out for an hour.
//
// A field that somebody changes in the round trip between the last look and this call goes
// back to what it was at that look: the call has to name all of them.
//
// # References
//
// IMS API GetPasswordPolicy, SetPasswordPolicy (2019-08-15).
package rampasswordpolicy
