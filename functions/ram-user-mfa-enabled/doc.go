// Package ramusermfaenabled: every RAM user who may sign in has a second factor.
//
// # What is wrong
//
// A RAM user can sign in to the console with a password alone. Whoever learns the password,
// by a false page or from another site, is in.
//
// # What is done
//
// The user has to bind a second factor at the next sign-in (MFABindRequired). Nobody is shut
// out: until then the user works on. Users who cannot sign in, who have a device, or who have
// to bind one already are left alone, and so are accounts whose users sign in by their own
// identity provider (SSO by user), where the password does not count.
//
// # What may break
//
// Whoever signs in next has to bind a device before going on. Robots that sign in to the
// console with a password cannot.
//
// # References
//
// IMS API GetLoginProfile, GetUserMFAInfo, UpdateLoginProfile, GetUserSsoSettings (2019-08-15).
package ramusermfaenabled
