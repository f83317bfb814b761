// Package sginstancecount: not every instance is in the same security group.
//
// # What is wrong
//
// The group has more members than it should (200), or most of the instances of a VPC
// that is not small, or members of several tiers by their tag, or it is the default
// group that the cloud made and has members. A rule that one of them needs then
// opens all of them, and in a basic group each reaches all the others.
//
// # What is done
//
// It is reported. Which group an instance belongs into only its owner knows, and a
// move changes what reaches it. Groups of Container Service's nodes (by their tag)
// are left out: there one group for all nodes is meant to be.
//
// # What may break
//
// Nothing is changed. Who moves an instance does so in the right order: an instance
// joins its new group before it leaves the old one, as the last one cannot be left
// (InstanceLastSecurityGroup), and it is in five groups at most unless the quota was
// raised.
//
// # References
//
// ECS API DescribeSecurityGroups (EcsCount comes with IsQueryEcsCount only),
// DescribeInstances, JoinSecurityGroup, LeaveSecurityGroup (2014-05-26). An instance
// in several groups is counted once for the VPC, so groups' counts are not added up.
package sginstancecount
