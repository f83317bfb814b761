// Package rampolicysecuretransport: what policies allow is asked for by HTTPS only.
//
// # What is wrong
//
// A policy of the account's own lets its users call without HTTPS. Such a call can be read on
// its way, and so can what it answers.
//
// It is asked of each user what all policies together allow: one Deny where
// acs:SecureTransport is false, on the user or a group, is enough, and so is a control policy,
// which this practice does not see: exempt it then. Roles are not asked, since a service takes
// them by its own ways.
//
// # What is done
//
// People are told, with the command that makes the Deny, to be looked at, run, and given to a
// group of all users, and with a control policy for all accounts of a folder. Nothing is changed.
//
// # What may break
//
// Nothing: this practice changes nothing. With the Deny, programs that call by HTTP are refused;
// Alibaba Cloud's SDK for Go of the first generation does unless it is told otherwise. ecsguard's
// own functions call by HTTPS.
//
// # References
//
// RAM API GetPolicy, ListEntitiesForPolicy, CreatePolicy (2015-05-01); RAM, basic elements of a
// policy: the condition key acs:SecureTransport. CIS Alibaba Cloud Foundation Benchmark, 5.4.
package rampolicysecuretransport
