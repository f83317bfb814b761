// Package resourcenaming: instances and security groups are named by the convention.
//
// # What is wrong
//
// The name of an instance or of a security group is not as the convention says
// (instance-names, group-names), or it has none. Nobody can tell from it what it is for and
// whose it is, so nobody dares to change or remove it. Without a convention in the settings
// nothing is wrong.
//
// # What is done
//
// People are told, with the command that renames it. If the settings say so, an instance is
// stopped until it has been reviewed (quarantine: stop; starting it again is the undo), and a group is deleted that is
// older than some days (delete-after-days), has no instance and no network interface, and is
// named by no other group's rule. Deleting cannot be undone. The cloud refuses it
// (DependencyViolation) if somebody has begun to use the group, and then people are told.
//
// Names that a cluster or a scaling group generates (generated-names), and what a cloud
// service manages, are left out.
//
// # What may break
//
// Nothing as it is set up. A stopped instance does no work. An RDS instance, or another
// service, that lets in a deleted group's members no longer does: ECS does not show who does.
//
// # References
//
// ECS API DescribeInstances, DescribeSecurityGroups, DescribeSecurityGroupReferences,
// ModifyInstanceAttribute, ModifySecurityGroupAttribute, StopInstance, DeleteSecurityGroup
// (2014-05-26). Cloud Config: resource-name-regex-match.
package resourcenaming
