// Package sginternetinternalmix: instances that face the internet share no security group with internal ones.
//
// # What is wrong
//
// The internet reaches some members of the group and not the others: by a static public
// address, an elastic IP (EIP) on any of their interfaces or on a virtual IP that they answer
// for, an IPv6 address with internet bandwidth, a DNAT entry, or a load balancer that is in the
// internet or has an EIP. A rule for those that serve the internet then holds for the internal
// ones too, and in a basic group each reaches all the others: an attacker who takes over a web
// server is next to the database. An instance counts as a whole, with all of its interfaces.
// What runs behind the interface of a cloud service counts as a member; an interface that is on
// nothing does not, and a stopped instance does.
//
// # What is done
//
// It is reported, with the members of each side. Only their owner knows which of them should
// move to another group. Machines that are meant to stand between the two sides, such as
// bastions, are left out: by a tag of theirs (role=bastion, or another of the setting
// bastion-tags), or by the name or a tag of one of their groups. Whatever there is no
// permission to read is reported, and makes no instance count as internal.
//
// # What may break
//
// Nothing is changed. To move an instance, let it join its new group before it leaves the old
// one: the rules of both apply in between, and an instance cannot leave its last group
// (InstanceLastSecurityGroup). Rules that name the old group as their source have to name the
// new one too.
//
// # References
//
// ECS API DescribeInstances, DescribeNetworkInterfaces (by a security group it finds
// secondary interfaces only), JoinSecurityGroup, LeaveSecurityGroup (2014-05-26); VPC
// API DescribeForwardTableEntries, DescribeIpv6Addresses (2016-04-28). The event of a
// deleted DNAT entry does not say where it led: members behind the entries that are
// left are looked at, the others by the sweep.
package sginternetinternalmix
