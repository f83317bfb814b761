// Package rammfaenforcement: the account demands a second factor of its RAM users.
//
// # What is wrong
//
// The account leaves it to each RAM user whether a second factor is asked for at a sign-in. So
// one user who was forgotten is enough for whoever has learnt a password.
//
// # What is done
//
// A second factor is demanded of everybody at every sign-in (MFAOperationForLogin). The call
// sends every other setting of sign-ins as it is, since the cloud would set what is left out
// back to its default. An account that asks for it where a sign-in looks unusual (adaptive) is
// left alone, unless the param says otherwise, and so is one whose users sign in by their own
// identity provider (SSO by user), where this setting does not count.
//
// # What may break
//
// Whoever has no device has to bind one at the next sign-in. Robots that sign in to the console
// with a password cannot: give them a role.
//
// A setting that somebody changes in the round trip between the last look and this call goes
// back to what it was at that look: the call has to name all of them.
//
// # References
//
// IMS API GetSecurityPreference, SetSecurityPreference, GetUserSsoSettings (2019-08-15). The
// SDK's typed request always sends VerificationTypes, and lacks newer settings.
package rammfaenforcement
