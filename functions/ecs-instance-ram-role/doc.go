// Package ecsinstanceramrole: programs on instances that call APIs have a RAM role instead of AccessKeys.
//
// # What is wrong
//
// An instance whose tags say that its programs call APIs of the cloud (api-access; needs says otherwise) has no RAM role. So they
// have an AccessKey in a file, in the environment or in an image, which does not end, and is read by whoever gets
// that far. A role gives them credentials for hours, which nobody has to keep.
//
// # What is done
//
// People are told. Where the operator has named a role (role), it is attached to the instance; the undo detaches it. An
// instance that has a role keeps that. Nodes of a cluster and machines of a scaling group are only told of: their node pool or
// scaling configuration says which role the next ones have.
//
// Instances of the classic network cannot have a role, and those with the tag no-api-access need none. needs: ["*"] asks for a role on
// all others.
//
// # What may break
//
// Every program on the host may do what the role may: name one that may do nothing, or very little, and give it more where
// it is known what for. A program that looks for a role before its AccessKey has the role's rights from then on.
//
// ecsguard's own role may pass no role by itself. Where it is to attach one, allow it that one and no other; without that ECS answers
// InvalidUser.PassRoleForbidden, and nothing is changed. ECS has to be trusted by the role (InvalidRamRole.NotEcsRole otherwise).
// operating.md has the commands, under *Particular cases*.
//
// # References
//
// ECS API DescribeInstanceRamRole, DescribeInstances, AttachInstanceRamRole, DetachInstanceRamRole (2014-05-26).
package ecsinstanceramrole
