// Package actiontrailmfaaccess: trails are changed with a second factor only.
//
// # What is wrong
//
// Somebody has made, changed, stopped or deleted a trail without having shown a second factor.
// Or a policy lets users do that: one of the account's own, or one of the system's that is on the
// list (policies). Who steals a password or a key can end the record of what he does.
//
// A call with an AccessKey has no sign-in, and so no second factor. Therefore a Deny where
// acs:MFAPresent is false is enough for users who only sign in, and not for those with an active
// key: what allows it has to ask for acs:MFAPresent. It is asked of each user what all policies
// together allow.
//
// Of a role it is known with which second factor it was taken, and calls by roles are told like
// those by users; their policies are not asked. Roles of services, ecsguard's own, and who is on
// the list of robots, such as roles of CI, have nobody who could show one.
//
// # What is done
//
// People are told: of a call once, of a policy with an edit to paste, after which it asks for the
// second factor, or for a policy of the system's with a Deny for a group. Nothing is changed.
//
// # What may break
//
// Nothing: this practice changes nothing. Programs that change trails need a role of their own.
//
// # References
//
// RAM API GetPolicy, ListEntitiesForPolicy, CreatePolicyVersion (2015-05-01); ActionTrail API
// (2020-07-06) CreateTrail, UpdateTrail, StopLogging, DeleteTrail; RAM, basic elements of a
// policy: the condition key acs:MFAPresent. CIS Alibaba Cloud Foundation Benchmark, 2.17.
package actiontrailmfaaccess
