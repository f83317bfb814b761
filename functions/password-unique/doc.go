// Package passwordunique: passwords are not used again.
//
// # What is wrong
//
// The account takes passwords that a user has had before, or that are known from leaks of other
// sites. What a user has typed elsewhere can be tried here.
//
// # What is done
//
// The account refuses passwords that are known to have leaked (InterceptRiskPasswordOnApi), and
// the last one of the user, or as many as wanted. Everything else that is asked of passwords stays
// as it is. That is all that can be seen from here: whether somebody uses one password for two
// companies is known to nobody but him. Tell people, and give them a password manager.
//
// # What may break
//
// Nothing at once: it holds for the next password that somebody sets.
//
// Several practices judge what is asked of passwords. What all that act want is set by one call.
//
// # References
//
// IMS API GetPasswordPolicy, SetPasswordPolicy (2019-08-15).
package passwordunique
