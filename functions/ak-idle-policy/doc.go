// Package akidlepolicy: the account itself disables idle users and keys.
//
// # What is wrong
//
// RAM disables by itself the keys that nobody has used, and the passwords of users who have not
// signed in, for as many days as the account says. As it comes, that is two years.
//
// # What is done
//
// The days are set to 90 (key-days, user-days). A setting that is stricter stays, and so does
// everything else of the account's security preference: the call states all of it, since the
// cloud sets what is left out back to its default. RAM takes no less than 90 days; for less there
// is ak-unused. Where users sign in by their company's identity provider, the days for users count
// for nobody and are not looked at.
//
// # What may break
//
// On the next day RAM disables the keys and passwords that have been idle for longer, those of jobs
// that run once a year among them. Look at what ak-unused says before this is enforced. Putting the
// setting back enables none of them again.
//
// # References
//
// IMS API GetSecurityPreference, SetSecurityPreference (2019-08-15): MaxIdleDaysForAccessKeys and
// MaxIdleDaysForUsers may be 90, 180, 365 or 730.
package akidlepolicy
