// Package bridgededicatedvswitch: bastion hosts have vSwitches of their own.
//
// # What is wrong
//
// The vSwitch holds bastion hosts (machines in the group SG_BRIDGE or one tagged role=bridge or
// role=bastion, or tagged so themselves, unless the settings say otherwise) and other machines. What guards the vSwitch, its
// route table and its network ACL, cannot then tell administration from work, and
// whoever has broken into a neighbour is next to the way into everything.
//
// # What is done
//
// A person is told, once for the vSwitch. A machine changes its vSwitch only while it is stopped.
//
// # What may break
//
// Nothing: nothing is changed.
//
// # References
//
// ECS API DescribeInstances, DescribeNetworkInterfaces, DescribeSecurityGroups,
// ModifyInstanceVpcAttribute, which needs a stopped instance (2014-05-26); VPC API DescribeVSwitches
// (2016-04-28). Further interfaces count where they are. Interfaces of cloud services do not
// count. Who may reach the bastion host, and by which address, is for sg-bridge-ingress
// and ecs-public-ip.
package bridgededicatedvswitch
