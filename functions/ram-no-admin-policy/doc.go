// Package ramnoadminpolicy: only those on the list have full administrator rights.
//
// # What is wrong
//
// A RAM user, a group or a role has a policy, of the system or of the account's own, that allows
// everything, or all of RAM, by which whoever has it gives himself the rest. Whoever takes over
// one of these has the account. Who is meant to be an administrator stands in the settings
// (administrators, and by this practice's own param also groups).
//
// What a policy allows in effect counts, and not how it is written: lists that add up, NotAction,
// and conditions, under which somebody still is an administrator. What several policies of one
// principal add up to only together is not looked at, nor what somebody has within a resource
// group.
//
// # What is done
//
// People are told. In the mode enforce a grant is taken back that was made within the last hour
// (new-minutes) by somebody who is no administrator; the undo gives it again. Older grants, and
// those by administrators or the root account, are left to a person. The last administrator,
// ecsguard's own roles and who is protected keep what they have. Roles of services, of CloudSSO
// (AliyunReservedSSO-*) and ResourceDirectoryAccountAccessRole are left alone: they are managed
// elsewhere.
//
// # What may break
//
// Whoever was given the policy cannot do any more what only it allows.
//
// # References
//
// RAM API GetPolicy, ListEntitiesForPolicy, DetachPolicyFromUser, DetachPolicyFromGroup,
// DetachPolicyFromRole (2015-05-01); Resource Manager API AttachPolicy (2020-03-31). CIS Alibaba
// Cloud Foundation Benchmark, 1.15.
package ramnoadminpolicy
