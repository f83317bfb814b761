// Package rampolicywildcard: custom policies do not allow everything on everything.
//
// # What is wrong
//
// A policy of the account's own that somebody has allows every action on every resource, or all
// of a service that gives more rights (services). It counts what is allowed in effect and without
// a condition: by *, by NotAction or NotResource, by lists that add up, less what the same policy
// denies. Whoever has it can do what nobody thought of.
//
// # What is done
//
// People are told with the smallest edit of the text that takes RAM and the services away, to be
// looked at and pasted: which actions are needed only a person knows. It was proved that
// everything else stays allowed. In the mode enforce the default goes back to the latest older
// version that is not so wide, where the event has just made a wide one the default and such a
// version is still kept; the undo takes that back. Where several roles have the policy, or nobody
// does yet, nothing is changed. A policy that is meant to be so is exempted by its name.
//
// # What may break
//
// Whatever needed what only the new version allowed.
//
// # References
//
// RAM API GetPolicy, ListPolicyVersions, CreatePolicyVersion, SetDefaultPolicyVersion
// (2015-05-01): a policy has five versions at most, and one that was deleted cannot come back.
// CIS Alibaba Cloud Foundation Benchmark, 1.15.
package rampolicywildcard
