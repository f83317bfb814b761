// Package rampasswordmaxage: passwords of RAM users expire.
//
// # What is wrong
//
// Passwords of RAM users are good for ever, or for longer than wanted. One that somebody else
// has learnt stays good for as long.
//
// # What is done
//
// Passwords expire after the days wanted (MaxPasswordAge), and everything else that is asked of
// passwords stays as it is. Where whoever has an expired password is shut out until an
// administrator helps him (HardExpire), nothing is set: that would shut out at once whoever has an
// old one, and to take HardExpire away is for a person to decide.
//
// # What may break
//
// Whoever has a password that is older has to choose another at the next sign-in. Robots that
// sign in to the console with a password cannot.
//
// Several practices judge what is asked of passwords. What all that act want is set by one call.
//
// # References
//
// IMS API GetPasswordPolicy, SetPasswordPolicy (2019-08-15): 0 is never. CIS Alibaba Cloud 1.0.0
// asks for 90 days or less, 2.0.0 for 365 or more: set days. Where all users sign in by their own
// identity provider, exempt the account.
package rampasswordmaxage
