// Package ramconsoleloginipmask: RAM users sign in from the company's networks only.
//
// # What is wrong
//
// RAM users may sign in to the console from anywhere, or from networks that are not the
// company's. Whoever has learnt a password, or has stolen a device, need not be in the office.
//
// # What is done
//
// People are told. The mask is set only where the operator names the company's networks
// (offices), and then to these and to the addresses for emergencies. It is left to a person where
// that would shut out whoever has just changed the setting, or where the cloud does not take so
// many networks. The call sends every other setting of sign-ins as it is.
//
// # What may break
//
// Whoever signs in from elsewhere cannot: people who travel, and who sign in by the company's own
// identity provider (SSO) as well. AccessKeys work from everywhere as before. Sessions that there
// are go on. The root account is not held to the mask, and can take it back.
//
// # References
//
// IMS API GetSecurityPreference, SetSecurityPreference (2019-08-15): LoginNetworkMasks has 40
// networks and 512 characters at most.
package ramconsoleloginipmask
