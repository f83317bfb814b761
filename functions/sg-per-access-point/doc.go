// Package sgperaccesspoint: a security group stands for a role and not for one resource.
//
// # What is wrong
//
// A group has one instance and is called after it: its name or description has the instance's
// name or id. The next machine of that role gets a group of its own again, and the same rules
// are then looked after in many places. Or nobody uses a group that is older than unused-days:
// it has no instance and no network interface, and no other group's rule names it. What it
// lets in waits for whoever joins it next.
//
// # What is done
//
// People are told, with the command. If the settings say so (delete-after-days), a group that
// nobody uses is deleted, which cannot be undone: the audit record has its id, and a new group
// has another. The cloud refuses it (DependencyViolation) if somebody has begun to use the
// group, and then people are told. Since when nobody uses a group no answer says, only how old
// it is. Groups that a cloud service manages and the default groups are left out.
//
// # What may break
//
// Nothing as it is set up. ECS does not show who else names a group: where one is deleted, an
// RDS instance that lets in its members no longer does, and a launch template or a scaling
// group without instances that names it launches nothing.
//
// # References
//
// ECS API DescribeSecurityGroups (IsQueryEcsCount), DescribeSecurityGroupReferences,
// DescribeNetworkInterfaces, DeleteSecurityGroup, ModifySecurityGroupAttribute (2014-05-26).
package sgperaccesspoint
