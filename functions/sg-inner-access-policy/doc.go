// Package sginneraccesspolicy: members of a security group are kept apart where that is asked for.
//
// # What is wrong
//
// The group carries a tag which says that its members must not reach one another
// (isolation=required, unless the settings name others), and its inner access policy
// is Accept: whoever has taken over one member reaches every port of the others,
// whatever the rules say. Groups without the tag are meant to be as they are.
//
// # What is done
//
// The inner access policy is set to Drop. What rules let through still gets through. Enterprise
// groups always keep their members apart. Groups that a cloud service manages are only
// reported. Members that share another group still reach one another through it, as long as
// that group's policy is Accept: that group is judged by its own tags.
//
// # What may break
//
// All traffic between members that no rule allows: clusters, replication, health checks. Give
// such traffic rules that name it, or take the tag off the group.
//
// # References
//
// ECS API ModifySecurityGroupPolicy, DescribeSecurityGroupAttribute,
// DescribeSecurityGroups (2014-05-26).
package sginneraccesspolicy
