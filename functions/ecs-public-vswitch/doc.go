// Package ecspublicvswitch: machines with a public address have vSwitches of their own.
//
// # What is wrong
//
// The vSwitch holds machines with a public address (a static one, an EIP, an IPv6 address
// with internet bandwidth, a DNAT entry or a virtual IP with an EIP) beside machines without, so that no
// route table and no network ACL can treat the two differently. Or its tags do not say
// that it is one for the internet: zone=public, or another of the setting public-tags. Who puts
// the next database there cannot know.
//
// # What is done
//
// A person is told, once for the vSwitch. A machine changes its vSwitch only while it is
// stopped, and only people know where it belongs. Where some of what may lead to a machine cannot
// be read, that is told, and hides none of what is known.
//
// # What may break
//
// Nothing: nothing is changed.
//
// # References
//
// ECS API DescribeInstances, DescribeNetworkInterfaces, ModifyInstanceVpcAttribute (2014-05-26); VPC
// API DescribeVSwitches, DescribeIpv6Addresses, DescribeHaVips, DescribeNatGateways,
// DescribeForwardTableEntries (2016-04-28). Machines behind a load balancer are not in the
// internet by that. An EIP that is taken off is seen by the sweep.
package ecspublicvswitch
