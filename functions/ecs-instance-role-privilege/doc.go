// Package ecsinstanceroleprivilege: roles of instances are no administrators.
//
// # What is wrong
//
// A role that instances can have (it lets in ecs.aliyuncs.com) allows everything, or lets whoever
// has it give himself more rights: by giving policies, making keys, taking any role or passing it
// on. Or it has a policy that is too wide for a machine (policies). Every program on the instance,
// and whoever gets into one, has that.
//
// It counts what all policies of the role allow together, less what they deny.
//
// # What is done
//
// People are told by which policies, with the command for each that is too wide by itself.
// Nothing is changed: a running program would fail when its credentials are renewed, and which
// rights it needs only its owner knows. Deployment hosts that need them are exempted by the
// name of their role.
//
// # What may break
//
// Nothing: this practice changes nothing. Credentials that an instance has got already are valid
// until they expire, whatever is taken from the role.
//
// # References
//
// RAM API GetRole, ListPoliciesForRole, GetPolicy, DetachPolicyFromRole (2015-05-01); ECS API
// AttachInstanceRamRole, RunInstances (2014-05-26).
package ecsinstanceroleprivilege
